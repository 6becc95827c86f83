//! The journal of a story: each event, and under it who was told and why.

use tocsin_domain::alert::Verdict;
use tocsin_domain::step::Decided;
use tocsin_domain::{Again, DigestItem, Event, Subject, Timestamp};

use crate::time;

#[derive(Default)]
pub struct Journal {
    lines: Vec<String>,
    /// The day that was written last: a time of the same day needs no date.
    day: String,
}

impl Journal {
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The lines since the last call; `nothing` where there are none.
    pub fn take(&mut self) -> Vec<String> {
        if self.lines.is_empty() { vec!["nothing".to_owned()] } else { std::mem::take(&mut self.lines) }
    }

    pub fn note(&mut self, decided: &[Decided]) {
        for Decided { event, verdicts } in decided {
            let line = format!("{}  {} {}{}", self.stamp(event.at), event.kind, subject(event), details(event));
            self.lines.push(line);
            self.lines.extend(verdicts.iter().map(verdict));
        }
    }

    /// Something that was kept is told now: by itself, along with what is told anyway, or in a digest.
    pub fn kept(&mut self, now: Timestamp, whom: &str, event: Option<&Event>) {
        let what = match event.map(|event| (event, &event.subject)) {
            None => "nothing is left to tell".to_owned(),
            Some((_, Subject::Digest(digest))) => {
                let item = |item: &DigestItem| {
                    let over = if item.over { "over" } else { "open" };
                    format!("{} {over}", item.title)
                };
                let root = digest.root.as_ref().map(|root| format!("; root {}", root.provider.slug));
                let items: Vec<String> = digest.items.iter().map(item).collect();
                format!("digest [{}{}]", items.join("; "), root.unwrap_or_default())
            }
            Some((event, _)) => format!("{} {}{}", event.kind, subject(event), details(event)),
        };
        let line = format!("{}  kept for {whom}: {what}", self.stamp(now));
        self.lines.push(line);
    }

    fn stamp(&mut self, at: Timestamp) -> String {
        let day = time::date(at);
        if day == self.day {
            return time::clock(at);
        }
        self.day = day;
        time::full(at)
    }
}

fn subject(event: &Event) -> String {
    match &event.subject {
        Subject::Incident(incident) => incident.vendor_id.clone(),
        Subject::Maintenance(work) => work.vendor_id.clone(),
        Subject::Component(change) => {
            format!("{}: {} to {}", change.component.id, change.before.word(), change.after.word())
        }
        Subject::Page(news) => format!("({})", news.reason),
        Subject::Warning(warning) => warning.kind.word().to_owned(),
        Subject::Channel(_) | Subject::Digest(_) | Subject::Test => String::new(),
    }
}

/// What the event carries beyond its type.
fn details(event: &Event) -> String {
    let mut details = Vec::new();
    if event.changes.len() > 1 {
        let short: Vec<&str> =
            event.changes.iter().filter_map(|kind| kind.word().split_once('.')).map(|(_, word)| word).collect();
        details.push(short.join(" + "));
    }
    if event.also_opened {
        details.push("also opened".to_owned());
    }
    details.extend(event.again.as_ref().map(again));
    if !event.updates.is_empty() {
        let ids: Vec<String> = event.updates.iter().map(|update| format!("#{}", update.id)).collect();
        details.push(format!("with {}", ids.join(" ")));
    }
    if let Some(seconds) = event.reminder_s {
        details.push(format!("begins in {}", time::span(seconds)));
    }
    if let Some(seconds) = event.unseen_s {
        details.push(format!("unseen for {}", time::span(seconds)));
    }
    if details.is_empty() { String::new() } else { format!(" [{}]", details.join("; ")) }
}

/// Why it is said again.
fn again(again: &Again) -> String {
    match again {
        Again::AfterWait => "after dwell".to_owned(),
        Again::Asked => "asked for".to_owned(),
        Again::AfterMute => "after mute".to_owned(),
        Again::Repeat(number) => format!("reminder {number}"),
        Again::Escalated(group) => format!("not acknowledged by {group}"),
        Again::PromiseBroken(at) => format!("promised by {}", time::clock(*at)),
        Again::HeldBack => "held back".to_owned(),
        Again::Missed => "missed".to_owned(),
    }
}

fn verdict(verdict: &Verdict) -> String {
    let word = match (verdict.told, &verdict.later) {
        (true, _) => "told".to_owned(),
        (false, Some(later)) => format!("later ({})", time::full(later.until)),
        (false, None) => "silent".to_owned(),
    };
    let whom = match &verdict.channel {
        None => format!("{} (no channel)", verdict.group),
        Some(channel) if *channel == verdict.group => channel.clone(),
        Some(channel) => format!("{} in {channel}", verdict.group),
    };
    format!("       {word} {whom}: {}", verdict.reason.code.word())
}
