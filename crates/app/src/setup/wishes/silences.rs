//! Silences: what a team does not want to hear for a while.

use serde_json::Value;
use tocsin_domain::alert::{Interest, Silence, Silenced};
use tocsin_domain::{Timestamp, ids};
use tocsin_store::SilenceRow;
use tracing::info;
use uuid::Uuid;

use super::Refusal;
use super::lasting::Lasting;
use crate::app::App;
use crate::clock;
use crate::config::values;
use crate::setup::draft::Draft;

/// Entries of a component filter at most.
const COMPONENTS: usize = 500;

/// Mutes what `body` names: an `incident`, a `maintenance`, a `warning`, some `components` of a `provider` or all of it. Nothing is
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
        draft.wrong("components", "what is named is muted whole; leave `components` out");
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

/// The one incident, maintenance or warning that is named, with its provider.
async fn subject(app: &App, draft: &mut Draft<'_>) -> Result<Option<(String, Uuid)>, Refusal> {
    let mut named: Option<(&str, Uuid)> = None;
    for noun in ["incident", "maintenance", "warning"] {
        let Some(id) = draft.take(noun, None, None, |raw| values::id(raw).map(Some)) else { continue };
        match named {
            Some((first, _)) => {
                draft.wrong(noun, &format!("`{first}` says already what is muted; write one of the two"))
            }
            None => named = Some((noun, id)),
        }
    }
    let Some((noun, id)) = named else { return Ok(None) };
    // With its provider, and whether there is still something to mute.
    let found = if noun == "maintenance" {
        app.store.maintenance(id).await?.map(|stored| (stored.provider, !stored.maintenance.stage.is_over()))
    } else {
        let found = Lasting::find(app, id).await?.filter(|found| found.noun() == noun);
        found.map(|found| (found.provider().to_owned(), found.is_open()))
    };
    if !found.as_ref().is_some_and(|(_, open)| *open) {
        let gone = if found.is_some() { "is over" } else { "is not known" };
        draft.wrong(noun, &format!("{noun} {id} {gone}, so there is nothing to mute"));
    }
    // What is missing beside it is another mistake only where nothing was named.
    Ok(Some((found.map(|(provider, _)| provider).unwrap_or_default(), id)))
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
