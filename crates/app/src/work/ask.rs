//! Ask one page: play the platform's rounds over the network. No store, no state: polls, `check` and `detect` share it.

use std::collections::HashMap;

use futures_util::future::join_all;
use tocsin_domain::ids::hash_hex;
use tocsin_domain::{Answer, HttpAsk, Timestamp};
use tocsin_platforms::detect;
use tocsin_platforms::kit::past;
use tocsin_platforms::{Answered, Done, Memory, PageAddress, Payload, Reader, Turn};

use crate::net::{Fetched, Net, Validators};
use crate::push::websub::{self, Offer};

/// Whoever performs the asks of a poll: the network, or the past of a simulated world.
pub trait Fetch: Sync {
    /// Asks a page, unless it has not changed since `known` was noted.
    fn fetch(&self, ask: &HttpAsk, known: &Validators) -> impl Future<Output = Fetched> + Send;
}

impl Fetch for Net {
    async fn fetch(&self, ask: &HttpAsk, known: &Validators) -> Fetched {
        self.poll(ask, known).await
    }
}

/// A platform may ask in this many rounds.
const ROUNDS: usize = 6;

/// What one poll of a page came to.
pub struct Asked {
    pub done: Done,
    /// For the next poll.
    pub known: Known,
    /// The bodies it was read from.
    pub payloads: Vec<Payload>,
    /// Seconds the server asked us to wait.
    pub retry_after_s: Option<i64>,
    /// Where the first answer came from, after redirects.
    pub answered_by: Option<String>,
    /// A hub that would tell us of changes.
    pub offer: Option<Offer>,
}

/// What is known of a page from the poll before.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The platform's own.
    pub memory: Memory,
    /// By surface.
    pub validators: HashMap<String, Validators>,
    /// SHA-256 of bodies (hex) by surface: equal bytes need no parsing.
    pub bodies: HashMap<String, String>,
}

/// Asks a page of a known platform, by its reader.
pub async fn page(net: &impl Fetch, address: &PageAddress, reader: &dyn Reader, known: Known, now: Timestamp) -> Asked {
    let Known { memory: before, validators, bodies } = known;
    let mut round = Round { validators, bodies, ..Round::default() };
    let mut asks = reader.begin(address, &before, now);
    let mut fresh = false;
    for _ in 0..ROUNDS {
        round.play(net, asks, fresh).await;
        match reader.next(address, &before, &round.answers, now) {
            Turn::Done { done, memory } => return round.end(done, memory),
            Turn::More { asks: more, fresh: wanted } => {
                asks = more;
                fresh = wanted;
            }
        }
    }
    let reason = "The page kept sending us on to further addresses.".to_owned();
    round.end(Done::Unreadable { code: "too_many_rounds", reason }, before)
}

#[derive(Default)]
struct Round {
    answers: Vec<Answered>,
    validators: HashMap<String, Validators>,
    bodies: HashMap<String, String>,
    retry_after_s: Option<i64>,
    answered_by: Option<String>,
}

impl Round {
    async fn play(&mut self, net: &impl Fetch, asks: Vec<HttpAsk>, fresh: bool) {
        let none = Validators::default();
        let fetches = asks.iter().map(|ask| {
            let known = if fresh { &none } else { self.validators.get(&ask.key).unwrap_or(&none) };
            net.fetch(ask, known)
        });
        let fetched: Vec<Fetched> = join_all(fetches).await;
        for (ask, fetched) in asks.into_iter().zip(fetched) {
            self.take(ask, fetched, fresh);
        }
    }

    fn take(&mut self, ask: HttpAsk, fetched: Fetched, fresh: bool) {
        self.retry_after_s = self.retry_after_s.max(fetched.retry_after_s);
        let mut answer = fetched.answer;
        if let Answer::Http(http) = &answer {
            if self.answered_by.is_none() {
                self.answered_by = Some(http.url.clone());
            }
            if http.status == 200 {
                let hash = hash_hex(&[&http.body]);
                let same = !fresh && self.bodies.get(&ask.key) == Some(&hash);
                // What was is asked for whole whenever it is asked for.
                if !past::is_past(&ask.key) {
                    self.validators.insert(ask.key.clone(), fetched.validators);
                    self.bodies.insert(ask.key.clone(), hash);
                }
                if same {
                    answer = Answer::NotModified;
                }
            }
        }
        self.answers.push(Answered { ask, answer });
    }

    fn end(self, done: Done, memory: Memory) -> Asked {
        let offer = self.answers.iter().find_map(|answered| match &answered.answer {
            Answer::Http(http) if http.status == 200 => websub::offer(http),
            _ => None,
        });
        let payloads = self.answers.iter().filter_map(Answered::payload).collect();
        // What could not be read must be asked whole again: a validator would turn the same bytes into "unchanged".
        let known = match done {
            Done::Unreadable { .. } => Known { memory, ..Known::default() },
            Done::Read(_) | Done::Unchanged => Known { memory, validators: self.validators, bodies: self.bodies },
        };
        Asked { done, known, payloads, retry_after_s: self.retry_after_s, answered_by: self.answered_by, offer }
    }
}

/// Which platforms an address could be: every probe, what came back, and the candidates, best first.
pub async fn detect(net: &impl Fetch, address: &PageAddress) -> detect::Findings {
    let none = Validators::default();
    let mut answers: Vec<Answered> = Vec::new();
    let mut asks = detect::plan(address);
    for _ in 0..ROUNDS {
        let fetched = join_all(asks.iter().map(|ask| net.fetch(ask, &none))).await;
        answers.extend(asks.into_iter().zip(fetched).map(|(ask, fetched)| Answered { ask, answer: fetched.answer }));
        asks = detect::more(address, &answers);
        if asks.is_empty() {
            break;
        }
    }
    detect::judge(address, &answers)
}
