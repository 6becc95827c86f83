//! Weigh: what concerns a group is told if it is loud enough, old enough, or was announced before.

use super::decide::{Judged, Member, ReasonCode, span};
use super::standing::Standing;
use crate::event::Event;
use crate::incident::{Impact, Incident};
use crate::time::Timestamp;

/// The end of work that was never announced is not told.
pub(super) fn maintenance(event: &Event, standing: &Standing, member: &Member) -> Result<(), Judged> {
    let (group, rule) = (&member.group_name, &member.rule);
    if !rule.maintenance {
        let text = format!("Group {group} does not hear of maintenance.");
        return Err(Judged::silent(ReasonCode::MaintenanceNotWanted, text));
    }
    let unwanted = |seconds: &i64| rule.reminders_s.as_ref().is_some_and(|wanted| !wanted.contains(seconds));
    if let Some(seconds) = event.reminder_s.filter(unwanted) {
        let text = format!("Group {group} wants no reminder {} before maintenance.", span(seconds));
        return Err(Judged { follow: true, ..Judged::silent(ReasonCode::MaintenanceNotWanted, text) });
    }
    let ends = event.kind.ends_maintenance();
    if ends && !standing.imported_open && !standing.followers.contains(&member.group) {
        let text = "This maintenance was never announced here, so its end is not either.".to_owned();
        return Err(Judged::silent(ReasonCode::NotAnnounced, text));
    }
    Ok(())
}

/// Announced before, loud enough, and old enough?
pub(super) fn incident(event: &Event, incident: &Incident, standing: &Standing, member: &Member) -> Result<(), Judged> {
    if standing.is_announced_to(member) {
        return Ok(());
    }
    let (group, rule) = (&member.group_name, &member.rule);
    if incident.impact < rule.min_impact {
        let impact = match incident.impact {
            Impact::None => "It has no stated impact".to_owned(),
            other => format!("Its impact is {}", other.word()),
        };
        let above = if rule.min_impact == Impact::Critical { " only" } else { " and worse" };
        let text = format!("{impact}; group {group} hears of {} ones{above}.", rule.min_impact.word());
        return Err(Judged::silent(ReasonCode::BelowMinImpact, text));
    }
    let wait_s = rule.wait_s(incident.impact);
    let held = standing.held.get(&member.group).copied();
    if !incident.is_open() {
        return ended(event, incident, member, held, wait_s);
    }
    let over = incident.first_seen_at.plus(wait_s);
    let until = held.map_or(over, |until| until.min(over));
    if wait_s > 0 && event.at < until {
        let what = if incident.impact <= Impact::Minor { "minor ones" } else { "incidents" };
        let text = format!("It has just begun, and group {group} hears of {what} only after {}.", span(wait_s));
        return Err(Judged { hold_until: Some(until), ..Judged::silent(ReasonCode::WithinDwell, text) });
    }
    Ok(())
}

/// The end of an incident that was not announced: told only if it began unseen too, and if it lasted long enough.
fn ended(
    event: &Event,
    incident: &Incident,
    member: &Member,
    held: Option<Timestamp>,
    wait_s: i64,
) -> Result<(), Judged> {
    if held.is_none() && !event.also_opened {
        let text = "It was never announced here, so what follows is not either.".to_owned();
        return Err(Judged::silent(ReasonCode::NotAnnounced, text));
    }
    // An end before the start is no time to count with: then it lasted until we saw that it is over.
    let sane = |end: &Timestamp| incident.started_at.is_none_or(|start| *end >= start);
    let ended = incident.resolved_at.map(|end| if sane(&end) { end } else { event.at });
    let too_short = match held {
        Some(until) => ended.is_none_or(|ended| ended < until),
        None => incident.duration_s(event.at).unwrap_or(0) < wait_s,
    };
    if wait_s > 0 && too_short {
        let text = format!("It was over within {}, before group {} hears of it.", span(wait_s), member.group_name);
        return Err(Judged::silent(ReasonCode::EndedWithinDwell, text));
    }
    Ok(())
}
