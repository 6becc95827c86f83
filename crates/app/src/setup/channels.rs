//! Channels by hand. A kind's settings are checked by the kind itself, their addresses by the network guard.

use serde_json::{Map, Value};
use tocsin_channels::Kind;
use tocsin_domain::ids;
use tocsin_store::{ChannelRow, Table};
use tracing::info;
use uuid::Uuid;

use super::draft::{self, Draft};
use super::groups::named;
use super::{Refusal, earliest, name_given_away, not_declared, remove as remove_row, too_late};
use crate::app::App;
use crate::clock;
use crate::config::values;
use crate::directory::Directory;
use crate::net::Purpose;
use crate::work::returned;

/// Adds a channel.
///
/// # Errors
/// Every mistake in `body`, or the store's trouble.
pub async fn create(app: &App, body: &Value) -> Result<ChannelRow, Refusal> {
    let _changing = app.changing.lock().await;
    let now = clock::now();
    let team = app.store.default_team();
    let id = ids::v7(now, &[b"channel", team.as_bytes(), &clock::now_ms().to_be_bytes(), body.to_string().as_bytes()]);
    let row = read(app, body, None, id)?;
    app.store.put_channel(&row, now).await?;
    app.refresh().await?;
    info!(channel = row.name, kind = row.kind, "a channel was added");
    Ok(row)
}

/// Changes what `body` names of a channel; settings it does not name stay, secrets above all. A channel whose settings
/// change is sent to again.
///
/// # Errors
/// Every mistake in `body`; a channel that is not there or is declared; the store's trouble.
pub async fn change(app: &App, id: Uuid, body: &Value) -> Result<ChannelRow, Refusal> {
    let (row, is_back) = {
        let _changing = app.changing.lock().await;
        let directory = app.directory();
        let before = find(&directory, id)?;
        not_declared(before.declared, "channel", &before.name)?;
        let row = read(app, body, Some(before), id)?;
        let is_back = before.disabled.is_some() && row.disabled.is_none();
        app.store.put_channel(&row, clock::now()).await?;
        app.refresh().await?;
        (row, is_back)
    };
    app.outbox_grew.notify_one();
    if is_back {
        returned::tell(app, id).await?;
    }
    Ok(row)
}

/// Deletes a channel that no group names. What is on its way to it is given up.
///
/// # Errors
/// A channel that is not there, is declared or is used; the store's trouble.
pub async fn remove(app: &App, id: Uuid) -> Result<(), Refusal> {
    let _changing = app.changing.lock().await;
    let directory = app.directory();
    let row = find(&directory, id)?;
    not_declared(row.declared, "channel", &row.name)?;
    let users = users(&directory, id);
    if !users.is_empty() {
        let text = format!(
            "The channel `{}` is used by {}: take it out of {} first.",
            row.name,
            named("group", "groups", &users),
            if users.len() == 1 { "that one" } else { "them" }
        );
        return Err(Refusal::Conflict(text));
    }
    remove_row(app, Table::Channels, id, || unknown(id)).await?;
    info!(channel = row.name, "a channel was deleted");
    Ok(())
}

/// Brings a deleted channel back.
///
/// # Errors
/// If it was not deleted within the last hour, or its name was given away; the store's trouble.
pub async fn restore(app: &App, id: Uuid) -> Result<ChannelRow, Refusal> {
    let _changing = app.changing.lock().await;
    let since = earliest(clock::now());
    let row = app.store.removed_channel(id, since).await?.ok_or_else(|| too_late("channel", id))?;
    if app.directory().channels().any(|other| other.name == row.name) {
        return Err(name_given_away("channel", &row.name));
    }
    app.store.restore(Table::Channels, id, since).await?;
    app.refresh().await?;
    Ok(row)
}

/// Names of the groups that tell this channel.
#[must_use]
pub fn users(directory: &Directory, id: Uuid) -> Vec<String> {
    let mut names: Vec<String> =
        directory.groups().filter(|group| group.channels.contains(&id)).map(|group| group.name.clone()).collect();
    names.sort_unstable();
    names
}

/// # Errors
/// If there is no such channel.
pub fn find(directory: &Directory, id: Uuid) -> Result<&ChannelRow, Refusal> {
    directory.channel(id).ok_or_else(|| Refusal::Unknown(unknown(id)))
}

fn unknown(id: Uuid) -> String {
    format!("There is no channel {id}.")
}

fn read(app: &App, body: &Value, before: Option<&ChannelRow>, id: Uuid) -> Result<ChannelRow, Refusal> {
    let directory = app.directory();
    let mut draft = Draft::of(body)?;
    let name = draft.need("name", before.map(|row| row.name.clone()), draft::name).unwrap_or_default();
    if directory.channels().any(|other| other.name == name && other.id != id) {
        draft.wrong("name", &format!("there is another channel called `{name}`; names must differ"));
    }
    let known = before.and_then(|row| Kind::named(&row.kind));
    let kind = draft.need("kind", known, values::channel_kind);
    if let Some(before) = before {
        unchangeable(&mut draft, before, kind, &name);
    }
    let Some(kind) = kind else {
        // Which keys there are depends on the kind: only what is wrong with the kind can be said.
        for setting in tocsin_channels::ALL.iter().flat_map(|kind| kind.channel().settings()) {
            draft.given(setting.key);
        }
        return Err(draft.finish().err().unwrap_or_else(|| Refusal::Unknown(unknown(id))));
    };
    let (settings, changed) = settings(app, &mut draft, kind, before);
    draft.finish()?;
    Ok(ChannelRow {
        id,
        team: app.store.default_team(),
        name,
        kind: kind.name().to_owned(),
        settings,
        declared: false,
        disabled: before.and_then(|row| row.disabled.clone()).filter(|_| !changed),
    })
}

fn unchangeable(draft: &mut Draft<'_>, before: &ChannelRow, kind: Option<Kind>, name: &str) {
    if kind.is_some_and(|kind| kind.name() != before.kind) {
        draft.wrong("kind", "the kind of a channel stays; add another channel instead");
    }
    // Unsubscribe links in mails that were sent name the channel.
    if before.kind == Kind::Email.name() && name != before.name && !name.is_empty() {
        let text = "the name of a mail channel stays, because links in mails that were sent carry it; add another channel \
                    instead";
        draft.wrong("name", text);
    }
}

/// The settings, and whether any of them was written anew.
fn settings(app: &App, draft: &mut Draft<'_>, kind: Kind, before: Option<&ChannelRow>) -> (Value, bool) {
    let mut settings = before.and_then(|row| row.settings.as_object().cloned()).unwrap_or_default();
    let mut changed = false;
    for setting in kind.channel().settings() {
        let Some(given) = draft.given(setting.key) else { continue };
        changed = true;
        match given {
            Value::Null => drop(settings.remove(setting.key)),
            given => drop(settings.insert(setting.key.to_owned(), trimmed(given))),
        }
    }
    for problem in problems(app, kind, &settings) {
        draft.wrong(&problem.0, &problem.1);
    }
    (Value::Object(settings), changed)
}

fn trimmed(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::from(text.trim()),
        other => other.clone(),
    }
}

/// What the kind itself says of its settings, and what the network guard says of their addresses.
fn problems(app: &App, kind: Kind, settings: &Map<String, Value>) -> Vec<(String, String)> {
    let value = Value::Object(settings.clone());
    let mut problems: Vec<(String, String)> =
        kind.channel().validate(&value).into_iter().map(|problem| (problem.key, problem.detail)).collect();
    if problems.is_empty() {
        for (key, url) in tocsin_channels::addresses(&value) {
            if let Err(failure) = app.net.check_url(&url, Purpose::Deliver) {
                problems.push((key.to_owned(), failure.detail));
            }
        }
    }
    if kind == Kind::Email && app.config.net.smtp_url.is_none() {
        let text = "mail needs a server: set `net.smtp_url` in the configuration, like smtp://127.0.0.1:25";
        problems.push(("kind".to_owned(), text.to_owned()));
    }
    problems
}
