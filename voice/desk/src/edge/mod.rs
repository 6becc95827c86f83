//! The desk among the living: events go to it one by one, and its orders to whoever carries them out.

mod joining;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use tocsin_bridge::Own;
use tocsin_switchboard::builds::Published;
use tocsin_switchboard::handshake::message::{LeaseReply, LeaseRequest};
use tocsin_switchboard::switches::{Change, Refused};
use tokio::sync::mpsc::UnboundedSender;

pub use self::joining::{Joined, Mend, host};
use crate::builds::{self, Shelf};
use crate::counts::unserved;
use crate::desk::{Desk, Edition, Event, Number, Order, Tell, alarm_of_builds, alarm_of_readiness};
use crate::setup::Setup;
use crate::store::Store;
use crate::telephone::Wish;
use crate::{clock, webhook};

/// How often the desk looks at the time, and at what was published.
const TICK: Duration = Duration::from_millis(100);
const LOOK: u32 = 10;

/// A widget that listens: its name, and where it is told things.
type Ear = (String, UnboundedSender<Value>);

pub struct Edge {
    pub setup: Setup,
    pub store: Store,
    pub shelf: Shelf,
    pub supervisor_token: String,
    bridge: Own,
    desk: Mutex<Desk>,
    callers: Mutex<HashMap<Number, UnboundedSender<Wish>>>,
    ears: Mutex<HashMap<String, Ear>>,
    joined: Mutex<HashMap<Number, Joined>>,
    known: Mutex<usize>,
    webhook: Option<webhook::Queue>,
    first_call: Number,
}

pub(crate) fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Edge {
    #[must_use]
    pub fn new(setup: Setup, store: Store, supervisor_token: String, bridge: Own, desk: Desk) -> Edge {
        let known = builds::editions(store.folder()).len();
        // Numbers of calls name recordings, so that none may come twice.
        let last = store.lines("calls.jsonl").iter().filter_map(|line| line["call"].as_u64()).max().unwrap_or(0);
        let webhook = setup.webhook.clone().map(webhook::Queue::new);
        Edge {
            setup,
            store,
            shelf: Shelf::default(),
            supervisor_token,
            bridge,
            desk: Mutex::new(desk),
            callers: Mutex::default(),
            ears: Mutex::default(),
            joined: Mutex::default(),
            known: Mutex::new(known),
            webhook,
            first_call: last + 1,
        }
    }

    #[must_use]
    pub fn first_call(&self) -> Number {
        self.first_call
    }

    /// Tells the desk what happened, and carries out what it says, before anything else happens.
    pub fn tell(self: &Arc<Edge>, event: Event) {
        let mut desk = lock(&self.desk);
        let orders = desk.on(clock::steady(), event);
        self.carry_out(orders);
    }

    /// Turns a switch.
    ///
    /// # Errors
    /// What to do instead.
    pub fn turn(self: &Arc<Edge>, change: Change) -> Result<(), Refused> {
        let mut desk = lock(&self.desk);
        let orders = desk.turn(clock::steady(), change)?;
        self.carry_out(orders);
        Ok(())
    }

    pub fn lease(self: &Arc<Edge>, request: &LeaseRequest) -> LeaseReply {
        let mut desk = lock(&self.desk);
        let (reply, orders) = desk.lease(clock::steady(), request);
        self.carry_out(orders);
        reply
    }

    pub fn release(self: &Arc<Edge>, agent: &str, token: u64) {
        let mut desk = lock(&self.desk);
        let orders = desk.release(clock::steady(), agent, token);
        self.carry_out(orders);
    }

    /// The configuration that holds, as it travels.
    #[must_use]
    pub fn config(&self) -> Value {
        json!(lock(&self.desk).snapshot())
    }

    /// What whoever loads the widget is given.
    #[must_use]
    pub fn published(&self) -> Option<Published> {
        lock(&self.desk).published().cloned()
    }

    #[must_use]
    pub fn view(&self) -> Value {
        lock(&self.desk).view(clock::steady())
    }

    #[must_use]
    pub fn metrics(&self) -> String {
        lock(&self.desk).metrics()
    }

    #[must_use]
    pub fn calls(&self) -> usize {
        lock(&self.desk).calls()
    }

    pub fn caller_came(&self, call: Number, tell: UnboundedSender<Wish>) {
        lock(&self.callers).insert(call, tell);
    }

    pub fn caller_left(&self, call: Number) {
        lock(&self.callers).remove(&call);
    }

    /// A widget listens from now on; the one before of that agent is told nothing any more.
    pub fn listens(self: &Arc<Edge>, agent: &str, widget: &str, ear: UnboundedSender<Value>) {
        lock(&self.ears).insert(agent.to_owned(), (widget.to_owned(), ear));
        self.tell(Event::Present { agent: agent.to_owned(), widget: widget.to_owned() });
    }

    pub fn listens_no_more(self: &Arc<Edge>, agent: &str, widget: &str, ear: &UnboundedSender<Value>) {
        {
            let mut ears = lock(&self.ears);
            // The same widget may have come again meanwhile.
            if ears.get(agent).is_none_or(|(_, now)| !now.same_channel(ear)) {
                return;
            }
            ears.remove(agent);
        }
        self.tell(Event::Absent { agent: agent.to_owned(), widget: widget.to_owned() });
    }

    pub(crate) fn say(&self, agent: &str, what: &impl Serialize) {
        if let Some((_, ear)) = lock(&self.ears).get(agent) {
            let _ = ear.send(json!(what));
        }
    }

    fn wish(&self, call: Number, wish: Wish) {
        if let Some(caller) = lock(&self.callers).get(&call) {
            let _ = caller.send(wish);
        }
    }

    fn carry_out(self: &Arc<Edge>, orders: Vec<Order>) {
        for order in orders {
            self.obey(order);
        }
    }

    fn obey(self: &Arc<Edge>, order: Order) {
        match order {
            Order::Ring(call) => self.wish(call, Wish::Ring),
            Order::Refuse { call, code } => self.wish(call, Wish::Refuse(code)),
            Order::Answer(call) => self.wish(call, Wish::Answer),
            Order::HangUp(call) => self.wish(call, Wish::HangUp),
            Order::Comfort(call, on) => self.wish(call, Wish::Comfort(on)),
            Order::Voicemail { call, why } => self.wish(call, Wish::Voicemail(why)),
            Order::Open { call, round, agent } => self.open(call, round, agent),
            Order::RestartIce { call, round } => self.mend(call, round, Mend::Restart),
            Order::Hears { call, round, held, muted } => self.mend(call, round, Mend::Hears { held, muted }),
            Order::Close { call, round } => self.close(call, round),
            Order::Tell { agent, tell } => self.tell_agent(&agent, &tell),
            Order::Missed(missed) => {
                let waited_ms = missed.waited.as_millis() as u64;
                let why = unserved(missed.why);
                let (call, caller, queue) = (missed.call, missed.caller, missed.queue);
                let line = json!({"call": call, "caller": caller, "queue": queue, "waited_ms": waited_ms, "why": why});
                self.store.add("missed.jsonl", line);
            }
            Order::Turned(entry) => {
                let line = json!({
                    "switch": entry.switch, "from": entry.from, "to": entry.to, "who": entry.who, "why": entry.why,
                });
                tracing::warn!("a switch was turned: {line}");
                self.store.add("audit.jsonl", line);
            }
            Order::Publish(published) => {
                let Published { build, files, .. } = published;
                let who = "the desk".to_owned();
                let edition = Edition { build, files, who, at_once: true, rolls_back: true };
                if let Err(error) = builds::note(self.store.folder(), &edition) {
                    tracing::error!(error, "a roll-back holds until the desk is started again");
                } else {
                    *lock(&self.known) += 1;
                }
            }
            Order::Builds(word) => self.alarm("build", &alarm_of_builds(&word), json!(format!("{word:?}"))),
            Order::Readiness(word) => self.alarm("readiness", &alarm_of_readiness(&word), json!(format!("{word:?}"))),
            Order::Record(record) => {
                tracing::info!(call = record.call, connected = record.connected, "a call is over");
                self.store.add("calls.jsonl", json!(record));
            }
        }
    }

    fn tell_agent(&self, agent: &str, tell: &Tell) {
        self.say(agent, tell);
    }

    fn alarm(&self, of: &str, said: &str, detail: Value) {
        tracing::error!("{said}");
        let line = json!({ "of": of, "said": said, "detail": detail, "at_ms": clock::since_1970() });
        if let Some(webhook) = &self.webhook {
            webhook.tell(line.clone());
        }
        self.store.add("alarms.jsonl", line);
    }

    /// Looks at the time, and at what somebody published.
    pub async fn keep_time(self: Arc<Edge>) {
        let mut tick = tokio::time::interval(TICK);
        let mut turns = 0_u32;
        loop {
            tick.tick().await;
            turns = turns.wrapping_add(1);
            if turns.is_multiple_of(LOOK) {
                self.look();
            }
            self.tell(Event::Tick);
        }
    }

    fn look(self: &Arc<Edge>) {
        let all = builds::editions(self.store.folder());
        let new: Vec<Edition> = {
            let mut known = lock(&self.known);
            let new = all.iter().skip(*known).map(|(edition, _)| edition.clone()).collect();
            *known = all.len().max(*known);
            new
        };
        for edition in new {
            tracing::warn!(build = edition.build, files = edition.files, "a build was published");
            self.tell(Event::Published(edition));
        }
    }
}
