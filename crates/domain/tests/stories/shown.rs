//! The simulated page: what it shows, changed line by line.

use tocsin_domain::maintenance::Work;
use tocsin_domain::{
    Component, ComponentRef, Covers, Health, Impact, MaintenanceStage, Page, Problem, Reading, Report, Stage,
    Timestamp, Update,
};

use crate::notation::words;
use crate::time;

/// Everything the page shows (or once showed and now hides).
pub struct Shown {
    components: Vec<Component>,
    incidents: Vec<(bool, Report)>,
    works: Vec<(bool, Work)>,
    covers: Covers,
    says: Option<Health>,
    unrecognised: bool,
    platform: String,
    id: Option<String>,
}

impl Default for Shown {
    fn default() -> Self {
        let covers = Covers { open: true, history_since: None };
        Self {
            components: Vec::new(),
            incidents: Vec::new(),
            works: Vec::new(),
            covers,
            says: None,
            unrecognised: false,
            platform: "statuspage".to_owned(),
            id: None,
        }
    }
}

/// What the indented lines below a line belong to.
enum Below {
    Nothing,
    Incident(usize),
    Work(usize),
}

type Words = std::vec::IntoIter<String>;

impl Shown {
    /// Changes the page as the lines say; `now` dates times without a date.
    pub fn change(&mut self, lines: &[&str], now: Timestamp) -> Result<(), String> {
        let mut below = Below::Nothing;
        for line in lines.iter().filter(|line| crate::notation::says_something(line)) {
            let told = if line.starts_with(' ') { self.update(&below, line, now) } else { self.line(line, now) };
            match told.map_err(|why| format!("{why} (in `{}`)", line.trim()))? {
                Some(next) => below = next,
                None => continue,
            }
        }
        Ok(())
    }

    /// What a reader would make of the page now.
    pub fn reading(&self) -> Reading {
        if self.unrecognised {
            return Reading::unrecognised(Problem::new("not_recognised", "", "Here came a login page."));
        }
        let listed = |(listed, report): &(bool, Report)| listed.then(|| report.clone());
        let reading = Reading {
            platform: Some(self.platform.clone()),
            page: Page { id: self.id.clone(), ..Page::default() },
            components: self.components.clone().into(),
            incidents: self.incidents.iter().filter_map(listed).collect(),
            maintenances: self.works.iter().filter(|(listed, _)| *listed).map(|(_, work)| work.clone()).collect(),
            covers: self.covers,
            ..Reading::default()
        };
        let reading = reading.settled(Some(Health::Operational));
        Reading { health: self.says.unwrap_or(reading.health), ..reading }
    }

    fn line(&mut self, line: &str, now: Timestamp) -> Result<Option<Below>, String> {
        let mut words = words(line).into_iter();
        let (first, rest) = (words.next().unwrap_or_default(), words);
        match first.as_str() {
            "component" => self.component(rest),
            "incident" => return self.incident(rest, now).map(|at| Some(Below::Incident(at))),
            "maintenance" => return self.work(rest, now).map(|at| Some(Below::Work(at))),
            "gone" => self.list(rest, false),
            "back" => self.list(rest, true),
            "covers" => self.covers(rest, now),
            "says" => self.says(rest),
            "made" => self.made(rest),
            "called" => self.called(rest),
            "another" => {
                *self = Self { platform: self.platform.clone(), id: self.id.clone(), ..Self::default() };
                Ok(())
            }
            "unrecognised" => {
                self.unrecognised = true;
                Ok(())
            }
            _ => return Err(format!("a page does not say `{first}`")),
        }
        .map(|()| Some(Below::Nothing))
    }

    fn component(&mut self, mut words: Words) -> Result<(), String> {
        let id = words.next().ok_or("a component needs an id")?;
        let (mut group, mut name, mut health) = (Vec::new(), None, None);
        while let Some(word) = words.next() {
            match word.parse() {
                Ok(known) => health = Some(known),
                Err(_) if word == "in" => group.push(words.next().ok_or("in which group?")?),
                Err(_) => name = Some(word),
            }
        }
        // One id may stand in two groups on pages that know only names.
        let is_it = |one: &Component| one.id == id && (group.is_empty() || one.group == group);
        let at = self.components.iter().position(is_it).unwrap_or(self.components.len());
        let mut component = self.components.get(at).cloned().unwrap_or_else(|| Component {
            name: id.clone(),
            id,
            group,
            health: Health::Operational,
            hidden_while_operational: false,
        });
        component.name = name.unwrap_or(component.name);
        component.health = health.unwrap_or(component.health);
        put(&mut self.components, at, component);
        Ok(())
    }

    fn incident(&mut self, mut words: Words, now: Timestamp) -> Result<usize, String> {
        let id = words.next().ok_or("an incident needs an id")?;
        let at = self.incidents.iter().position(|(_, one)| one.id == id).unwrap_or(self.incidents.len());
        let (_, mut report) = self.incidents.get(at).cloned().unwrap_or_else(|| (true, blank(&id)));
        while let Some(word) = words.next() {
            match word.as_str() {
                "touches" => report.components = self.refs(&mut words),
                "started" => report.started_at = Some(time::take(&mut words, Some(now))?),
                "resolved" if words.as_slice().first().is_some_and(|next| next == "at") => {
                    words.next();
                    report.resolved_at = Some(time::take(&mut words, Some(now))?);
                }
                "untimed" => report.resolved_at = None,
                "retold" => report.updates.clear(),
                other => match (stage(other), impact(other)) {
                    (Some(stage), _) => report.stage = Some(stage),
                    (_, Some(impact)) => report.impact = Some(impact),
                    _ => report.title = word,
                },
            }
        }
        put(&mut self.incidents, at, (true, report));
        Ok(at)
    }

    fn work(&mut self, mut words: Words, now: Timestamp) -> Result<usize, String> {
        let id = words.next().ok_or("a maintenance needs an id")?;
        let at = self.works.iter().position(|(_, one)| one.id == id).unwrap_or(self.works.len());
        let (_, mut work) = self.works.get(at).cloned().unwrap_or_else(|| (true, blank_work(&id)));
        while let Some(word) = words.next() {
            match word.as_str() {
                "touches" => work.components = self.refs(&mut words),
                "from" => work.starts_at = Some(time::take(&mut words, Some(now))?),
                "to" => work.ends_at = Some(time::take(&mut words, Some(now))?),
                other => match work_stage(other) {
                    Some(stage) => work.stage = Some(stage),
                    None => work.title = word,
                },
            }
        }
        put(&mut self.works, at, (true, work));
        Ok(at)
    }

    /// The words up to the next that means something else, as components; `nothing` names none. Unknown ones are
    /// names without an id.
    fn refs(&self, words: &mut Words) -> Vec<ComponentRef> {
        const OTHERS: [&str; 6] = ["started", "resolved", "untimed", "retold", "from", "to"];
        let mut refs = Vec::new();
        while words.as_slice().first().is_some_and(|word| !OTHERS.contains(&word.as_str())) {
            let Some(word) = words.next().filter(|word| word != "nothing") else { continue };
            let known = self.components.iter().find(|one| one.id == word);
            refs.push(known.map_or_else(
                || ComponentRef { id: String::new(), name: word.clone() },
                |one| ComponentRef { id: one.id.clone(), name: one.name.clone() },
            ));
        }
        refs
    }

    fn list(&mut self, words: Words, listed: bool) -> Result<(), String> {
        for id in words {
            let incident = self.incidents.iter_mut().filter(|(_, one)| one.id == id).map(|(flag, _)| flag);
            let work = self.works.iter_mut().filter(|(_, one)| one.id == id).map(|(flag, _)| flag);
            incident.chain(work).next().map(|flag| *flag = listed).ok_or_else(|| format!("`{id}` was never shown"))?;
        }
        Ok(())
    }

    fn covers(&mut self, mut words: Words, now: Timestamp) -> Result<(), String> {
        self.covers = Covers::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "open" => self.covers.open = true,
                "nothing" => {}
                "history" => {
                    words.next();
                    self.covers.history_since = Some(time::take(&mut words, Some(now))?);
                }
                _ => return Err(format!("a page does not cover `{word}`")),
            }
        }
        Ok(())
    }

    fn says(&mut self, mut words: Words) -> Result<(), String> {
        self.says = Some(words.next().unwrap_or_default().parse()?);
        Ok(())
    }

    fn made(&mut self, mut words: Words) -> Result<(), String> {
        self.platform = words.nth(1).ok_or("made with which platform?")?;
        Ok(())
    }

    fn called(&mut self, mut words: Words) -> Result<(), String> {
        self.id = Some(words.next().ok_or("called by which id?")?);
        Ok(())
    }

    /// `#2 22:21 investigating: text` below an incident or a maintenance.
    fn update(&mut self, below: &Below, line: &str, now: Timestamp) -> Result<Option<Below>, String> {
        let (head, body) = line.split_once(": ").ok_or("an update needs `: ` before its text")?;
        let mut words = words(head);
        let id = words.first().and_then(|word| word.strip_prefix('#')).map(str::to_owned);
        if id.is_some() {
            words.remove(0);
        }
        let mut words = words.into_iter();
        let at = if words.as_slice().first().is_some_and(|word| word == "undated") {
            words.next();
            None
        } else {
            Some(time::take(&mut words, Some(now))?)
        };
        let word = words.next();
        match below {
            Below::Incident(place) => {
                let told = Told { id, at, stage: word.as_deref().and_then(stage), body };
                told.put(self.incidents.get_mut(*place).map(|(_, report)| &mut report.updates));
            }
            Below::Work(place) => {
                let told = Told { id, at, stage: word.as_deref().and_then(work_stage), body };
                told.put(self.works.get_mut(*place).map(|(_, work)| &mut work.updates));
            }
            Below::Nothing => return Err("this update belongs to nothing".to_owned()),
        }
        Ok(None)
    }
}

struct Told<'a, S> {
    id: Option<String>,
    at: Option<Timestamp>,
    stage: Option<S>,
    body: &'a str,
}

impl<S> Told<'_, S> {
    /// Rewrites the update of that id, or adds one; without an id it is the next number.
    fn put(self, updates: Option<&mut Vec<Update<S>>>) {
        let Some(updates) = updates else { return };
        let id = self.id.unwrap_or_else(|| (updates.len() + 1).to_string());
        let at = updates.iter().position(|one| one.id == id).unwrap_or(updates.len());
        put(updates, at, Update { id, stage: self.stage, at: self.at, body: self.body.to_owned() });
    }
}

fn put<T>(items: &mut Vec<T>, at: usize, item: T) {
    match items.get_mut(at) {
        Some(place) => *place = item,
        None => items.push(item),
    }
}

fn blank(id: &str) -> Report {
    Report {
        id: id.to_owned(),
        title: id.to_owned(),
        url: None,
        impact: None,
        stage: None,
        started_at: None,
        resolved_at: None,
        components: Vec::new(),
        updates: Vec::new(),
    }
}

fn blank_work(id: &str) -> Work {
    Work {
        id: id.to_owned(),
        title: id.to_owned(),
        url: None,
        stage: None,
        starts_at: None,
        ends_at: None,
        components: Vec::new(),
        updates: Vec::new(),
    }
}

fn stage(word: &str) -> Option<Stage> {
    Stage::ALL.into_iter().find(|stage| stage.word() == word)
}

fn impact(word: &str) -> Option<Impact> {
    Impact::ALL.into_iter().find(|impact| impact.word() == word)
}

fn work_stage(word: &str) -> Option<MaintenanceStage> {
    MaintenanceStage::ALL.into_iter().find(|stage| stage.word() == word)
}
