//! Providers by hand: a status page that is not in the catalogue.

use serde_json::Value;
use tocsin_platforms::{Described, Platform};
use tocsin_store::{DescriptionRow, ProviderRow};
use tracing::info;
use url::Url;

use super::draft::{self, Draft};
use super::{Refusal, not_declared};
use crate::app::App;
use crate::catalog;
use crate::clock;
use crate::config::values;
use crate::config::{Mistake, Place, describe};
use crate::directory::{Directory, Provider};
use crate::net::Purpose;
use crate::problem::Wrong;

/// Bytes of a description at most.
const LONGEST_DESCRIPTION: usize = 64 << 10;

/// Adds a provider. Its platform is found out at the first poll, unless it is given.
///
/// # Errors
/// Every mistake in `body`, or the store's trouble.
pub async fn create(app: &App, body: &Value) -> Result<ProviderRow, Refusal> {
    let _changing = app.changing.lock().await;
    let row = read(app, body, None)?;
    app.store.put_provider(&row).await?;
    app.refresh().await?;
    info!(provider = row.slug, page = row.page, "a provider was added");
    Ok(row)
}

/// Changes what `body` names of a provider that was added by hand. Under another address it is read anew.
///
/// # Errors
/// Every mistake in `body`; a provider that is not there or was not added by hand; the store's trouble.
pub async fn change(app: &App, slug: &str, body: &Value) -> Result<ProviderRow, Refusal> {
    let _changing = app.changing.lock().await;
    let row = read(app, body, Some(by_hand(&app.directory(), slug)?))?;
    app.store.put_provider(&row).await?;
    app.refresh().await?;
    Ok(row)
}

/// Removes a provider that was added by hand, that nobody monitors, and that is on no board.
///
/// # Errors
/// A provider that is not there, was not added by hand or is used; the store's trouble.
pub async fn remove(app: &App, slug: &str) -> Result<(), Refusal> {
    let _changing = app.changing.lock().await;
    let directory = app.directory();
    let provider = by_hand(&directory, slug)?;
    let monitors = directory.all_monitors().filter(|row| row.provider == provider.slug).count();
    if monitors > 0 {
        let text = format!("The provider `{slug}` is watched by {monitors} of your monitors: delete them first.");
        return Err(Refusal::Conflict(text));
    }
    if let Some(board) = directory.boards().iter().find(|row| row.entries.iter().any(|one| one.provider == slug)) {
        let text = format!("The provider `{slug}` is on the board “{}”: take it off there first.", board.name);
        return Err(Refusal::Conflict(text));
    }
    app.store.remove_provider(&provider.slug).await?;
    // Who takes the name next is somebody else.
    app.store.remove_door(&provider.slug).await?;
    app.store.remove_push(app.store.default_team(), &provider.slug).await?;
    app.doors.put(&provider.slug, None);
    app.refresh().await?;
    info!(provider = slug, "a provider was removed");
    Ok(())
}

/// What somebody typed as the description of a page.
///
/// # Errors
/// Every mistake in it, with its line.
pub fn described(platform: Platform, source: &str) -> Result<Described, Refusal> {
    let wrong = |mistake: &Mistake| {
        let line = match mistake.place {
            Place::Line(line) => format!("Line {line}: "),
            Place::Variable(_) | Place::Whole => String::new(),
        };
        let key = if mistake.key.is_empty() { String::new() } else { format!("`{}` ", mistake.key) };
        Wrong { pointer: "/text".to_owned(), detail: format!("{line}{key}{}.", mistake.text.trim_end_matches('.')) }
    };
    if source.len() > LONGEST_DESCRIPTION {
        let detail = format!("This is more than {} kilobytes.", LONGEST_DESCRIPTION >> 10);
        return Err(Refusal::Wrong(vec![Wrong { pointer: "/text".to_owned(), detail }]));
    }
    describe::parse(source, platform).map_err(|all| Refusal::Wrong(all.iter().map(wrong).collect()))
}

/// Keeps how the page of a provider is read; it is asked at once.
///
/// # Errors
/// Every mistake in it; one that a configuration file holds; the store's trouble.
pub async fn describe(app: &App, slug: &str, platform: Platform, source: &str) -> Result<(), Refusal> {
    let described = described(platform, source)?;
    let _changing = app.changing.lock().await;
    let directory = app.directory();
    let provider = known(&directory, slug)?;
    not_declared(directory.description(&provider.slug).is_some_and(|row| row.declared), "description of", slug)?;
    let row = DescriptionRow {
        provider: provider.slug,
        declared: false,
        platform: platform.name().to_owned(),
        body: serde_json::to_value(described.description()).unwrap_or_default(),
        source: source.to_owned(),
        written_at: clock::now(),
    };
    app.store.put_description(&row).await?;
    app.refresh().await?;
    info!(provider = row.provider, platform = row.platform, "a page was described");
    Ok(())
}

/// Takes away how somebody described a page.
///
/// # Errors
/// A provider that is not there; a description that a configuration file holds; the store's trouble.
pub async fn undescribe(app: &App, slug: &str) -> Result<(), Refusal> {
    let _changing = app.changing.lock().await;
    let directory = app.directory();
    let provider = known(&directory, slug)?;
    not_declared(directory.description(&provider.slug).is_some_and(|row| row.declared), "description of", slug)?;
    app.store.remove_description(&provider.slug).await?;
    app.refresh().await?;
    Ok(())
}

fn known(directory: &Directory, slug: &str) -> Result<Provider, Refusal> {
    directory.provider(slug).ok_or_else(|| Refusal::Unknown(format!("There is no provider `{slug}`.")))
}

/// True for what can be changed here: neither of the catalogue nor declared.
#[must_use]
pub fn is_by_hand(directory: &Directory, slug: &str) -> bool {
    by_hand(directory, slug).is_ok()
}

fn by_hand(directory: &Directory, slug: &str) -> Result<Provider, Refusal> {
    let provider =
        directory.provider(slug).ok_or_else(|| Refusal::Unknown(format!("There is no provider `{slug}`.")))?;
    not_declared(directory.declared_providers().any(|declared| declared == slug), "provider", slug)?;
    if provider.own {
        return Ok(provider);
    }
    Err(Refusal::Conflict(format!("The provider `{slug}` is one of the catalogue's, which is not changed here.")))
}

fn read(app: &App, body: &Value, before: Option<Provider>) -> Result<ProviderRow, Refusal> {
    let directory = app.directory();
    let mut draft = Draft::of(body)?;
    let (old_name, old_page) = before.as_ref().map(|row| (row.name.clone(), row.page.clone())).unzip();
    let name = draft.need("name", old_name, draft::name).unwrap_or_default();
    let page = draft.need("page", old_page.clone(), |raw| {
        let url = values::web_address(raw)?;
        app.net.check_url(url.as_str(), Purpose::Poll).map_err(|failure| failure.detail)?;
        match known_by_page(&directory, &url) {
            Some(slug) if before.as_ref().is_none_or(|row| row.slug != slug) => {
                Err(format!("this page is known already: monitor the provider `{slug}`"))
            }
            _ => Ok(url.to_string()),
        }
    });
    let slug = match &before {
        Some(row) => Some(row.slug.clone()),
        None => slug(&mut draft, &directory),
    };
    // What another address is made with is to be found out anew.
    let same_page = before.as_ref().filter(|row| page.as_ref() == Some(&row.page));
    let old_platform = same_page.and_then(|row| row.platform.clone());
    let old_interval = before.as_ref().and_then(|row| row.interval_s);
    let platform = draft
        .take("platform", old_platform, None, |raw| values::platform(raw).map(|known| Some(known.name().to_owned())));
    let interval_s =
        draft.take("interval", old_interval, None, |raw| values::duration(raw).map(|seconds| Some(seconds.max(1))));
    draft.finish()?;
    Ok(ProviderRow {
        slug: slug.unwrap_or_else(|| free_slug(&directory, &name)),
        name,
        page: page.unwrap_or_default(),
        platform,
        interval_s,
        declared: false,
    })
}

fn slug(draft: &mut Draft<'_>, directory: &Directory) -> Option<String> {
    let slug = draft.take("slug", None, None, |raw| values::slug(raw).map(Some))?;
    if directory.provider(&slug).is_some() {
        draft.wrong("slug", &format!("there is a provider `{slug}` already; choose another slug"));
    }
    Some(slug)
}

/// The provider that has this page, however it is written.
fn known_by_page(directory: &Directory, page: &Url) -> Option<String> {
    let key = |url: &Url| (url.host_str().map(str::to_owned), url.port(), url.path().trim_end_matches('/').to_owned());
    let own = directory.own_providers().map(|own| (own.slug.as_str(), own.page.as_str()));
    let listed = catalog::all().iter().map(|entry| (entry.slug, entry.page));
    let wanted = key(page);
    let mut known = own.chain(listed);
    known.find(|(_, url)| Url::parse(url).is_ok_and(|url| key(&url) == wanted)).map(|(slug, _)| slug.to_owned())
}

/// "Harbour Cloud (EU)" → `harbour-cloud-eu`, with a number where that is taken.
fn free_slug(directory: &Directory, name: &str) -> String {
    let slug = values::slug_of(name, "page");
    let free = |slug: &String| directory.provider(slug).is_none();
    let numbered = (2_u32..).map(|number| format!("{slug}-{number}"));
    std::iter::once(slug.clone()).chain(numbered).find(free).unwrap_or(slug)
}
