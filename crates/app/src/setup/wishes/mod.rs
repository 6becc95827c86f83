//! Wishes by hand: what a team does not want to hear for a while, what somebody takes care of, and what it knows better
//! than a page.

pub mod acknowledgements;
pub mod lasting;
pub mod outdated;
pub mod overrides;
pub mod silences;

use tocsin_domain::{Component, Timestamp};

use super::Refusal;
use super::draft::Draft;
use crate::app::App;
use crate::catalog;
use crate::config::{did_you_mean, values};
use crate::directory::Directory;
use crate::work::{asked, tick};

/// Longest time that a wish may last (seconds): a year.
const LONGEST_S: i64 = 366 * 24 * 3600;

/// The slug of a provider that we know.
fn provider(draft: &mut Draft<'_>, directory: &Directory, before: Option<String>) -> String {
    let found = draft.need("provider", before, |raw| {
        let slug = values::text(raw)?.trim().to_lowercase();
        directory.provider(&slug).map(|known| known.slug).ok_or_else(|| {
            let own = directory.own_providers().map(|own| own.slug.as_str());
            let near = did_you_mean(&slug, own.chain(catalog::all().iter().map(|entry| entry.slug)));
            format!("there is no provider `{slug}`{near}")
        })
    });
    found.unwrap_or_default()
}

/// When a wish ends: `until` (a time) or `for` (a duration) says it, or neither.
fn end(draft: &mut Draft<'_>, now: Timestamp) -> Option<Timestamp> {
    let until = draft.take("until", None, None, |raw| {
        let until = values::moment(raw)?;
        if until <= now {
            return Err(format!("{until} is past; say when it ends"));
        }
        if until.since(now) > LONGEST_S { Err("must be within a year".to_owned()) } else { Ok(Some(until)) }
    });
    let lasts_s = draft.take("for", None, None, |raw| match values::duration(raw)? {
        0 => Err("must be longer than that; write it like \"30m\", \"4h\" or \"2d\"".to_owned()),
        seconds => Ok(Some(seconds)),
    });
    if until.is_some() && lasts_s.is_some() {
        draft.wrong("for", "`until` says already when it ends; write one of the two");
    }
    until.or_else(|| lasts_s.map(|seconds| now.plus(seconds)))
}

/// The components that a provider's pages list.
async fn parts(app: &App, provider: &str) -> Result<Vec<Component>, Refusal> {
    Ok(if provider.is_empty() { Vec::new() } else { asked::components(app, provider).await? })
}

/// A component that nobody knows; what is called alike is named.
fn no_component(written: &str, parts: &[Component]) -> String {
    let near = did_you_mean(written, parts.iter().map(|part| part.name.as_str()));
    let hint = if near.is_empty() { "; its page lists what there is" } else { &near };
    format!("no component is called `{written}`{hint}")
}

/// What was wished is another thing now: what is open is looked at again.
async fn again(app: &App, provider: &str) -> Result<(), Refusal> {
    Ok(tick::provider(app, provider).await?)
}
