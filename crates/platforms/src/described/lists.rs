//! What a described page lists, written into the sheet.

use jiff::Timestamp as Precise;
use serde_json::Value;
use tocsin_domain::{Health, Stage, Timestamp};
use url::Url;

use super::compile::{ComponentsBy, Described, IncidentsBy, MaintenancesBy, UpdatesBy};
use super::pick::{List, MOST, Pick, Spot};
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, blamed, part};
use crate::kit::words::Phase;

/// When and where something is read.
pub(super) struct When {
    pub now: Timestamp,
    /// The address that answered: links on it may be relative.
    pub base: Option<Url>,
}

impl Described {
    /// A body that is not the page itself has the list that it is asked for.
    pub(super) fn has_list(&self, key: &str, spot: &Spot<'_>) -> bool {
        let is_list = |list: &Pick, within: Option<&Pick>, name: &str| {
            within.is_none_or(|within| within.is_there(spot)) && matches!(list.list(spot, name), List::There(_))
        };
        let of = |source: &str| source == key;
        let overall = self.overall.as_ref().filter(|one| of(one.source)).map(|one| one.status.is_there(spot));
        let components = self.components.as_ref().filter(|one| of(one.source));
        let components = components.map(|one| match one.list.list(spot, "components") {
            // A web page without a single component is not the page that lists them.
            List::There(spots) => !spots.is_empty() || matches!(spot, Spot::Json { .. }),
            List::Missing => false,
        });
        let incidents = self.incidents.as_ref().filter(|one| of(one.source));
        let incidents = incidents.map(|one| is_list(&one.list, one.within.as_ref(), "incidents"));
        let works = self.maintenances.as_ref().filter(|one| of(one.source));
        let works = works.map(|one| is_list(&one.list, one.within.as_ref(), "maintenances"));
        let all: Vec<bool> = [overall, components, incidents, works].into_iter().flatten().collect();
        // Of several things that one address tells, the one that is missing is told as a problem.
        all.into_iter().any(|there| there)
    }

    /// What the body of one address says.
    pub(super) fn read_source(&self, key: &str, spot: &Spot<'_>, when: &When, sheet: &mut Sheet) {
        if let Some(by) = self.overall.as_ref().filter(|by| by.source == key) {
            let health = self.word(&by.status, spot, "overall.status", sheet, |word| self.words.health(word));
            sheet.indicator = Some(health.unwrap_or(Health::Unknown));
        }
        if let Some(by) = self.components.as_ref().filter(|by| by.source == key) {
            self.read_components(by, spot, sheet);
        }
        if let Some(by) = self.incidents.as_ref().filter(|by| by.source == key) {
            self.read_incidents(by, spot, when, sheet);
        }
        if let Some(by) = self.maintenances.as_ref().filter(|by| by.source == key) {
            self.read_maintenances(by, spot, when, sheet);
        }
    }

    /// What follows from all of it.
    pub(super) fn settle(&self, sheet: &mut Sheet, now: Timestamp) {
        self.name_components_by_id(sheet);
        if self.components.as_ref().is_some_and(|by| by.status.is_none()) {
            sheet.blame(blamed);
            sheet.under_maintenance(now);
        }
        let Some(by) = &self.incidents else { return };
        sheet.open = by.all_open && sheet.surfaces.contains(&by.source);
        let closed = sheet.incidents.iter().any(|one| one.is_closed());
        sheet.history_since = sheet.incidents.iter().filter_map(|one| one.started_at).min().filter(|_| closed);
        if sheet.open && self.overall.is_none() {
            sheet.indicator = by.none_open;
        }
    }

    /// Incidents name components by id or by name; the list says which id a name has.
    fn name_components_by_id(&self, sheet: &mut Sheet) {
        let ids: Vec<(String, String)> =
            sheet.components.iter().map(|one| (one.name.to_lowercase(), one.id.clone())).collect();
        let known = |id: &str| sheet.components.iter().any(|one| one.id == id);
        let renamed: Vec<(String, String)> = sheet
            .incidents
            .iter()
            .flat_map(|one| &one.components)
            .chain(sheet.works.iter().flat_map(|one| &one.components))
            .filter(|one| !known(&one.id))
            .filter_map(|one| {
                let lower = one.id.to_lowercase();
                let (_, id) = ids.iter().find(|(name, _)| *name == lower)?;
                Some((one.id.clone(), id.clone()))
            })
            .collect();
        let incidents = sheet.incidents.iter_mut().flat_map(|one| &mut one.components);
        for component in incidents.chain(sheet.works.iter_mut().flat_map(|one| &mut one.components)) {
            if let Some((_, id)) = renamed.iter().find(|(written, _)| *written == component.id) {
                component.id.clone_from(id);
            }
        }
    }

    fn read_components(&self, by: &ComponentsBy, spot: &Spot<'_>, sheet: &mut Sheet) {
        let rows = elements(&by.list, spot, "components", sheet);
        if rows.is_empty() && matches!(spot, Spot::Html { .. }) {
            sheet.doubt("components", format!("Nothing on the page is `{}`.", by.list.written()));
        }
        for row in rows {
            let Some(name) = by.name.text(&row) else {
                sheet.doubt(row.place(), "The component has no name.");
                continue;
            };
            let id = match &by.id {
                Some(pick) => pick.text(&row),
                None => Some(name.clone()),
            };
            let Some(id) = id else {
                sheet.doubt(row.place(), "The component has no id.");
                continue;
            };
            let group = by.group.as_ref().map(|pick| pick.texts(&row)).unwrap_or_default();
            let health = match &by.status {
                Some(pick) => self
                    .word(pick, &row, &within(&row, pick, "status"), sheet, |word| self.words.health(word))
                    .unwrap_or(Health::Unknown),
                None => Health::Operational,
            };
            sheet.component(id, name, group, health);
        }
    }

    fn read_incidents(&self, by: &IncidentsBy, spot: &Spot<'_>, when: &When, sheet: &mut Sheet) {
        if !is_within(by.within.as_ref(), spot, "incidents", sheet) {
            return;
        }
        for row in elements(&by.list, spot, "incidents", sheet) {
            self.read_incident(by, &row, when, sheet);
        }
    }

    fn read_incident(&self, by: &IncidentsBy, row: &Spot<'_>, when: &When, sheet: &mut Sheet) {
        let started_at = self.time(by.started_at.as_ref(), row, "started_at", sheet);
        let resolved_at = self.time(by.resolved_at.as_ref(), row, "resolved_at", sheet);
        let updates = self.updates(by.updates.as_ref(), by.body.as_ref(), started_at, row, sheet);
        let said = self.stage(by.stage.as_ref(), row, sheet);
        if let Said::Phase(Phase::Work(stage)) = said {
            let updates = updates.into_iter().map(|update| Draft { stage: None, ..bare(update) }).collect();
            let planned = Planned {
                id: text(&by.id, row),
                title: text(&by.title, row),
                url: link(by.url.as_ref(), row, when),
                stage: Some(stage),
                starts_at: started_at,
                ends_at: resolved_at,
                components: named(by.components.as_ref(), row),
                updates,
            };
            sheet.work(planned, &Node::placed(&Value::Null, row.place()));
            return;
        }
        let last = updates.iter().filter(|one| one.stage.is_some()).max_by_key(|one| one.at);
        let last = last.and_then(|one| match one.stage {
            Some(Phase::Incident(stage)) => Some(stage),
            _ => None,
        });
        // An end that is still to come closes nothing.
        let resolved_at = resolved_at.filter(|at| Timestamp::from_jiff(*at) <= when.now);
        let stage = match said {
            Said::Phase(Phase::Incident(stage)) => Some(stage),
            // Nobody knows what the word means: it is not over before that is known.
            Said::Strange => Some(Stage::Investigating),
            _ if resolved_at.is_some() => last.filter(|stage| stage.is_terminal()).or(Some(Stage::Resolved)),
            _ => Some(last.unwrap_or(Stage::Investigating)),
        };
        let impact =
            by.impact.as_ref().filter(|pick| pick.text(row).is_some()).and_then(|pick| {
                self.word(pick, row, &within(row, pick, "impact"), sheet, |word| self.words.impact(word))
            });
        let updates = updates.into_iter().map(|update| {
            let stage = match update.stage {
                Some(Phase::Incident(stage)) => Some(stage),
                _ => None,
            };
            Draft { stage, ..bare(update) }
        });
        let told = Told {
            id: text(&by.id, row),
            title: text(&by.title, row),
            url: link(by.url.as_ref(), row, when),
            impact,
            stage,
            started_at: started_at.filter(|at| Timestamp::from_jiff(*at) <= when.now),
            resolved_at,
            components: named(by.components.as_ref(), row),
            updates: updates.collect(),
        };
        if told.title.is_empty() {
            sheet.doubt(row.place(), "The incident has no title.");
        }
        sheet.incident(told, &Node::placed(&Value::Null, row.place()));
    }

    fn read_maintenances(&self, by: &MaintenancesBy, spot: &Spot<'_>, when: &When, sheet: &mut Sheet) {
        if !is_within(by.within.as_ref(), spot, "maintenances", sheet) {
            return;
        }
        for row in elements(&by.list, spot, "maintenances", sheet) {
            let starts_at = self.time(by.starts_at.as_ref(), &row, "starts_at", sheet);
            let ends_at = self.time(by.ends_at.as_ref(), &row, "ends_at", sheet);
            let updates = self.updates(by.updates.as_ref(), by.body.as_ref(), starts_at, &row, sheet);
            let stage = match self.stage(by.stage.as_ref(), &row, sheet) {
                Said::Phase(phase) => work_stage(phase),
                Said::Nothing | Said::Strange => None,
            };
            let updates = updates.into_iter().map(|update| {
                let stage = update.stage.and_then(work_stage);
                Draft { stage, ..bare(update) }
            });
            let planned = Planned {
                id: text(&by.id, &row),
                title: text(&by.title, &row),
                url: link(by.url.as_ref(), &row, when),
                stage,
                starts_at,
                ends_at,
                components: named(by.components.as_ref(), &row),
                updates: updates.collect(),
            };
            sheet.work(planned, &Node::placed(&Value::Null, row.place()));
        }
    }

    fn updates(
        &self,
        by: Option<&UpdatesBy>,
        whole: Option<&Pick>,
        at: Option<Precise>,
        row: &Spot<'_>,
        sheet: &mut Sheet,
    ) -> Vec<Draft<Phase>> {
        let whole = whole.map(|pick| pick.markdown(row)).filter(|body| !body.is_empty());
        let whole = whole.map(|body| Draft { id: "body".to_owned(), stage: None, at, stored_at: None, body });
        let Some(by) = by else { return whole.into_iter().collect() };
        let List::There(rows) = by.list.list(row, "updates") else { return whole.into_iter().collect() };
        let update = |one: Spot<'_>| {
            let stage = match by.stage.as_ref().filter(|pick| pick.text(&one).is_some()) {
                // A word nobody knows is no end.
                Some(pick) => self
                    .word(pick, &one, &within(&one, pick, "stage"), sheet, |word| self.words.stage(word))
                    .or(Some(Phase::Incident(Stage::Investigating))),
                None => None,
            };
            Draft {
                id: by.id.as_ref().and_then(|pick| pick.text(&one)).unwrap_or_default(),
                stage: stage.filter(|phase| *phase != Phase::Same),
                at: self.time(Some(&by.at), &one, "at", sheet),
                stored_at: None,
                body: by.body.markdown(&one),
            }
        };
        rows.into_iter().take(MOST).map(update).chain(whole).collect()
    }

    /// What the field of a stage says.
    fn stage(&self, by: Option<&Pick>, row: &Spot<'_>, sheet: &mut Sheet) -> Said {
        let Some(pick) = by else { return Said::Nothing };
        match self.word(pick, row, &within(row, pick, "stage"), sheet, |word| self.words.stage(word)) {
            Some(Phase::Same) => Said::Nothing,
            Some(phase) => Said::Phase(phase),
            None => {
                sheet.unsure();
                Said::Strange
            }
        }
    }

    fn time(&self, pick: Option<&Pick>, row: &Spot<'_>, name: &str, sheet: &mut Sheet) -> Option<Precise> {
        let pick = pick?;
        let text = pick.text(row)?;
        let Some(instant) = self.times.read(&text) else {
            sheet.problem("bad_time", within(row, pick, name), format!("`{text}` is no time we can read."));
            return None;
        };
        if instant.assumed_utc {
            sheet.assume_utc();
        }
        Some(instant.at)
    }

    /// What a word means. Of several classes the ones that are in the table must agree.
    fn word<T: PartialEq + Copy>(
        &self,
        pick: &Pick,
        spot: &Spot<'_>,
        place: &str,
        sheet: &mut Sheet,
        meaning: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let words = pick.words(spot);
        let mut known = words.iter().filter_map(|word| meaning(word));
        if let Some(first) = known.next()
            && known.all(|other| other == first)
        {
            return Some(first);
        }
        let said = if words.is_empty() { "nothing".to_owned() } else { words.join(" ") };
        sheet.problem("unknown_status", place, format!("`{said}` is no word that the description knows."));
        None
    }
}

/// What a field says of a stage.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Phase(Phase),
    /// It is not described, or goes on as before.
    Nothing,
    Strange,
}

/// An update without its stage.
fn bare<S>(update: Draft<Phase>) -> Draft<S> {
    Draft { id: update.id, stage: None, at: update.at, stored_at: update.stored_at, body: update.body }
}

fn work_stage(phase: Phase) -> Option<tocsin_domain::MaintenanceStage> {
    match phase {
        Phase::Work(stage) => Some(stage),
        Phase::Incident(stage) if stage.is_terminal() => Some(tocsin_domain::MaintenanceStage::Completed),
        Phase::Incident(_) | Phase::Same => None,
    }
}

/// The rows of a list; one that is not there is a doubt.
fn elements<'a>(list: &Pick, spot: &Spot<'a>, name: &str, sheet: &mut Sheet) -> Vec<Spot<'a>> {
    let List::There(mut rows) = list.list(spot, name) else {
        sheet.doubt(name, format!("`{}` leads to no list.", list.written()));
        return Vec::new();
    };
    if rows.len() > MOST {
        rows.truncate(MOST);
        sheet.doubt(name, format!("The list has more than {MOST} elements; the rest was not read."));
    }
    rows
}

fn is_within(within: Option<&Pick>, spot: &Spot<'_>, name: &str, sheet: &mut Sheet) -> bool {
    let Some(within) = within.filter(|within| !within.is_there(spot)) else { return true };
    sheet.doubt(name, format!("Nothing on the page is `{}`, which should hold this list.", within.written()));
    false
}

/// Where a field stands: `incidents[2].status`.
fn within(row: &Spot<'_>, pick: &Pick, name: &str) -> String {
    let field = match pick {
        Pick::Json { written, .. } => written.trim_start_matches('$').trim_start_matches('.'),
        Pick::Key | Pick::Css { .. } => name,
    };
    let dot = if row.place().is_empty() || field.is_empty() || field.starts_with('[') { "" } else { "." };
    format!("{}{dot}{field}", row.place())
}

fn text(pick: &Pick, row: &Spot<'_>) -> String {
    pick.text(row).unwrap_or_default()
}

/// An address on the web; of a link on the page, where it leads.
fn link(pick: Option<&Pick>, row: &Spot<'_>, when: &When) -> Option<String> {
    let written = pick?.text(row)?;
    let url = match &when.base {
        Some(base) => base.join(&written).ok(),
        None => Url::parse(&written).ok(),
    };
    url.filter(|url| matches!(url.scheme(), "http" | "https")).map(|url| url.to_string())
}

fn named(pick: Option<&Pick>, row: &Spot<'_>) -> Vec<tocsin_domain::ComponentRef> {
    pick.map(|pick| pick.texts(row).into_iter().map(part).collect()).unwrap_or_default()
}
