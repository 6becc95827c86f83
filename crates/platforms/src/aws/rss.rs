//! `rss/all.rss` and the feeds of single services: one item an update, `Service impact: …`, with
//! `#<service>-<region>_<epoch>` for a guid. Old items fall out at the end, so an incident cannot be named by its first
//! one: service and title name it.

use std::collections::BTreeMap;

use tocsin_domain::{ComponentRef, Impact, Page, Problem, Report, Stage, Timestamp};

use super::wire::List;
use super::{Part, Told, events};
use crate::kit::feed::{Feed, Item};
use crate::kit::report::{self, Draft};
use crate::kit::{html, words};

/// How sure it is that AWS made this feed.
pub fn recognise(feed: &Feed) -> bool {
    let of_aws = |address: &str| {
        let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
        rest.starts_with("status.aws.amazon.com/") || rest.starts_with("status.amazonaws.cn/")
    };
    let titled = feed.title.ends_with("Service Status");
    (titled && feed.link.as_deref().is_some_and(of_aws))
        || feed.items.iter().any(|item| of_aws(&item.id) && slug_and_epoch(&item.id).is_some())
}

/// `https://status.aws.amazon.com/#ec2-us-east-1_1787025679`.
fn slug_and_epoch(guid: &str) -> Option<(&str, i64)> {
    let (slug, epoch) = guid.rsplit_once('#')?.1.rsplit_once('_')?;
    let epoch = epoch.parse().ok().filter(|epoch| *epoch > 0)?;
    (!slug.is_empty()).then_some((slug, epoch))
}

struct Line<'a> {
    at: Option<Timestamp>,
    level: Option<u8>,
    title: &'a str,
    body: &'a str,
}

/// What the feed says. It says nothing of what is well.
pub fn part(feed: &Feed, now: Timestamp) -> Part {
    let name = Some(feed.title.clone()).filter(|title| !title.is_empty());
    let mut part = Part { page: Page { name, url: feed.link.clone(), ..Page::default() }, ..Part::default() };
    let mut chains: BTreeMap<(String, String), Vec<Line<'_>>> = BTreeMap::new();
    for (index, item) in feed.items.iter().enumerate() {
        let Some((slug, epoch)) = slug_and_epoch(&item.id) else {
            part.doubtful = true;
            part.problems.push(Problem::new(
                "bad_shape",
                format!("item[{index}].guid"),
                "It names no service and time.",
            ));
            continue;
        };
        let line = line(item, epoch);
        if line.level.is_none() {
            let detail = format!("`{}` begins with no status we know.", item.title);
            part.problems.push(Problem::new("unknown_status", format!("item[{index}].title"), detail));
        }
        let name = line.title.to_lowercase();
        chains.entry((slug.to_owned(), name)).or_default().push(line);
    }
    for ((slug, name), lines) in &chains {
        let report = report(slug, name, lines, now);
        part.told.push(Told { report, list: List::History, service: slug.clone() });
    }
    part
}

fn line(item: &Item, epoch: i64) -> Line<'_> {
    const PREFIXES: [(&str, u8); 5] = [
        ("Service is operating normally:", 0),
        ("Informational message:", 1),
        ("Service impact:", 1),
        ("Service degradation:", 2),
        ("Service disruption:", 3),
    ];
    let known = PREFIXES.iter().find_map(|(prefix, level)| Some((item.title.strip_prefix(prefix)?, *level)));
    let title = known.map_or(item.title.as_str(), |(title, _)| title).trim();
    let over = title.starts_with("[RESOLVED]");
    Line {
        at: item.published.map(Timestamp::from_jiff).or(Some(Timestamp::from_second(epoch))),
        level: if over { Some(0) } else { known.map(|(_, level)| level) },
        title: title.strip_prefix("[RESOLVED]").map_or(title, str::trim),
        body: &item.body,
    }
}

fn report(slug: &str, name: &str, lines: &[Line<'_>], now: Timestamp) -> Report {
    let drafts = lines.iter().map(|line| Draft {
        id: String::new(),
        stage: Some(if line.level == Some(0) { Stage::Resolved } else { Stage::Investigating }),
        at: line.at.map(Timestamp::to_jiff),
        stored_at: None,
        body: html::mixed_to_markdown(line.body),
    });
    let updates = report::ordered(drafts.collect());
    let newest = lines.iter().max_by_key(|line| (line.at, line.level != Some(0)));
    let over = newest.is_some_and(|line| line.level == Some(0) || words::says_ended(line.title) == Some(true));
    let worst = lines.iter().filter_map(|line| line.level).max();
    let level = if over { worst } else { newest.map(|line| line.level.unwrap_or(1)) };
    let mut report = Report {
        id: format!("{slug}_{:016x}", tocsin_domain::ids::hash64(&[name.as_bytes()])),
        title: newest.map(|line| line.title.to_owned()).unwrap_or_default(),
        url: None,
        impact: level.and_then(events::impact_of),
        stage: Some(if over { Stage::Resolved } else { Stage::Investigating }),
        started_at: None,
        resolved_at: None,
        components: vec![ComponentRef { id: slug.to_owned(), name: slug.to_owned() }],
        updates,
    };
    report::settle(&mut report);
    if report.is_relic(now) {
        report.impact = report.impact.map(|impact| impact.min(Impact::Minor));
    }
    report
}
