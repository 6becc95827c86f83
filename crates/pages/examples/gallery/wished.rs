//! Pages of a team that wishes something.

use tocsin_domain::Health;
use tocsin_pages::form::Wrong;
use tocsin_pages::wishes::{Instead, Matter, Muted, OfMonitor, OfOne, OfProvider, Taken, What};
use tocsin_pages::{Chrome, acknowledge, dashboard, incident, instead as form, mute as mutes, provider, silences};

use super::world;

fn chrome() -> Chrome {
    Chrome { signed_in: Some("Ada".to_owned()), ..world::chrome() }
}

fn muted(what: What, lasts_s: Option<i64>, why: &str) -> Muted {
    Muted {
        id: "0197aaaa-0000-7000-8000-000000000001".to_owned(),
        what,
        until: lasts_s.map(|seconds| world::now().plus(seconds)),
        by: "Ada".to_owned(),
        why: why.to_owned(),
    }
}

fn better(component: &str, health: Health, until_change: bool) -> Instead {
    Instead {
        component: component.to_owned(),
        name: component.to_owned(),
        health,
        said: Health::Degraded,
        until: None,
        until_change,
        at: world::now().plus(-4_000),
        by: "Ada".to_owned(),
        why: "their staging alone, says their support".to_owned(),
    }
}

fn taken() -> Taken {
    Taken { by: "Ada".to_owned(), at: world::now().plus(-1_900) }
}

fn one(title: &str) -> What {
    What::One { title: title.to_owned(), href: Some("/incidents/0197".to_owned()) }
}

pub fn dashboard() -> dashboard::Facts {
    let mut facts = world::dashboard(5);
    facts.chrome = chrome();
    facts.wished = (2, 1);
    for (place, open) in facts.open.iter_mut().enumerate().take(2) {
        open.wishes.taken = (place == 0).then(taken);
        open.wishes.muted = (place == 1).then(|| muted(What::Everything, Some(3_600), ""));
    }
    for (place, monitor) in facts.monitors.iter_mut().enumerate() {
        monitor.wishes = match place {
            0 => OfMonitor { muted: true, ..OfMonitor::default() },
            1 => OfMonitor { muted_in_part: true, ..OfMonitor::default() },
            2 => OfMonitor { instead: Some(("Ada".to_owned(), Health::Degraded)), ..OfMonitor::default() },
            _ => OfMonitor::default(),
        };
    }
    facts
}

pub fn provider() -> provider::Facts {
    let components = What::Components(vec!["Web Client".to_owned(), "Search".to_owned()]);
    let wishes = OfProvider {
        said: Some(Health::Degraded),
        muted: vec![
            muted(components, Some(8_000), "a deployment of ours upsets both"),
            muted(one("[Voice] [Trouble accepting Inbound Calls] [PROD 1]"), None, ""),
        ],
        instead: vec![better("", Health::Operational, true), better("Kustomer Voice", Health::Operational, false)],
    };
    provider::Facts { chrome: chrome(), health: Health::Operational, wishes, ..world::kustomer() }
}

pub fn incident() -> incident::Facts {
    let wishes = OfOne { taken: Some(taken()), muted: Some(muted(one("It"), Some(3_000), "we know")) };
    incident::Facts { chrome: chrome(), wishes, ..world::open_incident() }
}

pub fn to_do() -> incident::Facts {
    incident::Facts { chrome: chrome(), ..world::open_incident() }
}

pub fn list() -> silences::Facts {
    let (kustomer, cloud) = (world::who("Kustomer"), world::who("Northwind Cloud"));
    let long = "Connections to the databases of two regions are refused again and again while they move";
    let regions = (0..9).map(|n| format!("Region {n}")).collect();
    silences::Facts {
        chrome: chrome(),
        now: world::now(),
        muted: vec![
            (Some(kustomer.clone()), muted(What::Everything, Some(7_500), "we move house tonight")),
            (Some(cloud.clone()), muted(What::Components(regions), Some(90_000), "")),
            (Some(cloud.clone()), muted(one(long), None, "")),
            (None, muted(one("Calls are answerable but audio does not connect"), None, "")),
        ],
        taken: vec![(Matter::incident(&cloud, &world::open_incident().incident), taken())],
        instead: vec![
            (kustomer, better("", Health::Operational, true)),
            (cloud, better("Queues", Health::MajorOutage, false)),
        ],
        may_write: true,
    }
}

pub fn nothing() -> silences::Facts {
    silences::Facts { muted: Vec::new(), taken: Vec::new(), instead: Vec::new(), may_write: false, ..list() }
}

fn wrong(field: &str, text: &str) -> Vec<Wrong> {
    vec![Wrong { field: field.to_owned(), text: text.to_owned() }]
}

pub fn mute() -> mutes::Facts {
    mutes::Facts {
        chrome: chrome(),
        provider: world::who("Kustomer"),
        components: world::kustomer().components,
        typed: mutes::Typed { other: "soon".to_owned(), why: "we move".to_owned(), ..mutes::Typed::default() },
        wrong: wrong("for", "`soon` is not a duration; write it like \"30s\", \"5m\" or \"2h\"."),
    }
}

pub fn instead() -> form::Facts {
    form::Facts {
        chrome: chrome(),
        provider: world::who("Kustomer"),
        components: world::kustomer().components,
        said: Health::Degraded,
        typed: form::Typed::default(),
        wrong: Vec::new(),
    }
}

pub fn link(done: bool) -> acknowledge::Facts {
    let step = acknowledge::Step::About {
        what: Box::new(Matter::incident(&world::who("Northwind Cloud"), &world::open_incident().incident)),
        action: "/acknowledge/3f9c".to_owned(),
        by: "somebody who reads “support”".to_owned(),
        taken: done.then(|| Taken { by: "somebody who reads “support”".to_owned(), at: world::now() }),
        done,
    };
    acknowledge::Facts { chrome: world::chrome(), now: world::now(), step }
}
