//! Hund: the Atom feed of a page's issues, `state_feed/feed.atom`. Its API wants a key, its present state comes only as a
//! stream of events. Known from two public clients of the feed; no capture was seen.
//!
//! Oddities: one entry an issue, edited in place; where it stands is the word in brackets before its title, in the page's
//! language (English and German are known); work is told the same way. Components fail without an issue, so a feed
//! without open issues says nothing of health.

use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, MaintenanceStage, Stage, Timestamp};

use crate::kit::feed::Item;
use crate::kit::html;
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told};
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Hund = Hund;

pub(crate) struct Hund;

/// In the id of every entry, before the issue's.
const ENTRY: &str = "State::FeedNotifier::Entry/";

impl Simple for Hund {
    fn name(&self) -> &'static str {
        "hund"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        vec![HttpAsk::get("feed", page.at_root("state_feed/feed.atom"))]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["feed"]
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let feed = body.feed()?;
        if feed.items.iter().any(|item| item.id.contains(ENTRY)) {
            return Some(Evidence { confidence: 97, seen: "entries of Hund's `State::FeedNotifier`".to_owned() });
        }
        // A page without issues has an empty feed.
        let asked_for = payload.key == "feed" && payload.url.contains("/state_feed/feed");
        (asked_for && feed.atom && feed.items.is_empty())
            .then(|| Evidence { confidence: 70, seen: "an empty feed where Hund keeps its own".to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(feed) = body.feed() else { return };
        let name = feed.title.trim_end_matches(" Status").trim();
        sheet.page.name = Some(name.to_owned()).filter(|name| !name.is_empty());
        sheet.page.url.clone_from(&feed.link);
        for (index, item) in feed.items.iter().enumerate() {
            entry(index, item, now, sheet);
        }
        sheet.history_since = sheet.incidents.iter().filter_map(|one| one.started_at).min();
        if sheet.incidents.iter().any(|one| !one.is_closed() && one.stage.is_some()) {
            sheet.indicator = Some(Health::Degraded);
        } else {
            sheet.problem(
                "no_health",
                "",
                "The feed tells of issues alone: without an open one the health is not known.",
            );
        }
    }

    fn probes(&self) -> &'static [&'static str] {
        &["state_feed/feed.atom"]
    }
}

/// Where an issue or a window of work stands.
#[derive(Clone, Copy)]
enum Word {
    Issue(Stage),
    Work(MaintenanceStage),
    /// Over, whatever it was.
    Over,
}

fn entry(index: usize, item: &Item, now: Timestamp, sheet: &mut Sheet) {
    let Some((_, id)) = item.id.rsplit_once(ENTRY).filter(|(_, id)| !id.is_empty()) else {
        sheet.doubt(format!("entry[{index}]"), "The entry has no id of an issue.");
        return;
    };
    // The address names the issue; the entry's id is another one.
    let id = item.link.as_deref().and_then(issue_of).unwrap_or(id).to_owned();
    let (bracket, title) = split(&item.title);
    let value = Value::String(bracket.to_owned());
    let node = Node::root(&value);
    let word = sheet.word(&node, "", word);
    let is_work = matches!(word, Some(Word::Work(_))) || is_work(title);
    let body = html::to_markdown(&item.body);
    let at = item.published.filter(|at| Timestamp::from_jiff(*at) <= now).or(item.updated);
    if is_work {
        let stage = match word {
            Some(Word::Work(stage)) => Some(stage),
            Some(Word::Over | Word::Issue(Stage::Resolved | Stage::Postmortem)) => Some(MaintenanceStage::Completed),
            Some(Word::Issue(_)) | None => None,
        };
        let updates = vec![Draft { id: String::new(), stage, at, stored_at: None, body }];
        let planned =
            Planned { id, title: title.to_owned(), url: item.link.clone(), stage, updates, ..Planned::default() };
        sheet.work(planned, &node);
        return;
    }
    let stage = match word {
        Some(Word::Issue(stage)) => Some(stage),
        Some(Word::Over) => Some(Stage::Resolved),
        // Age says nothing of an end.
        Some(Word::Work(_)) | None => None,
    };
    let over = stage.is_some_and(Stage::is_terminal);
    let updates = vec![Draft { id: String::new(), stage, at, stored_at: None, body }];
    let told = Told {
        id,
        title: title.to_owned(),
        url: item.link.clone(),
        stage,
        started_at: item.published,
        resolved_at: item.updated.filter(|_| over),
        updates,
        ..Told::default()
    };
    sheet.incident(told, &node);
}

/// `[Ended] Maintenance Window: Nets` is over and called `Maintenance Window: Nets`.
fn split(title: &str) -> (&str, &str) {
    let title = title.trim();
    title
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map_or(("", title), |(word, rest)| (word, rest.trim()))
}

/// The last part of `…/issues/5f0c`.
fn issue_of(link: &str) -> Option<&str> {
    let (_, rest) = link.split_once("/issues/")?;
    rest.split(['/', '?', '#']).next().filter(|id| !id.is_empty())
}

fn word(bracket: &str) -> Option<Word> {
    Some(match bracket.trim().to_lowercase().as_str() {
        "investigating" | "untersuchung" => Word::Issue(Stage::Investigating),
        "identified" | "problem identified" | "identifiziert" => Word::Issue(Stage::Identified),
        "monitoring" | "observing" => Word::Issue(Stage::Monitoring),
        "resolved" | "fixed" | "gelöst" | "behoben" => Word::Issue(Stage::Resolved),
        "scheduled" | "upcoming" => Word::Work(MaintenanceStage::Scheduled),
        "in progress" | "started" => Word::Work(MaintenanceStage::InProgress),
        "cancelled" | "canceled" => Word::Work(MaintenanceStage::Cancelled),
        "ended" | "completed" | "beendet" => Word::Over,
        _ => return None,
    })
}

fn is_work(title: &str) -> bool {
    let title = title.to_lowercase();
    ["maintenance window", "scheduled maintenance", "maintenance:", "wartung"]
        .iter()
        .any(|words| title.starts_with(words))
}
