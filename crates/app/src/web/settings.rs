//! `/settings`: account, password, API tokens, and what is decided in the configuration.

use axum::extract::State;
use axum::response::Response;
use tocsin_domain::ids;
use tocsin_pages::form::Wrong;
use tocsin_pages::settings::{self, Facts, Token};
use tocsin_store::{StoreError, TokenRow};

use super::forms::{Fields, Member, mistake, see, status};
use super::sign_in::{forgotten, too_often, wait};
use super::welcome::account_mistakes;
use super::{PathId, Trouble, chrome, html};
use crate::access::{Browser, Secret, login, password_problem};
use crate::app::App;
use crate::clock;
use crate::directory::Directory;
use crate::served::Served;

/// In front of every API token: scanners for leaked secrets know it by this.
const TOKEN_PREFIX: &str = "tocsin_";
/// Characters of a token's name.
const NAME: usize = 80;

/// What a form of the page came to.
#[derive(Default)]
struct Came {
    form: &'static str,
    wrong: Vec<Wrong>,
    said: Option<&'static str>,
    made: Option<(String, String)>,
    /// As typed, where it was not taken.
    account: Option<(String, String)>,
}

pub async fn page(Member(browser): Member, State(served): State<Served>) -> Response {
    show(&served.app, &browser, Came::default()).await
}

async fn show(app: &App, browser: &Browser, came: Came) -> Response {
    let status = status(&came.wrong);
    match facts(app, browser, came).await {
        Ok(facts) => html(status, settings::render(&facts)),
        Err(error) => Trouble::from(error).page(app),
    }
}

/// Changes name and e-mail address; the password shows that it is the owner and not a browser left open.
pub async fn account(Member(mut browser): Member, State(served): State<Served>, fields: Fields) -> Response {
    let app = &served.app;
    let (email, name) = (login::normal(fields.text("email")), fields.text("name").to_owned());
    let mut wrong = account_mistakes(&email, &name);
    match login::confirm(app, &browser.user, fields.raw("current")).await {
        Ok(true) => {}
        Ok(false) => wrong.push(mistake("current", "This is not your password.")),
        Err(seconds) => return refused_for(app, &browser, "account", "current", seconds).await,
    }
    if !wrong.is_empty() {
        return show(app, &browser, Came { form: "account", wrong, account: Some((email, name)), ..Came::default() })
            .await;
    }
    if let Err(error) = app.store.rename_user(browser.user.id, &email, &name).await {
        return Trouble::from(error).page(app);
    }
    (browser.user.email, browser.user.name) = (email, name);
    show(app, &browser, Came { said: Some("Your account is changed."), ..Came::default() }).await
}

/// Changes the password and ends every other session.
pub async fn password(Member(browser): Member, State(served): State<Served>, fields: Fields) -> Response {
    let app = &served.app;
    let new = fields.raw("new");
    let mut wrong: Vec<Wrong> =
        password_problem(new, &browser.user.email).map(|text| mistake("new", text)).into_iter().collect();
    match login::confirm(app, &browser.user, fields.raw("old")).await {
        Ok(true) => {}
        Ok(false) => wrong.push(mistake("old", "This is not your password.")),
        Err(seconds) => return refused_for(app, &browser, "password", "old", seconds).await,
    }
    if !wrong.is_empty() {
        return show(app, &browser, Came { form: "password", wrong, ..Came::default() }).await;
    }
    match set_password(app, &browser, new).await {
        Ok(()) => {
            let said = "Your password is changed, and every other browser is signed out.";
            show(app, &browser, Came { said: Some(said), ..Came::default() }).await
        }
        Err(error) => Trouble::from(error).page(app),
    }
}

async fn set_password(app: &App, browser: &Browser, new: &str) -> Result<(), StoreError> {
    let hash = app.access.passwords.hash(new.to_owned()).await;
    let hash = hash.map_err(|why| StoreError::Unavailable(why.to_owned()))?;
    app.store.set_password(browser.user.id, &hash, &browser.hash).await
}

async fn refused_for(app: &App, browser: &Browser, form: &'static str, field: &str, seconds: i64) -> Response {
    let wrong = vec![mistake(field, wait(seconds))];
    too_often(show(app, browser, Came { form, wrong, ..Came::default() }).await, seconds)
}

pub async fn sign_out_everywhere(Member(browser): Member, State(served): State<Served>) -> Response {
    match served.app.store.end_sessions(browser.user.id).await {
        Ok(()) => forgotten(&served.app),
        Err(error) => Trouble::from(error).page(&served.app),
    }
}

/// Makes a token; it is shown in this answer and never again.
pub async fn make_token(Member(browser): Member, State(served): State<Served>, fields: Fields) -> Response {
    let app = &served.app;
    let name = fields.text("token");
    if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
        let wrong = vec![mistake("token", "Give it a short name, so that you know it when you revoke it.")];
        return show(app, &browser, Came { form: "tokens", wrong, ..Came::default() }).await;
    }
    match new_token(app, &browser, name).await {
        Ok(secret) => {
            let made = Some((name.to_owned(), secret.text().to_owned()));
            show(app, &browser, Came { made, ..Came::default() }).await
        }
        Err(error) => Trouble::from(error).page(app),
    }
}

async fn new_token(app: &App, browser: &Browser, name: &str) -> Result<Secret, StoreError> {
    let secret = Secret::draw(TOKEN_PREFIX).map_err(|why| StoreError::Unavailable(why.to_owned()))?;
    let now = clock::now();
    let row = TokenRow {
        id: ids::v7(now, &[b"token", secret.hash().as_bytes()]),
        team: browser.user.team,
        person: browser.user.id,
        name: name.to_owned(),
        hash: secret.hash(),
        created_at: now,
        used_at: None,
    };
    app.store.put_token(&row).await?;
    tracing::info!(name, "an API token was made");
    Ok(secret)
}

pub async fn revoke_token(Member(browser): Member, State(served): State<Served>, PathId(id): PathId) -> Response {
    match served.app.store.revoke_token(browser.user.team, id).await {
        Ok(_) => see("/settings#tokens"),
        Err(error) => Trouble::from(error).page(&served.app),
    }
}

async fn facts(app: &App, browser: &Browser, came: Came) -> Result<Facts, StoreError> {
    let now = clock::now();
    let user = &browser.user;
    let (email, name) = came.account.unwrap_or_else(|| (user.email.clone(), user.name.clone()));
    let tokens = app.store.tokens(user.team).await?;
    Ok(Facts {
        chrome: chrome(app),
        now,
        email,
        name,
        browsers: usize::try_from(app.store.count_sessions(user.id, now).await?).unwrap_or_default(),
        tokens: tokens
            .into_iter()
            .map(|row| Token { id: row.id, name: row.name, created_at: row.created_at, used_at: row.used_at })
            .collect(),
        made: came.made,
        form: came.form,
        wrong: came.wrong,
        said: came.said.map(str::to_owned),
        subscribers: app.store.subscribed().await?.into_iter().map(|(_, count)| count).sum(),
        declared: declared(&app.directory()),
        instance: instance(app),
    })
}

fn declared(directory: &Directory) -> Vec<(&'static str, Vec<String>)> {
    let mut monitors: Vec<String> =
        directory.all_monitors().filter(|row| row.declared).map(|row| row.provider.clone()).collect();
    monitors.dedup();
    let mut groups: Vec<String> = directory.groups().filter(|row| row.declared).map(|row| row.name.clone()).collect();
    groups.sort_unstable();
    let mut channels: Vec<String> =
        directory.channels().filter(|row| row.declared).map(|row| row.name.clone()).collect();
    channels.sort_unstable();
    let providers = directory.declared_providers().map(str::to_owned).collect();
    let all = [("Monitors of", monitors), ("Groups", groups), ("Channels", channels), ("Providers", providers)];
    all.into_iter().filter(|(_, names)| !names.is_empty()).collect()
}

fn instance(app: &App) -> Vec<(&'static str, String)> {
    let server = &app.config.server;
    let yes = |flag: bool, yes: &str, no: &str| if flag { yes.to_owned() } else { no.to_owned() };
    vec![
        ("Version", env!("CARGO_PKG_VERSION").to_owned()),
        ("Address", server.base_url.clone()),
        ("Listens on", server.listen.to_string()),
        (
            "Who may read",
            yes(server.public_read && !app.doors.any(), "everybody (server.public_read)", "whoever is signed in"),
        ),
        (
            "Subscribing",
            yes(server.subscriptions, "open to whoever may read (server.subscriptions)", "off (server.subscriptions)"),
        ),
        ("Time zone", server.time_zone.clone()),
        ("Mail server", yes(app.config.net.smtp_url.is_some(), "set (net.smtp_url)", "none: mail channels need one")),
        ("Admin token", yes(app.config.admin_token.is_some(), "set (TOCSIN_ADMIN_TOKEN)", "none")),
    ]
}
