//! `/providers/{slug}/push`: an address to which the vendor may send word.

use axum::extract::{Path, State};
use axum::response::Response;
use tocsin_pages::form::Wrong;
use tocsin_pages::push::{self as page, Facts, Known};
use tocsin_store::{PushAddress, StoreError};

use super::forms::{Fields, Member, mistake, see, status};
use super::{Trouble, chrome, facts as shared, html};
use crate::access::Secret;
use crate::app::App;
use crate::clock;
use crate::push;
use crate::served::Served;

pub async fn page(_: Member, State(served): State<Served>, Path(slug): Path<String>) -> Response {
    show(&served.app, &slug, None, "", Vec::new()).await
}

/// Makes an address in the place of the one there was; it is shown once.
pub async fn make(_: Member, State(served): State<Served>, Path(slug): Path<String>, fields: Fields) -> Response {
    let app = &served.app;
    let Some(provider) = app.directory().provider(&slug) else { return super::not_found_page(app) };
    let secret = Some(fields.text("secret")).filter(|secret| !secret.is_empty());
    if secret.is_some_and(|secret| !push::is_secret(secret)) {
        let text = "This is no signing secret; incident.io shows it as whsec_ and base64.";
        return show(app, &provider.slug, None, secret.unwrap_or_default(), vec![mistake("secret", text)]).await;
    }
    let token = match Secret::draw("") {
        Ok(token) => token,
        Err(why) => return Trouble::from(StoreError::Unavailable(why.to_owned())).page(app),
    };
    let row = PushAddress {
        team: app.store.default_team(),
        provider: provider.slug.clone(),
        hash: token.hash(),
        secret: secret.map(str::to_owned),
        created_at: clock::now(),
        heard: 0,
        heard_at: None,
    };
    match app.store.put_push(&row).await {
        Ok(()) => show(app, &provider.slug, Some(push::address(app, &provider.slug, &token)), "", Vec::new()).await,
        Err(error) => Trouble::from(error).page(app),
    }
}

pub async fn remove(_: Member, State(served): State<Served>, Path(slug): Path<String>) -> Response {
    let app = &served.app;
    match app.store.remove_push(app.store.default_team(), &slug).await {
        Ok(_) => see(&format!("/providers/{slug}/push")),
        Err(error) => Trouble::from(error).page(app),
    }
}

async fn show(app: &App, slug: &str, made: Option<String>, secret: &str, wrong: Vec<Wrong>) -> Response {
    let directory = app.directory();
    let Some(provider) = directory.provider(slug) else { return super::not_found_page(app) };
    let known = match app.store.push(app.store.default_team(), &provider.slug).await {
        Ok(known) => known,
        Err(error) => return Trouble::from(error).page(app),
    };
    let facts = Facts {
        chrome: chrome(app),
        provider: shared::provider(&directory, &provider.slug),
        watched: !app.watch.pages().of(&provider.slug).is_empty(),
        known: known.map(|row| Known {
            created_at: row.created_at,
            heard: row.heard,
            heard_at: row.heard_at,
            signed: row.secret.is_some(),
        }),
        made,
        secret: secret.to_owned(),
        wrong,
    };
    html(status(&facts.wrong), page::render(&facts))
}
