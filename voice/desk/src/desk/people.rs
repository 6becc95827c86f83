//! Agents: who is there, who may be rung, and who is taken out until they are well.

use std::time::Duration;

use tocsin_switchboard::handshake::message::{LeaseReply, LeaseRequest, Outcome, Refusal};
use tocsin_switchboard::queue::{Order as Routed, Status};
use tocsin_switchboard::readiness::{Report, Word};

use super::{Desk, Order, Presence, Tell};

/// A connection that is back before that was never gone.
const FLAP: Duration = Duration::from_secs(2);
/// Who was not heard, or did not take a call, gets none until they say that they are back.
const OUT: Duration = Duration::from_secs(12 * 3600);

impl Desk {
    pub(super) fn came(&mut self, now: Duration, agent: String, widget: String, orders: &mut Vec<Order>) {
        if !self.agents.contains_key(&agent) {
            return;
        }
        let status = self.floor.status(&agent);
        let call = match status {
            Some(Status::Ringing { call, .. } | Status::Busy { call }) => Some(call),
            _ => None,
        };
        let mut tell = |tell| orders.push(Order::Tell { agent: agent.clone(), tell });
        if !matches!(status, Some(Status::Wrap { .. })) {
            tell(Tell::Standing { call });
        }
        // What was said while nobody listened.
        if let (Some(Status::Ringing { call, until, .. }), Some(live)) =
            (status, call.and_then(|call| self.calls.get(&call)))
        {
            let ring_ms = until.saturating_sub(now).as_millis() as u64;
            let (caller, queue) = (live.caller.clone(), live.queue.clone());
            tell(Tell::Offered { call, caller, queue, ring_ms });
        }
        let before = self.present.remove(&agent);
        let (not_ready, paused) = before.map_or((None, false), |before| (before.not_ready, before.paused));
        if let Some(why) = not_ready {
            orders.push(Order::Tell { agent: agent.clone(), tell: Tell::NotReady { why } });
        }
        if paused {
            orders.push(Order::Tell { agent: agent.clone(), tell: Tell::Paused { paused } });
        }
        self.present.insert(agent, Presence { widget, gone: None, not_ready, paused });
    }

    /// Its call has lost the browser that carried it, if it had one: the bridge says so when it is sure.
    pub(super) fn left(&mut self, now: Duration, agent: &str, widget: &str, orders: &mut Vec<Order>) {
        orders.extend(self.readiness.gone(now, widget).into_iter().map(Order::Readiness));
        if self.present.get(agent).is_none_or(|present| present.widget != widget) {
            return;
        }
        if let Some(present) = self.present.get_mut(agent) {
            present.widget.clear();
            present.gone = Some(now);
        }
        self.reports.remove(agent);
    }

    /// Connections break off and come again at once; who stays away is rung no longer, and another tab may have the
    /// lease.
    pub(super) fn miss(&mut self, now: Duration, orders: &mut Vec<Order>) {
        let long = |present: &Presence| present.gone.is_some_and(|since| since + FLAP <= now);
        let gone: Vec<String> =
            self.present.iter().filter(|(_, present)| long(present)).map(|(agent, _)| agent.clone()).collect();
        for agent in gone {
            if let Some(present) = self.present.get_mut(&agent) {
                present.gone = None;
            }
            match self.floor.status(&agent) {
                Some(Status::Ringing { call, .. }) => self.agent_lost(now, call, None, orders),
                // The bridge says when their browser is gone.
                Some(Status::Busy { .. }) => continue,
                _ => self.floor.away(&agent),
            }
            self.free(now, orders);
            self.leases.vacate(&agent);
        }
    }

    /// Whether a widget of theirs listens.
    pub(super) fn is_present(&self, agent: &str) -> bool {
        self.present.get(agent).is_some_and(|present| !present.widget.is_empty())
    }

    pub(super) fn reported(&mut self, now: Duration, report: Report, orders: &mut Vec<Order>) {
        if !self.agents.contains_key(&report.agent) {
            return;
        }
        // What was told before may be told again, lest it was lost.
        let is_known = self.reports.get(&report.agent).is_some_and(|before| *before == report);
        if report.state == "NOT_READY(config_timeout)" && !is_known {
            self.counts.config_timeouts += 1;
        }
        self.reports.insert(report.agent.clone(), report.clone());
        orders.extend(self.readiness.reported(now, report).into_iter().map(Order::Readiness));
    }

    /// Gives a widget its lease, or says why not.
    pub fn lease(&mut self, now: Duration, request: &LeaseRequest) -> (LeaseReply, Vec<Order>) {
        let reply = self.leases.ask(now, request, self.issuer.current());
        if let Outcome::Leased { .. } = reply.outcome {
            let fresh = request.stamp == self.issuer.current().stamp;
            if fresh && self.acknowledged.insert(request.widget_id.clone()) && self.issued_at > Duration::ZERO {
                self.counts.config_ack.seen(now.saturating_sub(self.issued_at));
            }
            self.ready(now, &request.agent);
        }
        let mut orders = Vec::new();
        self.settle(now, &mut orders);
        (reply, orders)
    }

    /// A widget gives its lease back.
    pub fn release(&mut self, now: Duration, agent: &str, token: u64) -> Vec<Order> {
        self.leases.release(agent, token);
        let mut orders = Vec::new();
        self.settle(now, &mut orders);
        orders
    }

    /// Who has a lease and nothing in the way is idle from now on.
    fn ready(&mut self, now: Duration, agent: &str) {
        let out = self.present.get(agent).is_some_and(|present| present.paused || present.not_ready.is_some());
        let away = self.floor.status(agent) == Some(Status::Away);
        if away && !out && !self.engaged.contains_key(agent) {
            self.floor.ready(now, agent);
        }
    }

    pub(super) fn back(&mut self, now: Duration, agent: &str) {
        if let Some(present) = self.present.get_mut(agent) {
            present.not_ready = None;
        }
        // Nothing stands against a lease any more; the next request gets one.
        self.leases.revoke(now, agent, Duration::ZERO);
    }

    pub(super) fn pause(&mut self, now: Duration, agent: &str, paused: bool, orders: &mut Vec<Order>) {
        let Some(present) = self.present.get_mut(agent) else { return };
        present.paused = paused;
        orders.push(Order::Tell { agent: agent.to_owned(), tell: Tell::Paused { paused } });
        let leased = self.leases.sessions(now, self.issuer.current()).into_iter().any(|session| session.agent == agent);
        if paused {
            self.floor.away(agent);
        } else if leased {
            self.ready(now, agent);
        }
    }

    /// Done with what follows a call, whether or not we knew of it.
    pub(super) fn wrapped(&mut self, now: Duration, agent: String, orders: &mut Vec<Order>) {
        self.floor.wrapped(now, &agent);
        if !self.engaged.contains_key(&agent) {
            orders.push(Order::Tell { agent, tell: Tell::Free });
        }
    }

    /// No calls for them until they say that they are back.
    pub(super) fn take_out(&mut self, now: Duration, agent: &str, why: &'static str, orders: &mut Vec<Order>) {
        self.leases.revoke(now, agent, OUT);
        if let Some(present) = self.present.get_mut(agent) {
            present.not_ready = Some(why);
        }
        orders.push(Order::Tell { agent: agent.to_owned(), tell: Tell::NotReady { why } });
    }

    /// After whatever happened: leases that ended, calls that can be given to somebody, agents who are free again.
    pub(super) fn settle(&mut self, now: Duration, orders: &mut Vec<Order>) {
        self.leases.sweep(now);
        self.free(now, orders);
        for ended in self.leases.ended() {
            self.floor.away(&ended.agent);
            if let Some(Status::Ringing { call, .. } | Status::Busy { call }) = self.floor.status(&ended.agent)
                && ended.cut
            {
                self.agent_lost(now, call, None, orders);
            }
        }
        let routed = {
            let (leases, current) = (&mut self.leases, self.issuer.current());
            let present = &self.present;
            self.floor.route(now, |agent| {
                let listens = present.get(agent).is_some_and(|one| !one.widget.is_empty() && !one.paused);
                if listens { leases.may_offer(now, agent, current) } else { Err(Refusal::NoLease) }
            })
        };
        for order in routed {
            match order {
                Routed::Offer { call, agent, token } => self.offer(now, call, &agent, token, orders),
                Routed::Unanswered { call, agent } => self.unanswered(now, call, &agent, orders),
                Routed::Voicemail { call, why } => self.voicemail(call, why, orders),
            }
        }
        self.free(now, orders);
    }

    /// Leases of those who are done with a call and what follows it.
    fn free(&mut self, now: Duration, orders: &mut Vec<Order>) {
        let busy = |status| matches!(status, Some(Status::Ringing { .. } | Status::Busy { .. } | Status::Wrap { .. }));
        let done: Vec<String> = self.engaged.keys().filter(|agent| !busy(self.floor.status(agent))).cloned().collect();
        for agent in done {
            if let Some((_, token)) = self.engaged.remove(&agent) {
                self.leases.call_over(now, &agent, token, self.issuer.current());
                orders.push(Order::Tell { agent: agent.clone(), tell: Tell::Free });
                let paused = self.present.get(&agent).is_some_and(|present| present.paused);
                if paused {
                    self.floor.away(&agent);
                }
            }
        }
    }

    pub(super) fn ticked(&mut self, now: Duration, orders: &mut Vec<Order>) {
        self.miss(now, orders);
        self.tick_calls(now, orders);
        orders.extend(self.readiness.tick(now).into_iter().map(Order::Readiness));
        let words = self.builds.tick(now);
        self.judged(now, words, orders);
    }
}

/// A readiness alarm in a sentence.
#[must_use]
pub fn sentence(word: &Word) -> String {
    use tocsin_switchboard::readiness::Alarm;
    let (verb, alarm) = match word {
        Word::Raised(alarm) => ("", alarm),
        Word::Cleared(alarm) => ("over: ", alarm),
    };
    match alarm {
        Alarm::Rejected { missing, builds, sessions } => format!(
            "{verb}{sessions} session(s) of build(s) {builds:?} reject their configuration: {missing:?} missing"
        ),
        Alarm::Missing { builds, sessions } => {
            format!("{verb}{sessions} session(s) of build(s) {builds:?} were given no configuration")
        }
    }
}
