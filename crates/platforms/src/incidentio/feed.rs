//! `feed.atom` and `feed.rss`: the newest update of each incident, `<b>Status: …</b>` with the text and the components
//! behind it. Neither start nor earlier updates nor impact.

use jiff::Timestamp as Precise;
use tocsin_domain::maintenance::Work;
use tocsin_domain::{ComponentRef, MaintenanceStage, Page, Problem, Report, Stage, Timestamp, Update};

use crate::kit::feed::{Feed, Item};
use crate::kit::html;
use crate::kit::report::{self, Draft};
use crate::kit::words::{self, Phase};
use crate::statuspage::is_ulid;
use crate::statuspage::json::{self, Part};

/// How sure it is that incident.io made this feed, and by what.
pub fn recognise(feed: &Feed) -> Option<(u8, &'static str)> {
    let of_ours = |item: &Item| item.link.as_deref().and_then(json::incident_in).is_some_and(is_ulid);
    if feed.items.iter().any(of_ours) {
        return Some((94, "an entry links to an incident whose id is a ULID"));
    }
    None
}

/// What the feed says.
pub fn part(feed: &Feed, now: Timestamp) -> Part {
    let name = feed.title.strip_suffix(" status").or(feed.title.strip_suffix(" Status")).unwrap_or(&feed.title).trim();
    let name = Some(name.to_owned()).filter(|name| !name.is_empty());
    let mut part = Part { page: Page { name, url: feed.link.clone(), ..Page::default() }, ..Part::default() };
    for (index, item) in feed.items.iter().enumerate() {
        entry(item, index, now, &mut part);
    }
    part.history_since = part.incidents.iter().filter_map(|report| report.started_at).min();
    part
}

fn entry(item: &Item, index: usize, now: Timestamp, part: &mut Part) {
    let place = format!("entry[{index}]");
    let Some(id) = item.link.as_deref().and_then(json::incident_in) else {
        part.doubtful = true;
        part.problems.push(Problem::new("bad_shape", place, "The entry links to no incident."));
        return;
    };
    let said = Said::of(&item.body);
    let phase = words::phase(said.word);
    if phase.is_none() {
        part.problems.push(Problem::new("unknown_status", place, format!("`{}` is no status we know.", said.word)));
    }
    let at = item.updated.or(item.published).unwrap_or_else(|| now.to_jiff());
    let url = item.link.as_deref().map(|link| link.replace("//incidents/", "/incidents/"));
    let draft_of = |at| (at, html::to_markdown(said.text));
    if let Some(Phase::Work(stage)) = phase {
        let updates = one(draft_of(at), Some(stage));
        part.works.push(work(item, id, url, stage, updates, said.components));
        return;
    }
    let stage = match phase {
        Some(Phase::Incident(stage)) => Some(stage),
        _ => None,
    };
    let updates: Vec<Update> = one(draft_of(at), stage);
    part.incidents.push(Report {
        id: id.to_owned(),
        title: item.title.clone(),
        url,
        impact: None,
        stage,
        // The feed tells no start; the id does.
        started_at: created(id),
        resolved_at: stage.filter(|stage| *stage == Stage::Resolved).map(|_| Timestamp::from_jiff(at)),
        components: said.components,
        updates,
    });
}

fn work(
    item: &Item,
    id: &str,
    url: Option<String>,
    stage: MaintenanceStage,
    updates: Vec<Update<MaintenanceStage>>,
    components: Vec<ComponentRef>,
) -> Work {
    let title = item.title.clone();
    Work { id: id.to_owned(), title, url, stage: Some(stage), starts_at: None, ends_at: None, components, updates }
}

fn one<S: PartialEq>((at, body): (Precise, String), stage: Option<S>) -> Vec<Update<S>> {
    report::ordered(vec![Draft { id: String::new(), stage, at: Some(at), stored_at: None, body }])
}

/// An entry's text, taken apart.
struct Said<'a> {
    word: &'a str,
    text: &'a str,
    components: Vec<ComponentRef>,
}

impl<'a> Said<'a> {
    fn of(body: &'a str) -> Self {
        let (head, list) = body.split_once("<b>Affected components</b>").unwrap_or((body, ""));
        let marked = head.split_once("<b>Status:").and_then(|(_, rest)| rest.split_once("</b>"));
        let (word, text) = marked.unwrap_or(("", head));
        let items = list.split("<li>").skip(1).filter_map(|item| item.split_once("</li>"));
        let components = items.filter_map(|(item, _)| component(&html::to_text(item))).collect();
        Self { word: word.trim(), text: without_breaks(text), components }
    }
}

/// `Calls (Operational)` names the component `Calls`.
fn component(text: &str) -> Option<ComponentRef> {
    let name = text.rsplit_once(" (").map_or(text, |(name, _)| name).trim();
    (!name.is_empty()).then(|| ComponentRef { id: String::new(), name: name.to_owned() })
}

fn without_breaks(text: &str) -> &str {
    const BREAKS: [&str; 3] = ["<br/>", "<br />", "<br>"];
    let mut text = text.trim();
    while let Some(rest) = BREAKS.iter().find_map(|tag| text.strip_prefix(tag)) {
        text = rest.trim_start();
    }
    while let Some(rest) = BREAKS.iter().find_map(|tag| text.strip_suffix(tag)) {
        text = rest.trim_end();
    }
    text
}

/// The instant inside a ULID: its first ten characters are milliseconds since 1970 in Crockford's base 32.
pub fn created(id: &str) -> Option<Timestamp> {
    const DIGITS: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digits = id.get(..10).filter(|_| is_ulid(id))?;
    let mut milliseconds: i64 = 0;
    for digit in digits.chars() {
        milliseconds = milliseconds * 32 + i64::try_from(DIGITS.find(digit)?).ok()?;
    }
    Precise::from_millisecond(milliseconds).ok().map(Timestamp::from_jiff)
}
