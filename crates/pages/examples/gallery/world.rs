//! Made-up vendors for the gallery.

use crate::more;
use tocsin_domain::ids::v7;
use tocsin_domain::{
    Component, ComponentRef, Edit, Health, Impact, Incident, IncidentState, Maintenance, MaintenanceStage, ProviderRef,
    Revision, Stage, TimelineEntry, Timestamp, Was,
};
use tocsin_pages::facts::{ClosedIncident, OpenIncident, PlannedWork};
use tocsin_pages::{Chrome, Simulated, dashboard, incident, provider, providers};

pub fn chrome() -> Chrome {
    Chrome {
        base_url: "https://tocsin.harbour.example".to_owned(),
        version: "0.1.0".to_owned(),
        simulated: None,
        signed_in: None,
        follows: false,
        time_zone: "UTC".to_owned(),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or(Timestamp::from_second(0))
}

pub fn now() -> Timestamp {
    at("2026-11-23T15:42:12Z")
}

pub fn who(name: &str) -> ProviderRef {
    ProviderRef { slug: name.to_lowercase().replace(' ', "-"), name: name.to_owned() }
}

pub fn part(name: &str) -> ComponentRef {
    ComponentRef { id: name.to_lowercase(), name: name.to_owned() }
}

pub fn update(stage: Stage, time: &str, body: &str) -> TimelineEntry {
    TimelineEntry {
        id: format!("{}-{time}", stage.word()),
        stage: Some(stage),
        at: Some(at(time)),
        body: body.to_owned(),
        first_seen_at: at(time).plus(38),
        revisions: Vec::new(),
        left_out: 0,
        backdated: false,
        unlisted_since: None,
    }
}

pub fn open(
    name: &str,
    title: &str,
    impact: Impact,
    stage: Stage,
    started_s_ago: i64,
    parts: &[&str],
    words: &str,
) -> OpenIncident {
    let started = now().plus(-started_s_ago);
    let mut said = update(stage, "2026-11-23T15:00:00Z", words);
    said.at = Some(started.plus(started_s_ago / 2));
    let incident = Incident {
        id: v7(started, &[name.as_bytes(), title.as_bytes()]),
        vendor_id: "k3x9".to_owned(),
        title: title.to_owned(),
        url: Some("https://status.example.com/incidents/k3x9".to_owned()),
        impact,
        stage,
        state: IncidentState::Open,
        started_at: Some(started),
        resolved_at: None,
        first_seen_at: started.plus(21),
        imported: false,
        inferred: false,
        sample: false,
        components: parts.iter().map(|name| part(name)).collect(),
        updates: vec![said],
        edits: Vec::new(),
        left_out: 0,
        pushed_at: None,
    };
    OpenIncident { provider: who(name), incident, excerpt: words.to_owned(), wishes: Default::default() }
}

pub fn closed(name: &str, title: &str, impact: Impact, ended_s_ago: i64, lasted_s: i64) -> ClosedIncident {
    let OpenIncident { provider, mut incident, .. } =
        open(name, title, impact, Stage::Resolved, ended_s_ago + lasted_s, &["Core"], "Fixed.");
    incident.state = IncidentState::Closed;
    incident.resolved_at = Some(now().plus(-ended_s_ago));
    ClosedIncident { provider, incident }
}

pub fn work(name: &str, title: &str, in_s: i64, for_s: i64, parts: &[&str]) -> PlannedWork {
    let starts = now().plus(in_s);
    let maintenance = Maintenance {
        id: v7(starts, &[name.as_bytes(), title.as_bytes()]),
        vendor_id: "m1".to_owned(),
        title: title.to_owned(),
        url: Some("https://status.example.com/maintenance/m1".to_owned()),
        stage: if in_s < 0 { MaintenanceStage::InProgress } else { MaintenanceStage::Scheduled },
        starts_at: Some(starts),
        ends_at: Some(starts.plus(for_s)),
        first_seen_at: now().plus(-90_000),
        imported: false,
        sample: false,
        components: parts.iter().map(|name| part(name)).collect(),
        updates: Vec::new(),
    };
    PlannedWork { provider: who(name), maintenance }
}

pub fn monitor(name: &str, health: Health, parts: &[&str], read_s_ago: i64) -> dashboard::Monitor {
    dashboard::Monitor {
        id: v7(now(), &[name.as_bytes()]).to_string(),
        provider: who(name),
        components: parts.iter().map(|name| (*name).to_owned()).collect(),
        health,
        last_known: None,
        reason: None,
        read_at: Some(now().plus(-read_s_ago)),
        wishes: Default::default(),
    }
}

const PLACES: [&str; 12] = [
    "Larkspur",
    "Quarry",
    "Beacon",
    "Tidewater",
    "Harbour",
    "Juniper",
    "Granite",
    "Saltmarsh",
    "Foxglove",
    "Windmill",
    "Copperfield",
    "Elm",
];
const TRADES: [&str; 9] = ["Mail", "Storage", "Registry", "Identity", "Analytics", "Search", "CDN", "Payroll", "Chat"];

fn troubled() -> Vec<dashboard::Monitor> {
    let mut papyrus = monitor("Papyrus Docs", Health::Unknown, &[], 3_120);
    papyrus.reason = Some("Its page answers with HTML where JSON was expected.".to_owned());
    papyrus.last_known = Some(Health::Operational);
    vec![
        monitor("Kustomer", Health::Degraded, &["Kustomer Voice"], 12),
        papyrus,
        monitor("Northwind Cloud", Health::MajorOutage, &[], 31),
        monitor("Larkspur Pay", Health::PartialOutage, &["Payments API", "Checkout", "Webhooks", "Dashboard"], 48),
        monitor("Gantry CI", Health::Maintenance, &["Linux runners"], 102),
    ]
}

pub fn dashboard(count: usize) -> dashboard::Facts {
    let mut monitors: Vec<dashboard::Monitor> = troubled().into_iter().take(count).collect();
    for number in monitors.len()..count {
        let place = PLACES[number % PLACES.len()];
        let trade = TRADES[number / PLACES.len() % TRADES.len()];
        let name = if count > 100 { format!("{place} {trade} {number}") } else { format!("{place} {trade}") };
        let mut one =
            monitor(&name, Health::Operational, if number % 7 == 0 { &["API"] } else { &[] }, 10 + number as i64 % 290);
        if count > 100 && number % 83 == 0 {
            one.health = Health::Unknown;
            one.reason = Some("The connection timed out after 20 s.".to_owned());
            one.last_known = Some(Health::Operational);
        }
        if count > 100 && number % 211 == 0 {
            one.health = Health::Degraded;
        }
        monitors.push(one);
    }
    let mut facts = dashboard::Facts {
        chrome: Chrome { simulated: (count == 5).then(|| Simulated { arrived: "/".to_owned() }), ..chrome() },
        now: now(),
        monitors,
        checks: Vec::new(),
        open: Vec::new(),
        works: Vec::new(),
        recent: Vec::new(),
        query: dashboard::Query::default(),
        wished: (0, 0),
    };
    if count > 0 {
        fill(&mut facts);
    }
    if count > 100 {
        for number in 0..22 {
            let name = format!("{} Chat {}", PLACES[number % PLACES.len()], number * 211);
            facts.open.push(open(
                &name,
                "[API] Slow answers",
                Impact::Minor,
                Stage::Identified,
                4_000 + number as i64 * 60,
                &["API"],
                "A fix is on its way.",
            ));
        }
    }
    facts
}

fn fill(facts: &mut dashboard::Facts) {
    facts.open = vec![
        open(
            "Kustomer",
            "[Voice] [Trouble accepting Inbound Calls] [PROD 1]",
            Impact::Minor,
            Stage::Monitoring,
            5_520,
            &["Kustomer Voice"],
            "The fix has been rolled out. Agents who still miss calls should reload the page once.",
        ),
        open(
            "Northwind Cloud",
            "us-east: object storage answers with errors",
            Impact::Critical,
            Stage::Identified,
            2_460,
            &["us-east Object Storage", "us-east Functions", "us-east Queues", "us-east Registry", "Console"],
            "A fault in the metadata tier has been found, and the affected cells are being drained. Reads succeed when repeated; writes to new buckets fail until the drain is complete, which we expect to take about an hour.",
        ),
        open(
            "Larkspur Pay",
            "Card payments declined by two acquirers",
            Impact::Major,
            Stage::Investigating,
            1_080,
            &["Payments API"],
            "Cards routed through two European acquirers are being declined: both run on Northwind Cloud. We are looking for the cause.",
        ),
    ];
    facts.works = vec![
        work("Quarry Storage", "Failover test in eu-central", 37_800, 7_200, &["eu-central"]),
        work("Gantry CI", "[Runners] New image for Linux runners", -2_500, 6_900, &["Linux runners"]),
        work("Beacon Mail", "Renewal of the relay certificates", 225_000, 1_800, &[]),
        work("Tidewater Identity", "Database upgrade", 400_000, 36_000, &["Login", "Tokens"]),
    ];
    facts.recent = vec![
        closed("Harbour Registry", "[EU] Pulls are slow", Impact::Minor, 2_600, 1_320),
        closed("Foxglove Search", "Index lag", Impact::None, 60_000, 11_100),
        closed("Juniper CDN", "Elevated 5xx in South America", Impact::Major, 190_000, 90_061),
    ];
}

/// The record whose particulars are public: times and parts are facts, the sentences are ours.
pub fn kustomer_incident() -> incident::Facts {
    let mut resolved = update(
        Stage::Resolved,
        "2026-02-21T00:01:00Z",
        "Incoming calls are accepted again for all customers on PROD 1.",
    );
    let most = "Incoming calls are accepted again for most customers on PROD 1.";
    resolved.revisions =
        vec![Revision { seen_at: at("2026-02-21T09:14:00Z"), body: most.to_owned(), stage: None, at: None }];
    let mut postmortem = update(Stage::Postmortem, "2026-03-02T16:53:00Z", "");
    postmortem.first_seen_at = at("2026-03-02T16:53:41Z");
    let incident = Incident {
        id: v7(at("2026-02-20T22:01:38Z"), &[b"kustomer", b"voice"]),
        vendor_id: "vx2p6h9m".to_owned(),
        title: "[Voice] [Trouble accepting Inbound Calls] [PROD 1]".to_owned(),
        url: Some("https://status.kustomer.example/incidents/vx2p6h9m".to_owned()),
        impact: Impact::Minor,
        stage: Stage::Postmortem,
        state: IncidentState::Closed,
        started_at: Some(at("2026-02-20T22:01:00Z")),
        resolved_at: Some(at("2026-02-21T00:01:00Z")),
        first_seen_at: at("2026-02-20T22:01:38Z"),
        imported: false,
        inferred: false,
        sample: false,
        components: vec![part("Kustomer Voice")],
        updates: vec![
            update(Stage::Monitoring, "2026-02-20T22:01:00Z", ""),
            update(Stage::Investigating, "2026-02-20T22:21:00Z", ""),
            update(Stage::Investigating, "2026-02-20T22:53:00Z", ""),
            update(Stage::Identified, "2026-02-20T23:08:00Z", ""),
            update(Stage::Monitoring, "2026-02-20T23:33:00Z", ""),
            resolved,
            postmortem,
        ],
        edits: vec![
            Edit { seen_at: at("2026-02-20T23:40:00Z"), was: Was::Impact(Impact::Major) },
            Edit { seen_at: at("2026-02-21T09:14:00Z"), was: Was::ResolvedAt(at("2026-02-20T23:33:00Z")) },
        ],
        left_out: 0,
        pushed_at: Some(at("2026-02-20T22:01:37Z")),
    };
    let texts = [
        "<p>Incoming voice calls were being lost before an agent could answer them. A change has been made, and we are watching the result.</p>",
        "<p>Agents may still be unable to accept incoming calls. We have resumed the search for the cause.</p>",
        "<p>The search continues. Outgoing calls are <strong>not</strong> affected.</p>",
        "<p>The cause is a recent change to the calling panel. It is being taken back.</p>",
        "<p>The change has been taken back. An agent who still cannot answer should reload the browser tab.</p>",
        "<p>Incoming calls are accepted again for all customers on PROD 1.</p>",
        "<h1>What happened</h1><p>A change that was meant to make the calling panel load faster altered the order in which a call is set up. Agents saw the call and could accept it, but no audio was connected.</p><h1>Timeline</h1><p>All times are Eastern.</p><ul><li>3:04 PM: the change goes live</li><li>4:38 PM: the first customer reports missed calls</li><li>5:01 PM: the status page is updated</li><li>6:24 PM: the change is taken back</li><li>8:47 PM: some agents still report trouble until they reload</li></ul><h1>What we will do</h1><ul><li>Test the set-up of a call, with audio, before each release of the panel</li><li>Alert on calls that are accepted but stay silent</li></ul>",
    ];
    let bodies: Vec<incident::Body> = texts.into_iter().map(|html| incident::Body { html: html.to_owned() }).collect();
    incident::Facts {
        chrome: chrome(),
        now: now(),
        provider: who("Kustomer"),
        incident,
        bodies,
        told: more::told(),
        wishes: Default::default(),
    }
}

pub fn open_incident() -> incident::Facts {
    let facts = dashboard(5);
    let mut incident = facts.open.into_iter().nth(1).map_or_else(|| kustomer_incident().incident, |open| open.incident);
    let mut first = update(Stage::Investigating, "2026-11-23T15:01:12Z", "Errors are being looked into.");
    first.first_seen_at = at("2026-11-23T15:31:40Z");
    incident.updates.insert(0, first);
    incident::Facts {
        chrome: chrome(),
        now: now(),
        provider: who("Northwind Cloud"),
        incident,
        bodies: Vec::new(),
        told: incident::Told::default(),
        wishes: Default::default(),
    }
}

pub fn component(name: &str, group: &[&str], health: Health) -> Component {
    Component {
        id: name.to_owned(),
        name: name.to_owned(),
        group: group.iter().map(|name| (*name).to_owned()).collect(),
        health,
        hidden_while_operational: false,
    }
}

fn tracks(healths: &[Health]) -> Vec<Vec<tocsin_domain::uptime::Day>> {
    (1..).zip(healths).map(|(seed, health)| more::days(seed, *health)).collect()
}

pub fn kustomer() -> provider::Facts {
    let board = dashboard(5);
    let ok = Health::Operational;
    provider::Facts {
        checks: Vec::new(),
        chrome: chrome(),
        now: now(),
        provider: who("Kustomer"),
        category: Some("customer-support".to_owned()),
        homepage: Some("https://www.kustomer.example".to_owned()),
        watched: true,
        subscribable: true,
        describable: false,
        health: Health::Degraded,
        last_known: None,
        reason: None,
        read_at: Some(now().plus(-12)),
        pages: vec![provider::StatusPage {
            url: "https://status.kustomer.example".to_owned(),
            platform: Some("statuspage".to_owned()),
            readable: true,
            gone: false,
            reason: None,
            read_at: Some(now().plus(-12)),
            evidence: vec![
                "`page.id` is a Statuspage id".to_owned(),
                "the address ends in /api/v2/summary.json".to_owned(),
            ],
            days: more::days(3, Health::Degraded),
        }],
        earlier: Some("/providers/kustomer?before=1.2#past".to_owned()),
        before: String::new(),
        days: tracks(&[ok, ok, Health::Degraded, ok, ok, ok, ok, ok, Health::Maintenance, ok]),
        components: vec![
            component("API", &["PROD 1"], ok),
            component("Web Client", &["PROD 1"], ok),
            component("Kustomer Voice", &["PROD 1"], Health::Degraded),
            component("Knowledge Base", &["PROD 1"], ok),
            component("Channel: Email", &["PROD 1"], ok),
            component("API", &["PROD 2"], ok),
            component("Web Client", &["PROD 2"], ok),
            component("Kustomer Voice", &["PROD 2"], ok),
            component("Search", &["PROD 2"], Health::Maintenance),
            component("Analytics", &[], ok),
            component("Mobile", &[], Health::Unknown),
        ],
        open: board.open.into_iter().take(1).collect(),
        past: vec![
            closed(
                "Kustomer",
                "[Workflows] [Delays when starting workflows] [PROD 1] [PROD 2]",
                Impact::Major,
                900_000,
                5_400,
            )
            .incident,
            closed("Kustomer", "Search returns old results", Impact::None, 3_000_000, 45).incident,
            kustomer_incident().incident,
        ],
        works: vec![work("Kustomer", "Database upgrade of PROD 2", 300_000, 7_200, &["Search"]).maintenance],
        wishes: Default::default(),
    }
}

pub fn large_provider() -> provider::Facts {
    let mut components = Vec::new();
    for region in ["us-east", "us-west", "eu-central", "ap-south", "sa-east"] {
        for (number, name) in [
            "Compute",
            "Object Storage",
            "Block Storage",
            "Queues",
            "Functions",
            "Registry",
            "Load Balancers",
            "Managed Databases with point-in-time recovery",
            "DNS",
            "Console",
        ]
        .iter()
        .enumerate()
        {
            let bad = region == "us-east" && number % 4 == 1;
            components.push(component(
                name,
                &["Regions", region],
                if bad { Health::MajorOutage } else { Health::Operational },
            ));
        }
    }
    provider::Facts {
        provider: who("Northwind Cloud"),
        category: Some("cloud".to_owned()),
        homepage: Some("https://northwind.example".to_owned()),
        health: Health::Unknown,
        last_known: Some(Health::MajorOutage),
        reason: Some("Its page has not answered within 20 s since 14:10 UTC.".to_owned()),
        read_at: Some(now().plus(-5_600)),
        pages: vec![
            provider::StatusPage {
                url: "https://status.northwind.example".to_owned(),
                platform: Some("incidentio".to_owned()),
                readable: false,
                gone: false,
                reason: Some("No answer within 20 s.".to_owned()),
                read_at: Some(now().plus(-5_600)),
                evidence: Vec::new(),
                days: more::days(1, Health::Operational),
            },
            provider::StatusPage {
                url: "https://status.northwind.example/feeds/a-rather-long-address-of-a-feed.atom".to_owned(),
                platform: None,
                readable: false,
                gone: false,
                reason: None,
                read_at: None,
                evidence: Vec::new(),
                days: Vec::new(),
            },
        ],
        days: tracks(&components.iter().map(|part| part.health).collect::<Vec<_>>()),
        components,
        earlier: None,
        open: dashboard(5).open.into_iter().skip(1).take(1).collect(),
        past: Vec::new(),
        works: Vec::new(),
        ..kustomer()
    }
}

pub fn unwatched() -> provider::Facts {
    provider::Facts {
        provider: who("Elm Payroll"),
        category: Some("hr".to_owned()),
        homepage: None,
        watched: false,
        subscribable: false,
        describable: false,
        health: Health::Unknown,
        read_at: None,
        pages: vec![provider::StatusPage {
            url: "https://elm-status.example".to_owned(),
            platform: None,
            readable: false,
            gone: false,
            reason: None,
            read_at: None,
            evidence: Vec::new(),
            days: Vec::new(),
        }],
        days: Vec::new(),
        earlier: None,
        components: Vec::new(),
        open: Vec::new(),
        past: Vec::new(),
        works: Vec::new(),
        ..kustomer()
    }
}

pub fn provider_list() -> providers::Facts {
    let healths = [None, Some(Health::Operational), None, Some(Health::Degraded), Some(Health::Unknown), None];
    let categories = ["cloud", "customer-support", "payments", "developer-tools"];
    let entry = |number: usize| providers::Entry {
        provider: who(&format!("{} {}", PLACES[number % PLACES.len()], TRADES[number / PLACES.len() % TRADES.len()])),
        category: Some(categories[number % categories.len()].to_owned()),
        health: healths[number % healths.len()],
        page: format!("https://status.{number}.example"),
        monitors: usize::from(healths[number % healths.len()].is_some()),
    };
    let mut entries: Vec<providers::Entry> = (0..providers::PER_PAGE).map(entry).collect();
    entries.sort_by_key(|entry| entry.health.is_none());
    providers::Facts {
        chrome: chrome(),
        now: now(),
        query: String::new(),
        category: String::new(),
        categories: categories.map(str::to_owned).to_vec(),
        only_watched: false,
        entries,
        total: 4_023,
        watched: 50,
        page: 1,
    }
}
