//! A call whose both ends are ours: a caller, and an agent at a page who accepts it.
//!
//! Both say their [`Refrain`] all the time. The call is through when each end has made out the other's number, and has
//! heard a chirp or waited for one.

use std::time::Duration;

use tocsin_media::chirp::Found;
use tocsin_media::measure::measure;
use tocsin_media::nonce::Nonce;
use tocsin_media::playout::Counts;
use tocsin_media::verdict::{Agent, Answered, Came, FarEnd, Heard, NonceHeard, Outcome, Quality};

use crate::caller::{Act, Event, Report};
use crate::hearing::{Hearing, Noticed};
use crate::ladder::{Awaited, Ladder, Step};
use crate::refrain::{Refrain, Saying};
use crate::script::Script;

/// What is said, and how long anything may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairPlan {
    /// Random numbers, others for every call.
    pub caller: Nonce,
    pub agent: Nonce,
    /// From the call until it is answered and the agent has accepted.
    pub rings: Duration,
    /// From there until both have heard each other.
    pub talks: Duration,
    /// From there to the chirps.
    pub chirps: Duration,
    /// The longest call there may be.
    pub whole: Duration,
    /// The agent hangs up at the end, by the page; else the caller does.
    pub agent_ends: bool,
}

impl PairPlan {
    #[must_use]
    pub fn new(caller: Nonce, agent: Nonce) -> PairPlan {
        let seconds = Duration::from_secs;
        PairPlan {
            caller,
            agent,
            rings: seconds(30),
            talks: seconds(11),
            chirps: seconds(4),
            whole: seconds(60),
            agent_ends: false,
        }
    }
}

/// What the agent did or saw, in the order in which it can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Did {
    /// The page could not be used; nobody is called.
    NotReady(String),
    /// It is ready for calls, after so long.
    Ready(Duration),
    Rang,
    Accepted,
    /// The page says that they are connected.
    Connected,
    /// By the page.
    HungUp,
    /// The page's own words, when they change.
    Says(String),
    /// The browser failed.
    Broke(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Until it is answered and accepted.
    Calls,
    Talks,
    /// Each heard the other.
    Proved,
    /// The agent is to hang up.
    Leaves,
    Done,
    Over,
}

/// One call, from the invitation on.
#[derive(Clone, Debug)]
pub struct Pair {
    plan: PairPlan,
    began: Duration,
    stage: Stage,
    since: Duration,
    answered: Option<Duration>,
    refused: Option<u16>,
    rang: bool,
    codec_agreed: bool,
    cut_off: bool,
    packets: u64,
    agent: Agent,
    accepted: Option<Duration>,
    connected: bool,
    says: Saying,
    caller_hears: Hearing,
    /// By where the sound comes from: a page may have several.
    agent_hears: Vec<(u32, Duration, Hearing)>,
    /// When the caller began to say the chirps, the newest last.
    chirps: Vec<Duration>,
    to_caller: Option<Found>,
    to_agent: Option<(Duration, Found)>,
    ladder: Ladder,
}

impl Pair {
    /// A call that is sent out at `now`, to an agent who took so long to be ready for it.
    #[must_use]
    pub fn new(plan: PairPlan, ready: Duration, now: Duration) -> Pair {
        let (caller, agent) = (Refrain::of_caller(plan.caller), Refrain::of_agent(plan.agent));
        let mut ladder = Ladder::default();
        ladder.add(Duration::ZERO, Step::AgentReady(ready));
        ladder.add(Duration::ZERO, Step::Invited);
        Pair {
            plan,
            began: now,
            stage: Stage::Calls,
            since: now,
            answered: None,
            refused: None,
            rang: false,
            codec_agreed: true,
            cut_off: false,
            packets: 0,
            agent: Agent { came: Came::Ready, heard: Heard::Nothing, nonce: NonceHeard::Missing, says: None },
            accepted: None,
            connected: false,
            says: Saying::new(&caller),
            caller_hears: Hearing::new(agent, caller),
            agent_hears: Vec::new(),
            chirps: Vec::new(),
            to_caller: None,
            to_agent: None,
            ladder,
        }
    }

    /// What is known of a call that was not made, because the agent could not be had.
    #[must_use]
    pub fn not_made(came: Came) -> Report {
        let mut ladder = Ladder::default();
        ladder.add(Duration::ZERO, Step::NotCalled);
        let agent = Agent { came, heard: Heard::Nothing, nonce: NonceHeard::Missing, says: None };
        Report {
            outcome: Outcome::NoReply,
            agent: Some(agent),
            ladder,
            rang_after: None,
            answered_after: None,
            first_packet_after: None,
        }
    }

    fn note(&mut self, step: Step, now: Duration) {
        self.ladder.add(now.saturating_sub(self.began), step);
    }

    fn enter(&mut self, stage: Stage, now: Duration) {
        self.stage = stage;
        self.since = now;
    }

    /// Takes note of what the agent did.
    pub fn agent_did(&mut self, did: Did, now: Duration) {
        match did {
            Did::Says(words) => self.agent.says = Some(words),
            // Whatever comes now is of the time after.
            _ if self.stage == Stage::Over => {}
            Did::Ready(_) | Did::NotReady(_) => {}
            Did::Rang if self.agent.came == Came::Ready => {
                self.agent.came = Came::Rang;
                self.note(Step::AgentRang, now);
            }
            Did::Accepted if self.agent.came == Came::Rang => {
                self.agent.came = Came::Accepted;
                self.accepted = Some(now);
                self.note(Step::AgentAccepted, now);
                self.begin_to_talk(now);
            }
            Did::Connected if !self.connected => {
                self.connected = true;
                self.note(Step::AgentConnected, now);
            }
            Did::HungUp => self.note(Step::AgentHungUp, now),
            Did::Broke(why) => {
                self.agent.came = Came::Broke(why);
                self.note(Step::AgentBroke, now);
                self.enter(Stage::Done, now);
            }
            Did::Rang | Did::Accepted | Did::Connected => {}
        }
    }

    fn begin_to_talk(&mut self, now: Duration) {
        if self.stage == Stage::Calls && self.answered.is_some() && self.accepted.is_some() {
            self.enter(if self.codec_agreed { Stage::Talks } else { Stage::Done }, now);
        }
    }

    /// Takes what a page plays of one of its sources, of which the last sample is played at `end`.
    pub fn agent_hears(&mut self, source: u32, sound: &[i16], end: Duration) {
        if self.stage == Stage::Over || self.accepted.is_none() {
            return;
        }
        if !self.agent_hears.iter().any(|one| one.0 == source) {
            let (caller, agent) = (Refrain::of_caller(self.plan.caller), Refrain::of_agent(self.plan.agent));
            let began = end.saturating_sub(tocsin_media::lasting(sound.len()));
            self.agent_hears.push((source, began, Hearing::new(caller, agent)));
        }
        let Some(place) = self.agent_hears.iter().position(|one| one.0 == source) else { return };
        let was_heard = self.agent_proved().is_some();
        for noticed in self.agent_hears[place].2.hear(sound, end) {
            match noticed {
                Noticed::Tone if !was_heard => self.note(Step::AgentHears, end),
                Noticed::Number(nonce) if !was_heard => self.note(Step::AgentHeardNumber(nonce), end),
                Noticed::Wrong(nonce) => self.note(Step::AgentHeardNumber(nonce), end),
                Noticed::Chirp(found, at) => self.chirp_at_agent(found, at, end),
                Noticed::Tone | Noticed::Number(_) => {}
            }
        }
    }

    fn chirp_at_agent(&mut self, found: Found, at: Duration, end: Duration) {
        let said = self.chirps.iter().rev().find(|said| **said <= at);
        if let Some(said) = said.filter(|_| self.to_agent.is_none()) {
            let delay = at.saturating_sub(*said);
            self.to_agent = Some((delay, found));
            self.note(Step::AgentHeardChirp(delay), end);
        }
    }

    fn agent_proved(&self) -> Option<Duration> {
        self.agent_hears.iter().filter_map(|one| one.2.proved).min()
    }

    /// What the agent's browser played, from the source that tells most, and when that began.
    #[must_use]
    pub fn played_to_agent(&self) -> Option<(Duration, &[i16])> {
        let most =
            self.agent_hears.iter().max_by_key(|one| (one.2.proved.is_some(), one.2.first.is_some(), one.2.lasted()));
        most.map(|(_, began, hearing)| (*began, hearing.sound.as_slice()))
    }

    /// Whether the agent is to hang up now, by the page.
    #[must_use]
    pub fn agent_is_to_hang_up(&self) -> bool {
        self.stage == Stage::Leaves
    }

    /// Each end made out the other's number.
    #[must_use]
    pub fn is_proved(&self) -> bool {
        self.caller_hears.proved.is_some() && self.agent_proved().is_some()
    }

    #[must_use]
    pub fn is_said_to_be_connected(&self) -> bool {
        self.connected
    }

    fn hang_up(&mut self, now: Duration) -> Act {
        self.note(Step::HungUp, now);
        self.enter(Stage::Over, now);
        Act::HangUp
    }

    fn give_up(&mut self, awaited: Awaited, now: Duration) -> Act {
        self.note(Step::GaveUp(awaited), now);
        if self.answered.is_some() {
            return self.hang_up(now);
        }
        self.note(Step::Cancelled, now);
        self.enter(Stage::Over, now);
        Act::Cancel
    }

    /// What a call that is neither answered nor accepted lacks first.
    fn lacks(&self) -> Awaited {
        match self.agent.came {
            Came::Accepted => Awaited::AnAnswer,
            Came::Rang => Awaited::Acceptance,
            _ => Awaited::TheAgentsRing,
        }
    }

    fn outcome(&self, played: Counts) -> Outcome {
        let Some(answered) = self.answered else {
            return match self.refused {
                Some(code) => Outcome::Refused(code),
                None if self.rang => Outcome::Rang,
                None => Outcome::NoReply,
            };
        };
        let both = self.caller_hears.first.zip(self.agent_hears.iter().filter_map(|one| one.2.first).min());
        let since = answered.max(self.accepted.unwrap_or(answered));
        let measures = measure(&self.caller_hears.sound);
        let bands =
            self.to_caller.map(|found| found.band).into_iter().chain(self.to_agent.map(|(_, found)| found.band));
        Outcome::Answered(Answered {
            codec_agreed: self.codec_agreed,
            packets: self.packets,
            heard: self.caller_hears.heard(),
            acknowledged: self.agent_proved().is_some(),
            nonce: self.caller_hears.number,
            far_end: if self.agent_proved().is_some() { FarEnd::HeardUs } else { FarEnd::HeardNothing },
            two_way_after: both.filter(|_| self.is_proved()).map(|(one, other)| one.max(other).saturating_sub(since)),
            cut_off: self.cut_off,
            quality: Quality {
                missing: played.missing_share(),
                level: self.caller_hears.level,
                clipped: measures.clipped,
                delay: self.to_agent.map(|(delay, _)| delay),
                band: bands.reduce(|one, other| (one.0.max(other.0), one.1.min(other.1))),
            },
        })
    }
}

impl Script for Pair {
    fn happen(&mut self, event: Event, now: Duration) -> Option<Act> {
        match (event, self.stage) {
            // It crossed with our giving up: nobody may be left in a call.
            (Event::Answered { .. }, Stage::Over) if self.answered.is_none() && self.refused.is_none() => {
                self.note(Step::Answered, now);
                return Some(self.hang_up(now));
            }
            (_, Stage::Over) => {}
            (Event::Provisional(code), _) if self.answered.is_none() => {
                self.rang |= code >= 180;
                self.note(Step::Provisional(code), now);
            }
            (Event::Answered { codec_agreed }, _) if self.answered.is_none() => {
                self.answered = Some(now);
                self.codec_agreed &= codec_agreed;
                self.note(Step::Answered, now);
                self.begin_to_talk(now);
            }
            (Event::Refused(code), _) if self.answered.is_none() => {
                self.refused = Some(code);
                self.note(Step::Refused(code), now);
                self.enter(Stage::Over, now);
            }
            (Event::CutOff, stage) => {
                self.cut_off = !matches!(stage, Stage::Leaves | Stage::Done);
                self.note(Step::CutOff, now);
                self.enter(Stage::Over, now);
            }
            (Event::Packet, _) => {
                self.packets += 1;
                if self.packets == 1 {
                    self.note(Step::FirstPacket, now);
                }
            }
            (Event::WrongCodec, _) => {
                if self.codec_agreed {
                    self.note(Step::WrongCodec, now);
                }
                self.codec_agreed = false;
            }
            // What the line reports is no news to whoever sits at both ends.
            (Event::FarEnd(_) | Event::Provisional(_) | Event::Answered { .. } | Event::Refused(_), _) => {}
        }
        None
    }

    fn hear(&mut self, sound: &[i16], now: Duration) {
        if self.stage == Stage::Over || self.answered.is_none() {
            return;
        }
        let was_heard = self.caller_hears.proved.is_some();
        for noticed in self.caller_hears.hear(sound, now) {
            match noticed {
                Noticed::Tone if !was_heard => self.note(Step::HeardAgent, now),
                Noticed::Number(nonce) | Noticed::Wrong(nonce) => self.note(Step::HeardAnswer(nonce), now),
                Noticed::Chirp(found, _) => self.to_caller = Some(found),
                Noticed::Tone => {}
            }
        }
    }

    fn speak(&mut self, samples: usize, now: Duration) -> Vec<i16> {
        if self.answered.is_none() || self.stage == Stage::Over {
            return vec![0; samples];
        }
        let (said, chirp) = self.says.take(samples);
        self.chirps.extend(chirp.map(|ahead| now + tocsin_media::lasting(ahead)));
        said
    }

    fn tick(&mut self, now: Duration) -> Option<Act> {
        let waited = now.saturating_sub(self.since);
        let late = now.saturating_sub(self.began) >= self.plan.whole;
        match self.stage {
            Stage::Over => return None,
            Stage::Done => return Some(self.end(now)),
            Stage::Calls if late || waited >= self.plan.rings => {
                let lacks = self.lacks();
                return Some(self.give_up(lacks, now));
            }
            Stage::Talks if self.is_proved() => self.enter(Stage::Proved, now),
            Stage::Talks if late || waited >= self.plan.talks => {
                let agent_hears = self.agent_proved().is_some();
                let awaited = if agent_hears { Awaited::AgentsNumber } else { Awaited::CallersNumber };
                if !agent_hears && self.caller_hears.proved.is_none() {
                    self.note(Step::GaveUp(Awaited::AgentsNumber), now);
                }
                return Some(self.give_up(awaited, now));
            }
            Stage::Proved => {
                let heard = self.to_caller.is_some() && self.to_agent.is_some();
                if heard || late || waited >= self.plan.chirps {
                    self.enter(if self.plan.agent_ends && !late { Stage::Leaves } else { Stage::Done }, now);
                }
            }
            Stage::Leaves if late || waited >= self.plan.chirps => {
                return Some(self.give_up(Awaited::TheEnd, now));
            }
            Stage::Calls | Stage::Talks | Stage::Leaves => {}
        }
        None
    }

    fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    fn report(&self, played: Counts) -> Report {
        let answered_after = self.answered.map(|at| at.saturating_sub(self.began));
        let first_packet = self.ladder.first(|step| *step == Step::FirstPacket);
        let mut agent = self.agent.clone();
        let best =
            self.agent_hears.iter().max_by_key(|one| (one.2.proved.is_some(), one.2.first.is_some(), one.2.lasted()));
        if let Some((_, _, hearing)) = best {
            agent.heard = hearing.heard();
            agent.nonce = hearing.number;
        }
        Report {
            outcome: self.outcome(played),
            agent: Some(agent),
            ladder: self.ladder.clone(),
            rang_after: self.ladder.first(|step| matches!(step, Step::Provisional(180..))),
            answered_after,
            first_packet_after: first_packet.zip(answered_after).map(|(at, answer)| at.saturating_sub(answer)),
        }
    }
}

impl Pair {
    /// BYE, or CANCEL where nobody has answered yet.
    fn end(&mut self, now: Duration) -> Act {
        if self.answered.is_some() {
            return self.hang_up(now);
        }
        self.note(Step::Cancelled, now);
        self.enter(Stage::Over, now);
        Act::Cancel
    }
}
