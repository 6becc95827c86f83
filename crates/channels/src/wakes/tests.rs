use tocsin_domain::event::ComponentChange;
use tocsin_domain::incident::Edit;
use tocsin_domain::{Again, ComponentRef, Event, IncidentState, ProviderRef, Stage, Timestamp};
use uuid::Uuid;

use super::*;

fn incident(impact: Impact, before: Option<Impact>) -> Incident {
    let at = Timestamp::from_second(1_771_624_800);
    Incident {
        id: Uuid::nil(),
        vendor_id: "x".into(),
        title: "Down".into(),
        url: None,
        impact,
        stage: Stage::Investigating,
        state: IncidentState::Open,
        started_at: Some(at),
        resolved_at: None,
        first_seen_at: at,
        imported: false,
        inferred: false,
        sample: false,
        components: Vec::new(),
        updates: Vec::new(),
        edits: before.map(|was| Edit { seen_at: at, was: Was::Impact(was) }).into_iter().collect(),
        left_out: 0,
        pushed_at: None,
    }
}

fn woken(changes: &[EventKind], subject: Subject, dress: impl Fn(&mut Event)) -> Option<Wake> {
    let mut event = Event::new("page", "key", changes.to_vec(), Timestamp::from_second(1_771_624_800), subject);
    dress(&mut event);
    wakes(&Notice {
        id: Uuid::nil(),
        sequence: 1,
        provider: ProviderRef { slug: "p".into(), name: "P".into() },
        event,
        monitor_components: Vec::new(),
        reason: String::new(),
        links: tocsin_domain::alert::Links { incident: String::new(), vendor: None, acknowledge: None },
        time_zone: "UTC".into(),
        thread: String::new(),
        first_of_thread: false,
    })
}

#[test]
fn a_table_of_incidents() {
    use EventKind::{
        IncidentEdited, IncidentImpactChanged, IncidentOpened, IncidentPostmortem, IncidentRemoved, IncidentReopened,
        IncidentResolved, IncidentScopeChanged, IncidentUpdated,
    };
    let open = |impact, before| Subject::Incident(incident(impact, before));
    let closed = || {
        let mut over = incident(Impact::Major, None);
        over.state = IncidentState::Closed;
        Subject::Incident(over)
    };
    let table: [(&[EventKind], Subject, Option<Wake>); 13] = [
        (&[IncidentOpened], open(Impact::None, None), Some(Wake::Raise)),
        (&[IncidentReopened, IncidentUpdated], open(Impact::Minor, None), Some(Wake::Raise)),
        (&[IncidentUpdated], open(Impact::Critical, None), None),
        (&[IncidentScopeChanged], open(Impact::Critical, None), None),
        (&[IncidentEdited], open(Impact::Critical, None), None),
        (&[IncidentImpactChanged], open(Impact::Critical, Some(Impact::Minor)), Some(Wake::Worse)),
        (&[IncidentUpdated, IncidentImpactChanged], open(Impact::Major, Some(Impact::Minor)), Some(Wake::Worse)),
        (&[IncidentImpactChanged], open(Impact::Minor, Some(Impact::Critical)), None),
        (&[IncidentImpactChanged], open(Impact::Critical, None), Some(Wake::Worse)),
        (&[IncidentImpactChanged], open(Impact::Minor, None), None),
        (&[IncidentResolved, IncidentUpdated], closed(), Some(Wake::End)),
        (&[IncidentRemoved], closed(), Some(Wake::End)),
        (&[IncidentPostmortem], closed(), None),
    ];
    for (changes, subject, wake) in table {
        assert_eq!(woken(changes, subject.clone(), |_| {}), wake, "{changes:?} {subject:?}");
    }
    let both = woken(&[IncidentResolved], closed(), |event| event.also_opened = true);
    assert_eq!(both, None, "what is over before it was seen never rang");
    for again in [Again::Repeat(1), Again::Escalated("First line".into()), Again::AfterMute] {
        let wake = woken(&[IncidentUpdated], open(Impact::Minor, None), |event| event.again = Some(again.clone()));
        assert_eq!(wake, Some(Wake::Raise), "{again:?}");
    }
}

#[test]
fn a_broken_promise_lets_them_sleep() {
    let open = Subject::Incident(incident(Impact::Critical, None));
    let late = Again::PromiseBroken(Timestamp::from_second(1_771_624_800));
    assert_eq!(woken(&[EventKind::IncidentUpdated], open, |event| event.again = Some(late.clone())), None);
}

#[test]
fn a_table_of_components_and_the_rest() {
    use Health::{Degraded, Maintenance, MajorOutage, Operational, PartialOutage, Unknown};
    let table = [
        (Operational, MajorOutage, Some(Wake::Raise)),
        (Unknown, Degraded, Some(Wake::Raise)),
        (Degraded, PartialOutage, Some(Wake::Worse)),
        (MajorOutage, Degraded, None),
        (MajorOutage, Operational, Some(Wake::End)),
        (Operational, Maintenance, None),
        (Degraded, Unknown, None),
    ];
    for (before, after, wake) in table {
        let component = ComponentRef { id: "c".into(), name: "C".into() };
        let change = Subject::Component(ComponentChange { component, group: Vec::new(), before, after });
        assert_eq!(woken(&[EventKind::ComponentChanged], change, |_| {}), wake, "{before:?} to {after:?}");
    }
    assert_eq!(woken(&[EventKind::TestPing], Subject::Test, |_| {}), Some(Wake::Test));
}
