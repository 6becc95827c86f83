//! Calls, from the invitation to the record.

use std::time::Duration;

use tocsin_bridge::{Cause as Lacks, Connecting, Next, Seen};
use tocsin_switchboard::call::{Act, By, Call, Cause, Event as Told, Seat, State, Way};
use tocsin_switchboard::handshake::message::Refusal;
use tocsin_switchboard::lease::Session;
use tocsin_switchboard::queue::{Missed, Status, Unserved};

use super::quiet::{Excused, Next as Then, Quiet};
use super::{Desk, Live, Number, Order, Record, Round, Said, Tell};

/// A call judges by its own clock only what nobody has judged by then.
const GRACE: Duration = Duration::from_millis(500);

/// As it is counted and shown.
fn cause(lacks: Lacks) -> Cause {
    match lacks {
        Lacks::NoWay => Cause::Ice,
        Lacks::AgentSendsNothing | Lacks::NoMicrophone => Cause::AgentNotHeard,
        Lacks::AgentSilent => Cause::Silent,
        Lacks::BrowserHearsNothing | Lacks::CallerSendsNothing | Lacks::CallerGone => Cause::CallerNotHeard,
        Lacks::AgentGone => Cause::AgentLost,
    }
}

impl Desk {
    pub(super) fn invited(&mut self, now: Duration, call: Number, caller: String, called: &str, out: &mut Vec<Order>) {
        let queue = self.numbers.get(called).or_else(|| self.numbers.get("*")).cloned();
        let refusal = match &queue {
            None => Some(404),
            Some(_) if self.draining => Some(503),
            Some(_) if !self.switches.accepts() => {
                self.leases.count(Refusal::CallsOff);
                Some(503)
            }
            Some(_) => None,
        };
        let (Some(queue), None) = (queue, refusal) else {
            return out.push(Order::Refuse { call, code: refusal.unwrap_or(404) });
        };
        self.floor.enter(now, call, &caller, &queue);
        let live = Live {
            call: Call::new(),
            caller,
            queue,
            began: now,
            round: 0,
            connecting: None,
            quiet: None,
            caller_holds: false,
            flows: [false; 2],
            voicemail: false,
            failed: Vec::new(),
            connected: false,
            agent: None,
            blamed: None,
        };
        self.calls.insert(call, live);
        out.push(Order::Ring(call));
    }

    /// The queue chose somebody; the lease was looked at a moment ago.
    pub(super) fn offer(&mut self, now: Duration, call: Number, agent: &str, token: u64, out: &mut Vec<Order>) {
        let session = self.leases.sessions(now, self.issuer.current()).into_iter().find(|one| one.agent == agent);
        let Some(Session { build, stamp, .. }) = session else { return };
        if self.leases.call_began(agent, token).is_err() {
            return;
        }
        self.engaged.insert(agent.to_owned(), (call, token));
        let seat = Seat { agent: agent.to_owned(), token, build, stamp };
        self.tell(now, call, Told::Offered(seat), out);
    }

    pub(super) fn unanswered(&mut self, now: Duration, call: Number, agent: &str, out: &mut Vec<Order>) {
        let rung = self.calls.get(&call).and_then(|live| live.call.seat()).is_some_and(|seat| seat.agent == agent);
        if rung {
            self.tell(now, call, Told::RingTimeout, out);
        }
    }

    pub(super) fn voicemail(&mut self, call: Number, why: Unserved, out: &mut Vec<Order>) {
        if let Some(live) = self.calls.get_mut(&call) {
            live.voicemail = true;
        }
        self.missed(call, out);
        out.push(Order::Voicemail { call, why });
    }

    fn missed(&mut self, call: Number, out: &mut Vec<Order>) {
        if let Some(missed) = self.floor.missed().iter().rev().find(|missed| missed.call == call) {
            self.counts.missed(missed.why);
            out.push(Order::Missed(missed.clone()));
        }
    }

    /// What a widget says of the call that it was given; of any other it has no say.
    pub(super) fn said(&mut self, now: Duration, agent: &str, call: Number, said: Said, out: &mut Vec<Order>) {
        let theirs = self.calls.get(&call).and_then(|live| live.call.seat()).is_some_and(|seat| seat.agent == agent);
        if !theirs {
            return;
        }
        match said {
            Said::Ringing => self.tell(now, call, Told::Ringing, out),
            Said::Declined => {
                if self.calls.get(&call).is_some_and(|live| live.call.state() == State::Ringing) {
                    self.floor.declined(now, call, agent);
                    self.tell(now, call, Told::Declined, out);
                }
            }
            Said::Accepted => self.accepted(now, call, agent, out),
            Said::Hold(held) => self.tell(now, call, Told::Hold(held), out),
            Said::Mute(muted) => self.tell(now, call, Told::Mute(muted), out),
            Said::HangUp => self.hung_up(now, call, By::Agent, out),
        }
    }

    fn accepted(&mut self, now: Duration, call: Number, agent: &str, out: &mut Vec<Order>) {
        let Some(live) = self.calls.get_mut(&call).filter(|live| live.call.state() == State::Ringing) else { return };
        self.rounds += 1;
        live.round = self.rounds;
        live.connecting = Some(Connecting::new(now));
        live.flows = [false; 2];
        live.agent = Some(agent.to_owned());
        let round = live.round;
        if let Some(seat) = live.call.seat() {
            self.builds.accepted(now, call, seat.build, (seat.stamp.epoch, seat.stamp.version));
            self.counts.accepted(seat.build, seat.stamp.version);
        }
        self.floor.accepted(call, agent);
        self.tell(now, call, Told::Accepted, out);
        out.push(Order::Open { call, round, agent: agent.to_owned() });
    }

    pub(super) fn seen(&mut self, now: Duration, call: Number, round: Round, seen: Seen, out: &mut Vec<Order>) {
        let Some(live) = self.calls.get_mut(&call).filter(|live| live.round == round) else { return };
        if live.quiet.is_some() {
            return self.listens(now, call, round, seen, out);
        }
        let Some(connecting) = &mut live.connecting else { return };
        let next = connecting.see(seen, now);
        let flow = match seen {
            Seen::Agent { packets: 1.., .. } => Some(Way::In),
            Seen::Browser { packets: 1.. } => Some(Way::Out),
            _ => None,
        };
        // What flows is told when the call is answered, and not before.
        if let Some(way) = flow.filter(|way| live.call.state() == State::Answered && !live.flows[*way as usize]) {
            live.flows[way as usize] = true;
            self.tell(now, call, Told::FirstRtp(way), out);
        }
        match next {
            None => {}
            Some(Next::AnswerCaller) => self.tell(now, call, Told::DtlsUp, out),
            Some(Next::Connected) => {
                self.builds.connected(call);
                self.tell(now, call, Told::EvidenceBothWays, out);
            }
            // Which cause is known once it is given up.
            Some(Next::RestartIce) => self.tell(now, call, Told::NoEvidence(Cause::Unproven), out),
            Some(Next::GiveUp(lacks)) if lacks.is_callers() => self.caller_unheard(now, call, out),
            Some(Next::GiveUp(lacks)) => self.hopeless(now, call, round, cause(lacks), out),
        }
    }

    /// In a conversation.
    fn listens(&mut self, now: Duration, call: Number, round: Round, seen: Seen, out: &mut Vec<Order>) {
        let Some(live) = self.calls.get_mut(&call) else { return };
        let (held, muted) = (live.call.state() == State::Held, live.call.is_muted());
        let excused = Excused { held, muted, caller_holds: live.caller_holds };
        match live.quiet.as_mut().and_then(|quiet| quiet.see(seen, excused, now)) {
            None => {}
            Some(Then::RestartIce(cause)) => self.tell(now, call, Told::NoEvidence(cause), out),
            Some(Then::GiveUp(Cause::CallerStopped)) => {
                self.counts.callers_unheard += 1;
                live.failed.push(Cause::CallerStopped);
                self.hung_up(now, call, By::Desk, out);
            }
            Some(Then::GiveUp(cause)) => self.hopeless(now, call, round, cause, out),
            Some(Then::AgentGone) => self.agent_lost(now, call, Some(round), out),
        }
    }

    pub(super) fn caller_holds(&mut self, call: Number, holds: bool) {
        if let Some(live) = self.calls.get_mut(&call) {
            live.caller_holds = holds;
        }
    }

    /// From a caller who sends nothing no agent hears anything: it is nobody's failure here, and ends.
    fn caller_unheard(&mut self, now: Duration, call: Number, out: &mut Vec<Order>) {
        self.counts.callers_unheard += 1;
        if let Some(live) = self.calls.get_mut(&call) {
            live.failed.push(Cause::CallerNotHeard);
        }
        let agent = self.calls.get(&call).and_then(|live| live.agent.clone());
        self.hung_up(now, call, By::Desk, out);
        if let Some(agent) = agent {
            self.floor.wrapped(now, &agent);
        }
    }

    pub(super) fn hopeless(&mut self, now: Duration, call: Number, round: Round, cause: Cause, out: &mut Vec<Order>) {
        if self.calls.get(&call).is_some_and(|live| live.round == round) {
            self.tell(now, call, Told::Hopeless(cause), out);
        }
    }

    pub(super) fn agent_lost(&mut self, now: Duration, call: Number, round: Option<Round>, out: &mut Vec<Order>) {
        if self.calls.get(&call).is_some_and(|live| round.is_none_or(|round| live.round == round)) {
            self.tell(now, call, Told::AgentLost, out);
        }
    }

    pub(super) fn hung_up(&mut self, now: Duration, call: Number, by: By, out: &mut Vec<Order>) {
        let Some(live) = self.calls.get(&call) else { return };
        let (voicemail, answered) = (live.voicemail, live.call.is_answered());
        let unproved = matches!(live.call.state(), State::Accepted | State::Answered);
        if unproved {
            self.builds.withdrawn(call);
        }
        self.tell(now, call, Told::HungUp(by), out);
        self.floor.ended(now, call);
        if !voicemail && self.floor.missed().last().is_some_and(|missed| missed.call == call) {
            self.missed(call, out);
        }
        let wrap = self.wrap_of(call);
        let Some(live) = self.calls.remove(&call) else { return };
        if unproved && by != By::Agent {
            // An agent had accepted, and yet nobody was spoken to.
            let (caller, queue, waited) = (live.caller.clone(), live.queue.clone(), now.saturating_sub(live.began));
            let why = Unserved::HungUp;
            self.counts.missed(why);
            out.push(Order::Missed(Missed { call, caller, queue, at: now, waited, why, returned_by: None }));
        }
        // Who had it goes on to what follows it.
        let agent = live.agent.clone().filter(|agent| self.engaged.get(agent).is_some_and(|(one, _)| *one == call));
        if let Some(agent) = agent {
            let tell = Tell::Ended { call, wrap_ms: wrap, by: Some(by), cause: None };
            out.push(Order::Tell { agent, tell });
        }
        let lasted_ms = now.saturating_sub(live.began).as_millis() as u64;
        let Live { caller, queue, agent, connected, failed, .. } = live;
        self.counts.ended(by, answered);
        out.push(Order::Record(Record {
            call,
            caller,
            queue,
            agent,
            connected,
            lasted_ms,
            ended_by: Some(by),
            failed,
        }));
    }

    fn wrap_of(&self, call: Number) -> u64 {
        let queue = self.calls.get(&call).map(|live| &live.queue);
        queue.and_then(|queue| self.times.get(queue)).map_or(0, |times| times.wrap.as_millis() as u64)
    }

    pub(super) fn terminate(&mut self, now: Duration, out: &mut Vec<Order>) {
        let all: Vec<Number> = self.calls.keys().copied().collect();
        for call in all {
            self.hung_up(now, call, By::Desk, out);
        }
    }

    pub(super) fn tick_calls(&mut self, now: Duration, out: &mut Vec<Order>) {
        let trying: Vec<(Number, Round)> = self
            .calls
            .iter()
            .filter(|(_, live)| matches!(live.call.state(), State::Accepted | State::Answered))
            .map(|(call, live)| (*call, live.round))
            .collect();
        for (call, round) in trying {
            let next = self.calls.get_mut(&call).and_then(|live| live.connecting.as_mut()?.tick(now));
            match next {
                Some(Next::RestartIce) => self.tell(now, call, Told::NoEvidence(Cause::Unproven), out),
                Some(Next::GiveUp(lacks)) if lacks.is_callers() => self.caller_unheard(now, call, out),
                Some(Next::GiveUp(lacks)) => self.hopeless(now, call, round, cause(lacks), out),
                _ => {}
            }
        }
        let due: Vec<Number> = self
            .calls
            .iter()
            .filter(|(_, live)| live.call.wake().is_some_and(|at| at + GRACE <= now))
            .map(|(call, _)| *call)
            .collect();
        for call in due {
            self.tell(now, call, Told::Tick, out);
        }
    }

    /// Tells a call what happened, and carries out what it says.
    fn tell(&mut self, now: Duration, call: Number, event: Told, out: &mut Vec<Order>) {
        let Some(live) = self.calls.get_mut(&call) else { return };
        let before = live.call.seat().cloned();
        let acts = live.call.on(now, event);
        let agent = before.or_else(|| live.call.seat().cloned()).map(|seat| seat.agent);
        for act in acts {
            self.act(now, call, agent.as_deref(), act, out);
        }
    }

    fn act(&mut self, now: Duration, call: Number, agent: Option<&str>, act: Act, out: &mut Vec<Order>) {
        let Some(live) = self.calls.get_mut(&call) else { return };
        let round = live.round;
        let held = live.call.state() == State::Held;
        let to_agent = |tell: Tell| agent.map(|agent| Order::Tell { agent: agent.to_owned(), tell });
        match act {
            Act::RingAgent => {
                let ring = self.times.get(&live.queue).copied().unwrap_or_default().ring.as_millis() as u64;
                let (caller, queue) = (live.caller.clone(), live.queue.clone());
                out.extend(to_agent(Tell::Offered { call, caller, queue, ring_ms: ring }));
            }
            Act::StopRinging => out.extend(to_agent(Tell::Withdrawn { call })),
            Act::AnswerCaller => out.push(Order::Answer(call)),
            Act::StartMedia => out.push(Order::Comfort(call, false)),
            Act::StopMedia => out.push(Order::Close { call, round }),
            Act::RestartIce => out.push(Order::RestartIce { call, round }),
            Act::Connected { after_accept } => {
                live.connected = true;
                live.quiet = Some(Quiet::new(now));
                self.counts.two_way.seen(after_accept);
                out.extend(to_agent(Tell::Connected { call }));
            }
            // While it is held the bridge plays to the caller; while it waits, the desk.
            Act::Comfort(_) if held || live.connected && live.call.state() == State::Connected => {
                let muted = live.call.is_muted();
                out.push(Order::Hears { call, round, held, muted });
                out.extend(to_agent(Tell::Held { call, held }));
            }
            Act::Comfort(on) => out.push(Order::Comfort(call, on)),
            Act::MuteAgent(muted) => {
                out.push(Order::Hears { call, round, held, muted });
                out.extend(to_agent(Tell::Muted { call, muted }));
            }
            Act::Requeue { first } => {
                live.connecting = None;
                live.quiet = None;
                live.agent = None;
                live.connected = false;
                live.blamed = None;
                // Whoever declined, or let it ring, has left it already, and it may be with another by now.
                let with = agent.and_then(|agent| self.floor.status(agent));
                if let Some(Status::Ringing { call: one, .. } | Status::Busy { call: one }) = with
                    && one == call
                {
                    self.floor.came_back(call, first);
                }
            }
            Act::AgentNotReady => {
                let why = match live.blamed {
                    Some(_) if live.connected => "broke_off",
                    Some(_) => "not_heard",
                    None if live.connecting.is_some() => "lost",
                    None => "no_answer",
                };
                if let Some(agent) = agent {
                    let agent = agent.to_owned();
                    self.take_out(now, &agent, why, out);
                }
            }
            Act::HangUpCaller => out.push(Order::HangUp(call)),
            // The end of the whole call is told with what follows it.
            Act::HangUpAgent if live.call.state() == State::Ended => out.push(Order::Close { call, round }),
            Act::HangUpAgent => {
                out.push(Order::Close { call, round });
                let cause = live.blamed;
                out.extend(to_agent(Tell::Ended { call, wrap_ms: 0, by: None, cause }));
            }
            Act::Count(stage) => self.counts.stage(stage),
            Act::ConnectFailed { cause, build, stamp } => {
                live.failed.push(cause);
                live.blamed = Some(cause);
                self.counts.connect_failed(cause, build, stamp.version);
                let words = self.builds.failed(now, call, cause);
                self.judged(now, words, out);
            }
        }
    }
}
