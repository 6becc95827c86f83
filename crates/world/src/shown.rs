//! What is true on a vendor's page at a moment, whatever software writes it down.

use tocsin_domain::{Health, Impact, MaintenanceStage, Stage, Timestamp};

use crate::course::Course;
use crate::model::{FaultKind, Incident, Part, Vendor, Work};
use crate::shape::Shape;

/// A page at a moment.
#[derive(Clone, Debug)]
pub struct Shown {
    pub shape: Shape,
    pub name: String,
    /// The page's address, without a slash at its end.
    pub base: String,
    /// What native ids hang on.
    pub key: String,
    pub parts: Vec<ShownPart>,
    /// Newest first.
    pub incidents: Vec<ShownIncident>,
    /// Latest window first.
    pub works: Vec<ShownWork>,
    /// The last change of anything on it.
    pub updated_at: Timestamp,
}

/// A component as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownPart {
    pub name: String,
    pub group: Option<String>,
    pub health: Health,
}

/// An incident as far as it was told.
#[derive(Clone, Debug)]
pub struct ShownIncident {
    pub key: String,
    pub title: String,
    pub impact: Impact,
    pub stage: Stage,
    pub started_at: Timestamp,
    pub resolved_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    /// Places in the page's `parts`.
    pub parts: Vec<usize>,
    pub health: Health,
    /// Oldest first.
    pub updates: Vec<ShownUpdate<Stage>>,
}

impl ShownIncident {
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.stage.is_terminal()
    }
}

/// One update as it reads now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownUpdate<S> {
    pub at: Timestamp,
    /// When its text was last changed.
    pub updated_at: Timestamp,
    pub stage: S,
    pub body: String,
}

/// Announced work as far as it was told.
#[derive(Clone, Debug)]
pub struct ShownWork {
    pub key: String,
    pub title: String,
    pub stage: MaintenanceStage,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub updated_at: Timestamp,
    pub parts: Vec<usize>,
    /// Oldest first.
    pub updates: Vec<ShownUpdate<MaintenanceStage>>,
}

impl Shown {
    /// The components that places name.
    pub fn named<'a>(&'a self, places: &'a [usize]) -> impl Iterator<Item = (usize, &'a ShownPart)> + 'a {
        places.iter().filter_map(|place| Some((*place, self.parts.get(*place)?)))
    }

    /// Names of the groups, each once, in their order.
    #[must_use]
    pub fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> = Vec::new();
        for group in self.parts.iter().filter_map(|part| part.group.as_deref()) {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        groups
    }

    /// The worst of the components and of what is open.
    #[must_use]
    pub fn health(&self) -> Health {
        let open = self.incidents.iter().filter(|one| one.is_open()).filter_map(|one| one.impact.health());
        Health::worst(self.parts.iter().map(|part| part.health).chain(open)).unwrap_or(Health::Operational)
    }
}

impl Vendor {
    /// What its page shows at `now`, from the address `base`.
    #[must_use]
    pub fn shown(&self, course: &Course, base: &str, now: Timestamp) -> Shown {
        let mut incidents: Vec<ShownIncident> =
            self.incidents.iter().flat_map(|incident| told(incident, course, now)).collect();
        incidents.sort_by(|one, other| (other.started_at, &other.key).cmp(&(one.started_at, &one.key)));
        let mut works: Vec<ShownWork> = self.works.iter().filter_map(|work| announced(work, course, now)).collect();
        works.sort_by(|one, other| (other.starts_at, &other.key).cmp(&(one.starts_at, &one.key)));
        let changed = self.faults_at(course, now).any(|fault| fault == FaultKind::ChangedIds);
        let began = course.start.plus(-400 * 86_400);
        let updated = incidents.iter().map(|one| one.updated_at).chain(works.iter().map(|one| one.updated_at));
        Shown {
            shape: self.shape_at(course, now),
            name: self.name.clone(),
            base: base.trim_end_matches('/').to_owned(),
            key: if changed { format!("{} again", self.slug) } else { self.slug.clone() },
            updated_at: updated.max().unwrap_or(began),
            parts: self
                .parts
                .iter()
                .enumerate()
                .map(|(place, part)| part_at(place, part, &incidents, &works))
                .collect(),
            incidents,
            works,
        }
    }
}

fn part_at(place: usize, part: &Part, incidents: &[ShownIncident], works: &[ShownWork]) -> ShownPart {
    let hit = incidents.iter().filter(|one| one.is_open() && one.parts.contains(&place)).map(|one| one.health);
    let worked_on = works.iter().filter(|one| one.stage.is_running() && one.parts.contains(&place));
    let health = Health::worst(hit.chain(worked_on.map(|_| Health::Maintenance)));
    ShownPart { name: part.name.clone(), group: part.group.clone(), health: health.unwrap_or(Health::Operational) }
}

/// Each turn of an incident of which something was told.
fn told(incident: &Incident, course: &Course, now: Timestamp) -> Vec<ShownIncident> {
    let seen = |begin: &crate::When| course.at(begin.plus(incident.late)) <= now;
    let turns = incident.begins(course, now).enumerate().filter(|(_, begin)| seen(begin));
    turns.filter_map(|(turn, begin)| one_turn(incident, turn, begin, course, now)).collect()
}

fn one_turn(
    incident: &Incident,
    turn: usize,
    begin: crate::When,
    course: &Course,
    now: Timestamp,
) -> Option<ShownIncident> {
    let mut updates = Vec::new();
    for line in &incident.lines {
        let said = begin.plus(line.after);
        let at = course.at(said);
        if at > now {
            break;
        }
        let mut edits = line.edits.iter().map(|(after, text)| (course.at(said.plus(*after)), text));
        let edit = edits.rfind(|(at, _)| *at <= now);
        updates.push(ShownUpdate {
            at,
            updated_at: edit.map_or(at, |(at, _)| at),
            stage: line.stage,
            body: edit.map_or(&line.say, |(_, text)| text).clone(),
        });
    }
    let last = updates.last()?;
    let ended = updates.iter().find(|update| update.stage.is_terminal()).map(|update| update.at);
    Some(ShownIncident {
        key: if incident.every > 0 { format!("{} {turn}", incident.key) } else { incident.key.clone() },
        title: incident.title.clone(),
        impact: incident.impact,
        stage: last.stage,
        started_at: updates.first()?.at,
        resolved_at: ended.filter(|_| last.stage.is_terminal()),
        updated_at: updates.iter().map(|update| update.updated_at).max()?.max(course.at(begin.plus(incident.late))),
        parts: incident.parts.clone(),
        health: incident.health,
        updates,
    })
}

fn announced(work: &Work, course: &Course, now: Timestamp) -> Option<ShownWork> {
    let said = work.said(course, now);
    let (updated_at, stage, _) = said.last().cloned()?;
    let update = |(at, stage, body)| ShownUpdate { at, updated_at: at, stage, body };
    Some(ShownWork {
        key: work.key.clone(),
        title: work.title.clone(),
        stage,
        starts_at: course.at(work.starts),
        ends_at: course.at(work.ends),
        updated_at,
        parts: work.parts.clone(),
        updates: said.into_iter().map(update).collect(),
    })
}
