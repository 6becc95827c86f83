//! `feed.rss`: an entry an update, all of one incident under its address; the text names stage and services.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use tocsin_domain::{Report, Stage};

use crate::kit::feed::{Feed, Item};
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Sheet, Told, named_part};
use crate::kit::{html, words};

static SERVICE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?is)<li>(.{1,300}?)</li>").ok());
/// Behind the text of an entry.
const SERVICES: &str = "Affected services";

pub(super) fn is_ours(feed: &Feed) -> bool {
    let is_theirs = |item: &Item| id(item).is_some() && item.body.trim_start().starts_with("Status: ");
    feed.items.iter().any(is_theirs)
}

/// Told by the feed: all its updates have ids that were derived.
pub(super) fn is_fed(report: &Report) -> bool {
    report.impact.is_none() && !report.updates.is_empty() && report.updates.iter().all(|one| one.id.starts_with('~'))
}

/// The last part of the incident's address.
fn id(item: &Item) -> Option<&str> {
    let address = item.link.as_deref().unwrap_or(&item.id);
    let (_, id) = address.split_once("/incident/")?;
    let id = id.split(['?', '#', '/']).next()?;
    (!id.is_empty() && id.len() <= 64).then_some(id)
}

pub(super) fn read(feed: &Feed, sheet: &mut Sheet) {
    let mut stories: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    for (index, item) in feed.items.iter().enumerate() {
        match id(item) {
            Some(id) => stories.entry(id).or_default().push(item),
            None => sheet.problem("bad_shape", format!("entry[{index}]"), "The entry leads to no incident."),
        }
    }
    let nowhere = serde_json::Value::Null;
    for (id, mut items) in stories {
        items.sort_by_key(|item| item.published);
        let told = story(id, &items, sheet);
        sheet.incident(told, &Node::root(&nowhere));
    }
    let starts = sheet.incidents.iter().filter(|one| is_fed(one)).filter_map(|one| one.started_at).min();
    sheet.history_since = starts;
}

/// The entries of one incident, oldest first.
fn story(id: &str, items: &[&Item], sheet: &mut Sheet) -> Told {
    let mut updates = Vec::new();
    for item in items {
        let (word, text) = halves(&item.body);
        let stage = words::stage(&word);
        if stage.is_none() {
            sheet.problem("unknown_status", id, format!("`{word}` is no status we know."));
        }
        updates.push(Draft { id: String::new(), stage, at: item.published, stored_at: None, body: text });
    }
    let newest = items.last();
    // A word nobody knows, said last, does not say that it is over.
    let stage = updates.last().map(|last| last.stage.unwrap_or(Stage::Investigating));
    Told {
        id: id.to_owned(),
        title: newest.map(|item| item.title.clone()).unwrap_or_default(),
        url: newest.and_then(|item| item.link.clone()),
        impact: None,
        stage,
        started_at: items.iter().filter_map(|item| item.published).min(),
        resolved_at: None,
        components: newest.map(|item| services(&item.body)).unwrap_or_default(),
        updates,
    }
}

/// The stage's word, and the text behind it.
fn halves(body: &str) -> (String, String) {
    let text = body.split(SERVICES).next().unwrap_or_default();
    let text = text.trim_start().strip_prefix("Status:").unwrap_or(text);
    let (word, rest) = text.split_once("<br").unwrap_or((text, ""));
    let rest = rest.split_once('>').map_or("", |(_, rest)| rest);
    (html::to_text(word), html::mixed_to_markdown(rest))
}

fn services(body: &str) -> Vec<tocsin_domain::ComponentRef> {
    let list = body.split_once(SERVICES).map_or("", |(_, list)| list);
    let names =
        SERVICE.as_ref().into_iter().flat_map(|service| service.captures_iter(list)).filter_map(|found| found.get(1));
    names.map(|name| named_part("", html::to_text(name.as_str()))).collect()
}
