//! `/providers/{slug}/override`: how a provider is, by those who know better than its page.

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};
use tocsin_pages::instead::{self as page, Facts, Typed};

use super::forms::{Fields, Member, body, see, status, wrong};
use super::{Trouble, chrome, facts as shared, html};
use crate::app::App;
use crate::problem::Wrong;
use crate::served::Served;
use crate::setup::Refusal;
use crate::setup::wishes::overrides;
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
        component: fields.text("component").to_owned(),
        health: fields.text("health").to_owned(),
        ends: fields.text("ends").to_owned(),
        why: fields.text("why").to_owned(),
    };
    let text = |text: &str| if text.is_empty() { Value::Null } else { Value::from(text) };
    let end = match typed.ends.as_str() {
        "" | "change" => ("until_change", json!(true)),
        "lock" => ("lock", json!(true)),
        span => ("for", json!(span)),
    };
    let body = body([
        ("provider", json!(slug)),
        ("component", text(&typed.component)),
        ("health", text(&typed.health)),
        ("why", json!(typed.why)),
        end,
    ]);
    match overrides::set(app, &browser.user.name, &body).await {
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
        said: app.watch.pages().health(&provider.slug).unwrap_or_default(),
        typed,
        wrong: wrong(mistakes),
    };
    html(status(&facts.wrong), page::render(&facts))
}
