//! Rehearse: what a rule would have said of what is past. Nothing is decided here: the journal's events go once more
//! through what decides, waits, keeps and gathers for everybody.

mod messages;
mod page;
mod summary;

use std::collections::BTreeMap;

use super::decide::{Audience, ReasonCode, Verdict};
use super::rule::Storm;
use crate::components::Components;
use crate::event::Event;
use crate::provider::ProviderRef;
use crate::time::Timestamp;

pub use summary::{Line, Outcome, Summary};

/// What time alone may say in one rehearsal (reminders of incidents that stay open for weeks, mostly).
const MOST_WAKES: usize = 10_000;

/// What one page said, and who could have heard of it.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    /// Our key of the page.
    pub page: &'a str,
    pub provider: &'a ProviderRef,
    /// The page's, so that a group's name counts for its members.
    pub components: &'a Components,
    /// Of the journal, oldest first. What was said once more is left out: the rehearsal finds that out by itself.
    pub events: &'a [Event],
    pub audience: &'a Audience,
}

/// An event with what would have been decided of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    pub provider: ProviderRef,
    pub event: Event,
    pub verdicts: Vec<Verdict>,
}

/// One message to one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub at: Timestamp,
    pub channel: String,
    pub group: String,
    /// Of one thing; a digest is of many.
    pub provider: Option<ProviderRef>,
    /// What it would have said.
    pub event: Event,
    pub code: ReasonCode,
}

/// What would have happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rehearsal {
    /// Oldest first.
    pub heard: Vec<Heard>,
    /// Oldest first.
    pub messages: Vec<Message>,
    /// How many things are still kept for later at the end.
    pub kept: usize,
    /// Time alone had more to say than is worth reading: there would have been more reminders.
    pub cut: bool,
}

/// Plays the histories until `until`. `storms` says for each channel when new incidents are too many for it where the
/// rule does not say so itself; a channel that is not there is never told of many at once (alarms).
#[must_use]
pub fn rehearse(histories: &[History<'_>], storms: &BTreeMap<String, Storm>, until: Timestamp) -> Rehearsal {
    let mut wakes_left = MOST_WAKES;
    let mut heard: Vec<(String, Heard)> = Vec::new();
    for history in histories {
        let theirs = page::played(history, until, &mut wakes_left);
        heard.extend(theirs.into_iter().map(|one| (history.page.to_owned(), one)));
    }
    // Of one moment, what a page said stays in its order.
    heard.sort_by_key(|(_, one)| one.event.at);
    let members = histories.iter().flat_map(|history| &history.audience.members);
    let rules = members.map(|member| (member.group.clone(), member.rule.storm)).collect();
    let mut channels = messages::Channels::new(storms, rules);
    for (page, one) in &mut heard {
        channels.hear(page, one);
    }
    channels.wait(until.plus(1));
    let (messages, kept) = channels.finish();
    Rehearsal { heard: heard.into_iter().map(|(_, one)| one).collect(), messages, kept, cut: wakes_left == 0 }
}
