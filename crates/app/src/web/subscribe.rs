//! `/providers/{slug}/subscribe`, `/boards/{slug}/subscribe` and `/subscribe/{token}`: hearing of a vendor, or of those on a
//! board, without an account.

use std::net::SocketAddr;
use std::sync::PoisonError;

use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tocsin_channels::{Kind, vapid_public_key};
use tocsin_domain::ProviderRef;
use tocsin_pages::form::Wrong;
use tocsin_pages::subscribe::{self as page, Facts, Step};
use tocsin_store::{StoreError, Target};

use super::board::nowhere;
use super::forms::{Fields, mistake, status};
use super::sign_in::{minutes, too_often};
use super::{Trouble, chrome, html, say};
use crate::access::board::{Looks, is_for_strangers, looks};
use crate::access::{self, Throttle, Visitor, login};
use crate::api::params::Body;
use crate::app::App;
use crate::clock;
use crate::problem::{Problem, Wrong as Pointed};
use crate::served::Served;
use crate::subscribing::{self, News, prove, read_wanted};

/// Who asks, and from where.
pub struct Asking {
    trusted: bool,
    address: Option<std::net::IpAddr>,
}

impl Asking {
    fn new(app: &App, visitor: &Visitor, headers: &HeaderMap, peer: SocketAddr) -> Self {
        Self { trusted: access::is_trusted(app, visitor), address: login::address(headers, peer) }
    }

    /// Counts a sign-up; seconds to wait where there were too many.
    fn visit(&self, app: &App) -> Result<(), i64> {
        throttle(app, |throttle| throttle.visit(self.address, clock::now()))
    }
}

fn wait(seconds: i64) -> String {
    format!("Many have subscribed from here just now. Try again in {}.", minutes(seconds))
}

fn throttle<T>(app: &App, act: impl FnOnce(&mut Throttle) -> T) -> T {
    act(&mut app.access.subscribing.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Why nobody can subscribe.
pub enum Shut {
    /// There is no such provider, or subscribing is switched off.
    Unknown,
    /// There is no such board for whoever asks: this is what they are told.
    Nowhere(Box<Response>),
    /// The name of a provider that nobody here watches.
    Unwatched(String),
    /// The link to confirm it is too old.
    Late(News),
    /// The link is none of ours.
    Invalid,
}

impl Shut {
    fn page(self, app: &App) -> Response {
        match self {
            Self::Unknown => super::not_found_page(app),
            Self::Nowhere(response) => *response,
            Self::Unwatched(name) => {
                say(app, StatusCode::NOT_FOUND, &format!("{name} cannot be subscribed to"), UNWATCHED)
            }
            Self::Late(news) => step(app, StatusCode::GONE, Some(&news), &Step::Late),
            Self::Invalid => step(app, StatusCode::NOT_FOUND, None, &Step::Invalid),
        }
    }

    fn problem(&self) -> Problem {
        match self {
            Self::Nowhere(_) => Problem::not_found("There is no board at this address, or not for you."),
            Self::Unknown | Self::Unwatched(_) | Self::Late(_) | Self::Invalid => Problem::not_found(UNWATCHED),
        }
    }
}

const UNWATCHED: &str = "Nobody here watches it, so there is no news of it.";

/// What an address is about: a provider, or a board with what opens it.
pub struct Meant(Result<News, Shut>);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// The key of a board that is shared.
    key: String,
}

impl FromRequestParts<Served> for Meant {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, served: &Served) -> Result<Self, Response> {
        let app = &served.app;
        let Path(slug): Path<String> =
            Path::from_request_parts(parts, served).await.map_err(IntoResponse::into_response)?;
        if !parts.uri.path().starts_with("/boards/") {
            return Ok(Self(provider(app, &slug)));
        }
        let Query(asked): Query<Asked> = Query::try_from_uri(&parts.uri).unwrap_or_default();
        let visitor = Visitor::of(parts);
        let found = board(app, &visitor, &slug, &asked.key);
        Ok(Self(found.ok_or_else(|| {
            if app.config.server.subscriptions {
                Shut::Nowhere(Box::new(nowhere(app, &visitor, &asked.key, &parts.uri)))
            } else {
                Shut::Unknown
            }
        })))
    }
}

/// The provider, where it can be subscribed to.
fn provider(app: &App, slug: &str) -> Result<News, Shut> {
    let provider = app.directory().provider(slug).filter(|_| app.config.server.subscriptions);
    let provider = provider.ok_or(Shut::Unknown)?;
    if app.watch.pages().of(&provider.slug).is_empty() {
        return Err(Shut::Unwatched(provider.name));
    }
    Ok(News::of(&app.directory(), &Target::Provider(provider.slug)))
}

/// The board, where this visitor may look at it.
fn board(app: &App, visitor: &Visitor, slug: &str, key: &str) -> Option<News> {
    let directory = app.directory();
    let row = directory.board(slug).filter(|_| app.config.server.subscriptions)?;
    let key = match looks(app, visitor, row, key)? {
        Looks::Member | Looks::Reader => "",
        Looks::Guest(_) => key,
    };
    Some(News::of(&directory, &Target::Board(row.id)).opened_by(key))
}

/// It as the pages have it.
pub fn shown(news: &News) -> page::News {
    let News { target, slug, name, key } = news.clone();
    match target {
        Target::Provider(slug) => page::News::Provider(ProviderRef { slug, name }),
        Target::Board(_) if slug.is_empty() => page::News::Gone,
        Target::Board(_) => page::News::Board { slug, name, key },
    }
}

pub async fn page(State(served): State<Served>, Meant(meant): Meant) -> Response {
    match meant {
        Ok(news) => show(&served.app, &news, Typed::default(), Vec::new()),
        Err(shut) => shut.page(&served.app),
    }
}

/// What was typed, where it was not taken.
#[derive(Default)]
struct Typed {
    email: String,
    url: String,
}

fn show(app: &App, news: &News, typed: Typed, wrong: Vec<Wrong>) -> Response {
    let facts = Facts {
        chrome: chrome(app),
        news: shown(news),
        mail: app.config.net.smtp_url.is_some(),
        key: vapid_public_key(&app.sender.vapid),
        email: typed.email,
        url: typed.url,
        wrong,
    };
    html(status(&facts.wrong), page::render(&facts))
}

fn step(app: &App, status: StatusCode, news: Option<&News>, step: &Step) -> Response {
    html(status, page::render_step(&chrome(app), news.map(shown).as_ref(), step))
}

/// Sends a mail with a link. The answer is the same whether the address is subscribed, unknown, or tired of such mails.
pub async fn email(
    State(served): State<Served>,
    Meant(meant): Meant,
    visitor: Visitor,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    fields: Fields,
) -> Response {
    let app = &served.app;
    let news = match meant {
        Ok(news) => news,
        Err(shut) => return shut.page(app),
    };
    let asking = Asking::new(app, &visitor, &headers, peer);
    let address = fields.text("email").to_owned();
    let again = |text: String| {
        let typed = Typed { email: address.clone(), ..Typed::default() };
        show(app, &news, typed, vec![mistake("email", text)])
    };
    if app.config.net.smtp_url.is_none() {
        return again("No mail can be sent from here.".to_owned());
    }
    if let Some(text) = subscribing::wrong_mail(&address) {
        return again(text);
    }
    if let Err(seconds) = asking.visit(app) {
        return too_often(again(wait(seconds)), seconds);
    }
    let tired = throttle(app, |throttle| throttle.disturb(&login::normal(&address), clock::now())).is_err();
    if !tired && let Err(error) = subscribing::ask(app, &news, &address, asking.trusted).await {
        return Trouble::from(error).page(app);
    }
    step(app, StatusCode::OK, Some(&news), &Step::Asked { address })
}

/// A GET changes nothing: mail scanners follow every link.
pub async fn confirm(State(served): State<Served>, Path(token): Path<String>) -> Response {
    let app = &served.app;
    match wanted(app, &token) {
        Ok((news, wanted)) => {
            let asked = Step::Confirm { address: wanted.address, action: format!("/subscribe/{token}") };
            step(app, StatusCode::OK, Some(&news), &asked)
        }
        Err(shut) => shut.page(app),
    }
}

/// A POST subscribes, as often as it comes.
pub async fn confirmed(State(served): State<Served>, Path(token): Path<String>) -> Response {
    let app = &served.app;
    let (news, wanted) = match wanted(app, &token) {
        Ok(both) => both,
        Err(shut) => return shut.page(app),
    };
    let settings = json!({ "to": [wanted.address] });
    let draft = subscribing::draft(app, &news, Kind::Email, settings, wanted.trusted);
    match subscribing::begin(app, draft, &login::normal(&wanted.address)).await {
        Ok(made) => {
            let leave = subscribing::leave(app, &made);
            step(app, StatusCode::OK, Some(&news), &Step::Confirmed { address: wanted.address, leave })
        }
        Err(error) => Trouble::from(error).page(app),
    }
}

/// What a link confirms, if it still works and can still be subscribed to.
fn wanted(app: &App, token: &str) -> Result<(News, subscribing::Wanted), Shut> {
    let wanted = read_wanted(&app.sender.unsubscribe_key, token).ok_or(Shut::Invalid)?;
    let news = match &wanted.target {
        Target::Provider(slug) => provider(app, slug)?,
        Target::Board(id) => {
            let directory = app.directory();
            let row = directory.board_by_id(*id).filter(|_| app.config.server.subscriptions).ok_or(Shut::Unknown)?;
            // What whoever asked was shown may have been taken from them since.
            if !wanted.trusted && !is_for_strangers(app, row, &wanted.key) {
                return Err(Shut::Unknown);
            }
            News::of(&directory, &wanted.target).opened_by(&wanted.key)
        }
    };
    if wanted.until < clock::now() { Err(Shut::Late(news)) } else { Ok((news, wanted)) }
}

/// Takes a browser's subscription as the browser gives it: `{endpoint, keys: {p256dh, auth}}`.
pub async fn push(
    State(served): State<Served>,
    Meant(meant): Meant,
    visitor: Visitor,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Body(body): Body,
) -> Response {
    let app = &served.app;
    let asking = Asking::new(app, &visitor, &headers, peer);
    if let Err(seconds) = asking.visit(app) {
        return too_often(Problem::too_many(wait(seconds)).into_response(), seconds);
    }
    match browser(app, meant, &body, asking.trusted).await {
        Ok(answer) => (StatusCode::CREATED, Json(answer)).into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// Takes it, and answers the path that ends it.
async fn browser(app: &App, meant: Result<News, Shut>, body: &Value, trusted: bool) -> Result<Value, Problem> {
    let news = meant.map_err(|shut| shut.problem())?;
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let endpoint = text("/endpoint");
    let settings = json!({ "endpoint": endpoint, "p256dh": text("/keys/p256dh"), "auth": text("/keys/auth") });
    if let Some(detail) = subscribing::wrong_settings(app, Kind::WebPush, &settings, "endpoint", trusted) {
        let wrong = vec![Pointed { pointer: "/endpoint".to_owned(), detail }];
        return Err(Problem::unprocessable(wrong));
    }
    let draft = subscribing::draft(app, &news, Kind::WebPush, settings, trusted);
    let made = subscribing::begin(app, draft, endpoint).await?;
    Ok(json!({ "unsubscribe": subscribing::leave(app, &made) }))
}

/// Tells an address of a program from now on, once it has shown that it wants to be told.
pub async fn webhook(
    State(served): State<Served>,
    Meant(meant): Meant,
    visitor: Visitor,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    fields: Fields,
) -> Response {
    let app = &served.app;
    let news = match meant {
        Ok(news) => news,
        Err(shut) => return shut.page(app),
    };
    let asking = Asking::new(app, &visitor, &headers, peer);
    let url = fields.text("url").to_owned();
    let again = |text: String| {
        let typed = Typed { url: url.clone(), ..Typed::default() };
        show(app, &news, typed, vec![mistake("url", text)])
    };
    if let Err(seconds) = asking.visit(app) {
        return too_often(again(wait(seconds)), seconds);
    }
    match hook(app, &news, &url, asking.trusted).await {
        Ok(Ok(made)) => step(app, StatusCode::OK, Some(&news), &made),
        Ok(Err(text)) => again(text),
        Err(error) => Trouble::from(error).page(app),
    }
}

async fn hook(app: &App, news: &News, url: &str, trusted: bool) -> Result<Result<Step, String>, StoreError> {
    let secret = subscribing::secret()?;
    let settings = json!({ "url": url, "secret": secret });
    if let Some(text) = subscribing::wrong_settings(app, Kind::Webhook, &settings, "url", trusted) {
        return Ok(Err(text));
    }
    let draft = subscribing::draft(app, news, Kind::Webhook, settings, trusted);
    let leave = subscribing::leave(app, &draft);
    let net = subscribing::net(app, &draft);
    let unsubscribe = format!("{}{leave}", app.sender.base_url);
    if let Err(refused) = prove(net, url, news, &unsubscribe, clock::now()).await {
        let known = if trusted { refused.detail.as_str() } else { "" };
        return Ok(Err(format!("{} {known}", refused.text).trim_end().to_owned()));
    }
    // Said only to whoever the address belongs to: it has given the challenge back.
    let compared = url::Url::parse(url).map_or_else(|_| url.to_owned(), |url| url.to_string());
    if app.store.subscription_at(&news.target, Kind::Webhook.name(), &compared).await?.is_some() {
        let text =
            "This address is told already. End that subscription with its own link first, then it gets a new secret.";
        return Ok(Err(text.to_owned()));
    }
    subscribing::begin(app, draft, &compared).await?;
    Ok(Ok(Step::Made { address: subscribing::host(url), secret, leave }))
}
