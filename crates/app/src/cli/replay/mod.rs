//! `tocsin replay`: stored captures through today's readers and rules.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use tocsin_domain::alert::{Audience, Interest, Member, Rule};
use tocsin_domain::compare::Recalled;
use tocsin_domain::{Input, PageState, Subject, Timestamp, step};
use tocsin_platforms::{Described, Payload, Platform};
use tocsin_store::Store;

use super::read;
use crate::directory::described as described_by;

mod then;

use then::{Judged, Then};

#[derive(clap::Args, Debug)]
pub struct Args {
    /// Databases (a file, or postgres://…), or directories of captures named by UTC time: 2025-11-21T004500Z.json.
    #[arg(required = true, value_name = "DIR_OR_DB")]
    sources: Vec<String>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// What a page said at one moment: the payloads of its surfaces.
type Capture = (Timestamp, Vec<Payload>);

/// All captures of one page, oldest first.
struct Page {
    provider: String,
    platform: Option<Platform>,
    described: Option<Described>,
    captures: Vec<Capture>,
    /// What a run made of them; a directory knows nothing of it.
    then: Option<Then>,
}

/// One event that follows.
#[derive(Debug, Serialize)]
struct Line {
    at: Timestamp,
    #[serde(rename = "type")]
    kind: &'static str,
    provider: String,
    /// The vendor's id of the incident or maintenance; `null` for other events.
    incident: Option<String>,
    title: String,
    /// A monitor on everything with a default group would have been sent this.
    told: bool,
    reason: String,
}

pub fn run(args: &Args) -> u8 {
    let mut pages = Vec::new();
    for source in &args.sources {
        match pages_of(source) {
            Ok(found) => pages.extend(found),
            Err(sentence) => return super::fail(super::USAGE, &sentence),
        }
    }
    let bar = progress(pages.iter().map(|page| page.captures.len()).sum());
    let (mut lines, mut differences) = (Vec::new(), Vec::new());
    for page in pages {
        let (told, against) = replay(page, &bar);
        lines.extend(told);
        differences.extend(against);
    }
    bar.finish_and_clear();
    lines.sort_by_key(|line: &Line| line.at);
    for line in &lines {
        print(line, args.json);
    }
    for difference in differences {
        eprintln!("tocsin: {difference}");
    }
    super::OK
}

fn progress(captures: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(captures as u64), ProgressDrawTarget::stderr_with_hz(5));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} captures") {
        bar.set_style(style);
    }
    bar
}

fn print(line: &Line, json: bool) {
    if json {
        super::print_line(&serde_json::to_string(line).unwrap_or_default());
        return;
    }
    let told = if line.told { "told  " } else { "silent" };
    super::print_line(&format!("{}  {told}  {:24} {}: {}", line.at, line.kind, line.provider, line.title));
    super::print_line(&format!("{:32}{}", "", line.reason));
}

fn pages_of(source: &str) -> Result<Vec<Page>, String> {
    let path = Path::new(source);
    if path.is_dir() {
        return directory(path).map(|page| vec![page]);
    }
    let url = if source.contains("://") { source.to_owned() } else { format!("sqlite://{source}") };
    if !source.contains("://") && !path.is_file() {
        return Err(format!("`{source}` is neither a directory of captures nor a database"));
    }
    super::block_on(database(&url)).map_err(|_| "the runtime could not be started".to_owned())?
}

async fn database(url: &str) -> Result<Vec<Page>, String> {
    let says = |error: tocsin_store::StoreError| error.to_string();
    let store = Store::open_to_read(url).await.map_err(says)?;
    let mut pages = Vec::new();
    // A store of an older version knows of none.
    let descriptions = store.descriptions().await.unwrap_or_default();
    for status in store.pages().await.map_err(says)? {
        let captures = store.payloads(status.page.id).await.map_err(says)?;
        let captures = captures.into_iter().map(|(at, bodies)| {
            let payload = |(key, bytes)| Payload { key, bytes, ..Payload::default() };
            (at, bodies.into_iter().map(payload).collect())
        });
        let described = descriptions.iter().rev().find(|row| row.provider == status.page.provider);
        let described = described.and_then(described_by);
        let detected = || status.page.platform.as_deref().and_then(Platform::named);
        pages.push(Page {
            provider: status.page.provider.clone(),
            platform: described.as_ref().map(Described::platform).or_else(detected),
            described,
            captures: captures.collect(),
            then: Some(Then::of(&store, status.page.id, &status.page.provider).await.map_err(says)?),
        });
    }
    store.close().await;
    Ok(pages)
}

/// Files, or directories of files, named by the time of their capture.
fn directory(path: &Path) -> Result<Page, String> {
    let mut captures: BTreeMap<Timestamp, Vec<Payload>> = BTreeMap::new();
    let mut strange = Vec::new();
    for entry in entries(path)? {
        let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(at) = time_of(&name) else {
            strange.push(name);
            continue;
        };
        let files = if entry.is_dir() { entries(&entry)? } else { vec![entry] };
        for file in files {
            let bytes = std::fs::read(&file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
            captures.entry(at).or_default().push(Payload { bytes, ..Payload::default() });
        }
    }
    if captures.is_empty() {
        let example = strange.first().map(|name| format!(" (`{name}` is not)")).unwrap_or_default();
        return Err(format!("{} holds nothing named by a time like 2025-11-21T004500Z.json{example}", path.display()));
    }
    for name in strange {
        eprintln!("tocsin: {name} is left out: its name is not a time like 2025-11-21T004500Z");
    }
    let provider =
        path.canonicalize().ok().and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
    Ok(Page {
        provider: provider.unwrap_or_else(|| path.display().to_string()),
        platform: None,
        described: None,
        captures: captures.into_iter().collect(),
        then: None,
    })
}

/// What a directory holds, by name; hidden files are left out.
fn entries(path: &Path) -> Result<Vec<PathBuf>, String> {
    let says = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path)
        .map_err(says)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')))
        .collect();
    entries.sort();
    Ok(entries)
}

/// `2025-11-21T004500Z.json`, `07-2025-11-21T004500Z`, `2025-11-21`, `2025-11-21T004500Z-history.atom`.
fn time_of(name: &str) -> Option<Timestamp> {
    let rest = match name.split_once('-') {
        Some((number, rest)) if number.len() < 4 && number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => name,
    };
    let date = rest.get(..10).filter(|date| date.bytes().filter(|byte| *byte == b'-').count() == 2)?;
    let clock = match rest.get(10..)?.strip_prefix('T') {
        Some(clock) => {
            let digits = clock.get(..6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
            clock.get(6..)?.strip_prefix('Z')?;
            format!("{}:{}:{}", &digits[..2], &digits[2..4], &digits[4..])
        }
        None => "00:00:00".to_owned(),
    };
    format!("{date}T{clock}Z").parse().ok()
}

/// A run looks again after this time (seconds) where something open was missing.
const SECOND_LOOK_S: i64 = 60;
/// The group of nobody in particular.
const EVERYBODY: &str = "replay";

/// One monitor on everything with a default group.
fn everybody() -> Member {
    Member {
        monitor: "replay".to_owned(),
        interest: Interest::default(),
        group: EVERYBODY.to_owned(),
        group_name: "everyone".to_owned(),
        rule: Rule::default(),
        channels: vec!["replay".to_owned()],
    }
}

/// What follows from the captures of a page, and how that differs from what followed then.
fn replay(page: Page, bar: &ProgressBar) -> (Vec<Line>, Vec<String>) {
    let members = page.then.as_ref().map(|then| then.members.clone()).unwrap_or_default();
    let audience = Audience { members: [everybody()].into_iter().chain(members.iter().cloned()).collect() };
    let began = page.captures.first().map(|(at, _)| *at);
    let mut state = PageState::new(page.provider.clone(), "");
    let mut known = Recalled::new();
    let (mut lines, mut judged) = (Vec::new(), Vec::new());
    let mut wake_at: Option<Timestamp> = None;
    let mut platform = page.platform;
    let mut take = |state: &mut PageState, input: Input<'_>, at: Timestamp| {
        let next = step(std::mem::take(state), &known, input, &audience, at);
        known.extend(next.incidents.into_iter().map(|incident| (incident.vendor_id.clone(), incident)));
        lines.extend(next.decided.iter().map(|decided| line(&page.provider, decided)));
        judged.extend(next.decided.iter().map(|decided| Judged::now(decided, &members)));
        *state = next.state;
        next.wake_at
    };
    let stored = page.then.is_some();
    let mut last = None;
    for (at, payloads) in page.captures {
        if let Some(look) = second_look(&state, last, stored).filter(|look| *look < at) {
            wake_at = take(&mut state, Input::Unchanged, look);
        }
        while let Some(moment) = wake_at.filter(|moment| *moment < at) {
            let next = take(&mut state, Input::Tick, moment);
            // What waits for a reading cannot be hurried by time alone.
            wake_at = next.filter(|next| *next > moment);
        }
        let reading = read::reading(platform, page.described.as_ref(), &payloads, at);
        wake_at = if read::is_recognised(&reading) {
            platform = platform.or_else(|| reading.platform.as_deref().and_then(Platform::named));
            take(&mut state, Input::Reading(&reading), at)
        } else {
            let why = reading.problems.first().map_or("The page cannot be read.", |problem| problem.detail.as_str());
            take(&mut state, Input::Unreadable(why), at)
        };
        last = Some(at);
        bar.inc(1);
    }
    if let Some(look) = second_look(&state, last, stored) {
        take(&mut state, Input::Unchanged, look);
    }
    let against = page.then.zip(began).map(|(then, began)| then.against(&page.provider, &judged, began));
    (lines, against.unwrap_or_default())
}

/// A run keeps what is new. Where it had reason to look again and kept nothing, the page said what it had said before.
fn second_look(state: &PageState, last: Option<Timestamp>, stored: bool) -> Option<Timestamp> {
    last.filter(|_| stored && state.wants_second_look()).map(|at| at.plus(SECOND_LOOK_S))
}

fn line(provider: &str, decided: &tocsin_domain::step::Decided) -> Line {
    let event = &decided.event;
    let verdict = decided.verdicts.iter().find(|verdict| verdict.group == EVERYBODY);
    Line {
        at: event.at,
        kind: event.kind.word(),
        provider: provider.to_owned(),
        incident: match &event.subject {
            Subject::Incident(incident) => Some(incident.vendor_id.clone()),
            Subject::Maintenance(maintenance) => Some(maintenance.vendor_id.clone()),
            Subject::Component(_) | Subject::Page(_) | Subject::Test => None,
        },
        title: event.title(),
        told: verdict.is_some_and(|verdict| verdict.told),
        reason: verdict.map(|verdict| verdict.reason.text.clone()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_times() {
        let table = [
            ("2025-11-21T004500Z.json", Some("2025-11-21T00:45:00Z")),
            ("2025-11-21T004500Z", Some("2025-11-21T00:45:00Z")),
            ("07-2025-11-21T004500Z", Some("2025-11-21T00:45:00Z")),
            ("2025-11-21T004500Z-history.atom", Some("2025-11-21T00:45:00Z")),
            ("2025-11-21.atom", Some("2025-11-21T00:00:00Z")),
            ("01-2025-11-21", Some("2025-11-21T00:00:00Z")),
            ("2025-11-21T0045Z", None),
            ("summary.json", None),
            ("README.md", None),
            ("é", None),
        ];
        for (name, time) in table {
            assert_eq!(time_of(name).map(|at| at.to_string()).as_deref(), time, "{name}");
        }
    }
}
