//! Silences: what a team does not want to hear for a while.

use serde_json::Value;
use tocsin_domain::alert::{Interest, Silence, Silenced};
use tocsin_domain::{Timestamp, ids};
use tocsin_store::SilenceRow;
use tracing::info;
use uuid::Uuid;

use super::Refusal;
use crate::app::App;
use crate::clock;
use crate::config::values;
use crate::setup::draft::Draft;

/// Entries of a component filter at most.
const COMPONENTS: usize = 500;

/// Mutes what `body` names: an `incident`, a `maintenance`, some `components` of a `provider` or all of it. Nothing is
/// told of it from now on, but for the end of what was heard of.
///
/// # Errors
/// Every mistake in `body`, or the store's trouble.
pub async fn mute(app: &App, by: &str, body: &Value) -> Result<SilenceRow, Refusal> {
    let _changing = app.changing.lock().await;
    let row = read(app, by, body, clock::now()).await?;
    app.store.put_silence(&row).await?;
    app.refresh().await?;
    info!(provider = row.provider, "something was muted");
    Ok(row)
}

/// Ends a silence before its time. What is still open and was held back is told at once.
///
/// # Errors
/// If there is none of this id (any more), or the store's trouble.
pub async fn end(app: &App, id: Uuid) -> Result<String, Refusal> {
    let provider = {
        let _changing = app.changing.lock().await;
        let directory = app.directory();
        let now = clock::now();
        let found = directory.all_silences().find(|(_, one)| one.id == id && one.holds(now));
        let (provider, _) = found.ok_or_else(|| unknown(id))?;
        if !app.store.end_silence(id).await? {
            return Err(unknown(id));
        }
        app.refresh().await?;
        provider.to_owned()
    };
    info!(provider, "a mute was ended");
    super::again(app, &provider).await?;
    Ok(provider)
}

fn unknown(id: Uuid) -> Refusal {
    Refusal::Unknown(format!("There is no silence {id}, or it is over."))
}

async fn read(app: &App, by: &str, body: &Value, now: Timestamp) -> Result<SilenceRow, Refusal> {
    let mut draft = Draft::of(body)?;
    let directory = app.directory();
    let subject = subject(app, &mut draft).await?;
    let named = subject.as_ref().map(|(provider, _)| provider.clone());
    let provider = super::provider(&mut draft, &directory, named.clone());
    if named.is_some_and(|named| named != provider && !provider.is_empty()) {
        draft.wrong("provider", "it is not this provider's; leave `provider` out");
    }
    let components = components(app, &mut draft, &provider).await?;
    if subject.is_some() && !components.is_empty() {
        draft.wrong("components", "one incident or maintenance is muted whole; leave `components` out");
    }
    let until = super::end(&mut draft, now);
    let unsaid = body.get("until").is_none_or(Value::is_null) && body.get("for").is_none_or(Value::is_null);
    if subject.is_none() && unsaid {
        let text =
            "`for` is needed: say how long, like \"4h\" (or `until`); what nobody wants to hear of at all is paused";
        draft.wrong("for", text);
    }
    let why = draft.take("why", String::new(), String::new(), values::note);
    draft.finish()?;
    let team = app.store.default_team();
    let id = ids::v7(now, &[b"silence", team.as_bytes(), &clock::now_ms().to_be_bytes(), body.to_string().as_bytes()]);
    let what = match subject {
        Some((_, id)) => Silenced::Subject(id),
        None if components.is_empty() => Silenced::Provider,
        None => Silenced::Components(Interest(components)),
    };
    let silence = Silence { id, team: team.to_string(), what, since: now, until, by: by.to_owned(), why };
    Ok(SilenceRow { team, provider, silence })
}

/// The one incident or maintenance that is named, with its provider.
async fn subject(app: &App, draft: &mut Draft<'_>) -> Result<Option<(String, Uuid)>, Refusal> {
    let incident = draft.take("incident", None, None, |raw| values::id(raw).map(Some));
    let maintenance = draft.take("maintenance", None, None, |raw| values::id(raw).map(Some));
    if incident.is_some() && maintenance.is_some() {
        draft.wrong("maintenance", "`incident` says already what is muted; write one of the two");
    }
    if let Some(id) = incident {
        return Ok(match app.store.incident(id).await? {
            Some(stored) if stored.incident.is_open() => Some((stored.provider, id)),
            found => {
                let gone = if found.is_some() { "is over" } else { "is not known" };
                draft.wrong("incident", &format!("incident {id} {gone}, so there is nothing to mute"));
                // What is missing beside it is another mistake only where nothing was named.
                Some((found.map(|stored| stored.provider).unwrap_or_default(), id))
            }
        });
    }
    let Some(id) = maintenance else { return Ok(None) };
    Ok(match app.store.maintenance(id).await? {
        Some(stored) if !stored.maintenance.stage.is_over() => Some((stored.provider, id)),
        found => {
            let gone = if found.is_some() { "is over" } else { "is not known" };
            draft.wrong("maintenance", &format!("maintenance {id} {gone}, so there is nothing to mute"));
            Some((found.map(|stored| stored.provider).unwrap_or_default(), id))
        }
    })
}

async fn components(app: &App, draft: &mut Draft<'_>, provider: &str) -> Result<Vec<String>, Refusal> {
    let written = draft.take("components", Vec::new(), Vec::new(), |raw| {
        let written = values::list(raw)?.into_iter().map(|one| one.trim().to_owned());
        let written: Vec<String> = written.filter(|one| !one.is_empty()).collect();
        if written.len() > COMPONENTS { Err(format!("at most {COMPONENTS} components")) } else { Ok(written) }
    });
    if written.is_empty() {
        return Ok(written);
    }
    let parts = super::parts(app, provider).await?;
    for (index, one) in written.iter().enumerate() {
        let interest = Interest(vec![one.clone()]);
        if !parts.is_empty() && !parts.iter().any(|part| interest.picks_component(part)) {
            draft.wrong(&format!("components/{index}"), &super::no_component(one, &parts));
        }
    }
    Ok(written)
}
