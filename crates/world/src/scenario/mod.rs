//! Scenario files: what happens in a world, in TOML. A mistake is told with its line and the nearest known word.

mod file;
mod lists;
mod mistake;

use std::collections::HashMap;

use tocsin_domain::{Health, Impact, Timestamp};
use toml::Spanned;

use crate::course::{Course, When};
use crate::model::{Fault, FaultKind, Incident, Line, Part, Vendor, Work, World};
use file::{FaultEntry, File, IncidentEntry, LineEntry, Story, VendorEntry, WorkEntry};
pub use mistake::Mistakes;
use mistake::Notes;

/// A scenario that was read: everything but the moment at which it starts.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Seconds of the scenario in a real second, where nobody says otherwise.
    pub speed: f64,
    vendors: Vec<Vendor>,
}

impl Scenario {
    /// Reads a scenario. `name` stands before the lines of its mistakes.
    ///
    /// # Errors
    /// Every mistake that could be found, with what to do.
    pub fn read(name: &str, source: &str) -> Result<Self, Mistakes> {
        let notes = Notes::new(name, source);
        let file: File = toml::from_str(source).map_err(|error| notes.broken(&error))?;
        let stories: HashMap<&str, &Story> = file.stories.iter().map(|story| (story.name.as_str(), story)).collect();
        let mut slugs: Vec<&str> = Vec::new();
        for slug in file.vendors.iter().map(|vendor| &vendor.slug) {
            let text = slug.get_ref().as_str();
            let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if !text.bytes().all(is_plain) || text.is_empty() {
                notes.add(slug.span(), format!("the slug `{text}` may hold only a-z, 0-9 and -"));
            } else if slugs.contains(&text) {
                notes.add(slug.span(), format!("there is another vendor `{text}`; slugs must differ"));
            }
            slugs.push(text);
        }
        let speed = file.speed.unwrap_or(1.0);
        let vendors = file.vendors.iter().map(|entry| vendor(entry, &stories, &notes)).collect();
        notes.into_result(Self { speed, vendors })
    }

    /// The world of this scenario, starting at `start`.
    #[must_use]
    pub fn world(&self, start: Timestamp, speed: f64) -> World {
        World { course: Course { start, speed }, vendors: self.vendors.clone() }
    }
}

fn vendor(entry: &VendorEntry, stories: &HashMap<&str, &Story>, notes: &Notes) -> Vendor {
    let parts: Vec<Part> = entry.parts.iter().map(|text| part(text)).collect();
    let mut vendor = Vendor {
        slug: entry.slug.get_ref().clone(),
        name: entry.name.clone(),
        category: entry.category.clone(),
        shape: entry.platform,
        incidents: Vec::new(),
        works: Vec::new(),
        faults: entry.faults.iter().filter_map(|fault| one_fault(fault, notes)).collect(),
        parts,
    };
    let places = |names: &[Spanned<String>]| -> Vec<usize> {
        names.iter().filter_map(|name| place(name, &vendor.parts, notes)).collect()
    };
    let incidents: Vec<Incident> = entry
        .incidents
        .iter()
        .enumerate()
        .filter_map(|(turn, one)| incident(one, turn, places(&one.parts), &vendor, stories, notes))
        .collect();
    let works = entry.works.iter().enumerate().map(|(turn, one)| work(one, turn, places(&one.parts), notes)).collect();
    vendor.incidents = incidents;
    vendor.works = works;
    vendor
}

/// `Europe / Voice` is the component `Voice` in the group `Europe`.
fn part(text: &str) -> Part {
    match text.split_once(" / ") {
        Some((group, name)) => Part { name: name.to_owned(), group: Some(group.to_owned()) },
        None => Part { name: text.to_owned(), group: None },
    }
}

fn place(name: &Spanned<String>, parts: &[Part], notes: &Notes) -> Option<usize> {
    let place = parts.iter().position(|part| part.name == *name.get_ref());
    if place.is_none() {
        let known = parts.iter().map(|part| part.name.as_str());
        notes.add(
            name.span(),
            format!("there is no component `{}`{}", name.get_ref(), mistake::nearest(name.get_ref(), known)),
        );
    }
    place
}

fn incident(
    entry: &IncidentEntry,
    turn: usize,
    parts: Vec<usize>,
    vendor: &Vendor,
    stories: &HashMap<&str, &Story>,
    notes: &Notes,
) -> Option<Incident> {
    let own: &[LineEntry] = &entry.updates;
    let told = match (&entry.story, own) {
        (None, []) => {
            notes.add(entry.title.span(), "the incident has neither `story` nor `updates`".to_owned());
            return None;
        }
        (Some(story), []) => match stories.get(story.get_ref().as_str()) {
            Some(story) => &story.updates,
            None => {
                let near = mistake::nearest(story.get_ref(), stories.keys().copied());
                notes.add(story.span(), format!("there is no story `{}`{near}", story.get_ref()));
                return None;
            }
        },
        (Some(story), _) => {
            notes.add(story.span(), "an incident has either a `story` or `updates` of its own".to_owned());
            return None;
        }
        (None, own) => own,
    };
    let names: Vec<&str> = parts.iter().filter_map(|place| Some(vendor.parts.get(*place)?.name.as_str())).collect();
    let thing = if names.is_empty() { vendor.name.clone() } else { names.join(" and ") };
    let words = |text: &str| text.replace("{part}", &thing).replace("{vendor}", &vendor.name);
    let mut after = 0;
    let lines = told.iter().map(|line| {
        // Each is written so long after the one before it.
        after += line.after.0;
        let edits = line.edits.iter().map(|edit| (edit.after.0, words(&edit.say))).collect();
        Line { after, stage: line.stage, say: words(&line.say), edits }
    });
    Some(Incident {
        key: format!("incident {turn} {}", entry.title.get_ref()),
        title: words(entry.title.get_ref()),
        impact: entry.impact,
        health: entry.health.unwrap_or_else(|| entry.impact.health().unwrap_or(Health::Operational)),
        at: entry.at,
        every: entry.every.0,
        late: entry.late.0,
        lines: lines.collect(),
        parts,
    })
}

fn work(entry: &WorkEntry, turn: usize, parts: Vec<usize>, notes: &Notes) -> Work {
    let in_order = match (entry.announced, entry.starts, entry.ends) {
        (When::Relative(announced), When::Relative(starts), When::Relative(ends)) => {
            announced <= starts && starts < ends
        }
        (When::Absolute(announced), When::Absolute(starts), When::Absolute(ends)) => {
            announced <= starts && starts < ends
        }
        _ => false,
    };
    if !in_order {
        let text = "`announced`, `starts` and `ends` must stand in this order, all relative or all dates";
        notes.add(entry.title.span(), text.to_owned());
    }
    Work {
        key: format!("work {turn} {}", entry.title.get_ref()),
        title: entry.title.get_ref().clone(),
        parts,
        announced: entry.announced,
        starts: entry.starts,
        ends: entry.ends,
        overrun: entry.overrun.0,
        say: entry.say.clone(),
    }
}

fn one_fault(entry: &FaultEntry, notes: &Notes) -> Option<Fault> {
    use lists::FaultWord;
    let kind = match entry.kind.get_ref() {
        FaultWord::Slow => {
            FaultKind::Slow { delay_ms: entry.delay.map_or(3_000, |delay| delay.0.unsigned_abs().saturating_mul(1000)) }
        }
        FaultWord::Busy => FaultKind::Busy { retry_after_s: entry.retry_after.map_or(60, |length| length.0) },
        FaultWord::Moved => match entry.to {
            Some(to) => FaultKind::Moved { to },
            None => {
                notes.add(entry.kind.span(), "a page that moved needs `to`, the platform it moved to".to_owned());
                return None;
            }
        },
        FaultWord::Reset => FaultKind::Reset,
        FaultWord::Error => FaultKind::Error,
        FaultWord::Html => FaultKind::Html,
        FaultWord::Truncated => FaultKind::Truncated,
        FaultWord::CutOff => FaultKind::CutOff,
        FaultWord::Huge => FaultKind::Huge,
        FaultWord::GzipBomb => FaultKind::GzipBomb,
        FaultWord::RedirectLoop => FaultKind::RedirectLoop,
        FaultWord::ChangedIds => FaultKind::ChangedIds,
    };
    Some(Fault { kind, from: entry.from, until: entry.until })
}

/// For scenarios that say nothing of an impact.
fn minor() -> Impact {
    Impact::Minor
}

#[cfg(test)]
mod tests;
