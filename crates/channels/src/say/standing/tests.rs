use tocsin_domain::event::{Again, PageNews};
use tocsin_domain::incident::Edit;
use tocsin_domain::{ComponentRef, IncidentState, Stage, Timestamp};

use super::*;

fn page(kind: EventKind) -> Event {
    let news = PageNews { url: String::new(), reason: String::new(), since: None, last_known: None };
    Event::new("page", "key", vec![kind], Timestamp::from_second(0), Subject::Page(news))
}

fn incident(changes: &[EventKind], impact: Impact, components: &[&str], was: Option<Was>) -> Event {
    let component = |id: &&str| ComponentRef { id: (*id).to_owned(), name: (*id).to_owned() };
    let incident = Incident {
        id: uuid::Uuid::nil(),
        vendor_id: String::new(),
        title: String::new(),
        url: None,
        impact,
        stage: Stage::Investigating,
        state: IncidentState::Open,
        started_at: None,
        resolved_at: None,
        first_seen_at: Timestamp::from_second(0),
        imported: false,
        inferred: false,
        sample: false,
        components: components.iter().map(component).collect(),
        updates: Vec::new(),
        edits: was.into_iter().map(|was| Edit { seen_at: Timestamp::from_second(0), was }).collect(),
        left_out: 0,
        pushed_at: None,
    };
    Event::new("page", "key", changes.to_vec(), Timestamp::from_second(0), Subject::Incident(incident))
}

#[test]
fn what_begins_or_ends_rings() {
    for kind in [EventKind::PageUnreadable, EventKind::PageReadable, EventKind::TestPing, EventKind::DigestReady] {
        assert!(rings(&page(kind)), "{kind}");
    }
    for kind in [
        EventKind::IncidentOpened,
        EventKind::IncidentReopened,
        EventKind::IncidentResolved,
        EventKind::IncidentRemoved,
        EventKind::IncidentPostmortem,
    ] {
        assert!(rings(&incident(&[kind], Impact::Minor, &[], None)), "{kind}");
    }
}

#[test]
fn word_in_between_rings_where_it_is_worse() {
    use EventKind::{IncidentEdited, IncidentImpactChanged, IncidentScopeChanged, IncidentUpdated};
    let was = |names: &[&str]| {
        let named = names.iter().map(|id| ComponentRef { id: (*id).to_owned(), name: (*id).to_owned() });
        Some(Was::Components(named.collect()))
    };
    let table = [
        (vec![IncidentUpdated], Impact::Critical, &["a"][..], None, false),
        (vec![IncidentEdited], Impact::Critical, &["a"], None, false),
        (vec![IncidentUpdated, IncidentImpactChanged], Impact::Major, &[], Some(Was::Impact(Impact::Minor)), true),
        (vec![IncidentUpdated, IncidentImpactChanged], Impact::Minor, &[], Some(Was::Impact(Impact::Major)), false),
        (vec![IncidentImpactChanged], Impact::Minor, &[], None, true),
        (vec![IncidentImpactChanged], Impact::None, &[], None, false),
        (vec![IncidentScopeChanged], Impact::Minor, &["a", "b"], was(&["a"]), true),
        (vec![IncidentScopeChanged], Impact::Minor, &["a"], was(&["a", "b"]), false),
        (vec![IncidentScopeChanged], Impact::Minor, &["a"], None, true),
    ];
    for (changes, impact, components, was, expected) in table {
        let event = incident(&changes, impact, components, was);
        assert_eq!(rings(&event), expected, "{changes:?} {impact:?} {components:?}");
    }
}

#[test]
fn what_is_said_once_more_rings() {
    let mut reminder = incident(&[EventKind::IncidentUpdated], Impact::Minor, &[], None);
    reminder.again = Some(Again::Repeat(1));
    assert!(rings(&reminder));
}
