//! Notices of every kind, for the cases and for the validators: one story about calls that nobody can accept, one
//! about announced work, a page that cannot be read, and a vendor who means harm.

use tocsin_domain::alert::{Links, Notice};
use tocsin_domain::digest::{Digest, DigestItem, Gathered, Root};
use tocsin_domain::event::{Again, ComponentChange, PageNews};
use tocsin_domain::warning::{CheckRef, Confidence};
use tocsin_domain::{
    ComponentRef, Event, EventKind, Health, Impact, Incident, IncidentState, Maintenance, MaintenanceStage,
    ProviderRef, Stage, Subject, TimelineEntry, Timestamp, Update, Warning, WarningKind, ids,
};
use uuid::Uuid;

pub const TITLE: &str = "[Voice] [Trouble accepting Inbound Calls] [PROD 1]";

/// A name for the case, and the notice.
pub type Sample = (&'static str, Notice);

/// Every sample.
pub fn all() -> Vec<Sample> {
    let mut all = incidents();
    all.extend(maintenances());
    all.extend(others());
    all.extend(hostile());
    all
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|_| Timestamp::from_second(0))
}

fn entry(id: &str, stage: Stage, when: &str, body: &str) -> TimelineEntry {
    let when = at(when);
    TimelineEntry {
        id: id.to_owned(),
        stage: Some(stage),
        at: Some(when),
        body: body.to_owned(),
        first_seen_at: when.plus(38),
        revisions: Vec::new(),
        left_out: 0,
        backdated: false,
        unlisted_since: None,
    }
}

fn timeline() -> Vec<TimelineEntry> {
    vec![
        entry(
            "u1",
            Stage::Investigating,
            "2026-02-20T22:01:00Z",
            "Calls that come in to **Kustomer Voice** may not be accepted. We are looking into it.",
        ),
        entry(
            "u2",
            Stage::Identified,
            "2026-02-20T23:08:00Z",
            "The cause is in our own code and a fix is being prepared.\n\n- Inbound calls: *affected*\n- Outbound calls: fine\n\nNext word by 23:40 UTC, on [our page](https://status.example.com/i/kx1).",
        ),
        entry(
            "u3",
            Stage::Monitoring,
            "2026-02-20T23:33:00Z",
            "A fix is in place. Agents who still cannot accept calls should reload the page.",
        ),
        entry(
            "u4",
            Stage::Resolved,
            "2026-02-21T00:01:00Z",
            "We took back a recent change, and all services work again.",
        ),
    ]
}

/// The incident after its first `updates` updates.
pub fn incident(updates: usize) -> Incident {
    let updates: Vec<TimelineEntry> = timeline().into_iter().take(updates).collect();
    let stage = updates.last().and_then(|entry| entry.stage).unwrap_or(Stage::Investigating);
    let closed = stage == Stage::Resolved;
    Incident {
        id: Uuid::from_u128(0x0195_2490_3af0_7c41_8b1e_3c4d_5e6f_7081),
        vendor_id: "kx1voiceprod1".to_owned(),
        title: TITLE.to_owned(),
        url: Some("https://status.example.com/incidents/kx1voiceprod1".to_owned()),
        impact: Impact::Minor,
        stage,
        state: if closed { IncidentState::Closed } else { IncidentState::Open },
        started_at: Some(at("2026-02-20T22:01:00Z")),
        resolved_at: closed.then(|| at("2026-02-21T00:01:00Z")),
        first_seen_at: at("2026-02-20T22:01:38Z"),
        imported: false,
        inferred: false,
        sample: false,
        components: vec![component("c1", "Kustomer Voice")],
        updates,
        edits: Vec::new(),
        left_out: 0,
        pushed_at: None,
    }
}

/// Settings as somebody may write them: `cases/<kind>/settings.json`.
pub fn settings(kind: tocsin_channels::Kind) -> serde_json::Value {
    let path = format!("{}/cases/{}/settings.json", env!("CARGO_MANIFEST_DIR"), kind.name());
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What the other side calls the first message of a thread.
pub const fn root(kind: tocsin_channels::Kind) -> &'static str {
    match kind {
        tocsin_channels::Kind::SlackBot => "C0123456789/1771624898.000100",
        tocsin_channels::Kind::Telegram => "101",
        tocsin_channels::Kind::Matrix => "$root-1",
        _ => "root-1",
    }
}

/// The first attempt of a message, at `now`, in a thread whose root the other side calls `root`.
pub fn attempt<'a>(notice: &'a Notice, root: Option<&'a str>, now: Timestamp) -> tocsin_channels::Attempt<'a> {
    tocsin_channels::Attempt {
        delivery: notice.id,
        number: 1,
        event: notice.event.kind.word(),
        now,
        thread: &notice.thread,
        root,
        latest: root,
    }
}

fn component(id: &str, name: &str) -> ComponentRef {
    ComponentRef { id: id.to_owned(), name: name.to_owned() }
}

/// A notice about `subject`, at `when`.
pub fn notice(changes: &[EventKind], when: &str, subject: Subject, updates: Vec<TimelineEntry>) -> Notice {
    let when = at(when);
    let mut event = Event::new("0195-page", "key", changes.to_vec(), when, subject);
    event.updates = updates;
    let vendor = match &event.subject {
        Subject::Incident(incident) => incident.url.clone(),
        Subject::Maintenance(maintenance) => maintenance.url.clone(),
        Subject::Page(news) => Some(news.url.clone()),
        Subject::Component(_) | Subject::Warning(_) | Subject::Channel(_) | Subject::Digest(_) | Subject::Test => None,
    };
    let key = match &event.subject {
        Subject::Incident(incident) => incident.id.to_string(),
        Subject::Maintenance(maintenance) => maintenance.id.to_string(),
        Subject::Warning(warning) => warning.id.to_string(),
        _ => "page".to_owned(),
    };
    let open = event.incident().is_some_and(Incident::is_open) || event.warning().is_some_and(Warning::is_open);
    let begins = [EventKind::IncidentOpened, EventKind::MaintenanceScheduled, EventKind::WarningRaised];
    let first = begins.contains(&event.kind);
    Notice {
        id: ids::v7(when, &[b"delivery", event.kind.word().as_bytes()]),
        sequence: 1_234,
        provider: ProviderRef { slug: "kustomer".to_owned(), name: "Kustomer".to_owned() },
        links: Links {
            incident: match &event.subject {
                Subject::Warning(warning) => format!("https://tocsin.example.com/checks/{}", warning.check.slug),
                _ => format!("https://tocsin.example.com/incidents/{key}"),
            },
            vendor,
            acknowledge: open.then(|| format!("https://tocsin.example.com/acknowledge/{}", &key[..8])),
        },
        monitor_components: vec!["Kustomer Voice".to_owned()],
        reason: format!(
            "Group support-desk hears of {}, and it names Kustomer Voice, which is followed.",
            event.kind.plural()
        ),
        time_zone: "America/New_York".to_owned(),
        thread: ids::hash_hex(&[b"thread", key.as_bytes()]),
        first_of_thread: first || event.also_opened,
        event,
    }
}

/// A notice about the incident after `updates` updates, the last of them new.
fn about(changes: &[EventKind], when: &str, updates: usize) -> Notice {
    let incident = incident(updates);
    let fresh = incident.updates.last().cloned().into_iter().collect();
    notice(changes, when, Subject::Incident(incident), fresh)
}

/// The same, with the incident changed first.
fn changed(changes: &[EventKind], when: &str, updates: usize, change: impl FnOnce(&mut Incident)) -> Notice {
    let mut incident = incident(updates);
    change(&mut incident);
    notice(changes, when, Subject::Incident(incident), Vec::new())
}

fn incidents() -> Vec<Sample> {
    use EventKind::{
        IncidentEdited, IncidentImpactChanged, IncidentOpened, IncidentPostmortem, IncidentRemoved, IncidentReopened,
        IncidentResolved, IncidentScopeChanged, IncidentUpdated,
    };
    let mut both = about(&[IncidentResolved, IncidentOpened], "2026-02-21T00:45:00Z", 4);
    both.event.also_opened = true;
    both.event.unseen_s = Some(9_840);
    both.event.updates = timeline();
    both.first_of_thread = true;
    let mut report = about(&[IncidentPostmortem], "2026-03-02T16:54:00Z", 4);
    let words = "## What happened\n\nA change meant to make the page **faster** broke the set-up of calls.\n\n\
                 ## Timeline\n\n1. 15:04 ET: change deployed\n2. 16:38 ET: first reports\n3. 18:24 ET: change taken back";
    let words = entry("u5", Stage::Postmortem, "2026-03-02T16:53:00Z", words);
    report.event.updates = vec![words.clone()];
    if let Subject::Incident(incident) = &mut report.event.subject {
        incident.stage = Stage::Postmortem;
        incident.updates.push(words);
    }
    vec![
        ("incident-opened", about(&[IncidentOpened], "2026-02-20T22:01:38Z", 1)),
        ("incident-reminder", again(Again::Repeat(2))),
        ("incident-escalated", again(Again::Escalated("First line".to_owned()))),
        ("incident-updated", about(&[IncidentUpdated, IncidentImpactChanged], "2026-02-20T23:08:38Z", 2)),
        ("incident-resolved", about(&[IncidentResolved, IncidentUpdated], "2026-02-21T00:01:38Z", 4)),
        ("incident-resolved-unseen", both),
        ("incident-reopened", about(&[IncidentReopened, IncidentUpdated], "2026-02-21T01:47:00Z", 3)),
        ("incident-postmortem", report),
        (
            "incident-impact-changed",
            changed(&[IncidentImpactChanged], "2026-02-20T22:31:00Z", 1, |incident| incident.impact = Impact::Critical),
        ),
        (
            "incident-scope-changed",
            changed(&[IncidentScopeChanged], "2026-02-20T22:31:00Z", 1, |incident| {
                incident.components.extend([component("c2", "Chat"), component("c3", "Workflows")]);
            }),
        ),
        ("incident-edited", changed(&[IncidentEdited], "2026-02-20T23:12:00Z", 2, |_| {})),
        (
            "incident-removed",
            changed(&[IncidentRemoved], "2026-02-20T23:50:00Z", 3, |incident| {
                incident.state = IncidentState::Closed;
                incident.inferred = true;
                incident.components.clear();
            }),
        ),
        (
            "incident-resolved-inferred",
            changed(&[IncidentResolved], "2026-02-21T02:00:00Z", 3, |incident| {
                incident.state = IncidentState::Closed;
                incident.stage = Stage::Resolved;
                incident.inferred = true;
                incident.impact = Impact::None;
            }),
        ),
    ]
}

/// Nothing is new, but somebody has to hear of it (again).
fn again(why: Again) -> Notice {
    let kind = if matches!(why, Again::Repeat(_)) { EventKind::IncidentUpdated } else { EventKind::IncidentOpened };
    let mut notice = about(&[kind], "2026-02-20T23:08:38Z", 2);
    notice.event.again = Some(why);
    notice.event.updates.clear();
    notice
}

fn work(stage: MaintenanceStage) -> Maintenance {
    Maintenance {
        id: Uuid::from_u128(0x0195_2490_3af0_7c41_8b1e_0000_0000_0001),
        vendor_id: "mx77".to_owned(),
        title: "Database upgrade in the EU region".to_owned(),
        url: Some("https://status.example.com/maintenances/mx77".to_owned()),
        stage,
        starts_at: Some(at("2026-11-25T02:00:00Z")),
        ends_at: Some(at("2026-11-25T04:00:00Z")),
        first_seen_at: at("2026-11-20T10:00:00Z"),
        imported: false,
        sample: false,
        components: vec![component("c1", "API"), component("c2", "Reporting")],
        updates: vec![Update {
            id: "w1".to_owned(),
            stage: Some(stage),
            at: Some(at("2026-11-20T09:59:00Z")),
            body: "We will upgrade a database. Expect **read-only** access for some ten minutes.".to_owned(),
        }],
    }
}

fn maintenances() -> Vec<Sample> {
    use EventKind as Kind;
    let about = |kind: Kind, when: &str, stage| notice(&[kind], when, Subject::Maintenance(work(stage)), Vec::new());
    let mut reminder = about(Kind::MaintenanceReminder, "2026-11-25T01:00:00Z", MaintenanceStage::Scheduled);
    reminder.event.reminder_s = Some(3_600);
    vec![
        (
            "maintenance-scheduled",
            about(Kind::MaintenanceScheduled, "2026-11-20T10:00:00Z", MaintenanceStage::Scheduled),
        ),
        ("maintenance-changed", about(Kind::MaintenanceChanged, "2026-11-21T10:00:00Z", MaintenanceStage::Scheduled)),
        ("maintenance-reminder", reminder),
        ("maintenance-started", about(Kind::MaintenanceStarted, "2026-11-25T02:01:00Z", MaintenanceStage::InProgress)),
        ("maintenance-overdue", about(Kind::MaintenanceOverdue, "2026-11-25T04:00:01Z", MaintenanceStage::InProgress)),
        (
            "maintenance-completed",
            about(Kind::MaintenanceCompleted, "2026-11-25T03:40:00Z", MaintenanceStage::Completed),
        ),
        (
            "maintenance-cancelled",
            about(Kind::MaintenanceCancelled, "2026-11-24T12:00:00Z", MaintenanceStage::Cancelled),
        ),
    ]
}

fn others() -> Vec<Sample> {
    use EventKind as Kind;
    let change = ComponentChange {
        component: component("c1", "Kustomer Voice"),
        group: vec!["PROD 1".to_owned()],
        before: Health::Operational,
        after: Health::MajorOutage,
    };
    let page = |reason: &str| {
        Subject::Page(PageNews {
            url: "https://status.example.com".to_owned(),
            reason: reason.to_owned(),
            since: Some(at("2026-02-20T21:31:00Z")),
            last_known: Some(Health::Operational),
        })
    };
    let mut escalated = notice(&[Kind::WarningRaised], "2026-02-20T22:18:00Z", warning(false), Vec::new());
    escalated.event.again = Some(Again::Escalated("First line".to_owned()));
    escalated.first_of_thread = false;
    let moved = "It answers from https://kustomer.statuspage.example now, with the same incidents.";
    vec![
        (
            "component-changed",
            notice(&[Kind::ComponentChanged], "2026-02-20T22:01:38Z", Subject::Component(change), Vec::new()),
        ),
        (
            "page-unreadable",
            notice(
                &[Kind::PageUnreadable],
                "2026-02-20T22:01:00Z",
                page("It answers with a web page where its data should be."),
                Vec::new(),
            ),
        ),
        (
            "page-readable",
            notice(&[Kind::PageReadable], "2026-02-20T22:40:00Z", page("Its certificate had expired."), Vec::new()),
        ),
        ("page-moved", notice(&[Kind::PageMoved], "2026-02-20T22:40:00Z", page(moved), Vec::new())),
        ("warning-raised", notice(&[Kind::WarningRaised], "2026-02-20T22:03:00Z", warning(false), Vec::new())),
        ("warning-escalated", escalated),
        ("warning-cleared", notice(&[Kind::WarningCleared], "2026-02-20T23:40:00Z", warning(true), Vec::new())),
        ("digest-storm", notice(&[Kind::DigestReady], "2026-02-20T22:06:00Z", Subject::Digest(storm()), Vec::new())),
        ("test-ping", notice(&[Kind::TestPing], "2026-02-20T22:40:00Z", Subject::Test, Vec::new())),
    ]
}

/// Our own check hears nobody, though the page is green.
fn warning(over: bool) -> Subject {
    let id = ids::v7(at("2026-02-20T22:01:10Z"), &[b"warning"]);
    Subject::Warning(Warning {
        id,
        kind: WarningKind::NoAudio,
        check: CheckRef { id, slug: "support-line".to_owned(), name: "Support line".to_owned() },
        provider: Some(ProviderRef { slug: "kustomer".to_owned(), name: "Kustomer".to_owned() }),
        components: vec![component("c1", "Kustomer Voice")],
        impact: Impact::Major,
        started_at: at("2026-02-20T22:01:10Z"),
        ended_at: over.then(|| at("2026-02-20T23:40:00Z")),
        page_says: Some(Health::Operational),
        evidence: vec![
            "Kustomer’s page says operational.".to_owned(),
            "22:01:40 UTC, PCMA: We hear the far end, and it does not say that it hears us.".to_owned(),
        ],
        confidence: Confidence::of(2, 2),
        summary: "Calls are answerable but audio does not connect".to_owned(),
        ended_because: over.then(|| "The last three calls passed.".to_owned()),
    })
}

/// Three vendors at once, two of them because of the first.
fn storm() -> Digest {
    let item = |slug: &str, name: &str, title: &str, impact: Impact, minute: i64| DigestItem {
        provider: ProviderRef { slug: slug.to_owned(), name: name.to_owned() },
        kind: EventKind::IncidentOpened,
        title: title.to_owned(),
        impact: Some(impact),
        over: false,
        started_at: Some(at("2026-02-20T22:00:00Z").plus(minute * 60)),
        ended_at: None,
        components: vec!["API".to_owned()],
        link: format!("https://tocsin.example.com/incidents/{slug}"),
    };
    let mut over = item("kustomer", "Kustomer", "Chat is *slow* [here](https://evil.example)", Impact::Minor, 3);
    over.over = true;
    over.ended_at = Some(at("2026-02-20T22:05:00Z"));
    Digest {
        gathered: Gathered::Storm,
        from: at("2026-02-20T22:00:00Z"),
        to: at("2026-02-20T22:06:00Z"),
        items: vec![
            item("northwind", "Northwind Cloud", "Elevated errors in the east", Impact::Critical, 0),
            item("fjord", "Fjord Pay", "Payments fail", Impact::Major, 2),
            over,
        ],
        root: Some(Root {
            provider: ProviderRef { slug: "northwind".to_owned(), name: "Northwind Cloud".to_owned() },
            why: "It began first, and Fjord Pay’s page names it.".to_owned(),
        }),
    }
}

/// A vendor whose words try to ping, link, break out and flood.
fn hostile() -> Vec<Sample> {
    use EventKind as Kind;
    let mut pings = incident(1);
    pings.title = "<!channel> @everyone @here\r\nBcc: victim@example.com\u{202e} <@U123> 停电 🔥👩‍👩‍👧‍👧 `*_~|".to_owned();
    let words = "<!channel> <!here|here> @everyone @here <@123> <@&456> <#789> <users/all> &lt;!channel&gt; </div>\
                 <script>alert(1)</script> [click](javascript:alert(1)) ![x](https://evil.example/pixel.png) \
                 [bank](https://evil.example/a|b>c) ``` ``code @everyone`` \u{202e}txt.exe";
    pings.updates = vec![entry("u1", Stage::Investigating, "2026-02-20T22:01:00Z", words)];
    let fresh = pings.updates.clone();
    let mut flood = incident(1);
    flood.title = "Everything is broken and we are very sorry about it, ".repeat(40);
    flood.components = (0..300).map(|number| component(&format!("c{number}"), &format!("Region {number}"))).collect();
    let long =
        "Подробности: **связь** пропала & <всё> _лежит_. [ещё](https://status.example.com/a?b=c&d=e)\n".repeat(220);
    flood.updates = (0..12).map(|_| entry("u", Stage::Identified, "2026-02-20T22:30:00Z", &long)).collect();
    let all_new = flood.updates.clone();
    vec![
        ("hostile-mentions", notice(&[Kind::IncidentOpened], "2026-02-20T22:01:38Z", Subject::Incident(pings), fresh)),
        ("hostile-flood", notice(&[Kind::IncidentUpdated], "2026-02-20T22:31:00Z", Subject::Incident(flood), all_new)),
    ]
}
