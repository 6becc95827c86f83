//! `/providers/{slug}/describe`: how a page is read that nobody else knows, tried at once.

use axum::extract::{Path, State};
use axum::response::Response;
use tocsin_domain::{Answer, HttpAsk};
use tocsin_pages::describe::{self as page, Facts, Preview, Sends, Stored};
use tocsin_pages::form::Wrong;
use tocsin_platforms::{Described, Done, PageAddress, Payload, Platform, kit::decode};
use url::Url;

use super::forms::{Fields, Member, see, status, wrong};
use super::{Trouble, chrome, facts as shared, html};
use crate::app::App;
use crate::clock;
use crate::directory::Provider;
use crate::net::Validators;
use crate::served::Served;
use crate::setup::{Refusal, providers};
use crate::work::ask::{self, Fetch, Known};

/// What a description may begin as.
const JSON: &str = include_str!("describing/json.toml");
const HTML: &str = include_str!("describing/html.toml");
/// Characters of what the page sent that are shown.
const SHOWN: usize = 6000;

/// What is in the form.
struct Typed {
    sends: Sends,
    text: String,
}

/// The description there is; where there is none, an example for what the page sends now.
pub async fn page(_: Member, State(served): State<Served>, Path(slug): Path<String>) -> Response {
    let app = &served.app;
    let Some(provider) = app.directory().provider(&slug) else { return super::not_found_page(app) };
    let stored = app.directory().description(&provider.slug).cloned();
    if let Some(row) = stored {
        let sends = if row.platform == Platform::Html.name() { Sends::Html } else { Sends::Json };
        // The configuration file keeps its own remarks.
        let written = || toml::to_string(&row.body).unwrap_or_default();
        let text = if row.source.is_empty() { written() } else { row.source.clone() };
        return show(app, &provider, Typed { sends, text }, None, None, Vec::new());
    }
    let sent = look(app, &provider).await;
    let is_data = sent.as_ref().is_ok_and(|payload| decode::json(&decode::text(payload)).is_some());
    let typed = if is_data {
        Typed { sends: Sends::Json, text: JSON.to_owned() }
    } else {
        Typed { sends: Sends::Html, text: HTML.to_owned() }
    };
    let preview = sent.as_ref().err().map(|why| Preview::Unreadable(why.clone()));
    show(app, &provider, typed, preview, sent.as_ref().ok().map(shown), Vec::new())
}

/// Tries what is typed, or keeps it.
pub async fn act(_: Member, State(served): State<Served>, Path(slug): Path<String>, fields: Fields) -> Response {
    let app = &served.app;
    let Some(provider) = app.directory().provider(&slug) else { return super::not_found_page(app) };
    let sends = if fields.text("sends") == "html" { Sends::Html } else { Sends::Json };
    let typed = Typed { sends, text: fields.raw("text").replace("\r\n", "\n") };
    let platform = if sends == Sends::Html { Platform::Html } else { Platform::Json };
    if fields.text("do") == "save" {
        return match providers::describe(app, &provider.slug, platform, &typed.text).await {
            Ok(()) => see(&format!("/providers/{}", provider.slug)),
            Err(Refusal::Wrong(errors)) => show(app, &provider, typed, None, None, wrong(errors)),
            Err(refusal) => Trouble::from(refusal).page(app),
        };
    }
    match providers::described(platform, &typed.text) {
        Ok(described) => {
            let (preview, sent) = try_out(app, &provider, &described).await;
            show(app, &provider, typed, Some(preview), sent, Vec::new())
        }
        Err(Refusal::Wrong(errors)) => show(app, &provider, typed, None, None, wrong(errors)),
        Err(refusal) => Trouble::from(refusal).page(app),
    }
}

/// Takes the description away: the page is read as what it is found to be.
pub async fn remove(_: Member, State(served): State<Served>, Path(slug): Path<String>) -> Response {
    match providers::undescribe(&served.app, &slug).await {
        Ok(()) => see(&format!("/providers/{slug}")),
        Err(refusal) => Trouble::from(refusal).page(&served.app),
    }
}

fn address(provider: &Provider) -> Result<PageAddress, String> {
    let url = Url::parse(&provider.page).map_err(|error| format!("`{}` is not an address: {error}.", provider.page))?;
    Ok(PageAddress { url })
}

/// What the page sends now, or why nothing came.
async fn look(app: &App, provider: &Provider) -> Result<Payload, String> {
    let address = address(provider)?;
    let url = address.url.to_string();
    let ask = HttpAsk::get("page", url.clone());
    let net = app.doors.keyed(&app.net, &provider.slug, &address.url);
    match net.fetch(&ask, &Validators::default()).await.answer {
        Answer::Http(http) if http.status == 200 => {
            Ok(Payload { key: ask.key, url: http.url, bytes: http.body, ..Payload::default() })
        }
        Answer::Http(http) => Err(format!("{url} answers HTTP {}.", http.status)),
        Answer::Failed(failure) => Err(failure.detail),
        Answer::NotModified | Answer::Mail { .. } => Err(format!("{url} answers with nothing that could be read.")),
    }
}

/// Reads the page once by a description, without keeping anything of it.
async fn try_out(app: &App, provider: &Provider, described: &Described) -> (Preview, Option<page::Sent>) {
    let address = match address(provider) {
        Ok(address) => address,
        Err(why) => return (Preview::Unreadable(why), None),
    };
    let net = app.doors.keyed(&app.net, &provider.slug, &address.url);
    let asked = ask::page(&net, &address, described, Known::default(), clock::now()).await;
    let sent = asked.payloads.first().map(shown);
    let preview = match asked.done {
        Done::Read(reading) => Preview::Read(reading),
        Done::Unreadable { reason, .. } => Preview::Unreadable(reason),
        Done::Unchanged => Preview::Unreadable("The page says that nothing changed, but not what it was.".to_owned()),
    };
    (preview, sent)
}

/// The beginning of what came; JSON with its levels set off.
fn shown(payload: &Payload) -> page::Sent {
    let text = decode::text(payload);
    let value = decode::json(&text).and_then(|json| serde_json::from_str::<serde_json::Value>(json).ok());
    let whole = match value {
        Some(value) => serde_json::to_string_pretty(&value).unwrap_or_default(),
        None => text.into_owned(),
    };
    let cut = whole.get(..whole.floor_char_boundary(SHOWN)).unwrap_or_default();
    page::Sent { from: payload.url.clone(), text: cut.to_owned(), whole: cut.len() == whole.len() }
}

fn show(
    app: &App,
    provider: &Provider,
    typed: Typed,
    preview: Option<Preview>,
    sent: Option<page::Sent>,
    wrong: Vec<Wrong>,
) -> Response {
    let directory = app.directory();
    let stored =
        directory.description(&provider.slug).map(|row| Stored { declared: row.declared, written_at: row.written_at });
    let facts = Facts {
        chrome: chrome(app),
        now: clock::now(),
        provider: shared::provider(&directory, &provider.slug),
        page: provider.page.clone(),
        watched: !app.watch.pages().of(&provider.slug).is_empty(),
        stored,
        sends: typed.sends,
        text: typed.text,
        preview,
        sent,
        wrong,
    };
    html(status(&facts.wrong), page::render(&facts))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a form begins with can be tried as it stands, and so can what it holds behind `#`.
    #[test]
    fn the_examples_are_descriptions() {
        for (platform, text) in [(Platform::Json, JSON), (Platform::Html, HTML)] {
            assert!(providers::described(platform, text).is_ok(), "{}", platform.name());
            let whole: Vec<String> = text
                .lines()
                .map(|line| match line.strip_prefix("# ") {
                    Some(rest) if rest.starts_with('[') || rest.split(' ').nth(1) == Some("=") => rest.to_owned(),
                    _ => line.to_owned(),
                })
                .collect();
            let all = providers::described(platform, &whole.join("\n"));
            assert!(all.is_ok(), "{}: {:?}", platform.name(), all.err());
        }
    }
}
