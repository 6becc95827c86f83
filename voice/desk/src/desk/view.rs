//! The desk as a supervisor sees it.

use std::time::Duration;

use serde_json::{Value, json};
use tocsin_switchboard::queue::Status;
use tocsin_switchboard::switches::{Switch, share};

use super::Desk;
use super::quiet::Quiet;

fn millis(span: Duration) -> u64 {
    span.as_millis() as u64
}

impl Desk {
    /// Everything that is live; times are how long something has been so, in milliseconds.
    #[must_use]
    pub fn view(&self, now: Duration) -> Value {
        let current = self.issuer.current();
        let sessions = self.leases.sessions(now, current);
        let (on_current, of) = share(&sessions, &current.stamp);
        json!({
            "epoch": current.stamp.epoch,
            "version": current.stamp.version,
            "minBuild": current.min_build,
            "build": self.builds.current().map(|one| one.build),
            "draining": self.draining,
            "share": { "current": on_current, "of": of },
            "agents": self.agents.keys().map(|agent| self.agent(now, agent)).collect::<Vec<_>>(),
            "queues": self.queues(now),
            "calls": self.live(now),
            "switches": self.standing_switches(),
            "rates": self.builds.rates(),
            "alarms": {
                "builds": self.builds.alarms(),
                "readiness": self.readiness.alarms(),
            },
        })
    }

    fn agent(&self, now: Duration, agent: &str) -> Value {
        let report = self.reports.get(agent);
        // What the desk itself was told with the last lease is newer than what was said when the state changed.
        let session = self.leases.sessions(now, self.issuer.current()).into_iter().find(|one| one.agent == agent);
        let stamp = session.as_ref().map(|one| &one.stamp).or(report.and_then(|report| report.stamp.as_ref()));
        let present = self.present.get(agent);
        let (status, since) = match self.floor.status(agent) {
            Some(Status::Idle { since }) => ("idle", Some(now.saturating_sub(since))),
            Some(Status::Ringing { .. }) => ("ringing", None),
            Some(Status::Busy { .. }) => ("busy", None),
            Some(Status::Wrap { .. }) => ("wrap", None),
            Some(Status::Away) | None => ("away", None),
        };
        json!({
            "agent": agent,
            "present": self.is_present(agent),
            "status": status,
            "idleMs": since.map(millis),
            "state": report.map(|report| report.state.as_str()),
            "build": report.map(|report| report.build),
            "version": stamp.map(|stamp| stamp.version),
            "epoch": stamp.map(|stamp| stamp.epoch),
            "widget": present.map(|present| present.widget.as_str()),
            "routable": session.as_ref().is_some_and(|one| one.routable),
            "notReady": present.and_then(|present| present.not_ready),
            "paused": present.is_some_and(|present| present.paused),
        })
    }

    fn queues(&self, now: Duration) -> Value {
        let waiting = self.floor.waiting();
        let of = |queue: &String| {
            let here = waiting.iter().filter_map(|call| {
                let live = self.calls.get(call).filter(|live| live.queue == *queue)?;
                Some(json!({ "call": call, "caller": live.caller, "waitedMs": millis(now.saturating_sub(live.began)) }))
            });
            json!({ "queue": queue, "waiting": here.collect::<Vec<_>>() })
        };
        self.times.keys().map(of).collect()
    }

    fn live(&self, now: Duration) -> Value {
        let of = |(number, live): (&u64, &super::Live)| {
            json!({
                "call": number,
                "caller": live.caller,
                "queue": live.queue,
                "stage": if live.voicemail { json!("VOICEMAIL") } else { json!(live.call.state()) },
                "agent": live.call.seat().map(|seat| seat.agent.as_str()),
                "answered": live.call.is_answered(),
                "muted": live.call.is_muted(),
                "failed": live.failed,
                "silent": live.quiet.as_ref().and_then(Quiet::silent),
                "lastsMs": millis(now.saturating_sub(live.began)),
            })
        };
        self.calls.iter().map(of).collect()
    }

    fn standing_switches(&self) -> Value {
        let queues = self.times.keys().map(|queue| Switch::RoutingQueue(queue.clone()));
        let all = [Switch::CallsAccept, Switch::BridgeV2, Switch::CodecOpus, Switch::WidgetMinBuild];
        let of = |switch: Switch| json!({ "switch": switch, "stands": self.switches.get(&switch) });
        all.into_iter().chain(queues).map(of).collect()
    }
}
