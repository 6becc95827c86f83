//! Histories, a calendar, deliveries and decisions for the gallery.

use tocsin_domain::uptime::{Day, HealthChange, Span, days as track, grid};
use tocsin_domain::{Health, MaintenanceStage, Timestamp};
use tocsin_pages::deliveries::{Asked, Attempt, Delivery, State};
use tocsin_pages::facts::PlannedWork;
use tocsin_pages::{About, Chrome, calendar, decisions, deliveries, incident};

use crate::world;

const DAY_S: i64 = 24 * 3600;

/// Ninety days of something that is `health` now: looked at since 61 days, with one gap and a few troubles that hang
/// on `seed`.
pub fn days(seed: i64, health: Health) -> Vec<Day> {
    let now = world::now();
    let before = |days: i64, hours: i64| now.plus(-days * DAY_S - hours * 3600);
    let seen = [Span { from: before(61, 5), to: before(23, 2) }, Span { from: before(21, 7), to: now }];
    let mut changes = Vec::new();
    let mut trouble = |at: Timestamp, long: i64, health: Health| {
        let change = |at, before, after| HealthChange { component: String::new(), at, before, after };
        changes.push(change(at, Some(Health::Operational), Some(health)));
        changes.push(change(at.plus(long), Some(health), Some(Health::Operational)));
    };
    if seed % 3 == 0 {
        trouble(before(48 - seed % 7, 4), 2_520, Health::Degraded);
        trouble(before(33, 9), 9_000, Health::Maintenance);
    }
    if seed % 4 == 1 {
        trouble(before(17, seed % 20), 13_000, Health::PartialOutage);
    }
    if seed % 5 == 0 {
        trouble(before(6, 3), 1_400, Health::MajorOutage);
    }
    if health > Health::Unknown {
        trouble(now.plus(-5_520), 9_000, health);
    }
    changes.sort_by_key(|change| change.at);
    let current = if health > Health::Unknown { Health::Operational } else { health };
    track(&grid("UTC", now, 90), &seen, &changes, Some(current))
}

pub fn calendar() -> calendar::Facts {
    let mut works = world::dashboard(5).works;
    let more = [
        ("Harbour Registry", "Garbage collection of old layers", -700_000, 3_600, MaintenanceStage::Completed),
        ("Foxglove Search", "[EU] Reindexing", 90_000, 260_000, MaintenanceStage::Scheduled),
        ("Juniper CDN", "New certificates at the edge", 38_000, 5_400, MaintenanceStage::Scheduled),
        ("Elm Payroll", "Year-end update", 37_900, 12_000, MaintenanceStage::Cancelled),
        (
            "Saltmarsh Chat",
            "Move of the media servers to another data centre",
            39_500,
            14_400,
            MaintenanceStage::Scheduled,
        ),
    ];
    works.extend(more.into_iter().map(|(name, title, start, long, stage)| {
        let PlannedWork { provider, mut maintenance } = world::work(name, title, start, long, &["API"]);
        maintenance.stage = stage;
        PlannedWork { provider, maintenance }
    }));
    calendar::Facts {
        chrome: Chrome { time_zone: "Europe/Berlin".to_owned(), ..world::chrome() },
        now: world::now(),
        month: calendar::month("2026-11").unwrap_or_default(),
        provider: None,
        works,
    }
}

pub fn no_work() -> calendar::Facts {
    calendar::Facts { works: Vec::new(), provider: Some(world::who("Kustomer")), ..calendar() }
}

fn attempt(seconds_ago: i64, outcome: &str, status: Option<i64>, answer: &str) -> Attempt {
    Attempt {
        at: world::now().plus(-seconds_ago),
        outcome: outcome.to_owned(),
        status,
        latency_ms: 87 + seconds_ago % 900,
        answer: answer.to_owned(),
    }
}

fn delivery(number: i64, state: State, channel: (&str, &str, &str), attempts: Vec<Attempt>) -> Delivery {
    let provider = world::who("Kustomer");
    Delivery {
        id: format!("0197{number:04}-0000-7000-8000-000000000000"),
        event: ["incident.opened", "incident.updated", "incident.resolved"][number as usize % 3].to_owned(),
        about: Some(About::incident(&provider, "0197", "[Voice] [Trouble accepting Inbound Calls] [PROD 1]")),
        channel: channel.0.to_owned(),
        kind: channel.1.to_owned(),
        recipient: channel.2.to_owned(),
        reason: "The group support-desk watches Kustomer Voice and hears of new incidents.".to_owned(),
        state,
        why: match state {
            State::Dead => Some("It could not be delivered within 4 days: it is news no more.".to_owned()),
            State::Suppressed => Some("The recipient does not want to hear from this channel.".to_owned()),
            _ => None,
        },
        created_at: world::now().plus(-600 * (number + 1)),
        next_at: (state == State::Due).then(|| world::now().plus(240)),
        attempts,
    }
}

pub fn deliveries() -> deliveries::Facts {
    let busy = "{\"error\":\"channel_is_archived\",\"detail\":\"This channel was archived by an administrator.\"}";
    let list = vec![
        delivery(0, State::Due, ("pager", "webhook", ""), vec![attempt(60, "retry", Some(503), "upstream busy")]),
        delivery(1, State::Sent, ("support", "slack", ""), vec![attempt(1_100, "delivered", Some(200), "ok")]),
        delivery(2, State::Failed, ("old-room", "slack", ""), vec![attempt(1_700, "refused", Some(404), busy)]),
        delivery(
            3,
            State::Sent,
            ("mail", "email", "oncall@harbour.example"),
            vec![attempt(2_300, "delivered", Some(250), "2.0.0 queued as 4F1C2")],
        ),
        delivery(
            4,
            State::Dead,
            ("hook", "webhook", ""),
            (0..3).map(|n| attempt(2_900 - n * 300, "retry", None, "The connection was refused.")).collect(),
        ),
        delivery(5, State::Suppressed, ("mail", "email", "night@harbour.example"), Vec::new()),
    ];
    deliveries::Facts {
        chrome: world::chrome(),
        now: world::now(),
        asked: Asked::default(),
        deliveries: list,
        next: Some("1.2".to_owned()),
        may_write: true,
    }
}

pub fn nothing_sent() -> deliveries::Facts {
    deliveries::Facts { deliveries: Vec::new(), next: None, ..deliveries() }
}

pub fn told() -> incident::Told {
    let mut sent = deliveries().deliveries;
    sent.reverse();
    incident::Told { deliveries: sent, more: true, silence: String::new() }
}

pub fn decisions() -> decisions::Facts {
    let provider = world::who("Kustomer");
    let one = |sequence: i64, change: &str, told: bool, group: &str, reason: &str| decisions::Decision {
        sequence,
        change: change.to_owned(),
        about: Some(About::incident(&provider, "0197", "[Voice] [Trouble accepting Inbound Calls] [PROD 1]")),
        at: world::now().plus(-3_000 + sequence * 60),
        group: group.to_owned(),
        channel: Some("hook".to_owned()),
        told,
        reason: reason.to_owned(),
        instead: Default::default(),
    };
    decisions::Facts {
        chrome: world::chrome(),
        now: world::now(),
        incident: None,
        taken: None,
        only: None,
        decisions: vec![
            one(9, "incident.edited", false, "support-desk", "The group does not hear of edits of old texts."),
            one(
                8,
                "incident.opened",
                true,
                "support-desk",
                "The group watches Kustomer Voice and hears of new incidents.",
            ),
            one(
                8,
                "incident.opened",
                false,
                "managers",
                "The impact is minor, and the group hears of major and worse.",
            ),
        ],
        next: None,
        leafed: false,
    }
}
