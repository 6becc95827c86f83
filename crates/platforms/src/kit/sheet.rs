//! What is written down while a page is read, and how it becomes a [`Reading`]: order, names, doubts.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp as Precise;
use tocsin_domain::maintenance::Work;
use tocsin_domain::reading::Page;
use tocsin_domain::sample::is_sample;
use tocsin_domain::{
    Component, ComponentRef, Health, Impact, MaintenanceStage, Problem, Reading, Report, Stage, Timestamp,
};

use super::node::Node;
use super::report::{self, Draft};
use super::{dates, html};

/// A page while it is read.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    pub page: Page,
    /// The page's own overall word.
    pub indicator: Option<Health>,
    /// All open incidents were listed.
    pub open: bool,
    /// All incidents closed since then were listed.
    pub history_since: Option<Timestamp>,
    pub components: Vec<Component>,
    pub incidents: Vec<Report>,
    pub works: Vec<Work>,
    /// Keys of the asks that were read, for a platform that must know whether any is missing.
    pub surfaces: Vec<&'static str>,
    /// What one payload leaves for those that are read after it: the meaning of ids, mostly.
    pub notes: HashMap<String, String>,
    places: HashMap<String, usize>,
    problems: Vec<Problem>,
    doubtful: bool,
    assumed_utc: bool,
}

/// An incident as a page tells it, before its updates are put in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub id: String,
    pub title: String,
    pub url: Option<String>,
    pub impact: Option<Impact>,
    /// `None`: what the last update says.
    pub stage: Option<Stage>,
    pub started_at: Option<Precise>,
    pub resolved_at: Option<Precise>,
    pub components: Vec<ComponentRef>,
    pub updates: Vec<Draft<Stage>>,
}

/// Announced work as a page tells it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Planned {
    pub id: String,
    pub title: String,
    pub url: Option<String>,
    /// `None`: what the last update says, or what the window does.
    pub stage: Option<MaintenanceStage>,
    pub starts_at: Option<Precise>,
    pub ends_at: Option<Precise>,
    pub components: Vec<ComponentRef>,
    pub updates: Vec<Draft<MaintenanceStage>>,
}

impl Sheet {
    pub fn problem(&mut self, code: &str, place: impl Into<String>, detail: impl AsRef<str>) {
        self.problems.push(Problem::new(code, place, detail));
    }

    /// Something there could not be read, and it may be worse than what could: the page is no longer known to be well,
    /// and nothing follows from what is missing.
    pub fn doubt(&mut self, place: impl Into<String>, detail: impl AsRef<str>) {
        self.problem("bad_shape", place, detail);
        self.doubtful = true;
    }

    /// The same where a problem says already what is odd.
    pub fn unsure(&mut self) {
        self.doubtful = true;
    }

    /// A time that was read otherwise names no zone.
    pub fn assume_utc(&mut self) {
        self.assumed_utc = true;
    }

    /// What a word of the field means. A word nobody knows is a problem.
    pub fn word<T>(&mut self, node: &Node<'_>, key: &str, meaning: impl Fn(&str) -> Option<T>) -> Option<T> {
        let word = if key.is_empty() { node.own_text() } else { node.text(key) };
        let found = word.as_deref().and_then(meaning);
        if found.is_none() {
            let word = word.as_deref().unwrap_or("nothing");
            self.problem("unknown_status", node.place(key), format!("`{word}` is no status we know."));
        }
        found
    }

    /// The health that a word of the field means; `unknown`, with a problem, where nobody knows it.
    pub fn health(&mut self, node: &Node<'_>, key: &str, meaning: impl Fn(&str) -> Option<Health>) -> Health {
        self.word(node, key, meaning).unwrap_or(Health::Unknown)
    }

    /// A time in any form that [`dates`] reads. Where it names no zone UTC is assumed, and a problem says so.
    pub fn time(&mut self, node: &Node<'_>, key: &str) -> Option<Precise> {
        let (at, assumed_utc) = self.read_time(node, key)?;
        self.assumed_utc |= assumed_utc;
        Some(at)
    }

    /// The same where the vendor is known to write UTC without saying so.
    pub fn utc(&mut self, node: &Node<'_>, key: &str) -> Option<Precise> {
        self.read_time(node, key).map(|(at, _)| at)
    }

    fn read_time(&mut self, node: &Node<'_>, key: &str) -> Option<(Precise, bool)> {
        let text = if key.is_empty() { node.own_text() } else { node.text(key) }?;
        let read = dates::parse(&text);
        if read.is_none() {
            self.problem("bad_time", node.place(key), format!("`{text}` is no time we can read."));
        }
        read.map(|instant| (instant.at, instant.assumed_utc))
    }

    /// Adds a component. Of one that is listed twice the worse health stays. They may be sorted after the last one.
    pub fn component(&mut self, id: impl Into<String>, name: impl Into<String>, group: Vec<String>, health: Health) {
        let (id, name) = (id.into(), name.into());
        match self.places.get(&id).and_then(|place| self.components.get_mut(*place)) {
            Some(known) => known.health = known.health.max(health),
            None => {
                self.places.insert(id.clone(), self.components.len());
                self.components.push(Component { id, name, group, health, hidden_while_operational: false });
            }
        }
    }

    /// The stage that an update says. A word nobody knows is a problem, and no end: it does not go on from the one before.
    pub fn update_stage(
        &mut self,
        node: &Node<'_>,
        key: &str,
        meaning: impl Fn(&str) -> Option<Stage>,
    ) -> Option<Stage> {
        self.word(node, key, meaning).or_else(|| node.has(key).then_some(Stage::Investigating))
    }

    /// Adds an incident. One without an id cannot be told from others: it is a doubt.
    pub fn incident(&mut self, told: Told, place: &Node<'_>) {
        self.add_incident(told, false, place);
    }

    /// Adds an incident that stands in a list of open ones: nothing but a word of its own ends it.
    pub fn open_incident(&mut self, told: Told, place: &Node<'_>) {
        self.add_incident(told, true, place);
    }

    fn add_incident(&mut self, told: Told, is_open: bool, place: &Node<'_>) {
        if told.id.is_empty() || told.title.is_empty() && told.updates.is_empty() {
            self.doubt(place.place(""), "The incident has no id or no title.");
            return;
        }
        let mut updates = report::ordered(told.updates);
        if is_open {
            report::stay_open(&mut updates);
        }
        report::carry_stages(&mut updates);
        let mut report = Report {
            id: told.id,
            title: if told.title.is_empty() { "Incident".to_owned() } else { told.title },
            url: told.url,
            impact: told.impact,
            stage: told.stage.or_else(|| report::last_stage(&updates)),
            started_at: told.started_at.map(Timestamp::from_jiff),
            resolved_at: told.resolved_at.map(Timestamp::from_jiff),
            components: distinct(told.components),
            updates,
        };
        report::settle(&mut report);
        self.incidents.push(report);
    }

    /// Adds announced work.
    pub fn work(&mut self, planned: Planned, place: &Node<'_>) {
        if planned.id.is_empty() {
            self.doubt(place.place(""), "The maintenance has no id.");
            return;
        }
        let updates = report::ordered(planned.updates);
        self.works.push(Work {
            id: planned.id,
            title: if planned.title.is_empty() { "Maintenance".to_owned() } else { planned.title },
            url: planned.url,
            stage: planned.stage.or_else(|| report::last_work_stage(&updates)),
            starts_at: planned.starts_at.map(Timestamp::from_jiff),
            ends_at: planned.ends_at.map(Timestamp::from_jiff),
            components: distinct(planned.components),
            updates,
        });
    }

    /// One thing that several payloads tell touches what any of them names.
    pub fn join_components(&mut self) {
        fn join(all: Vec<(&str, &mut Vec<ComponentRef>)>) {
            let mut named: HashMap<String, Vec<ComponentRef>> = HashMap::new();
            for (id, components) in &all {
                named.entry((*id).to_owned()).or_default().extend(components.iter().cloned());
            }
            for (id, components) in all {
                let mut joined = named.get(id).cloned().unwrap_or_default();
                joined.sort();
                *components = distinct(joined);
            }
        }
        join(self.incidents.iter_mut().map(|one| (one.id.as_str(), &mut one.components)).collect());
        join(self.works.iter_mut().map(|one| (one.id.as_str(), &mut one.components)).collect());
    }

    /// The page's own overall word, once everything it lists was read. Where it is worse than all of that, something is
    /// not well that is not listed.
    pub fn overall(&mut self, place: impl Into<String>, health: Health) {
        self.indicator = Some(health);
        let all_well = Health::worst(self.components.iter().map(|one| one.health)) == Some(Health::Operational);
        if health > Health::Maintenance && all_well && self.incidents.iter().all(Report::is_closed) {
            self.doubt(place, "The page is not well, and everything that it lists is.");
        }
    }

    /// Components that open incidents name get at least `health`; work that runs makes the well ones `maintenance`.
    /// For platforms whose components have no status of their own.
    pub fn blame(&mut self, health: impl Fn(&Report) -> Option<Health>) {
        let mut worst: HashMap<String, Health> = HashMap::new();
        for incident in self.incidents.iter().filter(|incident| !incident.is_closed()) {
            let Some(health) = health(incident) else { continue };
            for component in &incident.components {
                let known = worst.entry(component.id.clone()).or_insert(health);
                *known = (*known).max(health);
            }
        }
        for component in &mut self.components {
            if let Some(health) = worst.get(&component.id) {
                component.health = component.health.max(*health);
            }
        }
    }

    /// A component that is well, but in running work, is under maintenance.
    pub fn under_maintenance(&mut self, now: Timestamp) {
        let running = |work: &&Work| match work.stage {
            Some(stage) => stage.is_running(),
            None => work.starts_at.is_some_and(|starts| starts <= now) && work.ends_at.is_some_and(|ends| now < ends),
        };
        let works = self.works.iter().filter(running);
        let ids: BTreeSet<&str> = works.flat_map(|work| &work.components).map(|one| one.id.as_str()).collect();
        for component in &mut self.components {
            if component.health == Health::Operational && ids.contains(component.id.as_str()) {
                component.health = Health::Maintenance;
            }
        }
    }

    /// The reading of `platform`: fullest telling of everything, sorted, health by the contract's rule.
    pub fn reading(mut self, platform: &str) -> Reading {
        self.name_components();
        let mut reading = Reading {
            platform: Some(platform.to_owned()),
            page: self.page,
            health: Health::Unknown,
            components: self.components.into(),
            incidents: report::merged(self.incidents),
            maintenances: report::merged_works(self.works),
            covers: tocsin_domain::reading::Covers {
                open: self.open && !self.doubtful,
                history_since: self.history_since.filter(|_| !self.doubtful),
            },
            problems: self.problems,
        };
        if self.assumed_utc {
            reading.problems.push(Problem::new("assumed_utc", "", "Times name no zone; UTC was assumed."));
        }
        report::sort_reports(&mut reading.incidents);
        report::sort_works(&mut reading.maintenances);
        let mut reading = reading.settled(self.indicator);
        // Something is open, and the page does not say how bad it is: that is not well.
        if reading.health == Health::Operational && reading.incidents.iter().any(weighs_something) {
            reading.health = Health::Degraded;
        }
        if self.doubtful {
            reading.health = reading.health.max(Health::Unknown);
        }
        reading
    }

    /// What is left of the problems where nothing was ours.
    pub fn unread(mut self) -> Reading {
        if self.problems.is_empty() {
            self.problem("not_recognised", "", "There was nothing to read.");
        }
        Reading { problems: self.problems, ..Reading::default() }
    }

    /// Incidents and works name components by id: the list of components says what they are called.
    fn name_components(&mut self) {
        let names: HashMap<&str, &str> =
            self.components.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
        let incidents = self.incidents.iter_mut().flat_map(|report| &mut report.components);
        for component in incidents.chain(self.works.iter_mut().flat_map(|work| &mut work.components)) {
            if let Some(name) = names.get(component.id.as_str()) {
                (*name).clone_into(&mut component.name);
            } else if component.name.is_empty() {
                component.name.clone_from(&component.id);
            }
        }
    }
}

/// An open incident of which nobody says that it has no impact.
fn weighs_something(report: &Report) -> bool {
    !report.is_closed() && report.impact.is_none() && !is_sample(&report.title, &report.updates)
}

/// The health that an open incident gives the components it names: at least `degraded`, unless it says "none".
pub(crate) fn blamed(report: &Report) -> Option<Health> {
    report.impact.map_or(Some(Health::Degraded), Impact::health)
}

/// A component by its id; its name is looked up in the list of components.
pub(crate) fn part(id: impl Into<String>) -> ComponentRef {
    ComponentRef { id: id.into(), name: String::new() }
}

/// A component by id and name.
pub(crate) fn named_part(id: impl Into<String>, name: impl Into<String>) -> ComponentRef {
    ComponentRef { id: id.into(), name: name.into() }
}

/// Vendors' text in whatever form as Markdown; empty where there is none.
pub(crate) fn body(node: &Node<'_>, key: &str) -> String {
    node.text(key).map(|text| html::mixed_to_markdown(&text)).unwrap_or_default()
}

fn distinct(components: Vec<ComponentRef>) -> Vec<ComponentRef> {
    let mut known = BTreeSet::new();
    components.into_iter().filter(|one| known.insert((one.id.clone(), one.name.clone()))).collect()
}
