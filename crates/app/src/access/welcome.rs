//! Welcome: while there is no owner, each start prints a link that creates one. It works once and not for ever.

use tocsin_domain::ids;
use tocsin_store::{StoreError, UserRow};

use super::Secret;
use crate::app::App;
use crate::clock;

/// How long the link works (seconds).
const LASTS_S: i64 = 24 * 3600;

/// A new link, unless there is an owner; the one before it works no more.
///
/// # Errors
/// If the store does not answer.
pub async fn link(app: &App) -> Result<Option<String>, StoreError> {
    if app.access.has_owner() {
        return Ok(None);
    }
    let secret = Secret::draw("").map_err(|why| StoreError::Unavailable(why.to_owned()))?;
    app.store.put_welcome(&secret.hash(), clock::now().plus(LASTS_S)).await?;
    Ok(Some(format!("{}/welcome?token={}", app.config.server.base_url, secret.text())))
}

/// True while this token may create the owner.
///
/// # Errors
/// If the store does not answer.
pub async fn is_valid(app: &App, token: &str) -> Result<bool, StoreError> {
    Ok(!app.access.has_owner() && app.store.is_welcome(&Secret::hash_of(token), clock::now()).await?)
}

/// Creates the owner and uses the token up. `None` where it works no more. `email` and `name` are checked already.
///
/// # Errors
/// If the store does not answer.
pub async fn create_owner(
    app: &App,
    token: &str,
    email: &str,
    name: &str,
    password: String,
) -> Result<Option<UserRow>, StoreError> {
    let password = app.access.passwords.hash(password).await.map_err(|why| StoreError::Unavailable(why.to_owned()))?;
    let now = clock::now();
    let user = UserRow {
        id: ids::v7(now, &[b"user", email.as_bytes()]),
        team: app.store.default_team(),
        email: email.to_owned(),
        name: name.to_owned(),
        password,
        created_at: now,
    };
    if !app.store.create_owner(&Secret::hash_of(token), &user, now).await? {
        return Ok(None);
    }
    app.access.owner_exists();
    tracing::info!(email, "the owner was created; from now on this instance asks who wants to know");
    Ok(Some(user))
}
