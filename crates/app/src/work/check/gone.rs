//! Gone: a check is not part of the configuration any more. What it warned of is over, and whoever heard of it hears that.

use tocsin_domain::warning::{Raised, clear};
use tocsin_domain::{ProviderRef, Warning};
use tocsin_store::{GroupRow, StoreError, Tried, WarningFilter};
use tracing::info;
use uuid::Uuid;

use crate::app::App;
use crate::checks::OWN;
use crate::checks::state::State;
use crate::clock;
use crate::work::asked;
use crate::work::commit::PendingTry;

const BECAUSE: &str = "The check is not part of the configuration any more.";
/// More checks than anybody has.
const MOST: i64 = 10_000;

/// Ends the warnings of checks that are not there any more.
///
/// # Errors
/// If the store cannot be read or written; what was not ended is ended by the next try.
pub async fn end(app: &App) -> Result<(), StoreError> {
    let open = WarningFilter { open: Some(true), limit: MOST, ..WarningFilter::default() };
    for warning in app.store.warnings(&open).await? {
        if !app.checks.iter().any(|watched| watched.id == warning.check.id) {
            end_one(app, warning).await?;
        }
    }
    Ok(())
}

async fn end_one(app: &App, warning: Warning) -> Result<(), StoreError> {
    let check = warning.check.clone();
    let itself = || ProviderRef { slug: OWN.to_owned(), name: check.name.clone() };
    let about = warning.provider.as_ref().map(|provider| provider.slug.clone());
    let provider = warning.provider.clone().unwrap_or_else(itself);
    let components = match &about {
        Some(provider) => asked::components(app, provider).await?,
        None => Vec::new(),
    };
    let state = app.store.check_state::<State>(check.id).await?.unwrap_or_default();
    let mut open = state.open.or_else(|| Some(Raised { warning, standing: Default::default() }));
    // Which groups it named is no longer known, but which of them heard of it.
    let directory = app.directory();
    let heard = |group: &&GroupRow| {
        let channels: Vec<String> = group.channels.iter().map(Uuid::to_string).collect();
        open.as_ref().is_some_and(|open| open.is_known_to(&group.id.to_string(), &channels))
    };
    let groups: Vec<String> = directory.groups().filter(heard).map(|group| group.name.clone()).collect();
    let audience = directory.audience_of_check(check.id, about.as_deref(), &groups);
    let Some((warning, decided)) = clear(&mut open, BECAUSE, &components, &audience, clock::now()) else {
        return Ok(());
    };
    let tried = Tried::unheard(check.id, provider.slug.clone(), &State::default(), None, vec![warning]);
    app.committer.commit_try(PendingTry { provider, tried, decided: vec![decided] }).await?;
    info!(check = check.name, "the check is gone, and what it warned of is over");
    app.store.forget_check(check.id).await
}
