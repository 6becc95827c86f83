//! `/unsubscribe/{token}`: one click in a mail program (RFC 8058), or a page that asks first. A token names a channel of the
//! team and a recipient, or those who subscribed to something and one of them.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use tocsin_channels::{Kind, read_unsubscribe_token};
use tocsin_pages::unsubscribe::{self, Facts, Step, Whose};
use tocsin_store::{StoreError, Subscription, Target};
use tracing::info;
use uuid::Uuid;

use super::{chrome, html};
use crate::app::App;
use crate::clock;
use crate::served::Served;
use crate::subscribing::{self, News};

/// A GET changes nothing: mail scanners follow every link.
pub async fn ask(State(served): State<Served>, Path(token): Path<String>) -> Response {
    let app = &served.app;
    let Some((channel, recipient)) = named(app, &token) else { return render(app, Step::Invalid) };
    let (address, from) = match whose(app, &channel, &recipient).await {
        Ok((_, address, from)) => (address, from),
        Err(error) => return super::Trouble::from(error).page(app),
    };
    render(app, Step::Ask { action: format!("/unsubscribe/{token}"), address, from })
}

/// A POST acts, as often as it comes.
pub async fn act(State(served): State<Served>, Path(token): Path<String>) -> Response {
    let app = &served.app;
    let Some((channel, address)) = named(app, &token) else { return render(app, Step::Invalid) };
    match whose(app, &channel, &address).await {
        Ok((_, _, Whose::Channel(_))) => {}
        Ok((found, address, from)) => {
            let ended = match found {
                Some(subscription) => subscribing::end(app, &subscription).await.map(drop),
                None => Ok(()),
            };
            return match ended {
                Ok(()) => render(app, Step::Done { address, from }),
                Err(error) => super::Trouble::from(error).page(app),
            };
        }
        Err(error) => return super::Trouble::from(error).page(app),
    }
    let _changing = app.changing.lock().await;
    let team = app.store.default_team();
    let why = "asked by a link in a mail";
    let done = app.store.suppress(team, &channel, &address, why, clock::now()).await;
    let done = match done {
        Ok(()) => app.refresh().await,
        error => error,
    };
    match done {
        Ok(()) => {
            info!(channel, "a recipient asked not to hear any more");
            render(app, Step::Done { address, from: Whose::Channel(channel) })
        }
        Err(error) => super::Trouble::from(error).page(app),
    }
}

/// Whose messages a token ends: with the subscription, where it is one that is still there, and the address for people.
async fn whose(app: &App, channel: &str, recipient: &str) -> Result<(Option<Subscription>, String, Whose), StoreError> {
    let Some(target) = Target::of_channel(channel) else {
        return Ok((None, recipient.to_owned(), Whose::Channel(channel.to_owned())));
    };
    let found = subscribing::named(app, &target, recipient).await?;
    if found.is_none() && app.directory().channels().any(|row| row.name == channel) {
        return Ok((None, recipient.to_owned(), Whose::Channel(channel.to_owned())));
    }
    let mails = Uuid::parse_str(recipient).is_err();
    let address = match found.as_ref().map(|one| (one, Kind::named(&one.kind))) {
        _ if mails => recipient.to_owned(),
        Some((one, Some(Kind::Webhook))) => subscribing::host(&subscribing::address(one)),
        Some(_) => "This browser".to_owned(),
        None => "It".to_owned(),
    };
    let name = News::of(&app.directory(), &target).spoken();
    Ok((found, address, Whose::Vendor { name, mails }))
}

fn named(app: &App, token: &str) -> Option<(String, String)> {
    read_unsubscribe_token(&app.sender.unsubscribe_key, token)
}

fn render(app: &App, step: Step) -> Response {
    let status = if matches!(step, Step::Invalid) { StatusCode::NOT_FOUND } else { StatusCode::OK };
    html(status, unsubscribe::render(&Facts { chrome: chrome(app), step }))
}
