//! `/acknowledge/{token}`: the link in a message. Its address is the permission: no account is needed.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use tocsin_pages::acknowledge::{self as page, Facts, Step};
use tocsin_pages::wishes::Taken;

use super::wishes::matter;
use super::{Trouble, chrome, html};
use crate::access::Visitor;
use crate::access::acknowledge::{self as link, Asked};
use crate::app::App;
use crate::clock;
use crate::served::Served;
use crate::setup::Refusal;
use crate::setup::wishes::acknowledgements;
use crate::setup::wishes::lasting::Lasting;

/// A GET changes nothing: scanners of mails and chats follow every link.
pub async fn ask(visitor: Visitor, State(served): State<Served>, Path(token): Path<String>) -> Response {
    answer(&served.app, &visitor, &token, false).await.unwrap_or_else(|error| error.page(&served.app))
}

/// A POST acts, as often as it comes; whoever was first stays.
pub async fn act(visitor: Visitor, State(served): State<Served>, Path(token): Path<String>) -> Response {
    answer(&served.app, &visitor, &token, true).await.unwrap_or_else(|error| error.page(&served.app))
}

async fn answer(app: &App, visitor: &Visitor, token: &str, acts: bool) -> Result<Response, Trouble> {
    let asked = link::read(&app.sender.unsubscribe_key, token);
    let Some(asked) = asked.filter(|asked| asked.team == app.store.default_team()) else {
        return Ok(render(app, StatusCode::NOT_FOUND, Step::Invalid));
    };
    if asked.is_old(clock::now()) {
        return Ok(render(app, StatusCode::GONE, Step::Old));
    }
    let Some(what) = Lasting::find(app, asked.subject).await? else {
        return Ok(render(app, StatusCode::NOT_FOUND, Step::Invalid));
    };
    let by = name(app, visitor, &asked);
    let mut done = false;
    if acts {
        done = match acknowledgements::acknowledge(app, &what, &by).await {
            Ok((_, first)) => first,
            // It ended meanwhile: the page says so.
            Err(Refusal::Conflict(_)) => false,
            Err(refusal) => return Err(refusal.into()),
        };
    }
    let taken = acknowledgements::of(app, what.provider(), what.id());
    let step = Step::About {
        what: Box::new(matter(&app.directory(), &what)),
        action: format!("/acknowledge/{token}"),
        by,
        taken: taken.map(|one| Taken { by: one.by, at: one.at }),
        done,
    };
    Ok(render(app, StatusCode::OK, step))
}

/// Whose name is written down: who is signed in, or who reads the channel that the link was sent to.
fn name(app: &App, visitor: &Visitor, asked: &Asked) -> String {
    if visitor.is_known() {
        return visitor.name();
    }
    match app.directory().channel(asked.channel) {
        Some(channel) => format!("somebody who reads “{}”", channel.name),
        None => "somebody who was told".to_owned(),
    }
}

fn render(app: &App, status: StatusCode, step: Step) -> Response {
    html(status, page::render(&Facts { chrome: chrome(app), now: clock::now(), step }))
}
