//! Monitors by hand.

use serde_json::{Value, json};
use tocsin_domain::ids;
use tocsin_store::{MonitorRow, Table};
use tracing::info;
use uuid::Uuid;

use super::draft::Draft;
use super::{Refusal, earliest, not_declared, remove as remove_row, too_late};
use crate::app::App;
use crate::catalog;
use crate::clock;
use crate::config::{did_you_mean, values};
use crate::directory::Directory;

/// Adds a monitor; its page is asked at once.
///
/// # Errors
/// Every mistake in `body`, or the store's trouble.
pub async fn create(app: &App, body: &Value) -> Result<MonitorRow, Refusal> {
    let _changing = app.changing.lock().await;
    let row = drafted(app, body)?;
    app.store.put_monitor(&row, clock::now()).await?;
    app.refresh().await?;
    info!(provider = row.provider, "a monitor was added");
    Ok(row)
}

/// Adds a monitor for each of `providers` (slugs), all of them told to the same groups (names).
///
/// # Errors
/// Every mistake in the first that does not fit (nothing is added then), or the store's trouble.
pub async fn create_all(app: &App, providers: &[String], groups: &[String]) -> Result<usize, Refusal> {
    let _changing = app.changing.lock().await;
    let body = |provider: &String| json!({ "provider": provider, "groups": groups });
    let rows = providers.iter().map(|provider| drafted(app, &body(provider))).collect::<Result<Vec<_>, _>>()?;
    for row in &rows {
        app.store.put_monitor(row, clock::now()).await?;
    }
    app.refresh().await?;
    info!(count = rows.len(), "monitors were added");
    Ok(rows.len())
}

/// A new monitor as `body` describes it.
fn drafted(app: &App, body: &Value) -> Result<MonitorRow, Refusal> {
    let now = clock::now();
    let team = app.store.default_team();
    let id = ids::v7(now, &[b"monitor", team.as_bytes(), &clock::now_ms().to_be_bytes(), body.to_string().as_bytes()]);
    let fresh = MonitorRow {
        id,
        team,
        provider: String::new(),
        components: Vec::new(),
        groups: Vec::new(),
        declared: false,
        paused: false,
        told_at: None,
        tags: Vec::new(),
        aware: false,
    };
    read(&app.directory(), body, None, fresh)
}

/// Changes what `body` names of a monitor.
///
/// # Errors
/// Every mistake in `body`; a monitor that is not there or is declared; the store's trouble.
pub async fn change(app: &App, id: Uuid, body: &Value) -> Result<MonitorRow, Refusal> {
    let _changing = app.changing.lock().await;
    let directory = app.directory();
    let before = find(&directory, id)?;
    not_declared(before.declared, "monitor of", &before.provider)?;
    let mut row = read(&directory, body, Some(before.provider.clone()), before.clone())?;
    if row.provider != before.provider {
        row.told_at = None;
    }
    app.store.put_monitor(&row, clock::now()).await?;
    app.refresh().await?;
    Ok(row)
}

/// Deletes a monitor: nothing is told through it any more.
///
/// # Errors
/// A monitor that is not there or is declared; the store's trouble.
pub async fn remove(app: &App, id: Uuid) -> Result<(), Refusal> {
    let _changing = app.changing.lock().await;
    let directory = app.directory();
    let row = find(&directory, id)?;
    not_declared(row.declared, "monitor of", &row.provider)?;
    remove_row(app, Table::Monitors, id, || unknown(id)).await?;
    info!(provider = row.provider, "a monitor was deleted");
    Ok(())
}

/// Brings a deleted monitor back.
///
/// # Errors
/// If it was not deleted within the last hour; the store's trouble.
pub async fn restore(app: &App, id: Uuid) -> Result<MonitorRow, Refusal> {
    let _changing = app.changing.lock().await;
    let since = earliest(clock::now());
    let row = app.store.removed_monitor(id, since).await?.ok_or_else(|| too_late("monitor", id))?;
    app.store.restore(Table::Monitors, id, since).await?;
    app.refresh().await?;
    Ok(row)
}

/// # Errors
/// If there is no such monitor.
pub fn find(directory: &Directory, id: Uuid) -> Result<&MonitorRow, Refusal> {
    directory.monitor(id).ok_or_else(|| Refusal::Unknown(unknown(id)))
}

fn unknown(id: Uuid) -> String {
    format!("There is no monitor {id}.")
}

fn read(
    directory: &Directory,
    body: &Value,
    provider: Option<String>,
    before: MonitorRow,
) -> Result<MonitorRow, Refusal> {
    let mut draft = Draft::of(body)?;
    let provider = draft.need("provider", provider, |raw| known(directory, &values::text(raw)?));
    let components = draft.take("components", before.components, Vec::new(), values::components);
    let groups = groups(&mut draft, directory, before.groups);
    let paused = draft.take("paused", before.paused, false, values::flag);
    let tags = draft.take("tags", before.tags, Vec::new(), values::tags);
    let aware = draft.take("aware", before.aware, false, values::flag);
    draft.finish()?;
    Ok(MonitorRow { provider: provider.unwrap_or_default(), components, groups, paused, tags, aware, ..before })
}

fn groups(draft: &mut Draft<'_>, directory: &Directory, before: Vec<Uuid>) -> Vec<Uuid> {
    let names = draft.take("groups", None, Some(Vec::new()), |raw| values::list(raw).map(Some));
    let Some(names) = names else { return before };
    let mut ids = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match directory.groups().find(|group| group.name == name.trim()) {
            Some(group) if !ids.contains(&group.id) => ids.push(group.id),
            Some(_) => {}
            None => {
                let near = did_you_mean(name, directory.groups().map(|group| group.name.as_str()));
                draft.wrong(&format!("groups/{index}"), &format!("there is no group called `{name}`{near}"));
            }
        }
    }
    ids
}

/// The slug of a provider that somebody named.
pub(super) fn known(directory: &Directory, written: &str) -> Result<String, String> {
    let slug = written.trim().to_lowercase();
    directory.provider(&slug).map(|known| known.slug).ok_or_else(|| no_provider(directory, &slug))
}

fn no_provider(directory: &Directory, slug: &str) -> String {
    let own: Vec<String> = directory.own_providers().map(|own| own.slug.clone()).collect();
    let known = own.iter().map(String::as_str).chain(catalog::all().iter().map(|entry| entry.slug));
    let near = did_you_mean(slug, known);
    let hint = if near.is_empty() { "; search the catalogue, or add its page as a provider" } else { &near };
    format!("there is no provider `{slug}`{hint}")
}
