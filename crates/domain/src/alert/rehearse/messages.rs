//! From verdicts to messages: what is kept, gathered and told along, as the committer does it.

use std::collections::BTreeMap;

use super::super::fate::Fate;
use super::super::rule::Storm;
use super::super::storm::{self, Window};
use super::super::tray::{self, Due, Kept, Trays};
use super::{Heard, Message};
use crate::event::Event;
use crate::ids;
use crate::time::Timestamp;

/// All channels, with what is kept for them and what they were told lately.
pub(super) struct Channels<'a> {
    storms: &'a BTreeMap<String, Storm>,
    /// By group.
    rules: BTreeMap<String, Option<Storm>>,
    windows: BTreeMap<String, Window>,
    trays: Trays,
    kept: usize,
    messages: Vec<Message>,
}

impl<'a> Channels<'a> {
    pub(super) fn new(storms: &'a BTreeMap<String, Storm>, rules: BTreeMap<String, Option<Storm>>) -> Self {
        let (windows, trays) = (BTreeMap::new(), Trays::default());
        Self { storms, rules, windows, trays, kept: 0, messages: Vec::new() }
    }

    /// The messages, and how much is still kept.
    pub(super) fn finish(self) -> (Vec<Message>, usize) {
        (self.messages, self.kept)
    }

    /// Tells what falls due before `now`.
    pub(super) fn wait(&mut self, now: Timestamp) {
        while let Some(at) = self.trays.next().filter(|at| *at < now) {
            for due in self.trays.due(at) {
                self.messages.extend(message(&due, at));
                self.forget(&due.ids());
            }
        }
    }

    fn forget(&mut self, gone: &[uuid::Uuid]) {
        self.trays.forget(gone);
        self.kept = self.kept.saturating_sub(gone.len());
    }

    /// Takes up an event's verdicts; those that a storm puts off say so from then on.
    pub(super) fn hear(&mut self, page: &str, heard: &mut Heard) {
        let event = &heard.event;
        self.wait(event.at);
        let about = tray::about(page, event);
        for verdict in &mut heard.verdicts {
            let Some(channel) = verdict.channel.clone() else { continue };
            let group = verdict.group.clone();
            let (windows, trays) = (&mut self.windows, &self.trays);
            let rule = self.rules.get(&group).copied().flatten();
            let storm = || {
                storm::counts(event).then_some(())?;
                let by_default = *self.storms.get(&channel)?;
                let storm = rule.unwrap_or(by_default);
                let until = windows.entry(channel.clone()).or_default().note(storm, &about, event.at)?;
                Some((storm, until))
            };
            let along = || trays.along(&channel, &about);
            match Fate::of(event, verdict, storm, along, event.at) {
                Fate::Silent => {}
                Fate::Kept(later) => {
                    self.trays.put(Kept {
                        id: ids::v7(event.at, &[b"kept", event.id.as_bytes(), channel.as_bytes()]),
                        channel,
                        group,
                        monitor: verdict.monitor.clone(),
                        monitor_components: verdict.monitor_components.clone(),
                        provider: heard.provider.clone(),
                        page: page.to_owned(),
                        later,
                        reason: verdict.reason.text.clone(),
                        first: verdict.first,
                        sequence: 0,
                        event: event.clone(),
                    });
                    self.kept += 1;
                }
                Fate::Told(told) => {
                    self.forget(&told.along);
                    let Some(whole) = told.event else { continue };
                    self.messages.push(Message {
                        at: event.at,
                        channel,
                        group,
                        provider: Some(heard.provider.clone()),
                        event: as_heard(whole.into_owned(), told.first),
                        code: verdict.reason.code,
                    });
                }
            }
        }
    }
}

/// The message for what is due; `None`: nothing is left to tell.
fn message(due: &Due, now: Timestamp) -> Option<Message> {
    let first = due.those.first()?;
    let (code, event) = due.told(now, |_, _| String::new())?;
    let provider = due.gathered.is_none().then(|| first.provider.clone());
    let (channel, group) = (first.channel.clone(), first.group.clone());
    let heard_first = due.those.iter().any(|one| one.first);
    Some(Message { at: now, channel, group, provider, event: as_heard(event, heard_first), code })
}

/// An event as its channel hears it: at first, what is over began, too.
fn as_heard(event: Event, first: bool) -> Event {
    if first { tray::at_first(&event) } else { event }
}
