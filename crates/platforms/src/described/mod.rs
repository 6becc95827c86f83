//! Pages that nobody but their users reads: somebody describes where their lists stand and what their words mean, by
//! JSONPath (`json`) or CSS selectors (`html`).
//!
//! Oddities: an empty list must be told from one that is gone, so a JSONPath is followed step by step, and a list of a web
//! page has an element around it that is there without it, too. The anchor is what proves that a page is the one that was
//! described: without it nothing on it counts. What the words table does not know is unknown.

mod compile;
mod description;
mod lists;
mod meanings;
mod pick;
#[cfg(test)]
mod tests;
mod times;

pub use compile::{Described, Fault};
pub use description::{Description, FLAGS, Keys, NUMBERS, TABLES, VERSION};

use tocsin_domain::{HttpAsk, Problem, Reading, Timestamp};
use url::Url;

use crate::kit::answers::{Why, unreadable};
use crate::kit::sheet::Sheet;
use crate::kit::simple::{Body, Simple};
use crate::{Answered, Evidence, Memory, PageAddress, Payload, Platform, Reader, Turn};
use compile::{PAGE, Source};
use pick::Spot;

/// Pages of JSON.
pub(crate) mod json {
    pub(crate) static READER: super::Undescribed = super::Undescribed(super::Platform::Json);
}

/// Web pages.
pub(crate) mod html {
    pub(crate) static READER: super::Undescribed = super::Undescribed(super::Platform::Html);
}

/// The reader of a platform; of `json` and `html` the one that was described, where it was.
#[must_use]
pub fn reader_for(platform: Platform, described: Option<&Described>) -> &dyn Reader {
    match described {
        Some(described) if described.platform() == platform => described,
        _ => platform.reader(),
    }
}

/// The reader of a page that should be described and is not: it says what to do.
pub(crate) struct Undescribed(Platform);

impl Undescribed {
    fn sentence(&self) -> String {
        format!(
            "Nothing describes this page: say where it lists what (a table [provider.describe], or \"Describe this page\" \
             on the provider's page), or give another platform than {}.",
            self.0.name()
        )
    }
}

impl Reader for Undescribed {
    fn recognise(&self, _payload: &Payload) -> Option<Evidence> {
        None
    }

    fn read(&self, _payloads: &[Payload], _now: Timestamp) -> Reading {
        Reading::unrecognised(Problem::new("not_described", "", self.sentence()))
    }

    fn begin(&self, _page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        Vec::new()
    }

    fn next(&self, _page: &PageAddress, memory: &Memory, _answers: &[Answered], _now: Timestamp) -> Turn {
        unreadable("not_described", Why::plain(&self.sentence()), memory)
    }
}

/// Every key that is asked, the page's own first.
const KEYS: [&str; 5] = [PAGE, "overall", "components", "incidents", "maintenances"];

impl Simple for Described {
    fn name(&self) -> &'static str {
        self.platform.name()
    }

    fn mark(&self) -> &str {
        &self.mark
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        self.sources.iter().map(|source| HttpAsk::get(source.key, address(page, source.from.as_deref()))).collect()
    }

    /// All that are described: what is not asked does not fail.
    fn needs(&self) -> &[&'static str] {
        &self.needs
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let document = self.document(body)?;
        let spot = self.spot(body, document.as_ref())?;
        let source = self.source(payload, &spot)?;
        let seen = if source.key == PAGE {
            format!("`{}`, the anchor of its description, is there", self.anchor.written())
        } else {
            format!("the list of {} is where its description says", source.key)
        };
        Some(Evidence { confidence: 95, seen })
    }

    fn read(&self, payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(document) = self.document(body) else { return };
        let Some(spot) = self.spot(body, document.as_ref()) else { return };
        let Some(source) = self.source(payload, &spot) else { return };
        sheet.surfaces.push(source.key);
        let base = Url::parse(&payload.url).ok();
        self.read_source(source.key, &spot, &lists::When { now, base }, sheet);
    }

    fn lacks(&self, payload: &Payload, body: &Body<'_>) -> Option<String> {
        self.document(body)?;
        let key = payload.key.as_str();
        Some(if key == PAGE || !KEYS.contains(&key) {
            format!("The page lacks `{}`, the anchor of its description.", self.anchor.written())
        } else {
            format!("What should tell of {key} lacks what the description names.")
        })
    }

    fn finish(&self, sheet: &mut Sheet, now: Timestamp) {
        for source in &self.sources {
            if !sheet.surfaces.contains(&source.key) {
                let what = source.from.as_deref().unwrap_or("the page itself");
                sheet.doubt(source.key, format!("What {what} says is missing."));
            }
        }
        self.settle(sheet, now);
    }
}

impl Described {
    /// `Some(None)`: JSON needs none. `None`: the body is of another kind than what was described.
    fn document(&self, body: &Body<'_>) -> Option<Option<scraper::Html>> {
        match (self.platform, body) {
            (Platform::Html, Body::Html(_)) => body.document().map(Some),
            (Platform::Json, Body::Json(_)) => Some(None),
            _ => None,
        }
    }

    fn spot<'a>(&self, body: &'a Body<'_>, document: Option<&'a scraper::Html>) -> Option<Spot<'a>> {
        document.map(Spot::of_html).or_else(|| body.json().map(Spot::of_json))
    }

    /// Which of the addresses a body came from; a file from disk does not say, so its content must.
    fn source(&self, payload: &Payload, spot: &Spot<'_>) -> Option<&Source> {
        let is_what_it_should_be = |source: &&Source| {
            if source.key == PAGE { self.anchor.is_there(spot) } else { self.has_list(source.key, spot) }
        };
        let asked = self.sources.iter().find(|source| source.key == payload.key);
        if asked.is_some() || KEYS.contains(&payload.key.as_str()) {
            return asked.filter(is_what_it_should_be);
        }
        self.sources.iter().find(is_what_it_should_be)
    }
}

/// The address of a source: a full one, one from the root of the host, or one below the page; beside it, where the page's
/// own address ends in the name of a file.
fn address(page: &PageAddress, from: Option<&str>) -> String {
    let Some(from) = from else { return page.url.to_string() };
    let file = page.url.path_segments().and_then(|mut all| all.next_back()).is_some_and(|last| last.contains('.'));
    if from.contains("://") || from.starts_with('/') || file {
        return page.url.join(from).map_or_else(|_| page.url.to_string(), |url| url.to_string());
    }
    let mut base = page.url.clone();
    base.set_query(None);
    base.set_fragment(None);
    let path = format!("{}/", base.path().trim_end_matches('/'));
    base.set_path(&path);
    base.join(from).map_or_else(|_| page.url.to_string(), |url| url.to_string())
}
