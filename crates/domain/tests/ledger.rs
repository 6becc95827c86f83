//! The edit ledger: what a page took back, rewrote or dated back is kept with the moment at which we saw it.

use tocsin_domain::alert::Audience;
use tocsin_domain::compare::{Recalled, recall};
use tocsin_domain::{
    ComponentRef, EventKind, Impact, Incident, Input, PageState, Reading, Report, Stage, Timestamp, Update, Was, step,
};

fn at(clock: &str) -> Timestamp {
    format!("2026-05-04T{clock}:00Z").parse().unwrap()
}

fn update(id: &str, clock: &str, stage: Stage, body: &str) -> Update {
    Update { id: id.to_owned(), stage: Some(stage), at: Some(at(clock)), body: body.to_owned() }
}

fn report(updates: Vec<Update>) -> Report {
    Report {
        id: "i".to_owned(),
        title: "Boats are late".to_owned(),
        url: None,
        impact: Some(Impact::Minor),
        stage: updates.last().and_then(|last| last.stage),
        started_at: Some(at("12:00")),
        resolved_at: None,
        components: vec![ComponentRef { id: "q".to_owned(), name: "Quay".to_owned() }],
        updates,
    }
}

/// A page and what we remember of its one incident.
struct Watched {
    state: PageState,
    known: Recalled,
}

impl Watched {
    fn first(report: Report, clock: &str) -> Self {
        let mut watched = Self { state: PageState::new("page", "https://status.example.com"), known: Recalled::new() };
        watched.read(report, clock);
        watched
    }

    /// Reads the page; answers the kinds of what follows.
    fn read(&mut self, report: Report, clock: &str) -> Vec<EventKind> {
        self.read_at(report, at(clock))
    }

    fn read_at(&mut self, report: Report, now: Timestamp) -> Vec<EventKind> {
        let reading =
            Reading { platform: Some("statuspage".to_owned()), incidents: vec![report], ..Reading::default() };
        let wanted = recall(&self.state, Some(&reading), now);
        let recalled = wanted.iter().filter_map(|id| Some((id.clone(), self.known.get(id)?.clone()))).collect();
        let state = std::mem::take(&mut self.state);
        let next = step(state, &recalled, Input::Reading(&reading), &Audience::default(), now);
        self.known.extend(next.incidents.into_iter().map(|one| (one.vendor_id.clone(), one)));
        self.state = next.state;
        next.decided.into_iter().flat_map(|one| one.event.changes).collect()
    }

    fn incident(&self) -> &Incident {
        &self.known["i"]
    }
}

fn began() -> Update {
    update("1", "12:00", Stage::Investigating, "We look into it.")
}

#[test]
fn what_an_incident_said_before_is_kept_with_the_moment_it_changed() {
    let mut watched = Watched::first(report(vec![began()]), "12:01");
    let worse = Report {
        title: "Boats do not arrive".to_owned(),
        impact: Some(Impact::Major),
        started_at: Some(at("11:30")),
        components: vec![ComponentRef { id: "t".to_owned(), name: "Tower".to_owned() }],
        ..report(vec![began()])
    };
    let kinds = watched.read(worse, "12:10");
    assert_eq!(kinds, [EventKind::IncidentImpactChanged, EventKind::IncidentScopeChanged, EventKind::IncidentEdited]);
    let edits = &watched.incident().edits;
    assert!(edits.iter().all(|edit| edit.seen_at == at("12:10")));
    let was: Vec<&Was> = edits.iter().map(|edit| &edit.was).collect();
    let quay = ComponentRef { id: "q".to_owned(), name: "Quay".to_owned() };
    let expected = [
        Was::Title("Boats are late".to_owned()),
        Was::Impact(Impact::Minor),
        Was::StartedAt(at("12:00")),
        Was::Components(vec![quay]),
    ];
    assert_eq!(was, expected.iter().collect::<Vec<_>>());
}

#[test]
fn an_end_that_is_moved_is_an_edit_and_an_end_is_not() {
    let ended = |clock: &str| Report {
        stage: Some(Stage::Resolved),
        resolved_at: Some(at(clock)),
        ..report(vec![began(), update("2", "13:00", Stage::Resolved, "Over.")])
    };
    let mut watched = Watched::first(report(vec![began()]), "12:01");
    watched.read(ended("13:00"), "13:01");
    assert_eq!(watched.incident().edits, []);
    watched.read(ended("12:20"), "14:00");
    let [edit] = &watched.incident().edits[..] else { panic!("one edit") };
    assert_eq!((edit.seen_at, &edit.was), (at("14:00"), &Was::ResolvedAt(at("13:00"))));
}

#[test]
fn an_update_that_was_not_there_when_we_looked_is_back_dated() {
    let mut watched = Watched::first(report(vec![began()]), "12:01");
    watched.read(report(vec![began()]), "12:40");
    let late = update("2", "12:05", Stage::Identified, "We knew at once.");
    let fresh = update("3", "12:39", Stage::Monitoring, "We watch.");
    watched.read(report(vec![began(), late, fresh]), "12:41");
    let backdated: Vec<_> = watched.incident().updates.iter().map(|one| (one.id.as_str(), one.backdated)).collect();
    assert_eq!(backdated, [("1", false), ("2", true), ("3", false)]);
}

#[test]
fn an_update_that_is_taken_away_stays_with_the_moment_it_went_and_may_come_back() {
    let second = || update("2", "12:10", Stage::Identified, "It was the tide.");
    let third = || update("3", "12:20", Stage::Monitoring, "We watch.");
    let mut watched = Watched::first(report(vec![began(), second(), third()]), "12:21");
    assert_eq!(watched.read(report(vec![began(), third()]), "12:30"), [], "nobody is told of a silence");
    let gone = |watched: &Watched| -> Vec<Option<Timestamp>> {
        watched.incident().updates.iter().map(|one| one.unlisted_since).collect()
    };
    assert_eq!(gone(&watched), [None, Some(at("12:30")), None]);
    watched.read(report(vec![third()]), "12:35");
    assert_eq!(gone(&watched), [None, Some(at("12:30")), None], "a page may show only its last updates");
    watched.read(report(vec![began(), second(), third()]), "12:40");
    assert_eq!(gone(&watched), [None; 3]);
}

#[test]
fn who_spoke_first_is_recorded() {
    let other = |id: &str| Report { id: id.to_owned(), title: format!("{id} trouble"), ..report(vec![began()]) };
    let mut watched = Watched::first(other("old"), "12:01");
    watched.state.pushed_at = Some(at("12:10"));
    watched.read(other("old"), "12:10");
    assert_eq!(watched.state.pushed_at, Some(at("12:10")), "nothing has come of it yet");
    watched.read(report(vec![began()]), "12:11");
    assert_eq!((watched.incident().pushed_at, watched.state.pushed_at), (Some(at("12:10")), None));
    watched.read(other("later"), "12:20");
    assert_eq!(watched.known["later"].pushed_at, None, "our own poll found it");
}

#[test]
fn of_very_many_texts_and_edits_the_first_and_the_latest_are_kept_and_the_rest_is_counted() {
    let words = |turn: i64| "ab".repeat(usize::try_from(turn).unwrap_or_default() + 1);
    let mut watched = Watched::first(report(vec![began()]), "12:01");
    let told = |turn: i64| Report {
        title: words(turn),
        ..report(vec![update("1", "12:00", Stage::Investigating, &words(turn))])
    };
    for turn in 0..40 {
        watched.read_at(told(turn), at("12:02").plus(turn * 60));
    }
    let incident = watched.incident();
    let entry = &incident.updates[0];
    assert_eq!((entry.revisions.len(), entry.left_out, entry.times_changed()), (20, 20, 40));
    assert_eq!((incident.edits.len(), incident.left_out, incident.times_changed()), (20, 20, 40));
    let kept: Vec<&str> = entry.revisions.iter().map(|one| one.body.as_str()).collect();
    assert_eq!(kept[..2], ["We look into it.", &words(0)]);
    assert_eq!(kept[4..6], [words(3), words(24)]);
    assert_eq!(kept[19], words(38));
}

#[test]
fn a_counter_that_runs_on_is_no_edit() {
    let told = |text: &str| Report {
        title: text.to_owned(),
        ..report(vec![update("1", "12:00", Stage::Investigating, text)])
    };
    let text = |minutes: u32| format!("Checked {minutes} minutes ago, at 12:{minutes:02}. Load {minutes},000.");
    let mut watched = Watched::first(told(&text(9)), "12:01");
    for minutes in 10..13 {
        assert_eq!(watched.read(told(&text(minutes)), "12:10"), [EventKind::IncidentEdited], "a number may be an edit");
    }
    for minutes in 13..40 {
        assert_eq!(watched.read(told(&text(minutes)), "12:10"), [], "{minutes}: it runs on");
        assert_eq!(watched.incident().updates[0].body, text(minutes));
        assert_eq!(watched.incident().title, text(minutes));
    }
    assert_eq!((watched.incident().updates[0].revisions.len(), watched.incident().edits.len()), (3, 3));
    assert_eq!(watched.read(told("Checked 12 hours ago, at 12:07. Load 4."), "12:20"), [EventKind::IncidentEdited]);
}
