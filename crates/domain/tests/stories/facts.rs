//! Facts of a story: what we remember at some moment, asked for line by line as `voice duration: 2h`.

use tocsin_domain::{Incident, IncidentState, Maintenance, Timestamp};

use crate::time;
use crate::world::World;

/// The lines with the answers as they are.
pub fn answered(world: &World, lines: &[&str]) -> Result<Vec<String>, String> {
    lines.iter().map(|line| answer(world, line)).collect()
}

fn answer(world: &World, line: &str) -> Result<String, String> {
    let (question, _) = line.split_once(':').ok_or_else(|| format!("`{line}` asks nothing"))?;
    let (subject, key) = question.split_once(' ').ok_or_else(|| format!("`{question}` asks nothing"))?;
    let known = match (subject, world.incidents.get(subject), world.maintenances.get(subject)) {
        ("page", ..) => page(world, key),
        (_, Some(incident), _) => incident_fact(world, incident, key),
        (_, _, Some(work)) => work_fact(work, key),
        _ => None,
    };
    known.map(|fact| format!("{question}: {fact}")).ok_or_else(|| format!("nothing is known of `{question}`"))
}

fn page(world: &World, key: &str) -> Option<String> {
    let state = &world.state;
    let open = state.incidents.iter().filter(|(_, trace)| trace.open).map(|(id, _)| id.as_str());
    Some(match key {
        "health" => state.health.word().to_owned(),
        "last known" => state.last_known.map_or("-", tocsin_domain::Health::word).to_owned(),
        "read" => moment(state.read_at),
        "platform" => state.platform.clone().unwrap_or_else(|| "-".to_owned()),
        "reason" => state.reason.clone().unwrap_or_else(|| "-".to_owned()),
        "wakes" => moment(world.wakes()),
        "open" => listed(open.map(str::to_owned).collect()),
        "remembers" => listed(state.incidents.keys().chain(state.maintenances.keys()).cloned().collect()),
        _ => return None,
    })
}

fn incident_fact(world: &World, incident: &Incident, key: &str) -> Option<String> {
    let seconds = |span: Option<i64>| span.map_or_else(|| "-".to_owned(), time::span);
    Some(match key {
        "state" if incident.state == IncidentState::Open => "open".to_owned(),
        "state" => "closed".to_owned(),
        "stage" => incident.stage.word().to_owned(),
        "impact" => incident.impact.word().to_owned(),
        "title" => incident.title.clone(),
        "started" => moment(incident.started_at),
        "resolved" => moment(incident.resolved_at),
        "first seen" => moment(Some(incident.first_seen_at)),
        "duration" => seconds(incident.duration_s(world.now?)),
        "detection" => seconds(incident.detection_s()),
        "imported" => yes(incident.imported),
        "inferred" => yes(incident.inferred),
        "sample" => yes(incident.sample),
        "touches" => listed(incident.components.iter().map(|one| one.name.clone()).collect()),
        "updates" => listed(incident.updates.iter().map(|one| format!("#{}", one.id)).collect()),
        other => return update_fact(incident, other),
    })
}

/// `#2 text`, `#2 earlier texts`, `#2 stage`.
fn update_fact(incident: &Incident, key: &str) -> Option<String> {
    let (id, key) = key.strip_prefix('#')?.split_once(' ')?;
    let update = incident.updates.iter().find(|update| update.id == id)?;
    match key {
        "text" => Some(update.body.clone()),
        "at" => Some(moment(update.at)),
        "stage" => Some(update.stage.map_or("-", tocsin_domain::Stage::word).to_owned()),
        "earlier texts" => {
            let texts: Vec<&str> = update.revisions.iter().map(|one| one.body.as_str()).collect();
            Some(dash(texts.join(" | ")))
        }
        _ => None,
    }
}

fn work_fact(work: &Maintenance, key: &str) -> Option<String> {
    Some(match key {
        "stage" => work.stage.word().to_owned(),
        "from" => moment(work.starts_at),
        "to" => moment(work.ends_at),
        "imported" => yes(work.imported),
        "touches" => listed(work.components.iter().map(|one| one.name.clone()).collect()),
        _ => return None,
    })
}

fn moment(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), time::full)
}

fn yes(flag: bool) -> String {
    if flag { "yes" } else { "no" }.to_owned()
}

fn listed(items: Vec<String>) -> String {
    dash(items.join(", "))
}

fn dash(text: String) -> String {
    if text.is_empty() { "-".to_owned() } else { text }
}
