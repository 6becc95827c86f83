//! Overrides: what a team says of a health because it knows better than the page. It changes what is shown, never who is
//! told.

use serde_json::Value;
use tocsin_domain::Timestamp;
use tocsin_store::OverrideRow;
use tracing::info;

use super::Refusal;
use crate::app::App;
use crate::clock;
use crate::config::values;
use crate::setup::draft::Draft;

/// Says how a provider (or one component of it) is, in the place of what was said before.
///
/// # Errors
/// Every mistake in `body`, or the store's trouble.
pub async fn set(app: &App, by: &str, body: &Value) -> Result<OverrideRow, Refusal> {
    let _changing = app.changing.lock().await;
    let row = read(app, by, body, clock::now()).await?;
    app.store.put_override(&row).await?;
    app.refresh().await?;
    info!(provider = row.provider, health = row.health.word(), "a health was overridden");
    Ok(row)
}

/// Lets the page speak for itself again. `component`: its id or name; empty for the provider as a whole.
///
/// # Errors
/// If nothing was overridden, or the store's trouble.
pub async fn end(app: &App, provider: &str, component: &str) -> Result<(), Refusal> {
    let _changing = app.changing.lock().await;
    let nothing = || {
        let what = if component.is_empty() { String::new() } else { format!("component `{component}` of ") };
        Refusal::Unknown(format!("Nobody says how {what}provider `{provider}` is, but its page."))
    };
    let provider = app.directory().provider(provider).map(|known| known.slug).ok_or_else(nothing)?;
    let parts = if component.is_empty() { Vec::new() } else { super::parts(app, &provider).await? };
    let id = parts.iter().find(|part| part.id == component || part.name == component).map(|part| part.id.as_str());
    let team = app.store.default_team();
    if !app.store.end_override(team, &provider, id.unwrap_or(component)).await? {
        return Err(nothing());
    }
    app.refresh().await?;
    info!(provider, "an override was ended");
    Ok(())
}

async fn read(app: &App, by: &str, body: &Value, now: Timestamp) -> Result<OverrideRow, Refusal> {
    let mut draft = Draft::of(body)?;
    let provider = super::provider(&mut draft, &app.directory(), None);
    let written = draft.take("component", String::new(), String::new(), values::text);
    let component = match written.trim() {
        "" => String::new(),
        written => {
            let parts = super::parts(app, &provider).await?;
            let same = |name: &str| name.eq_ignore_ascii_case(written);
            let found = parts.iter().find(|part| part.id == written).or_else(|| parts.iter().find(|p| same(&p.name)));
            match found {
                Some(part) if part.id.is_empty() => part.name.clone(),
                Some(part) => part.id.clone(),
                None => {
                    draft.wrong("component", &super::no_component(written, &parts));
                    String::new()
                }
            }
        }
    };
    let health = draft.need("health", None, values::health).unwrap_or_default();
    let why = draft.take("why", String::new(), String::new(), values::note);
    let lock = draft.take("lock", false, false, values::flag);
    let until_change = draft.take("until_change", None, None, |raw| values::flag(raw).map(Some));
    let until = super::end(&mut draft, now);
    let ends = [lock, until_change == Some(true), until.is_some()];
    if ends.iter().filter(|said| **said).count() > 1 {
        draft.wrong("lock", "`lock`, `until_change` and a time exclude each other; write one of them");
    }
    draft.finish()?;
    Ok(OverrideRow {
        team: app.store.default_team(),
        provider,
        component,
        health,
        // Whoever says nothing wants the page back as soon as it has something to say.
        until_change: until_change.unwrap_or(!lock && until.is_none()),
        until,
        at: now,
        by: by.to_owned(),
        why,
    })
}
