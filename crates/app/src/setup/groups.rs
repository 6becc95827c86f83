//! Notification groups by hand.

use serde_json::Value;
use tocsin_domain::alert::{EventPattern, Rule};
use tocsin_domain::ids;
use tocsin_store::{GroupRow, MonitorRow, Table};
use tracing::info;
use uuid::Uuid;

use super::draft::{self, Draft};
use super::{Refusal, earliest, name_given_away, not_declared, remove as remove_row, too_late};
use crate::app::App;
use crate::clock;
use crate::config::{Raw, did_you_mean, rule, values};
use crate::directory::Directory;

/// Adds a group.
///
/// # Errors
/// Every mistake in `body`, or the store's trouble.
pub async fn create(app: &App, body: &Value) -> Result<GroupRow, Refusal> {
    let _changing = app.changing.lock().await;
    let now = clock::now();
    let team = app.store.default_team();
    let id = ids::v7(now, &[b"group", team.as_bytes(), &clock::now_ms().to_be_bytes(), body.to_string().as_bytes()]);
    let empty =
        GroupRow { id, team, name: String::new(), rule: Rule::default(), channels: Vec::new(), declared: false };
    let row = read(&app.directory(), body, None, empty)?;
    app.store.put_group(&row, now).await?;
    app.refresh().await?;
    info!(group = row.name, "a group was added");
    Ok(row)
}

/// Changes what `body` names of a group.
///
/// # Errors
/// Every mistake in `body`; a group that is not there or is declared; the store's trouble.
pub async fn change(app: &App, id: Uuid, body: &Value) -> Result<GroupRow, Refusal> {
    let _changing = app.changing.lock().await;
    let directory = app.directory();
    let before = find(&directory, id)?;
    not_declared(before.declared, "group", &before.name)?;
    let row = read(&directory, body, Some(before.name.clone()), before.clone())?;
    app.store.put_group(&row, clock::now()).await?;
    app.refresh().await?;
    Ok(row)
}

/// Deletes a group that no monitor names.
///
/// # Errors
/// A group that is not there, is declared or is used; the store's trouble.
pub async fn remove(app: &App, id: Uuid) -> Result<(), Refusal> {
    let _changing = app.changing.lock().await;
    let directory = app.directory();
    let row = find(&directory, id)?;
    not_declared(row.declared, "group", &row.name)?;
    let users = users(&directory, id);
    if !users.is_empty() {
        let text = format!(
            "The group `{}` is told by {}: take it out of {} first.",
            row.name,
            named("monitor of", "monitors of", &users),
            if users.len() == 1 { "that one" } else { "them" }
        );
        return Err(Refusal::Conflict(text));
    }
    remove_row(app, Table::Groups, id, || unknown(id)).await?;
    info!(group = row.name, "a group was deleted");
    Ok(())
}

/// Brings a deleted group back.
///
/// # Errors
/// If it was not deleted within the last hour, or its name was given away; the store's trouble.
pub async fn restore(app: &App, id: Uuid) -> Result<GroupRow, Refusal> {
    let _changing = app.changing.lock().await;
    let since = earliest(clock::now());
    let row = app.store.removed_group(id, since).await?.ok_or_else(|| too_late("group", id))?;
    if app.directory().groups().any(|other| other.name == row.name) {
        return Err(name_given_away("group", &row.name));
    }
    app.store.restore(Table::Groups, id, since).await?;
    app.refresh().await?;
    Ok(row)
}

/// Slugs of the providers whose monitors tell this group.
#[must_use]
pub fn users(directory: &Directory, id: Uuid) -> Vec<String> {
    let mut slugs: Vec<String> = directory
        .all_monitors()
        .filter(|monitor| monitor.groups.contains(&id))
        .map(|monitor| monitor.provider.clone())
        .collect();
    slugs.sort_unstable();
    slugs.dedup();
    slugs
}

/// "the monitors of `a`, `b` and `c`".
pub(super) fn named(one: &str, many: &str, names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("the {many} {} and {last}", rest.join(", ")),
        _ => format!("the {one} {}", quoted.join("")),
    }
}

/// # Errors
/// If there is no such group.
pub fn find(directory: &Directory, id: Uuid) -> Result<&GroupRow, Refusal> {
    directory.group(id).ok_or_else(|| Refusal::Unknown(unknown(id)))
}

fn unknown(id: Uuid) -> String {
    format!("There is no group {id}.")
}

fn read(directory: &Directory, body: &Value, name: Option<String>, before: GroupRow) -> Result<GroupRow, Refusal> {
    let mut draft = Draft::of(body)?;
    let row = filled(&mut draft, directory, name, before);
    draft.finish()?;
    Ok(row)
}

/// A group as it is written; mistakes are noted in the draft.
fn filled(draft: &mut Draft<'_>, directory: &Directory, name: Option<String>, before: GroupRow) -> GroupRow {
    let name = draft.need("name", name, draft::name).unwrap_or_default();
    if directory.groups().any(|other| other.name == name && other.id != before.id) {
        draft.wrong("name", &format!("there is another group called `{name}`; names must differ"));
    }
    let channels = channels(draft, directory, before.channels);
    let events = events(draft, before.rule.events.clone());
    let rule = rule::read(draft, Rule { events, ..before.rule });
    if let Some(escalation) = &rule.escalate {
        let others: Vec<&str> =
            directory.groups().filter(|other| other.id != before.id).map(|other| other.name.as_str()).collect();
        if !others.contains(&escalation.to.as_str()) {
            let near = did_you_mean(&escalation.to, others.iter().copied());
            draft.wrong("escalate_to", &format!("there is no other group called `{}`{near}", escalation.to));
        }
    }
    GroupRow { name, channels, rule, ..before }
}

/// What is to be rehearsed.
#[derive(Clone, Debug)]
pub struct Trial {
    pub group: GroupRow,
    /// The monitors that would tell it.
    pub monitors: Vec<MonitorRow>,
    pub days: i64,
}

/// A group as `body` would make or change it, with `monitors` (ids) and `days` beside its keys; nothing is stored. Where
/// no monitors are named: those that tell the group, and of a group that none tells yet, all.
///
/// # Errors
/// Every mistake in `body`; a group that is not there.
pub fn trial(directory: &Directory, team: Uuid, id: Option<Uuid>, body: &Value) -> Result<Trial, Refusal> {
    let fresh = || GroupRow {
        id: Uuid::nil(),
        team,
        name: String::new(),
        rule: Rule::default(),
        channels: Vec::new(),
        declared: false,
    };
    let before = id.map_or_else(|| Ok(fresh()), |id| find(directory, id).cloned())?;
    let mut body = body.clone();
    // A group need not have a name yet to be tried.
    if body.get("name").is_some_and(Value::is_null) {
        body.as_object_mut().map(|keys| keys.remove("name"));
    }
    let mut draft = Draft::of(&body)?;
    let name = if before.name.is_empty() { UNNAMED.to_owned() } else { before.name.clone() };
    let group = filled(&mut draft, directory, Some(name), before);
    let days = draft.take("days", MOST_DAYS, MOST_DAYS, days);
    let named = draft.take("monitors", Vec::new(), Vec::new(), values::list);
    let mut monitors = Vec::new();
    for (index, one) in named.iter().enumerate() {
        match Uuid::parse_str(one.trim()).ok().and_then(|id| directory.monitor(id)) {
            Some(row) => monitors.push(row.clone()),
            None => draft.wrong(&format!("monitors/{index}"), &format!("there is no monitor `{one}`")),
        }
    }
    draft.finish()?;
    if monitors.is_empty() {
        let all = directory.monitors();
        monitors = all.iter().filter(|monitor| monitor.groups.contains(&group.id)).cloned().collect();
        if monitors.is_empty() {
            monitors = all.to_vec();
        }
    }
    Ok(Trial { group, monitors, days })
}

/// How a group is called that has no name yet.
const UNNAMED: &str = "this group";

/// Days that a rehearsal goes back at most.
pub const MOST_DAYS: i64 = 30;

fn days(raw: Raw) -> Result<i64, String> {
    match raw {
        Raw::Int(days) if (1..=MOST_DAYS).contains(&days) => Ok(days),
        _ => Err(format!("must be a number of days from 1 to {MOST_DAYS}")),
    }
}

fn channels(draft: &mut Draft<'_>, directory: &Directory, before: Vec<Uuid>) -> Vec<Uuid> {
    let names = draft.take("channels", None, Some(Vec::new()), |raw| values::list(raw).map(Some));
    let Some(names) = names else { return before };
    let mut ids = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match directory.channels().find(|channel| channel.name == name.trim()) {
            Some(channel) if !ids.contains(&channel.id) => ids.push(channel.id),
            Some(_) => {}
            None => {
                let near = did_you_mean(name, directory.channels().map(|channel| channel.name.as_str()));
                draft.wrong(&format!("channels/{index}"), &format!("there is no channel called `{name}`{near}"));
            }
        }
    }
    ids
}

/// `null`: the defaults.
fn events(draft: &mut Draft<'_>, before: Option<Vec<EventPattern>>) -> Option<Vec<EventPattern>> {
    let words = draft.take("events", None, Some(None), |raw| values::list(raw).map(|list| Some(Some(list))));
    let words = match words {
        None => return before,
        Some(words) => words?,
    };
    let mut patterns = Vec::new();
    for (index, word) in words.iter().enumerate() {
        match values::event(word.trim()) {
            Ok(pattern) => patterns.push(pattern),
            Err(text) => draft.wrong(&format!("events/{index}"), &text),
        }
    }
    Some(patterns)
}
