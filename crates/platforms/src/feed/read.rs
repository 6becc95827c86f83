//! A feed becomes facts: entries of one name become one incident or one work.

use tocsin_domain::maintenance::Work;
use tocsin_domain::{Impact, MaintenanceStage, Page, Problem, Report, Stage, Timestamp, Update};

use super::entry::{Entry, Sign};
use super::identity;
use crate::kit::feed::Feed;
use crate::kit::html;
use crate::kit::report::{self, Draft};
use crate::kit::words::Phase;

/// An entry that says nothing of where it stands is taken for over after this long (seconds), in a feed that keeps
/// what is over: 7 days.
const NEWS_S: i64 = 7 * 24 * 3600;
/// A feed with so many entries keeps what is over, whatever its words.
const MANY: usize = 10;

/// What one feed says.
#[derive(Default)]
pub struct Part {
    pub page: Page,
    pub incidents: Vec<Report>,
    pub works: Vec<Work>,
    pub history_since: Option<Timestamp>,
    pub problems: Vec<Problem>,
}

pub fn part(feed: &Feed, now: Timestamp) -> Part {
    let name = Some(feed.title.clone()).filter(|title| !title.is_empty());
    let mut part = Part { page: Page { name, url: feed.link.clone(), ..Page::default() }, ..Part::default() };
    let shared = identity::shared_link(feed);
    for (index, item) in feed.items.iter().enumerate() {
        if identity::name(feed, item, shared).is_none() {
            part.problems.push(Problem::new(
                "bad_shape",
                format!("entry[{index}]"),
                "It has neither link, guid nor title.",
            ));
        }
    }
    let groups: Vec<(String, Vec<Entry<'_>>)> = identity::groups(feed)
        .into_iter()
        .map(|(id, items)| (id, items.into_iter().map(|item| Entry::of(item, now)).collect()))
        .collect();
    let over = |entry: &Entry<'_>| matches!(entry.sign(), Some(Sign::Incident(stage)) if stage.is_terminal());
    let rolling = groups.len() >= MANY || groups.iter().flat_map(|(_, entries)| entries).any(over);
    let last_word = |entries: &Vec<Entry<'_>>| entries.iter().filter_map(Entry::last).max();
    let last_words: Vec<_> = groups.iter().filter_map(|(_, entries)| last_word(entries)).collect();
    for (id, mut entries) in groups {
        // Newest first, so that the first one that says something counts.
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.last()));
        if entries.iter().find_map(Entry::sign).is_some_and(|sign| matches!(sign, Sign::Work(_))) {
            let work = work(id, &entries, now);
            part.works.push(work);
        } else {
            let report = incident(id, &entries, rolling, now, &mut part.problems);
            part.incidents.push(report);
        }
    }
    if rolling {
        // A feed drops what began first or what was silent longest, nobody knows which: what began after the last word
        // of every entry is there either way.
        part.history_since = last_words.into_iter().min().map(Timestamp::from_jiff);
    }
    part
}

fn incident(id: String, entries: &[Entry<'_>], rolling: bool, now: Timestamp, problems: &mut Vec<Problem>) -> Report {
    for block in entries.iter().flat_map(|entry| &entry.blocks) {
        if block.phase.is_none() && !block.word.is_empty() {
            problems.push(Problem::new(
                "unknown_status",
                id.clone(),
                format!("`{}` is no status we know.", block.word),
            ));
        }
        if block.assumed_utc {
            problems.push(Problem::new("assumed_utc", id.clone(), "A time of it names no zone; UTC was assumed."));
        }
    }
    let said = entries.iter().find_map(Entry::sign);
    let stage = match said {
        Some(Sign::Incident(stage)) => Some(stage),
        Some(Sign::NotOver | Sign::Work(_)) => Some(Stage::Monitoring),
        None => silent(&id, entries, rolling, now, problems),
    };
    let over = stage.is_some_and(Stage::is_terminal);
    let newest = entries.first();
    let updates = updates(
        entries,
        now,
        |phase| match phase {
            Phase::Incident(stage) => Some(stage),
            Phase::Work(_) | Phase::Same => None,
        },
        |entry| match entry.sign() {
            Some(Sign::Incident(stage)) => Some(stage),
            Some(Sign::Work(_) | Sign::NotOver) | None => None,
        },
        |stage| Some(stage.word()),
    );
    let mut report = Report {
        title: newest.map(|entry| identity::title(&entry.item.title).to_owned()).unwrap_or_default(),
        url: newest.and_then(|entry| address(&id, entry)),
        impact: newest.and_then(|entry| entry.impact(over)),
        stage,
        started_at: started(entries, &updates),
        resolved_at: newest.and_then(Entry::end).filter(|_| over).map(Timestamp::from_jiff),
        components: newest.map(Entry::components).unwrap_or_default(),
        updates,
        id,
    };
    report::settle(&mut report);
    if said.is_some() && over && report.resolved_at.is_none() {
        report.resolved_at = newest.and_then(Entry::last).map(Timestamp::from_jiff);
    }
    if report.is_relic(now) {
        report.impact = report.impact.map(|impact| impact.min(Impact::Minor));
    }
    report
}

/// The address that names it; else whatever the entry links to.
fn address(id: &str, newest: &Entry<'_>) -> Option<String> {
    let link = newest.item.link.as_deref()?;
    Some(if link.starts_with(id) { id } else { link }.to_owned())
}

/// No word says where it stands. In a feed that keeps what is over, an old entry is history; elsewhere it is open.
fn silent(
    id: &str,
    entries: &[Entry<'_>],
    rolling: bool,
    now: Timestamp,
    problems: &mut Vec<Problem>,
) -> Option<Stage> {
    let last = entries.iter().filter_map(Entry::last).max().map(Timestamp::from_jiff);
    let old = last.is_some_and(|at| now.since(at) > NEWS_S);
    if rolling && old {
        let detail =
            "It says nothing of an end and is older than a week in a feed that keeps what is over: taken for over.";
        problems.push(Problem::new("no_stage", id, detail));
        return Some(Stage::Resolved);
    }
    problems.push(Problem::new("no_stage", id, "It does not say where it stands."));
    None
}

fn started(entries: &[Entry<'_>], updates: &[Update]) -> Option<Timestamp> {
    let first = entries.iter().filter_map(|entry| entry.first).min().map(Timestamp::from_jiff);
    let earliest = updates.iter().filter_map(|update| update.at).min();
    first.into_iter().chain(earliest).min()
}

fn work(id: String, entries: &[Entry<'_>], now: Timestamp) -> Work {
    let updates = updates(
        entries,
        now,
        |phase| match phase {
            Phase::Work(stage) => Some(stage),
            Phase::Incident(Stage::Resolved | Stage::Postmortem) => Some(MaintenanceStage::Completed),
            Phase::Incident(_) | Phase::Same => None,
        },
        |entry| match entry.sign() {
            Some(Sign::Work(stage)) => stage,
            Some(Sign::Incident(_) | Sign::NotOver) | None => None,
        },
        |_| None,
    );
    let newest = entries.first();
    let said = entries.iter().find_map(Entry::sign).and_then(|sign| match sign {
        Sign::Work(stage) => stage,
        Sign::Incident(_) | Sign::NotOver => None,
    });
    // Some feeds date announced work by its beginning.
    let starts_at = newest.and_then(|entry| entry.item.published).map(Timestamp::from_jiff).filter(|at| *at > now);
    Work {
        title: newest.map(|entry| identity::title(&entry.item.title).to_owned()).unwrap_or_default(),
        url: newest.and_then(|entry| address(&id, entry)),
        stage: said.or_else(|| starts_at.map(|_| MaintenanceStage::Scheduled)),
        starts_at,
        ends_at: None,
        components: newest.map(Entry::components).unwrap_or_default(),
        updates,
        id,
    }
}

/// The blocks of a timeline; or the text itself, once, under the entry's first date, so that an edit is an edit. Where it
/// stands is part of its id, if `mark` has a word for that: an entry that is edited into another stage is an update.
fn updates<S: Copy + PartialEq>(
    entries: &[Entry<'_>],
    now: Timestamp,
    stage_of: impl Fn(Phase) -> Option<S>,
    whole: impl Fn(&Entry<'_>) -> Option<S>,
    mark: impl Fn(S) -> Option<&'static str>,
) -> Vec<Update<S>> {
    let mut drafts = Vec::new();
    for entry in entries.iter().rev() {
        for block in entry.blocks.iter().rev() {
            let stage = block.phase.and_then(&stage_of);
            drafts.push(Draft { id: String::new(), stage, at: block.at, stored_at: None, body: block.body.clone() });
        }
        if entry.blocks.is_empty() {
            let body = html::mixed_to_markdown(&entry.item.body);
            // Announced work may be dated by its beginning: when it was written, nobody knows.
            let at = entry.first.filter(|at| Timestamp::from_jiff(*at) <= now);
            drafts.push(Draft { id: String::new(), stage: whole(entry), at, stored_at: None, body });
        }
    }
    let mut updates = report::ordered(drafts);
    if entries.iter().all(|entry| entry.blocks.is_empty()) {
        for update in &mut updates {
            if let Some(word) = update.stage.and_then(&mark) {
                update.id = format!("{}/{word}", update.id);
            }
        }
    }
    report::carry_stages(&mut updates);
    updates
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(title: &str, text: &str) -> Part {
        let rss = format!(
            "<rss version=\"2.0\"><channel><title>Ferries</title><item><title>{title}</title><guid>i7</guid>\
             <pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate><description>{text}</description></item></channel></rss>"
        );
        let now = "2026-03-01T12:00:00Z".parse().unwrap();
        part(&crate::kit::feed::parse(&rss).unwrap(), now)
    }

    #[test]
    fn another_stage_in_one_entry_is_another_update_and_another_text_is_not() {
        let id = |text: &str| told("Boats are late", text).incidents[0].updates[0].id.clone();
        let first = id("Investigating: We look into it.");
        assert_eq!(first, "~2026-03-01T10:00Z/investigating");
        assert_eq!(id("Investigating: All of us look into it."), first);
        assert_eq!(id("Identified: It is fog."), "~2026-03-01T10:00Z/identified");
        assert_eq!(id("Boats."), "~2026-03-01T10:00Z");
    }

    #[test]
    fn announced_work_keeps_its_name() {
        let id = |text: &str| told("Scheduled maintenance: new boats", text).works[0].updates[0].id.clone();
        assert_eq!(id("We will paint the quay."), id("The work has been completed."));
    }

    #[test]
    fn a_feed_reaches_back_to_the_oldest_last_word_in_it() {
        let item = |guid: &str, began: &str, last: &str| {
            format!(
                "<entry><id>{guid}</id><title>Resolved: Boats</title><published>{began}</published>\
                 <updated>{last}</updated><content>Over.</content></entry>"
            )
        };
        let atom = format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Ferries</title>{}{}</feed>",
            item("a1", "2026-02-01T10:00:00Z", "2026-03-01T11:00:00Z"),
            item("a2", "2026-02-20T10:00:00Z", "2026-02-20T11:00:00Z"),
        );
        let part = part(&crate::kit::feed::parse(&atom).unwrap(), "2026-03-01T12:00:00Z".parse().unwrap());
        assert_eq!(part.history_since, "2026-02-20T11:00:00Z".parse().ok());
    }
}
