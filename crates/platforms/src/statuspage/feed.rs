//! `history.atom` and `history.rss`: the last incidents and maintenances with their updates as HTML. No impact, no
//! components, no health of the page.

use tocsin_domain::maintenance::Work;
use tocsin_domain::{MaintenanceStage, Page, Problem, Report, Stage, Timestamp, Update};

use super::json::{self, Part};
use crate::kit::feed::{Feed, Item};
use crate::kit::report::{self, Draft};
use crate::kit::timeline::{self, Block};
use crate::kit::words::Phase;

/// A history feed lists this many entries; with fewer, all open incidents are among them.
const FEED_LENGTH: usize = 25;

/// How sure it is that Statuspage made this feed, and by what.
pub fn recognise(feed: &Feed) -> Option<(u8, &'static str)> {
    if feed.items.iter().any(|item| item.link.as_deref().and_then(json::incident_in).is_some_and(is_ulid)) {
        return None;
    }
    // Others write the same feed with ids of their own; ours are numbers.
    let foreign = |item: &Item| {
        item.id.rsplit_once(",2005:Incident/").is_some_and(|(_, id)| !id.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if feed.items.iter().any(foreign) {
        return None;
    }
    if feed.atom && feed.id.starts_with("tag:") && feed.id.ends_with(",2005:/history") {
        return Some((96, "the feed's id is `tag:…,2005:/history`"));
    }
    let rendered = |item: &Item| {
        item.body.contains("data-var='date'") && item.link.as_deref().and_then(json::incident_in).is_some()
    };
    if feed.items.iter().any(|item| item.id.contains(",2005:Incident/")) {
        return Some((95, "an entry's id is `tag:…,2005:Incident/…`"));
    }
    if feed.title.ends_with("Incident History") {
        if feed.items.iter().any(rendered) {
            return Some((93, "an incident history whose updates are written as Statuspage writes them"));
        }
        if feed.description.starts_with("Statuspage") && feed.items.is_empty() {
            return Some((90, "an incident history that says it is Statuspage's"));
        }
    }
    None
}

/// incident.io's ids: 26 characters of Crockford's base 32.
pub fn is_ulid(id: &str) -> bool {
    id.len() == 26 && id.starts_with('0') && id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

/// What the feed says.
pub fn part(feed: &Feed, now: Timestamp) -> Part {
    let name = feed.author.clone().or_else(|| {
        let name =
            feed.title.trim_end_matches("Incident History").trim_end_matches([' ', '-']).trim_end_matches("Status");
        Some(name.trim().to_owned()).filter(|name| !name.is_empty())
    });
    let mut part = Part { page: Page { name, url: feed.link.clone(), ..Page::default() }, ..Part::default() };
    for (index, item) in feed.items.iter().enumerate() {
        entry(item, index, now, &mut part);
    }
    part.open = feed.items.len() < FEED_LENGTH;
    part.history_since = part.incidents.iter().filter_map(|report| report.started_at).min();
    part
}

fn entry(item: &Item, index: usize, now: Timestamp, part: &mut Part) {
    let newest = item.published.or(item.updated).unwrap_or_else(|| now.to_jiff());
    let blocks = timeline::blocks(&item.body, newest);
    let place = format!("entry[{index}]");
    for (number, block) in blocks.iter().enumerate() {
        let place = format!("{place}.update[{number}]");
        if block.phase.is_none() {
            part.problems.push(Problem::new(
                "unknown_status",
                place.clone(),
                format!("`{}` is no status we know.", block.word),
            ));
        }
        if block.at.is_none() {
            part.problems.push(Problem::new("bad_time", place.clone(), "Its date cannot be read."));
        }
        if block.assumed_utc {
            part.problems.push(Problem::new("assumed_utc", place, "Its time zone is not known; UTC was assumed."));
        }
    }
    let id = item.link.as_deref().and_then(json::incident_in).unwrap_or(&item.id).to_owned();
    if id.is_empty() {
        part.doubtful = true;
        part.problems.push(Problem::new("bad_shape", place, "The entry has neither a link to an incident nor an id."));
        return;
    }
    if blocks.iter().any(|block| matches!(block.phase, Some(Phase::Work(_)))) {
        part.works.push(work(item, id, &blocks));
    } else {
        part.incidents.push(incident(item, id, &blocks, &place, &mut part.problems));
    }
}

fn incident(item: &Item, id: String, blocks: &[Block], place: &str, problems: &mut Vec<Problem>) -> Report {
    let updates = updates(blocks, |phase| match phase {
        Phase::Incident(stage) => Some(stage),
        Phase::Work(_) | Phase::Same => None,
    });
    if updates.is_empty() {
        problems.push(Problem::new("no_timeline", place, "The entry's text holds no dated update."));
    }
    // A feed without a word about the stage says nothing about an end.
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
        started_at: None,
        resolved_at: None,
        components: Vec::new(),
        updates,
    };
    report::settle(&mut report);
    report
}

fn work(item: &Item, id: String, blocks: &[Block]) -> Work {
    let updates: Vec<Update<MaintenanceStage>> = updates(blocks, |phase| match phase {
        Phase::Work(stage) => Some(stage),
        Phase::Incident(Stage::Resolved | Stage::Postmortem) => Some(MaintenanceStage::Completed),
        Phase::Incident(_) | Phase::Same => None,
    });
    Work {
        id,
        title: item.title.clone(),
        url: item.link.clone(),
        stage: report::last_work_stage(&updates),
        starts_at: None,
        ends_at: None,
        components: Vec::new(),
        updates,
    }
}

/// Blocks stand newest first; "Update" goes on with the stage before it.
pub fn updates<S: Copy + PartialEq>(blocks: &[Block], stage_of: impl Fn(Phase) -> Option<S>) -> Vec<Update<S>> {
    let drafts = blocks.iter().rev().map(|block| Draft {
        id: String::new(),
        stage: block.phase.and_then(&stage_of),
        at: block.at,
        stored_at: None,
        body: block.body.clone(),
    });
    let mut updates = report::ordered(drafts.collect());
    report::carry_stages(&mut updates);
    updates
}
