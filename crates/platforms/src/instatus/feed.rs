//! `history.atom` and `history.rss`: incidents and maintenances with their updates, and in plain words their type and
//! the components they touched. An entry's `published` is its start, `updated` its last change. No impact.

use jiff::Timestamp as Precise;
use tocsin_domain::maintenance::Work;
use tocsin_domain::{ComponentRef, MaintenanceStage, Page, Problem, Report, Stage, Timestamp, Update};

use super::json::Told;
use crate::kit::feed::{Feed, Item};
use crate::kit::html;
use crate::kit::report;
use crate::kit::timeline::{self, Block};
use crate::kit::words::Phase;
use crate::statuspage::feed_updates;

/// How sure it is that Instatus made this feed, and by what.
pub fn recognise(feed: &Feed) -> Option<(u8, String)> {
    if feed.items.iter().any(|item| tag(item).is_some_and(|(_, id)| is_cuid(id))) {
        return Some((97, "an entry's id is `tag:…,2005:` with an Instatus id".to_owned()));
    }
    let rendered = |item: &Item| {
        let stamped = item.body.contains("data-var='date'") || item.body.contains("data-var=\"date\"");
        let typed = html::to_text(&item.body).starts_with("Type: ");
        native_id(item).is_some_and(|id| is_cuid(&id)) && (stamped || typed)
    };
    feed.items
        .iter()
        .any(rendered)
        .then(|| (96, "an entry links to an Instatus id and is written as Instatus writes".to_owned()))
}

/// Instatus's ids: a `c` and about two dozen lower-case letters and digits.
fn is_cuid(id: &str) -> bool {
    let plain = id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
    (20..=40).contains(&id.len()) && id.starts_with('c') && plain
}

/// Kind and id in `tag:host,2005:Incident/<id>`.
fn tag(item: &Item) -> Option<(&str, &str)> {
    let (_, rest) = item.id.strip_prefix("tag:")?.split_once(",2005:")?;
    rest.split_once('/')
}

/// The id in the entry's tag, else the last part of its address.
fn native_id(item: &Item) -> Option<String> {
    let in_tag = tag(item).map(|(_, id)| id);
    let in_link = item.link.as_deref().or(Some(item.id.as_str())).and_then(|link| {
        let path = link.split(['?', '#']).next()?.trim_end_matches('/');
        path.rsplit_once('/').map(|(_, last)| last)
    });
    in_tag.or(in_link).filter(|id| !id.is_empty() && id.len() <= 64).map(str::to_owned)
}

/// What the feed says.
pub fn told(feed: &Feed, now: Timestamp) -> Told {
    let mut told = Told::default();
    let title = feed.title.split(" - ").next().unwrap_or_default();
    let name = title.trim_end_matches(" Status").trim();
    let name = Some(name.to_owned()).filter(|name| !name.is_empty());
    told.part.page = Page { name, url: feed.link.clone(), ..Page::default() };
    for (index, item) in feed.items.iter().enumerate() {
        entry(item, index, now, &mut told);
    }
    told.part.history_since = told.part.incidents.iter().filter_map(|report| report.started_at).min();
    told
}

fn entry(item: &Item, index: usize, now: Timestamp, told: &mut Told) {
    let place = format!("entry[{index}]");
    let part = &mut told.part;
    let Some(id) = native_id(item) else {
        part.doubtful = true;
        part.problems.push(Problem::new("bad_shape", place, "The entry has neither a link to a notice nor an id."));
        return;
    };
    let blocks = blocks(item, now);
    for (number, block) in blocks.iter().enumerate() {
        let place = format!("{place}.update[{number}]");
        if block.phase.is_none() {
            let detail = format!("`{}` is no status we know.", block.word);
            part.problems.push(Problem::new("unknown_status", place.clone(), detail));
        }
        if block.at.is_none() {
            part.problems.push(Problem::new("bad_time", place, "Its date cannot be read."));
        }
    }
    let facts = Facts::of(item);
    let is_work = facts.is_work || blocks.iter().any(|block| matches!(block.phase, Some(Phase::Work(_))));
    if is_work {
        part.works.push(work(item, id, &blocks, facts.components));
    } else {
        part.incidents.push(incident(item, id, &blocks, facts.components));
    }
}

/// The updates, newest first. Feeds of older pages write them oldest first, which shows where the first one stands at
/// the entry's start.
fn blocks(item: &Item, now: Timestamp) -> Vec<Block> {
    let newest = item.updated.or(item.published).unwrap_or_else(|| now.to_jiff());
    let blocks = timeline::blocks(&item.body, newest);
    let near = |one: Precise, other: Precise| one.duration_since(other).abs().as_secs() < 60;
    let first_at = blocks.first().and_then(|block| block.at);
    let last_at = blocks.last().and_then(|block| block.at);
    let oldest_first = match (first_at, last_at, item.published) {
        (Some(first), Some(last), Some(start)) => blocks.len() > 1 && near(first, start) && !near(last, start),
        _ => false,
    };
    if !oldest_first {
        return blocks;
    }
    let mut pieces: Vec<&str> = item.body.split("<p>").collect();
    pieces.reverse();
    timeline::blocks(&pieces.join("<p>"), newest)
}

fn incident(item: &Item, id: String, blocks: &[Block], components: Vec<ComponentRef>) -> Report {
    let updates: Vec<Update> = tidied(feed_updates(blocks, |phase| match phase {
        Phase::Incident(stage) => Some(stage),
        Phase::Work(_) | Phase::Same => None,
    }));
    // A word nobody knows, said last, does not say that it is over.
    let newest_known = blocks.iter().max_by_key(|block| block.at).is_none_or(|block| block.phase.is_some());
    let stage = report::last_stage(&updates).map(|stage| match (newest_known, stage.is_terminal()) {
        (false, true) => Stage::Investigating,
        _ => stage,
    });
    let mut report = Report {
        id,
        title: item.title.clone(),
        url: item.link.clone(),
        impact: None,
        stage,
        started_at: item.published.map(Timestamp::from_jiff),
        resolved_at: None,
        components,
        updates,
    };
    report::settle(&mut report);
    report
}

fn work(item: &Item, id: String, blocks: &[Block], components: Vec<ComponentRef>) -> Work {
    let updates: Vec<Update<MaintenanceStage>> = tidied(feed_updates(blocks, |phase| match phase {
        Phase::Work(stage) => Some(stage),
        Phase::Incident(Stage::Resolved | Stage::Postmortem) => Some(MaintenanceStage::Completed),
        Phase::Incident(_) | Phase::Same => None,
    }));
    Work {
        id,
        title: item.title.clone(),
        url: item.link.clone(),
        stage: report::last_work_stage(&updates),
        starts_at: item.published.map(Timestamp::from_jiff),
        ends_at: None,
        components,
        updates,
    }
}

/// The feed puts a full stop behind every text, also behind one that ends with a full stop.
fn tidied<S>(mut updates: Vec<Update<S>>) -> Vec<Update<S>> {
    for update in &mut updates {
        if update.body.ends_with("..") && !update.body.ends_with("...") {
            update.body.pop();
        }
    }
    updates
}

/// `Type: Maintenance` and `Affected Components: Calls, Chat` stand before the updates.
struct Facts {
    is_work: bool,
    components: Vec<ComponentRef>,
}

impl Facts {
    fn of(item: &Item) -> Self {
        let head = item.body.split("<small>").next().unwrap_or_default();
        // A paragraph a line, so that a name's end can be seen.
        let lines: Vec<String> = head.split(['\n']).flat_map(|line| line.split("</p>")).map(html::to_text).collect();
        let value = |key: &str| lines.iter().find_map(|line| line.trim().strip_prefix(key)).map(str::trim);
        let names = value("Affected Components:").unwrap_or_default();
        let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        let named = names.map(|name| ComponentRef { id: String::new(), name: name.to_owned() });
        let in_tag = tag(item).is_some_and(|(kind, _)| kind == "Maintenance");
        let in_link = item.link.as_deref().is_some_and(|link| link.contains("/maintenance/"));
        Self { is_work: in_tag || in_link || value("Type:") == Some("Maintenance"), components: named.collect() }
    }
}
