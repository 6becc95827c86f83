//! `/silences`: what is muted, taken care of and said instead of a page; and the buttons that change it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use tocsin_pages::silences::{self as page, Facts};

use super::forms::{Fields, Member, body, see};
use super::wished::Wished;
use super::{MayWrite, PathId, Trouble, chrome, facts as shared, html};
use crate::access::Sight;
use crate::app::App;
use crate::clock;
use crate::served::Served;
use crate::setup::wishes::{acknowledgements, overrides, silences};
use crate::work::asked;

pub async fn list(may: MayWrite, sight: Sight, State(served): State<Served>) -> Response {
    match facts(&served.app, sight, may.0).await {
        Ok(facts) => html(StatusCode::OK, page::render(&facts)),
        Err(error) => error.page(&served.app),
    }
}

async fn facts(app: &App, sight: Sight, may_write: bool) -> Result<Facts, Trouble> {
    let now = clock::now();
    let directory = app.directory();
    let wished = Wished { directory: &directory, sight, now };
    let provider = |slug: &str| shared::provider(&directory, slug);
    let mut muted = Vec::new();
    for (slug, silence) in directory.all_silences().filter(|(_, one)| one.holds(now)) {
        let parts = asked::components(app, slug).await?;
        muted.push((provider(slug), wished.named(app, silence, &parts).await?));
    }
    let mut taken = Vec::new();
    for (slug, one) in directory.all_acknowledged() {
        if let Some(stored) = app.store.incident(one.incident).await?.filter(|stored| stored.incident.is_open()) {
            taken.push((provider(slug), stored.incident, wished.taken(one)));
        }
    }
    let mut instead = Vec::new();
    for row in directory.all_overrides().flatten() {
        if row.until.is_some_and(|until| until <= now) {
            continue;
        }
        let said = app.watch.pages().health(&row.provider).unwrap_or_default();
        let parts = asked::components(app, &row.provider).await?;
        instead.push((provider(&row.provider), wished.instead(row, said, &parts)));
    }
    muted.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
    taken.sort_by_key(|(_, _, one)| std::cmp::Reverse(one.at));
    instead.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
    Ok(Facts { chrome: chrome(app), now, muted, taken, instead, may_write })
}

/// Whoever is signed in takes care of an incident.
pub async fn acknowledge(Member(browser): Member, State(served): State<Served>, PathId(id): PathId) -> Response {
    match acknowledgements::acknowledge(&served.app, id, &browser.user.name).await {
        Ok(_) => see(&format!("/incidents/{id}")),
        Err(refusal) => Trouble::from(refusal).page(&served.app),
    }
}

pub async fn take_back(_: Member, State(served): State<Served>, PathId(id): PathId, fields: Fields) -> Response {
    match acknowledgements::take_back(&served.app, id).await {
        Ok(()) => see(&back(&fields, &format!("/incidents/{id}"))),
        Err(refusal) => Trouble::from(refusal).page(&served.app),
    }
}

/// Mutes one incident, for a while or until it ends.
pub async fn mute_incident(
    Member(browser): Member,
    State(served): State<Served>,
    PathId(id): PathId,
    fields: Fields,
) -> Response {
    let lasts = Some(fields.text("for")).filter(|span| !span.is_empty());
    let body = body([("incident", json!(id)), ("for", lasts.map_or(Value::Null, Value::from))]);
    match silences::mute(&served.app, &browser.user.name, &body).await {
        Ok(_) => see(&format!("/incidents/{id}")),
        Err(refusal) => Trouble::from(refusal).page(&served.app),
    }
}

pub async fn end_silence(_: Member, State(served): State<Served>, PathId(id): PathId, fields: Fields) -> Response {
    match silences::end(&served.app, id).await {
        Ok(_) => see(&back(&fields, "/silences")),
        Err(refusal) => Trouble::from(refusal).page(&served.app),
    }
}

pub async fn end_override(_: Member, State(served): State<Served>, fields: Fields) -> Response {
    match overrides::end(&served.app, fields.text("provider"), fields.text("component")).await {
        Ok(()) => see(&back(&fields, "/silences")),
        Err(refusal) => Trouble::from(refusal).page(&served.app),
    }
}

/// The page that the button stood on: one of ours.
fn back(fields: &Fields, otherwise: &str) -> String {
    let path = fields.text("back");
    let ours = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']);
    if ours { path.to_owned() } else { otherwise.to_owned() }
}
