//! One made-up notice of every kind: what a template is tried on before it is kept, and what a form may show.

use tocsin_domain::alert::{Links, Notice};
use tocsin_domain::digest::{DigestItem, Gathered};
use tocsin_domain::event::{ComponentChange, PageNews};
use tocsin_domain::{
    ComponentRef, Digest, Event, EventKind, Health, Impact, Incident, IncidentState, Maintenance, MaintenanceStage,
    ProviderRef, Stage, Subject, TimelineEntry, Timestamp, Update,
};
use uuid::Uuid;

/// 20 February 2026, 22:00 UTC.
const BEGAN: i64 = 1_771_624_800;

/// What each one is about, and the notice.
#[must_use]
pub fn notices() -> Vec<(&'static str, Notice)> {
    let after = |seconds: i64| Timestamp::from_second(BEGAN + seconds);
    vec![
        ("a new incident", notice(EventKind::IncidentOpened, after(60), Subject::Incident(incident(false)))),
        (
            "the end of an incident",
            notice(EventKind::IncidentResolved, after(3_600), Subject::Incident(incident(true))),
        ),
        ("announced maintenance", notice(EventKind::MaintenanceScheduled, after(0), Subject::Maintenance(work()))),
        ("a component that changed", notice(EventKind::ComponentChanged, after(0), Subject::Component(change()))),
        ("a page that cannot be read", notice(EventKind::PageUnreadable, after(0), Subject::Page(page()))),
        ("a digest", notice(EventKind::DigestReady, after(3_600), Subject::Digest(digest()))),
        ("a test message", notice(EventKind::TestPing, after(0), Subject::Test)),
    ]
}

fn notice(kind: EventKind, at: Timestamp, subject: Subject) -> Notice {
    let mut event = Event::new("example", "example", vec![kind], at, subject);
    event.updates = event.incident().and_then(|incident| incident.updates.last().cloned()).into_iter().collect();
    Notice {
        id: event.id,
        sequence: 1,
        provider: ProviderRef { slug: "northwind".to_owned(), name: "Northwind Cloud".to_owned() },
        event,
        monitor_components: Vec::new(),
        reason: "It is an example.".to_owned(),
        links: Links {
            incident: "https://tocsin.example.com/incidents/1".to_owned(),
            vendor: Some("https://status.northwind.example/incidents/1".to_owned()),
            acknowledge: None,
        },
        time_zone: "UTC".to_owned(),
        thread: "0".repeat(64),
        first_of_thread: true,
    }
}

fn component() -> ComponentRef {
    ComponentRef { id: "api".to_owned(), name: "The \"fast\" API".to_owned() }
}

fn incident(over: bool) -> Incident {
    let began = Timestamp::from_second(BEGAN);
    let entry = |id: &str, stage: Stage, at: Timestamp, body: &str| TimelineEntry {
        id: id.to_owned(),
        stage: Some(stage),
        at: Some(at),
        body: body.to_owned(),
        first_seen_at: at,
        revisions: Vec::new(),
        left_out: 0,
        backdated: false,
        unlisted_since: None,
    };
    let first =
        entry("1", Stage::Investigating, began, "Requests to the \"fast\" API **fail**.\n\nWe are looking into it.");
    let last = entry("2", Stage::Resolved, began.plus(3_600), "All is well again.");
    Incident {
        id: Uuid::from_u128(1),
        vendor_id: "1".to_owned(),
        title: "Errors of the \"fast\" API \\ EU".to_owned(),
        url: Some("https://status.northwind.example/incidents/1".to_owned()),
        impact: Impact::Major,
        stage: if over { Stage::Resolved } else { Stage::Investigating },
        state: if over { IncidentState::Closed } else { IncidentState::Open },
        started_at: Some(began),
        resolved_at: over.then(|| began.plus(3_600)),
        first_seen_at: began.plus(30),
        imported: false,
        inferred: false,
        sample: false,
        components: vec![component()],
        updates: if over { vec![first, last] } else { vec![first] },
        edits: Vec::new(),
        left_out: 0,
        pushed_at: None,
    }
}

fn work() -> Maintenance {
    let starts = Timestamp::from_second(BEGAN + 86_400);
    Maintenance {
        id: Uuid::from_u128(2),
        vendor_id: "2".to_owned(),
        title: "Database upgrade".to_owned(),
        url: None,
        stage: MaintenanceStage::Scheduled,
        starts_at: Some(starts),
        ends_at: None,
        first_seen_at: Timestamp::from_second(BEGAN),
        imported: false,
        sample: false,
        components: Vec::new(),
        updates: vec![Update { id: "1".to_owned(), stage: None, at: None, body: "We upgrade a database.".to_owned() }],
    }
}

fn change() -> ComponentChange {
    ComponentChange {
        component: component(),
        group: vec!["EU".to_owned()],
        before: Health::Operational,
        after: Health::MajorOutage,
    }
}

fn page() -> PageNews {
    PageNews {
        url: "https://status.northwind.example".to_owned(),
        reason: "It answers with a web page where its data should be.".to_owned(),
        since: None,
        last_known: None,
    }
}

fn digest() -> Digest {
    let item = DigestItem {
        provider: ProviderRef { slug: "northwind".to_owned(), name: "Northwind Cloud".to_owned() },
        kind: EventKind::IncidentOpened,
        title: "Errors of the \"fast\" API".to_owned(),
        impact: Some(Impact::Major),
        over: false,
        started_at: None,
        ended_at: None,
        components: Vec::new(),
        link: "https://tocsin.example.com/incidents/1".to_owned(),
    };
    Digest {
        gathered: Gathered::Hourly,
        from: Timestamp::from_second(BEGAN),
        to: Timestamp::from_second(BEGAN + 3_600),
        items: vec![item],
        root: None,
    }
}
