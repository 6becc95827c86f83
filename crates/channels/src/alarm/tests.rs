use serde_json::Value;
use tocsin_domain::alert::Links;
use tocsin_domain::event::{Again, ComponentChange, PageNews};
use tocsin_domain::incident::Edit;
use tocsin_domain::{ComponentRef, Event, IncidentState, ProviderRef, Stage, ids};

use super::*;

fn component(id: &str) -> ComponentRef {
    ComponentRef { id: id.to_owned(), name: id.to_owned() }
}

fn incident(impact: Impact, open: bool, was: Option<Was>) -> Incident {
    let seen_at = Timestamp::from_second(60);
    Incident {
        id: uuid::Uuid::nil(),
        vendor_id: "v".to_owned(),
        title: "Calls fail".to_owned(),
        url: None,
        impact,
        stage: Stage::Investigating,
        state: if open { IncidentState::Open } else { IncidentState::Closed },
        started_at: None,
        resolved_at: None,
        first_seen_at: seen_at,
        imported: false,
        inferred: false,
        sample: false,
        components: vec![component("a"), component("b")],
        updates: Vec::new(),
        edits: was.into_iter().map(|was| Edit { seen_at, was }).collect(),
        left_out: 0,
        pushed_at: None,
    }
}

fn notice(changes: &[EventKind], subject: Subject) -> Notice {
    let at = Timestamp::from_second(120);
    Notice {
        id: ids::v7(at, &[b"x"]),
        sequence: 1,
        provider: ProviderRef { slug: "kustomer".to_owned(), name: "Kustomer".to_owned() },
        event: Event::new("page", "key", changes.to_vec(), at, subject),
        monitor_components: Vec::new(),
        reason: String::new(),
        links: Links::default(),
        time_zone: "UTC".to_owned(),
        thread: "t".to_owned(),
        first_of_thread: false,
    }
}

/// What changed, its impact now, whether it is open, what it was before; what becomes of the alarm.
type Row<'k> = (&'k [EventKind], Impact, bool, Option<Was>, Vec<Act>);

#[test]
fn what_an_incident_does_to_its_alarm() {
    use EventKind::*;
    let impact = |was| Some(Was::Impact(was));
    let parts = |ids: &[&str]| Some(Was::Components(ids.iter().map(|id| component(id)).collect()));
    let table: Vec<Row<'_>> = vec![
        (&[IncidentOpened], Impact::None, true, None, vec![Act::Raise]),
        (&[IncidentReopened, IncidentUpdated], Impact::Minor, true, None, vec![Act::Raise]),
        (&[IncidentUpdated], Impact::Minor, true, None, vec![Act::Update]),
        (&[IncidentUpdated, IncidentImpactChanged], Impact::Major, true, impact(Impact::Minor), vec![Act::Raise]),
        (&[IncidentImpactChanged], Impact::Minor, true, impact(Impact::Critical), vec![Act::Update]),
        (&[IncidentImpactChanged], Impact::Minor, true, None, vec![Act::Raise]),
        (&[IncidentScopeChanged], Impact::Minor, true, parts(&["a"]), vec![Act::Raise]),
        (&[IncidentScopeChanged], Impact::Minor, true, parts(&["a", "b", "c"]), vec![Act::Update]),
        (&[IncidentEdited], Impact::Minor, true, None, vec![]),
        (&[IncidentPostmortem], Impact::Minor, false, None, vec![]),
        (&[IncidentUpdated], Impact::Minor, false, None, vec![]),
        (&[IncidentResolved, IncidentUpdated], Impact::Minor, false, None, vec![Act::End]),
        (&[IncidentRemoved], Impact::Minor, false, None, vec![Act::End]),
    ];
    for (changes, impact, open, was, wanted) in table {
        let notice = notice(changes, Subject::Incident(incident(impact, open, was.clone())));
        assert_eq!(acts(&notice), wanted, "{changes:?} {impact:?} {was:?}");
    }
}

#[test]
fn what_came_and_went_unseen_wakes_nobody() {
    let kinds = [EventKind::IncidentResolved, EventKind::IncidentOpened];
    let mut notice = notice(&kinds, Subject::Incident(incident(Impact::Critical, false, None)));
    assert_eq!(acts(&notice), [Act::End]);
    notice.event.also_opened = true;
    assert_eq!(acts(&notice), []);
}

#[test]
fn what_is_said_again_wakes_again_while_it_is_open() {
    let mut notice = notice(&[EventKind::IncidentUpdated], Subject::Incident(incident(Impact::Minor, true, None)));
    notice.event.again = Some(Again::Repeat(1));
    assert_eq!(acts(&notice), [Act::Raise]);
    notice.event.again = Some(Again::PromiseBroken(Timestamp::from_second(100)));
    assert_eq!(acts(&notice), [Act::Update], "a word that did not come wakes nobody");
}

#[test]
fn parts_and_pages() {
    let part = |after| {
        let change =
            ComponentChange { component: component("a"), group: Vec::new(), before: Health::Operational, after };
        acts(&notice(&[EventKind::ComponentChanged], Subject::Component(change)))
    };
    assert_eq!(part(Health::Degraded), [Act::Raise]);
    assert_eq!(part(Health::Operational), [Act::End]);
    assert_eq!(part(Health::Maintenance), [Act::End]);
    assert_eq!(part(Health::Unknown), [], "not knowing is neither");
    let page = |kind| {
        let news = PageNews { url: String::new(), reason: String::new(), since: None, last_known: None };
        acts(&notice(&[kind], Subject::Page(news)))
    };
    assert_eq!(page(EventKind::PageUnreadable), [Act::Raise]);
    assert_eq!(page(EventKind::PageReadable), [Act::End]);
    assert_eq!(page(EventKind::PageMoved), []);
}

#[test]
fn a_test_ends_as_it_began() {
    let notice = notice(&[EventKind::TestPing], Subject::Test);
    let made = messages(&notice, |alarm| Some(crate::json_body(&Value::from(format!("{:?}", alarm.act)))));
    let made: Vec<(Part, String)> =
        made.into_iter().map(|one| (one.part, String::from_utf8(one.body).unwrap())).collect();
    assert_eq!(made, [(Part::Root, "\"Raise\"".to_owned()), (Part::Reply, "\"End\"".to_owned())]);
}
