//! Instatus's JSON becomes parts of a reading.

use std::collections::{HashMap, HashSet};

use serde_json::value::RawValue;
use tocsin_domain::maintenance::Work;
use tocsin_domain::{ComponentRef, Health, Problem, Report, Stage, Timestamp};

use super::wire::{self, Component, Notice, Page, Site, Summary};
use super::words;
use crate::kit::report;
use crate::kit::{dates, words as kit_words};
use crate::statuspage::Text;
use crate::statuspage::json::Part;

/// What one payload says, and which kind of payload it was.
#[derive(Debug, Default)]
pub struct Told {
    pub part: Part,
    /// It lists everything that is active: what is not in it is not active.
    pub is_summary: bool,
    /// When each active incident was last changed.
    pub changed_at: HashMap<String, Timestamp>,
}

/// How sure it is that Instatus wrote this, and by what. `components`: the address says that it is the components.
pub fn recognise(json: &str, components: bool) -> Option<(u8, String)> {
    if let Ok(summary) = Summary::read(json)
        && let Some(word) = summary.page.as_ref().and_then(|page| page.status.as_str())
        && summary.status.is_none()
    {
        let listed = summary.active_incidents.is_some() || summary.active_maintenances.is_some();
        let named = summary.page.as_ref().is_some_and(|page| page.url.as_str().is_some());
        return match (words::page_health(word).is_some(), is_upper(word), listed, named) {
            (true, true, ..) => Some((97, format!("`page.status` is `{word}`"))),
            (.., true, _) => Some((88, format!("`page.status` is `{word}` and active notices are listed"))),
            (_, true, _, true) => Some((70, format!("`page.status` is `{word}`, which is a new word"))),
            _ => None,
        };
    }
    let rows = wire::components(json)?;
    if rows.is_empty() {
        return components.then(|| (60, "an empty list of components".to_owned()));
    }
    // Any of them will do: one odd row must not hide the others.
    rows.iter().find_map(|raw| {
        let row: Component<'_> = serde_json::from_str(raw.get()).ok()?;
        let word = row.status.as_str().filter(|word| is_upper(word) && words::component_health(word).is_some())?;
        row.id.as_str().map(|_| (90, format!("a component's `status` is `{word}`")))
    })
}

fn is_upper(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// What one JSON payload says; `None` where it is not Instatus's.
pub fn told(json: &str, components: bool) -> Option<Told> {
    recognise(json, components)?;
    match Summary::read(json) {
        Ok(Summary { page: Some(page), active_incidents, active_maintenances, .. })
            if page.status.as_str().is_some() =>
        {
            let mut told = Told { is_summary: true, ..Told::default() };
            head(&page, &mut told.part);
            let incidents = active_incidents.unwrap_or_default();
            notices(&incidents, &active_maintenances.unwrap_or_default(), &mut told);
            Some(told)
        }
        _ => {
            let mut told = Told::default();
            rows(&wire::components(json)?, &mut told.part);
            Some(told)
        }
    }
}

/// What a page's own data says.
pub fn told_by_site(site: &Site<'_>, incidents: Vec<&RawValue>, maintenances: Option<Vec<&RawValue>>) -> Told {
    let mut told = Told { is_summary: true, ..Told::default() };
    let host =
        site.custom_domain.option().or_else(|| site.subdomain.as_str().map(|name| format!("{name}.instatus.com")));
    told.part.page.name = site.name.as_str().map(str::to_owned);
    told.part.page.url = host.map(|host| format!("https://{host}"));
    indicator(site.main_status.as_str().or(site.status.as_str()), &mut told.part);
    rows(&site.components.clone().unwrap_or_default(), &mut told.part);
    notices(&incidents, &maintenances.unwrap_or_default(), &mut told);
    told
}

fn head(page: &Page<'_>, part: &mut Part) {
    part.page.name = page.name.as_str().map(str::to_owned);
    part.page.url = page.url.option();
    indicator(page.status.as_str(), part);
}

fn indicator(word: Option<&str>, part: &mut Part) {
    part.indicator = word.and_then(words::page_health);
    if let (Some(word), None) = (word, part.indicator) {
        part.problems.push(unknown("page.status", word));
    }
}

fn notices(incidents: &[&RawValue], maintenances: &[&RawValue], told: &mut Told) {
    told.part.open = true;
    for (list, notices) in [("activeIncidents", incidents), ("activeMaintenances", maintenances)] {
        for (index, raw) in notices.iter().enumerate() {
            let place = format!("{list}[{index}]");
            match serde_json::from_str::<Notice<'_>>(raw.get()) {
                Ok(notice) if notice.id.as_str().is_some() => {
                    if list == "activeMaintenances" || is_work(&notice) {
                        told.part.works.push(work(&notice, &place, &mut told.part.problems));
                    } else {
                        incident(&notice, &place, told);
                    }
                }
                Ok(_) => bad_shape(&mut told.part, &place, "It has no id."),
                Err(error) => bad_shape(&mut told.part, &place, &error.to_string()),
            }
        }
    }
}

fn bad_shape(part: &mut Part, place: &str, detail: &str) {
    part.doubtful = true;
    part.problems.push(Problem::new("bad_shape", place, detail));
}

fn is_work(notice: &Notice<'_>) -> bool {
    notice
        .status
        .as_str()
        .is_some_and(|word| kit_words::maintenance_stage(word).is_some() && kit_words::stage(word).is_none())
}

fn incident(notice: &Notice<'_>, place: &str, told: &mut Told) {
    let problems = &mut told.part.problems;
    let word = notice.status.as_str();
    let stage = word.and_then(kit_words::stage);
    if stage.is_none() {
        problems.push(unknown(&format!("{place}.status"), word.unwrap_or("nothing")));
    }
    let impact = notice.impact.as_str().and_then(words::impact);
    if let (Some(word), None) = (notice.impact.as_str(), impact) {
        problems.push(Problem::new(
            "unknown_impact",
            format!("{place}.impact"),
            format!("`{word}` is no impact we know."),
        ));
    }
    let id = notice.id.owned();
    if let Some(at) = time(&notice.updated_at, place, "updatedAt", problems) {
        told.changed_at.insert(id.clone(), at);
    }
    let mut report = Report {
        id,
        title: notice.name.as_str().unwrap_or_default().to_owned(),
        url: notice.url.option(),
        impact,
        // It is listed among the active ones: a word we do not know does not end it.
        stage: stage.or(Some(Stage::Investigating)),
        started_at: time(&notice.started, place, "started", problems),
        resolved_at: time(&notice.resolved, place, "resolved", problems),
        components: scope(notice),
        updates: Vec::new(),
    };
    report::settle(&mut report);
    told.part.incidents.push(report);
}

fn work(notice: &Notice<'_>, place: &str, problems: &mut Vec<Problem>) -> Work {
    let word = notice.status.as_str();
    let stage = word.and_then(kit_words::maintenance_stage);
    if stage.is_none() {
        problems.push(unknown(&format!("{place}.status"), word.unwrap_or("nothing")));
    }
    let starts_at =
        time(&notice.start, place, "start", problems).or_else(|| time(&notice.started, place, "started", problems));
    let ends_at = time(&notice.end, place, "end", problems);
    let length = minutes(&notice.duration, place, problems);
    Work {
        id: notice.id.owned(),
        title: notice.name.as_str().unwrap_or_default().to_owned(),
        url: notice.url.option(),
        stage,
        starts_at,
        ends_at: ends_at.or_else(|| Some(starts_at?.plus(length?.checked_mul(60)?))),
        components: scope(notice),
        updates: Vec::new(),
    }
}

/// `"45"`, `45`, `45.0`; at most a year.
fn minutes(text: &Text<'_>, place: &str, problems: &mut Vec<Problem>) -> Option<i64> {
    const YEAR: f64 = 366.0 * 24.0 * 60.0;
    let written = text.as_str()?;
    let length = written.trim().parse::<f64>().ok().filter(|length| (0.0..=YEAR).contains(length));
    if length.is_none() {
        let detail = format!("`{written}` is no length in minutes.");
        problems.push(Problem::new("bad_time", format!("{place}.duration"), detail));
    }
    length.map(|length| length.round() as i64)
}

fn scope(notice: &Notice<'_>) -> Vec<ComponentRef> {
    let named = notice.components.iter().flatten();
    let refs = named.filter_map(|row| {
        let name = row.name.as_str().or(row.id.as_str())?;
        Some(ComponentRef { id: row.id.owned(), name: name.to_owned() })
    });
    refs.collect()
}

/// Reads rows that may hold children, or name the group they are in, or both.
fn rows(raw: &[&RawValue], part: &mut Part) {
    let mut read: Vec<Component<'_>> = Vec::with_capacity(raw.len());
    for (index, raw) in raw.iter().enumerate() {
        match serde_json::from_str(raw.get()) {
            Ok(row) => read.push(row),
            Err(error) => bad_shape(part, &format!("components[{index}]"), &error.to_string()),
        }
    }
    let mut parents = HashSet::new();
    gather_parents(&read, &mut parents);
    let mut seen = HashMap::new();
    for (index, row) in read.iter().enumerate() {
        leaf(row, &mut Vec::new(), &format!("components[{index}]"), &parents, &mut seen, part);
    }
}

/// Ids of rows that only hold others.
fn gather_parents<'a>(rows: &'a [Component<'_>], parents: &mut HashSet<&'a str>) {
    for row in rows {
        let children = row.children.as_deref().unwrap_or_default();
        if !children.is_empty() || row.is_parent == Some(true) {
            parents.extend(row.id.as_str());
        }
        parents.extend(row.group.as_ref().and_then(|group| group.id.as_str()));
        gather_parents(children, parents);
    }
}

fn leaf<'a>(
    row: &'a Component<'_>,
    path: &mut Vec<String>,
    place: &str,
    parents: &HashSet<&str>,
    seen: &mut HashMap<&'a str, usize>,
    part: &mut Part,
) {
    if row.archived_at.as_str().is_some() {
        return;
    }
    let name = row.name.as_str().or(row.id.as_str());
    let children = row.children.as_deref().unwrap_or_default();
    if !children.is_empty() {
        path.push(name.unwrap_or_default().to_owned());
        for (index, child) in children.iter().enumerate() {
            leaf(child, path, &format!("{place}.children[{index}]"), parents, seen, part);
        }
        path.pop();
        return;
    }
    let (Some(id), Some(name)) = (row.id.as_str().or(name), name) else {
        return bad_shape(part, place, "It has neither id nor name.");
    };
    if parents.contains(id) {
        return;
    }
    let told_group = row.group.as_ref().and_then(|group| group.name.as_str());
    let group = if path.is_empty() { told_group.map(str::to_owned).into_iter().collect() } else { path.clone() };
    if let Some(known) = seen.get(id).and_then(|index| part.components.get_mut(*index)) {
        // Listed flat and below its parent: the telling that knows the group stays.
        if known.group.is_empty() {
            known.group = group;
        }
        return;
    }
    let word = row.status.as_str();
    let health = word.and_then(words::component_health);
    if health.is_none() {
        part.problems.push(unknown(&format!("{place}.status"), word.unwrap_or("nothing")));
    }
    seen.insert(id, part.components.len());
    part.components.push(tocsin_domain::Component {
        id: id.to_owned(),
        name: name.to_owned(),
        group,
        health: health.unwrap_or(Health::Unknown),
        hidden_while_operational: false,
    });
}

fn time(text: &Text<'_>, place: &str, key: &str, problems: &mut Vec<Problem>) -> Option<Timestamp> {
    let written = text.as_str()?;
    let read = dates::parse(written);
    if read.is_none() {
        problems.push(Problem::new(
            "bad_time",
            format!("{place}.{key}"),
            format!("`{written}` is no time we can read."),
        ));
    }
    read.map(|instant| Timestamp::from_jiff(instant.at))
}

fn unknown(place: &str, word: &str) -> Problem {
    Problem::new("unknown_status", place, format!("`{word}` is no status we know."))
}
