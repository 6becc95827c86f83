//! What a history brings: told to nobody, known once, and never in place of better words.

use tocsin_domain::alert::Audience;
use tocsin_domain::compare::{Recalled, recall, strange_works, strangers};
use tocsin_domain::maintenance::Work;
use tocsin_domain::reading::Covers;
use tocsin_domain::{
    EventKind, Impact, Incident, Input, Maintenance, MaintenanceStage, PageState, Reading, Report, Stage, Timestamp,
    Update, step,
};

const DAY_S: i64 = 24 * 3600;

fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + day * DAY_S)
}

fn word(id: &str, day: i64, stage: Stage, body: &str) -> Update {
    Update { id: id.to_owned(), stage: Some(stage), at: Some(at(day)), body: body.to_owned() }
}

fn over(id: &str, day: i64, updates: Vec<Update>) -> Report {
    Report {
        id: id.to_owned(),
        title: format!("Trouble {id}"),
        url: None,
        impact: Some(Impact::Major),
        stage: Some(Stage::Resolved),
        started_at: Some(at(day)),
        resolved_at: Some(at(day).plus(3600)),
        components: Vec::new(),
        updates,
    }
}

/// A page with everything that was ever stored of it, under every id it bore.
struct Kept {
    state: PageState,
    records: Vec<Incident>,
    aliases: std::collections::BTreeMap<String, uuid::Uuid>,
    works: Vec<Maintenance>,
}

impl Kept {
    fn new() -> Self {
        let state = PageState::new("page", "https://status.example.com");
        Self { state, records: Vec::new(), aliases: Default::default(), works: Vec::new() }
    }

    fn read(&mut self, incidents: Vec<Report>, maintenances: Vec<Work>, day: i64) -> Vec<EventKind> {
        let reading = Reading {
            platform: Some("statuspage".to_owned()),
            incidents,
            maintenances,
            covers: Covers { open: true, history_since: None },
            ..Reading::default()
        };
        let by_id = |id: uuid::Uuid| self.records.iter().find(|one| one.id == id).cloned();
        let wanted = recall(&self.state, Some(&reading), at(day));
        let mut recalled: Recalled =
            wanted.into_iter().filter_map(|id| Some((id.clone(), by_id(self.state.incidents.get(&id)?.id)?))).collect();
        let unknown = strangers(&self.state, &reading);
        recalled.extend(unknown.into_iter().filter_map(|id| Some((id.clone(), by_id(*self.aliases.get(&id)?)?))));
        for id in strange_works(&self.state, &reading) {
            if let Some(work) = self.works.iter().find(|work| work.vendor_id == id) {
                self.state.remember_work(work.clone());
            }
        }
        let state = std::mem::take(&mut self.state);
        let next = step(state, &recalled, Input::Reading(&reading), &Audience::default(), at(day));
        for one in next.incidents {
            self.aliases.entry(one.vendor_id.clone()).or_insert(one.id);
            self.records.retain(|known| known.id != one.id);
            self.records.push(one);
        }
        for one in next.maintenances {
            self.works.retain(|known| known.id != one.id);
            self.works.push(one);
        }
        self.state = next.state;
        next.decided.into_iter().flat_map(|one| one.event.changes).collect()
    }

    fn incident(&self, id: &str) -> &Incident {
        self.records.iter().find(|one| one.vendor_id == id).unwrap()
    }
}

fn words() -> Vec<Update> {
    vec![word("1", -50, Stage::Investigating, "We look."), word("2", -49, Stage::Resolved, "Over.")]
}

#[test]
fn a_history_is_imported() {
    let mut page = Kept::new();
    page.read(Vec::new(), Vec::new(), 0);
    assert_eq!(page.read(vec![over("a", -90, Vec::new())], Vec::new(), 1), [EventKind::IncidentImported]);
    assert!(page.incident("a").imported);
}

#[test]
fn a_row_of_a_history_takes_no_words_away() {
    let mut page = Kept::new();
    page.read(vec![over("a", -50, words())], Vec::new(), 0);
    let row =
        Report { title: "Trouble  a".to_owned(), started_at: Some(at(-50).plus(-7)), ..over("a", -50, Vec::new()) };
    assert_eq!(page.read(vec![row], Vec::new(), 1), []);
    let known = page.incident("a");
    assert_eq!((known.updates.len(), known.edits.len(), known.started_at), (2, 0, Some(at(-50))));
}

#[test]
fn words_that_come_after_a_row_are_no_news_and_were_not_dated_back() {
    let mut page = Kept::new();
    page.read(vec![over("a", -50, Vec::new())], Vec::new(), 0);
    assert_eq!(page.read(vec![over("a", -50, words())], Vec::new(), 2), []);
    let known = page.incident("a");
    assert!(known.updates.len() == 2 && known.updates.iter().all(|entry| !entry.backdated), "{:?}", known.updates);
    // From then on they are held against what comes.
    let mut rewritten = words();
    "Over. It was the crane.".clone_into(&mut rewritten[1].body);
    assert_eq!(page.read(vec![over("a", -50, rewritten)], Vec::new(), 3), [EventKind::IncidentEdited]);
    assert_eq!(page.incident("a").updates[1].revisions.len(), 1);
}

#[test]
fn what_was_forgotten_and_comes_back_keeps_its_record() {
    let mut page = Kept::new();
    page.read(vec![over("a", -50, words())], Vec::new(), 0);
    let id = page.incident("a").id;
    page.read(Vec::new(), Vec::new(), 1);
    page.read(Vec::new(), Vec::new(), 100);
    assert!(page.state.incidents.is_empty(), "it is forgotten");
    assert_eq!(page.read(vec![over("a", -50, words())], Vec::new(), 101), []);
    assert_eq!((page.records.len(), page.incident("a").id), (1, id));
    assert_eq!(page.state.incidents["a"].id, id);
}

#[test]
fn an_id_that_was_borne_before_leads_to_the_same_record() {
    let mut page = Kept::new();
    let open = |id: &str| Report {
        title: "Boats are late".to_owned(),
        stage: Some(Stage::Investigating),
        resolved_at: None,
        updates: vec![word("1", 0, Stage::Investigating, "We look.")],
        ..over(id, 0, Vec::new())
    };
    page.read(vec![open("a")], Vec::new(), 0);
    let id = page.incident("a").id;
    assert_eq!(page.read(vec![open("b")], Vec::new(), 1), []);
    let ended = Report { stage: Some(Stage::Resolved), resolved_at: Some(at(2)), ..open("b") };
    assert_eq!(page.read(vec![ended.clone()], Vec::new(), 2), [EventKind::IncidentResolved]);
    // Another surface tells of it under the first id, with a title of its own.
    let again = Report { id: "a".to_owned(), title: "Late boats".to_owned(), ..ended.clone() };
    page.read(vec![again.clone()], Vec::new(), 3);
    assert_eq!((page.records.len(), page.incident("a").id), (1, id));
    assert_eq!(page.state.incidents.keys().collect::<Vec<_>>(), ["a"]);
    // Told under both ids at once they are two.
    page.read(vec![again, ended], Vec::new(), 4);
    assert_eq!(page.records.len(), 2);
}

#[test]
fn work_that_was_forgotten_keeps_its_record() {
    let work = |ends: i64| Work {
        id: "w".to_owned(),
        title: "Work on the quay".to_owned(),
        url: None,
        stage: Some(MaintenanceStage::Completed),
        starts_at: Some(at(-60)),
        ends_at: Some(at(ends)),
        components: Vec::new(),
        updates: Vec::new(),
    };
    let mut page = Kept::new();
    page.read(Vec::new(), vec![work(-59)], 0);
    page.read(Vec::new(), Vec::new(), 1);
    page.read(Vec::new(), Vec::new(), 20);
    assert!(page.state.maintenances.is_empty(), "it is forgotten");
    assert_eq!(page.read(Vec::new(), vec![work(-58)], 21), []);
    assert_eq!((page.works.len(), page.works[0].ends_at), (1, Some(at(-58))));
}
