//! `/providers/{slug}/access`: what opens a status page that wants to know who asks.

use axum::extract::{Path, State};
use axum::response::Response;
use tocsin_pages::access::{self as page, Facts};
use tocsin_pages::form::Wrong;
use url::Url;

use super::forms::{Fields, Member, mistake, status};
use super::{Trouble, chrome, facts as shared, html};
use crate::app::App;
use crate::clock;
use crate::door::{KEYS, Written};
use crate::served::Served;

pub async fn page(_: Member, State(served): State<Served>, Path(slug): Path<String>) -> Response {
    show(&served.app, &slug, false, Vec::new(), Vec::new())
}

/// Keeps what was typed in the place of what there was.
pub async fn save(_: Member, State(served): State<Served>, Path(slug): Path<String>, fields: Fields) -> Response {
    let app = &served.app;
    let Some(provider) = app.directory().provider(&slug) else { return super::not_found_page(app) };
    if app.doors.is_declared(&provider.slug) {
        return show(app, &provider.slug, false, Vec::new(), Vec::new());
    }
    let mut written = Written::default();
    for (key, is_list, _) in KEYS {
        let text = fields.text(key);
        let values = if *is_list { text.lines().map(str::to_owned).collect() } else { vec![text.to_owned()] };
        written.put(key, values);
    }
    let typed: Vec<(String, String)> =
        KEYS.iter().map(|(key, ..)| ((*key).to_owned(), fields.text(key).to_owned())).collect();
    let door = match written.door() {
        Ok(Some(door)) => door,
        Ok(None) => {
            let text = "Nothing was typed; to forget what there is, use the button below.";
            return show(app, &provider.slug, false, typed, vec![mistake("", text)]);
        }
        Err(wrong) => {
            let wrong = wrong.into_iter().map(|(key, text)| mistake(key, format!("`{key}` {text}."))).collect();
            return show(app, &provider.slug, false, typed, wrong);
        }
    };
    let wrong = door.in_clear(&app.net, &provider.page);
    if !wrong.is_empty() {
        let wrong = wrong.into_iter().map(|(key, text)| mistake(key.unwrap_or_default(), text)).collect();
        return show(app, &provider.slug, false, typed, wrong);
    }
    let door = match Url::parse(&provider.page) {
        Ok(page) => door.given_for(&page),
        Err(_) => return super::not_found_page(app),
    };
    if let Err(error) = app.store.put_door(&provider.slug, &door.kept(), clock::now()).await {
        return Trouble::from(error).page(app);
    }
    app.doors.put(&provider.slug, Some(door));
    app.ask_anew(&provider.slug);
    show(app, &provider.slug, true, Vec::new(), Vec::new())
}

pub async fn remove(_: Member, State(served): State<Served>, Path(slug): Path<String>) -> Response {
    let app = &served.app;
    if app.doors.is_declared(&slug) {
        return show(app, &slug, false, Vec::new(), Vec::new());
    }
    if let Err(error) = app.store.remove_door(&slug).await {
        return Trouble::from(error).page(app);
    }
    app.doors.put(&slug, None);
    app.ask_anew(&slug);
    show(app, &slug, true, Vec::new(), Vec::new())
}

fn show(app: &App, slug: &str, saved: bool, typed: Vec<(String, String)>, wrong: Vec<Wrong>) -> Response {
    let directory = app.directory();
    let Some(provider) = directory.provider(slug) else { return super::not_found_page(app) };
    let url = Url::parse(&provider.page).ok();
    let door = app.doors.of(&provider.slug);
    let facts = Facts {
        chrome: chrome(app),
        provider: shared::provider(&directory, &provider.slug),
        host: url.as_ref().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default(),
        elsewhere: door.as_ref().zip(url).and_then(|(door, url)| door.elsewhere(&url).map(str::to_owned)),
        known: door.map(|door| door.told()).unwrap_or_default(),
        declared: app.doors.is_declared(&provider.slug),
        saved,
        typed,
        wrong,
    };
    html(status(&facts.wrong), page::render(&facts))
}
