//! `/silences`: what is muted, taken care of and said instead of a page; and the buttons that change it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use tocsin_domain::ProviderRef;
use tocsin_pages::silences::{self as page, Facts};
use tocsin_pages::wishes::Matter;
use uuid::Uuid;

use super::forms::{Fields, Member, body, see};
use super::wished::Wished;
use super::{MayWrite, PathId, Trouble, chrome, facts as shared, html};
use crate::access::Sight;
use crate::app::App;
use crate::checks::OWN;
use crate::clock;
use crate::directory::Directory;
use crate::served::Served;
use crate::setup::Refusal;
use crate::setup::wishes::lasting::{INCIDENT, Lasting};
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
        let about = Some(slug).filter(|slug| *slug != OWN).map(provider);
        muted.push((about, wished.named(app, silence, &parts).await?));
    }
    let mut taken = Vec::new();
    for (_, one) in directory.all_acknowledged() {
        if let Some(what) = Lasting::find(app, one.subject).await?.filter(Lasting::is_open) {
            taken.push((matter(&directory, &what), wished.taken(one)));
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
    let name = |provider: &Option<ProviderRef>| provider.as_ref().map(|provider| provider.name.clone());
    muted.sort_by_key(|(provider, _)| name(provider));
    taken.sort_by_key(|(_, one)| std::cmp::Reverse(one.at));
    instead.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
    Ok(Facts { chrome: chrome(app), now, muted, taken, instead, may_write })
}

/// An incident or a warning as pages show it.
pub fn matter(directory: &Directory, what: &Lasting) -> Matter {
    match what {
        Lasting::Incident(slug, incident) => Matter::incident(&shared::provider(directory, slug), incident),
        Lasting::Warning(warning) => Matter::warning(warning),
    }
}

/// What stands at the place of a button, and where that place is.
pub type Placed = Result<(Lasting, String), Refusal>;

/// The incident of a page.
pub async fn incident(app: &App, id: Uuid) -> Placed {
    Ok((Lasting::need(app, INCIDENT, id).await?, format!("/incidents/{id}")))
}

/// Whoever is signed in takes care of it.
pub async fn acknowledge(app: &App, by: &str, placed: Placed) -> Response {
    let done = async {
        let (what, path) = placed?;
        acknowledgements::acknowledge(app, &what, by).await?;
        Ok(path)
    };
    shown(app, done.await)
}

pub async fn take_back(app: &App, placed: Placed, fields: &Fields) -> Response {
    let done = async {
        let (what, path) = placed?;
        acknowledgements::take_back(app, &what).await?;
        Ok(back(fields, &path))
    };
    shown(app, done.await)
}

/// Mutes it, for a while or until it ends.
pub async fn mute(app: &App, by: &str, placed: Placed, fields: &Fields) -> Response {
    let lasts = Some(fields.text("for")).filter(|span| !span.is_empty());
    let done = async {
        let (what, path) = placed?;
        let body = body([(what.noun(), json!(what.id())), ("for", lasts.map_or(Value::Null, Value::from))]);
        silences::mute(app, by, &body).await?;
        Ok(path)
    };
    shown(app, done.await)
}

fn shown(app: &App, done: Result<String, Refusal>) -> Response {
    match done {
        Ok(path) => see(&path),
        Err(refusal) => Trouble::from(refusal).page(app),
    }
}

pub async fn acknowledge_incident(Member(who): Member, State(served): State<Served>, PathId(id): PathId) -> Response {
    acknowledge(&served.app, &who.user.name, incident(&served.app, id).await).await
}

pub async fn take_back_incident(
    _: Member,
    State(served): State<Served>,
    PathId(id): PathId,
    fields: Fields,
) -> Response {
    take_back(&served.app, incident(&served.app, id).await, &fields).await
}

pub async fn mute_incident(
    Member(who): Member,
    State(served): State<Served>,
    PathId(id): PathId,
    fields: Fields,
) -> Response {
    mute(&served.app, &who.user.name, incident(&served.app, id).await, &fields).await
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
