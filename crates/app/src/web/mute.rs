//! `/providers/{slug}/mute`: nothing is told of a provider, or of some components, for a while.

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};
use tocsin_pages::mute::{self as page, Facts, Typed};

use super::forms::{Fields, Member, body, see, status, wrong};
use super::{Trouble, chrome, facts as shared, html};
use crate::app::App;
use crate::problem::Wrong;
use crate::served::Served;
use crate::setup::Refusal;
use crate::setup::wishes::silences;
use crate::work::asked;

pub async fn page(_: Member, State(served): State<Served>, Path(slug): Path<String>) -> Response {
    show(&served.app, &slug, Typed::default(), Vec::new()).await
}

pub async fn act(
    Member(browser): Member,
    State(served): State<Served>,
    Path(slug): Path<String>,
    fields: Fields,
) -> Response {
    let app = &served.app;
    let typed = Typed {
        components: fields.all("components"),
        span: fields.text("for").to_owned(),
        other: fields.text("other").to_owned(),
        why: fields.text("why").to_owned(),
    };
    // What somebody types goes before what is ticked.
    let span = if typed.other.is_empty() { &typed.span } else { &typed.other };
    let span = if span.is_empty() { Value::Null } else { Value::from(span.as_str()) };
    let body = body([
        ("provider", json!(slug)),
        ("components", json!(typed.components)),
        ("for", span),
        ("why", json!(typed.why)),
    ]);
    match silences::mute(app, &browser.user.name, &body).await {
        Ok(row) => see(&format!("/providers/{}#team", row.provider)),
        Err(Refusal::Wrong(all)) => show(app, &slug, typed, all).await,
        Err(refusal) => Trouble::from(refusal).page(app),
    }
}

async fn show(app: &App, slug: &str, typed: Typed, mistakes: Vec<Wrong>) -> Response {
    let directory = app.directory();
    let Some(provider) = directory.provider(slug) else { return super::not_found_page(app) };
    let components = match asked::components(app, &provider.slug).await {
        Ok(components) => components,
        Err(error) => return Trouble::from(error).page(app),
    };
    let facts = Facts {
        chrome: chrome(app),
        provider: shared::provider(&directory, &provider.slug),
        components,
        typed,
        wrong: wrong(mistakes),
    };
    html(status(&facts.wrong), page::render(&facts))
}
