//! IBM Cloud: `status/api/notifications/feed.rss`, every notification with labelled lines in its text.
//!
//! Known from the vendor's documentation and three public clients; no capture was seen. Oddities: the feed mixes
//! incidents and maintenances with news of releases and security; what ended says so by `Outage End`; an incident's text
//! is a running log (`2026-03-02 22:05 UTC - INVESTIGATING - …`); no component and no severity is told, so that an open
//! incident is trouble of an unknown size and none is well.

use std::sync::LazyLock;

use jiff::Timestamp as Precise;
use regex::Regex;
use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, MaintenanceStage, Stage, Timestamp};

use crate::kit::feed::Item;
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, named_part};
use crate::kit::simple::{Body, Simple};
use crate::kit::{dates, html, words};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: IbmCloud = IbmCloud;

pub(crate) struct IbmCloud;

/// Words that stand before a colon in an entry's text.
const LABELS: [&str; 15] = [
    "ID",
    "Type",
    "Category",
    "Severity",
    "Regions",
    "Resources",
    "Outage Start",
    "Outage End",
    "Outage Duration",
    "Maintenance Start",
    "Maintenance End",
    "Maintenance Duration",
    "Disruption Duration",
    "Disruption Type",
    "Update Time",
];
/// What says nothing of its end is no news after this long (seconds): 14 days.
const FORGOTTEN_S: i64 = 14 * 24 * 3600;

static LOG: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(20\d\d-\d\d-\d\d \d\d:\d\d) UTC - ([A-Za-z][A-Za-z ]{2,24}) - ").ok());

impl Simple for IbmCloud {
    fn name(&self) -> &'static str {
        "ibmcloud"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        vec![HttpAsk::get("feed", page.at_root("status/api/notifications/feed.rss"))]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["feed"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let ours = |item: &Item| {
            if !item.body.contains("Type:") {
                return false;
            }
            let text = html::to_text(&item.body);
            label(&text, "Type").is_some_and(|kind| Kind::of(kind).is_some())
                && (label(&text, "Regions").is_some() || label(&text, "Resources").is_some())
        };
        body.feed()?.items.iter().any(ours).then(|| Evidence {
            confidence: 93,
            seen: "entries with IBM's `Type:`, `Regions:` and `Resources:`".to_owned(),
        })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(feed) = body.feed() else { return };
        sheet.page.name = Some(feed.title.clone()).filter(|title| !title.is_empty());
        for (index, item) in feed.items.iter().enumerate() {
            entry(item, index, now, sheet);
        }
        sheet.open = true;
        sheet.indicator = Some(Health::Operational);
        sheet.history_since = sheet.incidents.iter().filter_map(|one| one.started_at).min();
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["cloud.ibm.com"]
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Incident,
    Work,
    News,
}

impl Kind {
    fn of(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "incident" => Self::Incident,
            "maintenance" => Self::Work,
            "announcement" | "release" | "security" | "security-bulletin" => Self::News,
            _ => return None,
        })
    }
}

/// What stands behind a label, up to the next one.
fn label<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (at, from) = place_of(text, name)?;
    let next = LABELS.iter().filter(|other| **other != name).filter_map(|other| place_of(text, other));
    let end = next.map(|(start, _)| start).filter(|start| *start > at).min().unwrap_or(text.len());
    text.get(from..end).map(str::trim).filter(|value| !value.is_empty())
}

/// Where a label stands last, and where what it labels begins. `Type` in `Disruption Type:` is not it.
fn place_of(text: &str, label: &str) -> Option<(usize, usize)> {
    let mark = format!("{label}:");
    let alone = |at: &usize| {
        let before = text.get(..*at).unwrap_or_default();
        let longer =
            |other: &&str| other.strip_suffix(label).is_some_and(|head| !head.is_empty() && before.ends_with(head));
        !before.ends_with(|c: char| !c.is_whitespace()) && !LABELS.iter().any(longer)
    };
    text.rmatch_indices(&mark).map(|(at, _)| at).find(alone).map(|at| (at, at + mark.len()))
}

fn entry(item: &Item, index: usize, now: Timestamp, sheet: &mut Sheet) {
    let place = format!("entry[{index}]");
    let text = html::to_text(&item.body);
    let word = label(&text, "Type").unwrap_or_default();
    let kind = Kind::of(word);
    let last = item.updated.or(item.published);
    let fresh = last.is_none_or(|at| now.since(Timestamp::from_jiff(at)) < FORGOTTEN_S);
    if kind.is_none() {
        let detail = format!("`{word}` is no type of a notification we know.");
        // What it is cannot be known; long ago it does not matter.
        if fresh {
            sheet.doubt(place, detail)
        } else {
            sheet.problem("unknown_status", place, detail)
        }
        return;
    }
    let id = label(&text, "ID").map(str::to_owned).or_else(|| Some(item.id.clone()).filter(|id| !id.is_empty()));
    let id = id.or_else(|| item.link.clone()).unwrap_or_default();
    let entry = Entry { item, text, id, place, fresh };
    match kind {
        Some(Kind::Incident) => entry.incident(now, sheet),
        Some(Kind::Work) => entry.work(sheet),
        Some(Kind::News) | None => {}
    }
}

struct Entry<'a> {
    item: &'a Item,
    text: String,
    id: String,
    place: String,
    fresh: bool,
}

impl Entry<'_> {
    fn time(&self, names: &[&str], sheet: &mut Sheet) -> Option<Precise> {
        let value = names.iter().find_map(|name| label(&self.text, name))?;
        let at = dates::parse(value).map(|instant| instant.at);
        if at.is_none() {
            sheet.problem("bad_time", self.place.clone(), format!("`{value}` is no time we can read."));
        }
        at
    }

    fn components(&self) -> Vec<ComponentRef> {
        let value = label(&self.text, "Resources").unwrap_or_default();
        let names = value.split([',', ' ']).map(str::trim).filter(|name| !name.is_empty());
        names.map(|name| named_part(name, name)).collect()
    }

    fn title(&self) -> String {
        self.item.title.trim().to_owned()
    }

    /// The log inside the text; where there is none, the text itself under the entry's first date.
    fn log<S: Copy>(&self, meaning: impl Fn(&str) -> Option<S>) -> Vec<Draft<S>> {
        let end = LABELS.iter().filter_map(|name| self.text.find(&format!(" {name}: "))).min();
        let text = self.text.get(..end.unwrap_or(self.text.len())).unwrap_or_default();
        let found: Vec<_> = LOG.as_ref().map(|log| log.captures_iter(text).collect()).unwrap_or_default();
        let mut drafts = Vec::new();
        for (index, hit) in found.iter().enumerate() {
            let (Some(all), Some(date), Some(word)) = (hit.get(0), hit.get(1), hit.get(2)) else { continue };
            let end = found.get(index + 1).and_then(|next| next.get(0)).map_or(text.len(), |next| next.start());
            let body = text.get(all.end()..end).unwrap_or_default().trim_end_matches(['-', ' ']);
            let at = dates::parse(&format!("{} UTC", date.as_str())).map(|instant| instant.at);
            let stage = meaning(word.as_str());
            drafts.push(Draft { id: String::new(), stage, at, stored_at: None, body: body.to_owned() });
        }
        if drafts.is_empty() && !self.item.body.is_empty() {
            let body = html::mixed_to_markdown(&self.item.body);
            drafts.push(Draft { id: String::new(), stage: None, at: self.item.published, stored_at: None, body });
        }
        drafts
    }

    fn incident(self, now: Timestamp, sheet: &mut Sheet) {
        let end = self.time(&["Outage End"], sheet).filter(|at| Timestamp::from_jiff(*at) <= now);
        let updates = self.log(words::stage);
        let said = updates.iter().max_by_key(|update| update.at).and_then(|update| update.stage);
        // A log that goes on knows better than a title.
        let titled = words::says_ended(&self.item.title) == Some(true) && said.is_none_or(Stage::is_terminal);
        let ended = end.is_some() || titled;
        let stage = match (ended, said) {
            (true, Some(Stage::Postmortem)) => Some(Stage::Postmortem),
            (true, _) => Some(Stage::Resolved),
            (false, Some(stage)) => Some(stage),
            (false, None) => self.unsaid(sheet),
        };
        let is_over = stage.is_some_and(Stage::is_terminal);
        let told = Told {
            title: self.title(),
            url: self.item.link.clone(),
            stage,
            started_at: self.time(&["Outage Start"], sheet).or(self.item.published),
            resolved_at: end.or(self.item.updated.or(self.item.published).filter(|_| is_over)),
            components: self.components(),
            updates,
            id: self.id,
            impact: None,
        };
        let place = Node::root(&Value::Null);
        if is_over {
            sheet.incident(told, &place)
        } else {
            sheet.open_incident(told, &place)
        }
        if let Some(report) = sheet.incidents.last_mut().filter(|_| stage.is_none()) {
            // Neither what its log said before.
            report.stage = None;
        }
    }

    /// What is told by an entry that does not say where it stands. Its age is no end, and a word nobody knows may be one.
    fn unsaid(&self, sheet: &mut Sheet) -> Option<Stage> {
        let lines = LOG.as_ref().into_iter().flat_map(|log| log.captures_iter(&self.text));
        let last = lines.max_by_key(|line| line.get(1).map_or("", |date| date.as_str()).to_owned());
        let word = last.and_then(|line| line.get(2)).map(|word| word.as_str());
        match word.filter(|word| words::phase(word).is_none()) {
            Some(word) => {
                sheet.problem("unknown_status", self.place.clone(), format!("`{word}` is no status we know."));
                None
            }
            None if self.fresh => Some(Stage::Investigating),
            None => {
                let detail = "It says nothing of an end and is older than two weeks: whether it is over is not known.";
                sheet.problem("no_stage", self.place.clone(), detail);
                None
            }
        }
    }

    fn work(self, sheet: &mut Sheet) {
        let starts_at = self.time(&["Maintenance Start", "Outage Start"], sheet);
        let ends_at = self.time(&["Maintenance End", "Outage End"], sheet);
        let title = self.item.title.to_ascii_lowercase();
        let stage = if ["cancelled", "canceled"].iter().any(|word| title.starts_with(word)) {
            Some(MaintenanceStage::Cancelled)
        } else if words::says_ended(&title) == Some(true) {
            Some(MaintenanceStage::Completed)
        } else if starts_at.is_none() && !self.fresh {
            // Without a window nothing tells when it is over.
            Some(MaintenanceStage::Completed)
        } else {
            None
        };
        let planned = Planned {
            title: self.title(),
            url: self.item.link.clone(),
            stage,
            starts_at,
            ends_at,
            components: self.components(),
            updates: self.log(words::maintenance_stage),
            id: self.id,
        };
        sheet.work(planned, &Node::root(&Value::Null));
    }
}
