//! Every capture of real pages is recognised as what it is and read without nonsense. The captures are not part of this
//! repository: `TOCSIN_CORPUS` says where they are.

use std::path::{Path, PathBuf};

use tocsin_domain::{Health, Impact, Reading, Report, Stage, Timestamp};
use tocsin_platforms::{ALL, Described, Payload, Platform, detect};

/// Folder and the platform that made what is in it. Everything else in the corpus is of a platform without a reader.
const FOLDERS: &[(&str, &str)] = &[
    ("atlassian-statuspage", "statuspage"),
    ("atlassian-statuspage-html", "statuspage"),
    ("incident-io", "incidentio"),
    ("instatus", "instatus"),
    ("aws", "aws"),
    ("azure", "azure"),
    ("slack", "slack"),
    ("yandex-cloud", "yandexcloud"),
    ("salesforce", "salesforce"),
    ("heroku", "heroku"),
    ("generic-rss", "feed"),
    ("betterstack", "betterstack"),
    ("statusio", "statusio"),
    ("checkly", "checkly"),
    ("pagerduty", "pagerduty"),
    ("lambstatus", "lambstatus"),
    ("github-issues", "githubissues"),
    ("upptime", "upptime"),
    ("google-cloud", "googlecloud"),
    ("google-workspace", "googlecloud"),
    // Miro's page was home-made once; the capture is one of incident.io's.
    ("miro", "incidentio"),
];

/// Captures that nothing in their bytes gives away, with what they are.
const TELL_NOTHING: &[&str] = &[
    // `[]`: an empty list may be anybody's.
    "aws/aws-currentevents-empty.json",
    // Placeholders: nothing in them speaks of a status.
    "generic-rss/statusops-fixture.atom",
    "generic-rss/statusops-fixture.rss",
    // A sample in Azure's very shape, kept among the feeds: Azure's reader knows it.
    "generic-rss/cloud-status-aggregator-sample-feed.xml",
];

/// Written by hand for tests elsewhere, without the id that every page of Statuspage or Better Stack has: refused.
/// Refused, and rightly: nothing in them says how a page is.
const NO_ANCHOR: &[&str] = &[
    // Texts for every key that Salesforce uses.
    "salesforce/salesforce-localizations.json",
    // Written by hand for tests elsewhere, without the `page.id` that every page of Statuspage has.
    "atlassian-statuspage/cloud-incident-atlas-incidents.json",
    "atlassian-statuspage/synthetic-summary-major.json",
    "atlassian-statuspage/synthetic-summary-none.json",
    "betterstack/huggingface-index-incident-trimmed.json",
    "betterstack/huggingface-index-operational-trimmed.json",
    // An empty list of incidents may be anybody's.
    "checkly/checkly-operational.json",
    // A picture's text and a list of what to check: no page's state.
    "upptime/sentrybay-api-uptime.json",
    "upptime/sentrybay-upptimerc.yml",
];

/// Home-made pages: what they are read as with a description, and how many components, incidents and maintenances.
const DESCRIBED: &[(&str, &str, [usize; 3], &str)] = &[
    ("wedos/wedos-incidents.json", "json", [0, 2, 0], INCIDENTS_ALONE),
    ("home-made/datocms-incident-1.json", "json", [0, 1, 0], ONE_INCIDENT),
    ("home-made/datocms-maintenance-1.json", "json", [0, 0, 1], ONE_MAINTENANCE),
    ("atlassian-statuspage-html/airhead-page.html", "html", [7, 0, 0], BY_SELECTORS),
];

const INCIDENTS_ALONE: &str = r#"
anchor = "incidents"
[incidents]
list = "incidents"
id = "id"
title = "name"
url = "url"
stage = "status"
started_at = "started_at"
resolved_at = "resolved_at"
[words.stage]
active = "investigating"
"#;

/// A file of its own for each: nothing in it is an id but when it began.
const ONE_INCIDENT: &str = r#"
anchor = "updates[0].status"
[incidents]
list = "$"
id = "updates[0].date"
title = "name"
impact = "impact"
all_open = false
[incidents.updates]
list = "updates"
stage = "status"
at = "date"
body = "content"
"#;

const ONE_MAINTENANCE: &str = r#"
anchor = "scheduledTime"
[maintenances]
list = "$"
id = "scheduledTime"
title = "name"
starts_at = "scheduledTime"
components = "components"
body = "content"
[maintenances.updates]
list = "updates"
stage = "status"
at = "date"
body = "content"
"#;

const BY_SELECTORS: &str = r#"
anchor = "body.status"
[components]
list = ".components-container .component-inner-container"
id = "@data-component-id"
name = ".name"
status = "@data-component-status"
"#;

/// Pages that nobody knows are read as somebody describes them.
fn described(root: &Path, complaints: &mut Vec<String>) {
    for (file, platform, counts, description) in DESCRIBED {
        let Ok(bytes) = std::fs::read(root.join(file)) else { continue };
        let platform = Platform::named(platform).unwrap();
        let described = Described::new(platform, toml::from_str(description).unwrap()).unwrap();
        let reader = tocsin_platforms::reader_for(described.platform(), Some(&described));
        let payload = Payload { bytes, ..Payload::default() };
        let reading = reader.read(&[payload], now());
        println!("{}", line(file, &reading));
        let found = [reading.components.len(), reading.incidents.len(), reading.maintenances.len()];
        if found != *counts || !reading.problems.is_empty() {
            complaints.push(format!("{file}: described, {found:?} found and {:?}", reading.problems));
        }
        complaints.extend(nonsense(&reading).into_iter().map(|what| format!("{file}: {what}")));
    }
}

#[test]
fn captures_are_recognised_and_read_sanely() {
    #[expect(clippy::disallowed_methods, reason = "the captures lie outside the repository")]
    let corpus = std::env::var("TOCSIN_CORPUS");
    let Some(root) = corpus.ok().map(PathBuf::from) else {
        println!("corpus: SKIPPED, TOCSIN_CORPUS is not set");
        return;
    };
    let mut walked = (0, 0);
    let mut lines = Vec::new();
    let mut complaints = Vec::new();
    for file in files_below(&root) {
        let relative = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let folder = relative.split('/').next().unwrap_or_default();
        if folder.ends_with(".tsv") {
            continue;
        }
        let payload = Payload { bytes: std::fs::read(&file).unwrap(), ..Payload::default() };
        let expected =
            FOLDERS.iter().find(|(name, _)| *name == folder).and_then(|(_, platform)| Platform::named(platform));
        if let Some(platform) = expected.filter(|_| !NO_ANCHOR.contains(&relative.as_str())) {
            walked.0 += 1;
            lines.push(known(&relative, platform, &payload, &mut complaints));
        } else {
            walked.1 += 1;
            strange(&relative, &payload, &mut complaints);
        }
    }
    described(&root, &mut complaints);
    println!("corpus: {} captures read, {} of other platforms refused", walked.0, walked.1);
    assert!(walked.0 > 0, "there is no capture below {}", root.display());
    insta::assert_snapshot!("captures", lines.join("\n"));
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

/// A capture of a platform we read.
fn known(file: &str, platform: Platform, payload: &Payload, complaints: &mut Vec<String>) -> String {
    let found = detect::of_payloads(std::slice::from_ref(payload)).map(|(platform, _)| platform);
    if found != Some(platform) && !TELL_NOTHING.contains(&file) {
        complaints.push(format!("{file}: detected as {found:?}, not as {platform:?}"));
    }
    let late = platform.reader().read(std::slice::from_ref(payload), now());
    // An hour after its last word, where it has one.
    let last = late.incidents.iter().flat_map(|report| &report.updates).filter_map(|update| update.at).max();
    let reading = platform.reader().read(std::slice::from_ref(payload), last.map_or(now(), |at| at.plus(3600)));
    if reading.platform.as_deref() != Some(platform.name()) {
        complaints.push(format!("{file}: not read: {:?}", reading.problems));
    }
    complaints.extend(nonsense(&reading).into_iter().map(|what| format!("{file}: {what}")));
    line(file, &reading)
}

/// A capture of another platform: no reader may find health in it. A feed is a feed, whoever made it.
fn strange(file: &str, payload: &Payload, complaints: &mut Vec<String>) {
    for platform in ALL.iter().copied().filter(|platform| platform.name() != "feed") {
        let reader = platform.reader();
        let sure = reader.recognise(payload).map_or(0, |evidence| evidence.confidence);
        if sure >= 50 {
            complaints.push(format!("{file}: {platform:?} is {sure} sure of it"));
            continue;
        }
        let reading = reader.read(std::slice::from_ref(payload), now());
        if reading.health != Health::Unknown || reading.problems.is_empty() {
            complaints.push(format!(
                "{file}: {platform:?} reads {:?} with {} problems",
                reading.health,
                reading.problems.len()
            ));
        }
    }
}

fn nonsense(reading: &Reading) -> Vec<String> {
    let mut found = Vec::new();
    for report in &reading.incidents {
        let times: Vec<Timestamp> = report.updates.iter().filter_map(|update| update.at).collect();
        let mut check = |fine: bool, what: &str| {
            if !fine {
                found.push(format!("incident {} ({}): {what}", report.id, report.title));
            }
        };
        check(times.is_sorted(), "updates are out of order");
        check(!report.id.is_empty() && !report.title.is_empty(), "no id or no title");
        check(
            !report.is_closed() || report.resolved_at.is_some() || report.updates.is_empty(),
            "closed without an end",
        );
        check(report.is_closed() || report.resolved_at.is_none(), "open with an end");
        check(report.started_at.is_some() || report.updates.is_empty(), "updates, but no start");
        check(
            report.started_at.zip(report.resolved_at).is_none_or(|(start, end)| start <= end),
            "ends before it starts",
        );
        check(times.iter().all(|at| *at <= now() && at.as_second() > 1_000_000_000), "an update of another age");
    }
    let ids: std::collections::BTreeSet<&str> = reading.incidents.iter().map(|report| report.id.as_str()).collect();
    if ids.len() != reading.incidents.len() {
        found.push("two incidents with one id".to_owned());
    }
    let says_something = !reading.components.is_empty();
    let odd = reading.components.iter().any(|component| component.health == Health::Unknown);
    if says_something && !odd && reading.health == Health::Unknown && reading.problems.is_empty() {
        found.push("components, but no health".to_owned());
    }
    found
}

/// The facts of a reading in one line, without a word of the vendor's: reviewed by eye, held still by a snapshot. The
/// number at the end changes with any fact that is not spelled out.
fn line(file: &str, reading: &Reading) -> String {
    let mut parts = vec![format!("{file}: {}", reading.health.word())];
    for health in Health::ALL {
        let count = reading.components.iter().filter(|component| component.health == health).count();
        if count > 0 {
            parts.push(format!("{count} components {}", health.word()));
        }
    }
    let of = |report: &Report| {
        let impact = report.impact.map_or("unsaid", Impact::word);
        let times = [report.started_at, report.resolved_at].map(|at| at.map_or("-".to_owned(), |at| at.to_string()));
        let stage = report.stage.map_or("no stage", Stage::word);
        format!("{} {impact} {stage} {} to {} with {} updates", report.id, times[0], times[1], report.updates.len())
    };
    let (open, closed): (Vec<&Report>, Vec<&Report>) = reading.incidents.iter().partition(|report| !report.is_closed());
    parts.extend(open.iter().take(3).map(|report| format!("open {}", of(report))));
    parts.extend((open.len() > 3).then(|| format!("{} open in all", open.len())));
    parts.extend(closed.first().map(|report| format!("closed {}", of(report))));
    parts.extend((closed.len() > 1).then(|| format!("{} closed in all", closed.len())));
    parts.extend((!reading.maintenances.is_empty()).then(|| format!("{} works", reading.maintenances.len())));
    let since = reading.covers.history_since.map_or("-".to_owned(), |at| at.to_string());
    parts.push(format!("covers open {} since {since}", reading.covers.open));
    let codes: std::collections::BTreeSet<&String> = reading.problems.iter().map(|problem| &problem.code).collect();
    parts.extend(codes.iter().map(|code| format!("problem {code}")));
    let bytes = serde_json::to_vec(reading).unwrap();
    parts.push(format!("#{:08x}", tocsin_domain::ids::hash64(&[&bytes]) >> 32));
    parts.join("; ")
}

/// Later than every capture.
fn now() -> Timestamp {
    "2026-10-01T00:00:00Z".parse().unwrap()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}
