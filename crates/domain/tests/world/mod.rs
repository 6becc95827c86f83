//! Pages that say anything, and a world in which anything happens to them.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use tocsin_domain::alert::{Audience, EventPattern, Interest, Member, Rule};
use tocsin_domain::compare::recall;
use tocsin_domain::maintenance::Work;
use tocsin_domain::step::Decided;
use tocsin_domain::{
    Component, ComponentRef, Covers, EventKind, Health, Impact, Incident, Input, MaintenanceStage, PageState, Reading,
    Report, Stage, Timestamp, Update, step,
};

/// 2026-05-04T00:00:00Z.
const START_S: i64 = 1_777_852_800;

/// Seconds pass, then something happens. Times of readings are in minutes since the start.
#[derive(Clone, Debug)]
pub enum Happening {
    Read(Reading),
    After(i64, Reading),
    Same(i64),
    Fail(i64),
    Pass(i64),
}

#[derive(Clone)]
pub struct World {
    pub state: PageState,
    pub incidents: BTreeMap<String, Incident>,
    pub wake_at: Option<Timestamp>,
    pub now: Timestamp,
    pub audience: Audience,
}

impl Default for World {
    fn default() -> Self {
        Self {
            state: PageState::new("page", "https://status.example.com"),
            incidents: BTreeMap::new(),
            wake_at: None,
            now: Timestamp::from_second(START_S),
            audience: audience(),
        }
    }
}

impl World {
    pub fn after(past: &[Happening]) -> Self {
        let mut world = Self::default();
        for happening in past {
            world.happen(happening);
        }
        world
    }

    pub fn open(&self) -> Vec<String> {
        self.state.incidents.iter().filter(|(_, trace)| trace.open).map(|(id, _)| id.clone()).collect()
    }

    pub fn happen(&mut self, happening: &Happening) -> Vec<Decided> {
        let (seconds, input) = match happening {
            Happening::Read(reading) => (0, Input::Reading(reading)),
            Happening::After(seconds, reading) => (*seconds, Input::Reading(reading)),
            Happening::Same(seconds) => (*seconds, Input::Unchanged),
            Happening::Fail(seconds) => (*seconds, Input::Unreadable("HTTP 503.")),
            Happening::Pass(seconds) => (*seconds, Input::Tick),
        };
        self.now = self.now.plus(seconds);
        let reading = if let Input::Reading(reading) = input { Some(reading) } else { None };
        let wanted = recall(&self.state, reading, self.now);
        let recalled = wanted.iter().filter_map(|id| Some((id.clone(), self.incidents.get(id)?.clone()))).collect();
        let next = step(self.state.clone(), &recalled, input, &self.audience, self.now);
        self.incidents.extend(next.incidents.into_iter().map(|one| (one.vendor_id.clone(), one)));
        self.state = next.state;
        self.wake_at = next.wake_at;
        next.decided
    }
}

fn audience() -> Audience {
    let member = |group: &str, follows: &[&str], rule: Rule, channels: &[&str]| Member {
        monitor: format!("monitor of {group}: {follows:?}"),
        interest: Interest(follows.iter().map(|one| (*one).to_owned()).collect()),
        group: group.to_owned(),
        group_name: group.to_owned(),
        rule,
        channels: channels.iter().map(|one| (*one).to_owned()).collect(),
        ..Member::default()
    };
    let patient = Rule { dwell_s: 600, ..Rule::default() };
    let brief = [EventKind::IncidentOpened, EventKind::IncidentResolved].map(EventPattern::One).to_vec();
    let majors = Rule { events: Some(brief), min_impact: Impact::Major, dwell_s: 300, ..Rule::default() };
    let all = Rule { events: Some(vec![EventPattern::All]), ..Rule::default() };
    Audience {
        members: vec![
            member("ops", &[], Rule::default(), &["chat"]),
            member("patient", &[], patient.clone(), &["chat", "mail"]),
            member("patient", &["C1"], patient, &["chat", "mail"]),
            member("majors", &["c0", "group*"], majors, &["mail", "pager"]),
            member("log", &[], all, &["log"]),
            member("mute", &[], Rule::default(), &[]),
        ],
        ..Audience::default()
    }
}

/// A plausible day of up to fourteen happenings.
pub fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let later = prop_oneof![4 => 0..2_400_i64, 1 => -4_000..0_i64, 1 => 0..200_000_i64];
    let happening = prop_oneof![
        6 => (later.clone(), reading()).prop_map(|(seconds, reading)| Happening::After(seconds, reading)),
        1 => later.clone().prop_map(Happening::Same),
        2 => later.clone().prop_map(Happening::Fail),
        2 => later.prop_map(Happening::Pass),
    ];
    vec(happening, 0..14)
}

/// The same with times from anywhere and readings that no sane page gives.
pub fn wild_happenings() -> impl Strategy<Value = Vec<Happening>> {
    let wild =
        (reading(), any::<[i64; 3]>(), "[~#a-c]{0,2}", any::<bool>()).prop_map(|(mut reading, times, id, twice)| {
            for report in &mut reading.incidents {
                report.resolved_at = report.resolved_at.map(|_| Timestamp::from_second(times[0]));
                for update in &mut report.updates {
                    update.at = update.at.map(|at| at.plus(times[1]));
                    update.id.clone_from(&id);
                }
            }
            for work in &mut reading.maintenances {
                work.starts_at = work.starts_at.map(|at| at.plus(times[2]));
                work.ends_at = Some(Timestamp::from_second(times[0]));
            }
            if twice {
                reading.incidents.extend(reading.incidents.clone());
                let twice = reading.components.clone();
                reading.components.extend(twice);
                reading.maintenances.extend(reading.maintenances.clone());
            }
            reading
        });
    let happening = prop_oneof![
        4 => (any::<i64>(), wild).prop_map(|(seconds, reading)| Happening::After(seconds, reading)),
        1 => any::<i64>().prop_map(Happening::Same),
        1 => any::<i64>().prop_map(Happening::Fail),
        1 => any::<i64>().prop_map(Happening::Pass),
    ];
    vec(happening, 0..10)
}

pub fn reading() -> impl Strategy<Value = Reading> {
    let components = vec(select(&Health::ALL[..]), 3);
    let incidents =
        subsequence(vec![0_usize, 1, 2], 0..=3).prop_flat_map(|ids| ids.into_iter().map(report).collect::<Vec<_>>());
    let works = subsequence(vec![0_usize, 1], 0..=2).prop_flat_map(|ids| ids.into_iter().map(work).collect::<Vec<_>>());
    let covers = (prop::bool::weighted(0.8), prop::option::of(minute()));
    (components, incidents, works, covers).prop_map(|(healths, incidents, maintenances, (open, history_since))| {
        let reading = Reading {
            platform: Some("statuspage".to_owned()),
            components: healths.into_iter().enumerate().map(|(place, health)| component(place, health)).collect(),
            incidents,
            maintenances,
            covers: Covers { open, history_since },
            ..Reading::default()
        };
        reading.settled(None)
    })
}

fn component(place: usize, health: Health) -> Component {
    let group = if place == 2 { vec!["Group of one".to_owned()] } else { Vec::new() };
    Component {
        id: format!("c{place}"),
        name: format!("Component {place}"),
        group,
        health,
        hidden_while_operational: false,
    }
}

fn minute() -> impl Strategy<Value = Timestamp> {
    (-300..900_i64).prop_map(|minute| Timestamp::from_second(START_S + minute * 60))
}

fn refs() -> impl Strategy<Value = Vec<ComponentRef>> {
    subsequence(vec![0_usize, 1, 2], 0..=3).prop_map(|places| {
        let named = |place| ComponentRef { id: format!("c{place}"), name: format!("Component {place}") };
        places.into_iter().map(named).collect()
    })
}

fn report(place: usize) -> impl Strategy<Value = Report> {
    // Updates of one incident are made at different seconds, and no two share a text.
    let update = move |number: usize| {
        (select(&Stage::ALL[..]), minute(), 0..3_u8).prop_map(move |(stage, at, version)| Update {
            id: format!("u{number}"),
            stage: Some(stage),
            at: Some(at.plus(number as i64)),
            body: format!("Text {number} of {place}, version {version}."),
        })
    };
    let updates = subsequence(vec![0_usize, 1, 2, 3], 0..=4)
        .prop_flat_map(move |numbers| numbers.into_iter().map(update).collect::<Vec<_>>());
    let impact = prop::option::of(select(&Impact::ALL[..]));
    let stage = prop::option::weighted(0.9, select(&Stage::ALL[..]));
    let title =
        if place == 2 { select(&["This is an example incident", "A real one"][..]) } else { select(&["Trouble"][..]) };
    (title, impact, stage, prop::option::of(minute()), prop::option::of(minute()), refs(), updates).prop_map(
        move |(title, impact, stage, started_at, resolved_at, components, updates)| Report {
            id: format!("i{place}"),
            title: title.to_owned(),
            url: None,
            impact,
            stage,
            started_at,
            resolved_at,
            components,
            updates,
        },
    )
}

fn work(place: usize) -> impl Strategy<Value = Work> {
    let stage = prop::option::weighted(0.8, select(&MaintenanceStage::ALL[..]));
    (stage, prop::option::of(minute()), prop::option::of(minute()), refs()).prop_map(
        move |(stage, starts_at, ends_at, components)| Work {
            id: format!("m{place}"),
            title: format!("Work {place}"),
            url: None,
            stage,
            starts_at,
            ends_at,
            components,
            updates: Vec::new(),
        },
    )
}
