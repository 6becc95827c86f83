//! Providers by hand: a status page that is not in the catalogue.

use serde_json::Value;
use tocsin_store::ProviderRow;
use tracing::info;
use url::Url;

use super::Refusal;
use super::draft::{self, Draft};
use crate::app::App;
use crate::catalog;
use crate::config::values::{self, SLUG_BYTES};
use crate::directory::Directory;
use crate::net::Purpose;

/// Adds a provider. Its platform is found out at the first poll, unless it is given.
///
/// # Errors
/// Every mistake in `body`, or the store's trouble.
pub async fn create(app: &App, body: &Value) -> Result<ProviderRow, Refusal> {
    let _changing = app.changing.lock().await;
    let row = read(app, body)?;
    app.store.put_provider(&row).await?;
    app.refresh().await?;
    info!(provider = row.slug, page = row.page, "a provider was added");
    Ok(row)
}

fn read(app: &App, body: &Value) -> Result<ProviderRow, Refusal> {
    let directory = app.directory();
    let mut draft = Draft::of(body)?;
    let name = draft.need("name", None, draft::name).unwrap_or_default();
    let page = draft.need("page", None, |raw| {
        let url = values::web_address(raw)?;
        app.net.check_url(url.as_str(), Purpose::Poll).map_err(|failure| failure.detail)?;
        match known_by_page(&directory, &url) {
            Some(slug) => Err(format!("this page is known already: monitor the provider `{slug}`")),
            None => Ok(url.to_string()),
        }
    });
    let slug = draft.take("slug", None, None, |raw| values::slug(raw).map(Some));
    if let Some(taken) = slug.as_deref().filter(|slug| directory.provider(slug).is_some()) {
        draft.wrong("slug", &format!("there is a provider `{taken}` already; choose another slug"));
    }
    let platform =
        draft.take("platform", None, None, |raw| values::platform(raw).map(|known| Some(known.name().to_owned())));
    let interval_s =
        draft.take("interval", None, None, |raw| values::duration(raw).map(|seconds| Some(seconds.max(1))));
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
    let plain: String =
        name.to_lowercase().chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    let mut slug: String = words.join("-").chars().take(SLUG_BYTES - 6).collect();
    if slug.is_empty() {
        slug.push_str("page");
    }
    let free = |slug: &String| directory.provider(slug).is_none();
    let numbered = (2_u32..).map(|number| format!("{slug}-{number}"));
    std::iter::once(slug.clone()).chain(numbered).find(free).unwrap_or(slug)
}
