//! Tick: open incidents of a provider, and warnings about it, are looked at outside of a poll or a call, because somebody
//! wishes something else now.

use tocsin_domain::{Input, step};
use tocsin_store::StoreError;

use super::check::follow;
use super::keep;
use crate::app::App;
use crate::clock;

/// Lets the pages of a provider, and the checks about it, take a step in which nothing but time has passed.
///
/// # Errors
/// If the store cannot be read or written.
pub async fn provider(app: &App, slug: &str) -> Result<(), StoreError> {
    for page in app.watch.pages().of(slug) {
        let _stepping = page.stepping.lock().await;
        let now = clock::now();
        let mut state = keep::load(app, page).await?;
        if state.read_at.is_none() && state.failures == 0 {
            continue;
        }
        let recalled = keep::recalled(app, page, &mut state, None, now).await?;
        let audience = app.directory().audience(slug);
        let next = step(state, &recalled, Input::Tick, &audience, now);
        keep::commit(app, page, next, None, Vec::new(), now).await?;
    }
    for watched in app.checks.about(slug) {
        follow::time(app, watched).await?;
    }
    Ok(())
}
