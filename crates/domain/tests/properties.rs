//! What holds whatever a page says, in whatever order, at whatever time.

mod world;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tocsin_domain::step::Decided;
use tocsin_domain::{Event, EventKind, Health, Reading, Subject};
use world::{Happening, World, happenings, reading, wild_happenings};

fn config() -> ProptestConfig {
    ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() }
}

fn is_about_listed(event: &Event, reading: &Reading) -> bool {
    match &event.subject {
        Subject::Incident(incident) => reading.incidents.iter().any(|one| one.id == incident.vendor_id),
        Subject::Component(_) | Subject::Page(_) => true,
        Subject::Maintenance(_) | Subject::Warning(_) | Subject::Channel(_) | Subject::Digest(_) | Subject::Test => {
            false
        }
    }
}

/// How often each incident or maintenance is spoken of.
fn counted(decided: &[Decided]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for one in decided {
        let subject = match &one.event.subject {
            Subject::Incident(incident) => format!("incident {}", incident.vendor_id),
            Subject::Maintenance(work) => format!("maintenance {}", work.vendor_id),
            Subject::Component(_)
            | Subject::Page(_)
            | Subject::Warning(_)
            | Subject::Channel(_)
            | Subject::Digest(_)
            | Subject::Test => continue,
        };
        *counts.entry(subject).or_default() += 1;
    }
    counts
}

proptest! {
    #![proptest_config(config())]

    /// A second look at the same page is no news about anything it lists, and soon no news at all.
    #[test]
    fn the_same_reading_again_says_nothing(past in happenings(), last in reading()) {
        let mut world = World::after(&past);
        world.happen(&Happening::Read(last.clone()));
        let again = world.happen(&Happening::Read(last.clone()));
        prop_assert!(again.iter().all(|one| !is_about_listed(&one.event, &last)), "{again:#?}");
        for _ in 0..3 {
            world.happen(&Happening::Read(last.clone()));
        }
        let at_last = world.happen(&Happening::Read(last));
        prop_assert!(at_last.is_empty(), "{at_last:#?}");
    }

    /// One reading yields at most one event for each incident and each maintenance.
    #[test]
    fn one_event_for_each_incident(past in happenings()) {
        let mut world = World::default();
        for happening in &past {
            let counts = counted(&world.happen(happening));
            prop_assert!(counts.values().all(|count| *count == 1), "{counts:?}");
        }
    }

    /// A channel is told each update of an incident once, and each event once.
    #[test]
    fn no_channel_is_told_twice(past in happenings()) {
        let mut world = World::default();
        let (mut updates, mut events) = (BTreeSet::new(), BTreeSet::new());
        for happening in &past {
            for Decided { event, verdicts } in world.happen(happening) {
                for channel in verdicts.iter().filter(|one| one.told).filter_map(|one| one.channel.clone()) {
                    prop_assert!(events.insert((channel.clone(), event.id)), "{channel} hears {event:?} twice");
                    for update in event.incident().into_iter().flat_map(|_| &event.updates) {
                        let told = (channel.clone(), event.incident().map(|one| one.id), update.id.clone());
                        prop_assert!(updates.insert(told), "{channel} hears update {} twice: {event:?}", update.id);
                    }
                }
            }
        }
    }

    /// Samples and imports are never told, and every verdict has its reason.
    #[test]
    fn what_must_never_be_told(past in happenings()) {
        let mut world = World::default();
        let mut told = BTreeSet::new();
        for happening in &past {
            for Decided { event, verdicts } in world.happen(happening) {
                // What was announced before the vendor called it a test is followed to its end.
                let sample = event.incident().is_some_and(|one| one.sample && !told.contains(&one.id));
                if verdicts.iter().any(|one| one.told) {
                    told.extend(event.incident().map(|one| one.id));
                }
                let hushed = event.kind == EventKind::IncidentImported || sample;
                prop_assert!(!hushed || verdicts.iter().all(|one| !one.told), "{event:?}");
                prop_assert!(verdicts.iter().all(|one| !one.reason.text.is_empty()));
                prop_assert_eq!(Some(&event.kind), event.changes.first());
            }
        }
    }

    /// The first good reading announces nothing.
    #[test]
    fn a_first_look_tells_nothing(first in reading()) {
        let told = World::default().happen(&Happening::Read(first));
        prop_assert!(told.iter().flat_map(|one| &one.verdicts).all(|one| !one.told), "{told:#?}");
    }

    /// A failure ends nothing, and makes no page look better than it did.
    #[test]
    fn a_failure_resolves_nothing(past in happenings(), failures in 1..5_usize) {
        let mut world = World::after(&past);
        let (open, health) = (world.open(), world.state.health);
        for _ in 0..failures {
            let told = world.happen(&Happening::Fail(7 * 60));
            let ended = [EventKind::IncidentResolved, EventKind::IncidentRemoved, EventKind::MaintenanceCancelled];
            prop_assert!(told.iter().all(|one| !ended.contains(&one.event.kind)), "{told:#?}");
        }
        prop_assert_eq!(world.open(), open);
        let allowed = [health, Health::Unknown];
        prop_assert!(allowed.contains(&world.state.health), "{:?} after {health:?}", world.state.health);
    }

    /// The order in which a page lists incidents and updates does not matter.
    #[test]
    fn order_does_not_matter(past in happenings(), last in reading(), turn in 0..7_usize) {
        let mut shuffled = last.clone();
        shuffled.incidents.reverse();
        shuffled.maintenances.reverse();
        for report in &mut shuffled.incidents {
            let length = report.updates.len().max(1);
            report.updates.rotate_left(turn % length);
        }
        let mut world = World::after(&past);
        let mut other = world.clone();
        // Ids follow from everything an event says.
        let told = |decided: &[Decided]| decided.iter().map(|one| (one.event.id, one.event.updates.clone())).collect::<BTreeMap<_, _>>();
        let straight = world.happen(&Happening::Read(last));
        let mixed = other.happen(&Happening::Read(shuffled.clone()));
        prop_assert_eq!(told(&straight), told(&mixed));
        prop_assert_eq!(&world.incidents, &other.incidents);
        let again = world.happen(&Happening::Read(shuffled.clone()));
        prop_assert!(again.iter().all(|one| !is_about_listed(&one.event, &shuffled)), "{again:#?}");
    }

    /// What we remember survives being stored. (The world compares it at every step.)
    #[test]
    fn the_state_survives_being_stored(past in happenings()) {
        let state = World::after(&past).state;
        let stored = serde_json::to_vec(&state).unwrap();
        prop_assert_eq!(serde_json::from_slice::<tocsin_domain::PageState>(&stored).unwrap(), state);
    }

    /// Time alone says nothing before the moment that was foretold, and something then.
    #[test]
    fn wake_at_is_right(past in happenings(), fraction in 0.0..1.0_f64) {
        let world = World::after(&past);
        let Some(wake_at) = world.wake_at else {
            let told = world.clone().happen(&Happening::Pass(400 * 24 * 3600));
            prop_assert!(told.is_empty(), "{told:#?}");
            return Ok(());
        };
        let wait = wake_at.since(world.now);
        if wait > 0 {
            let early = world.clone().happen(&Happening::Pass((wait as f64 * fraction) as i64));
            prop_assert!(early.is_empty() || (wait as f64 * fraction) as i64 == wait, "{early:#?}");
        }
        let due = world.clone().happen(&Happening::Pass(wait.max(0)));
        prop_assert!(!due.is_empty(), "nothing at {wake_at}: {:#?}", world.state);
    }

    /// Nothing that can happen makes us panic, whatever times, ids and texts a page invents.
    #[test]
    fn nothing_panics(past in wild_happenings()) {
        World::after(&past);
    }
}
