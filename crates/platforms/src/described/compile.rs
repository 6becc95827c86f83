//! From a description to what reads by it: every path and selector is tried, and every fault is named with its key.

use tocsin_domain::Health;
use tocsin_domain::ids::hash_hex;

use super::description::{Components, Description, Incidents, Maintenances, Overall, Updates, VERSION};
use super::meanings::{HEALTHS, Meanings};
use super::pick::Pick;
use super::times::Times;
use crate::Platform;
use crate::kit::words;

/// Something in a description that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `incidents.updates.at`; the name of a table where that is what is missing.
    pub key: String,
    /// What is wrong and what to do, without a full stop.
    pub text: String,
}

/// The key of the ask for the page itself, or for the address that is asked instead.
pub(super) const PAGE: &str = "page";

/// One address that is asked.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub key: &'static str,
    /// `None`: the page.
    pub from: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct OverallBy {
    pub source: &'static str,
    pub status: Pick,
}

#[derive(Clone, Debug)]
pub(super) struct ComponentsBy {
    pub source: &'static str,
    pub list: Pick,
    pub id: Option<Pick>,
    pub name: Pick,
    pub group: Option<Pick>,
    pub status: Option<Pick>,
}

#[derive(Clone, Debug)]
pub(super) struct IncidentsBy {
    pub source: &'static str,
    pub within: Option<Pick>,
    pub list: Pick,
    pub id: Pick,
    pub title: Pick,
    pub url: Option<Pick>,
    pub impact: Option<Pick>,
    pub stage: Option<Pick>,
    pub started_at: Option<Pick>,
    pub resolved_at: Option<Pick>,
    pub components: Option<Pick>,
    pub body: Option<Pick>,
    pub all_open: bool,
    pub none_open: Option<Health>,
    pub updates: Option<UpdatesBy>,
}

#[derive(Clone, Debug)]
pub(super) struct UpdatesBy {
    pub list: Pick,
    pub id: Option<Pick>,
    pub stage: Option<Pick>,
    pub at: Pick,
    pub body: Pick,
}

#[derive(Clone, Debug)]
pub(super) struct MaintenancesBy {
    pub source: &'static str,
    pub within: Option<Pick>,
    pub list: Pick,
    pub id: Pick,
    pub title: Pick,
    pub url: Option<Pick>,
    pub stage: Option<Pick>,
    pub starts_at: Option<Pick>,
    pub ends_at: Option<Pick>,
    pub components: Option<Pick>,
    pub body: Option<Pick>,
    pub updates: Option<UpdatesBy>,
}

/// A page that somebody described: how it is read.
#[derive(Clone, Debug)]
pub struct Described {
    pub(super) platform: Platform,
    description: Description,
    /// Of this very description.
    pub(super) mark: String,
    pub(super) anchor: Pick,
    pub(super) times: Times,
    pub(super) sources: Vec<Source>,
    /// Their keys: without any of them the page is not known.
    pub(super) needs: Vec<&'static str>,
    pub(super) overall: Option<OverallBy>,
    pub(super) components: Option<ComponentsBy>,
    pub(super) incidents: Option<IncidentsBy>,
    pub(super) maintenances: Option<MaintenancesBy>,
    pub(super) words: Meanings,
}

impl PartialEq for Described {
    fn eq(&self, other: &Self) -> bool {
        self.platform == other.platform && self.description == other.description
    }
}

impl Eq for Described {}

impl Described {
    /// Tries every path (of `json`) or selector (of `html`) of a description.
    ///
    /// # Errors
    /// Every fault in it.
    pub fn new(platform: Platform, description: Description) -> Result<Self, Vec<Fault>> {
        let mut maker = Maker { html: platform == Platform::Html, faults: Vec::new(), sources: Vec::new() };
        if !matches!(platform, Platform::Json | Platform::Html) {
            maker.wrong("", "only pages of the platforms `json` and `html` are described");
        }
        if description.version == 0 || description.version > VERSION {
            maker.wrong("version", &format!("this version of Tocsin reads descriptions up to version {VERSION}"));
        }
        maker.source(PAGE, "from", description.from.as_ref());
        let anchor = maker.pick("anchor", &description.anchor);
        if anchor.as_ref().is_some_and(|anchor| !anchor.leads_away()) {
            maker.wrong("anchor", "must name something that only this page has");
        }
        let times = Times::new(&description, |key, text| maker.wrong(key, text));
        let overall = description.overall.as_ref().and_then(|one| maker.overall(one));
        let components = description.components.as_ref().and_then(|one| maker.components(one));
        let incidents = description.incidents.as_ref().and_then(|one| maker.incidents(one));
        let maintenances = description.maintenances.as_ref().and_then(|one| maker.maintenances(one));
        maker.says_something(&description);
        let words = Meanings::new(&description.words, |key, text| maker.wrong(key, text));
        let Maker { faults, sources, .. } = maker;
        let Some(anchor) = anchor.filter(|_| faults.is_empty()) else { return Err(faults) };
        Ok(Self {
            platform,
            mark: mark(platform, &description),
            description,
            anchor,
            times,
            needs: sources.iter().map(|source| source.key).collect(),
            sources,
            overall,
            components,
            incidents,
            maintenances,
            words,
        })
    }

    /// `json` or `html`.
    #[must_use]
    pub fn platform(&self) -> Platform {
        self.platform
    }

    /// As it was written.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.description
    }
}

/// Another description reads another page out of the same bytes.
fn mark(platform: Platform, description: &Description) -> String {
    let written = serde_json::to_vec(description).unwrap_or_default();
    let hash = hash_hex(&[&written]);
    format!("{} {}", platform.name(), hash.get(..16).unwrap_or(&hash))
}

struct Maker {
    html: bool,
    faults: Vec<Fault>,
    sources: Vec<Source>,
}

impl Maker {
    fn wrong(&mut self, key: &str, text: &str) {
        self.faults.push(Fault { key: key.to_owned(), text: text.to_owned() });
    }

    fn pick(&mut self, key: &str, written: &str) -> Option<Pick> {
        let picked = if written.trim().is_empty() {
            Err("is missing".to_owned())
        } else if self.html {
            Pick::css(written)
        } else {
            Pick::json(written)
        };
        picked.map_err(|text| self.wrong(key, &text)).ok()
    }

    fn maybe(&mut self, key: &str, written: Option<&String>) -> Option<Pick> {
        written.and_then(|written| self.pick(key, written))
    }

    /// A list names elements, neither an attribute nor the element it is looked for in.
    fn list(&mut self, key: &str, written: &str) -> Option<Pick> {
        let pick = self.pick(key, written)?;
        if matches!(pick, Pick::Key) || pick.has_attribute() || self.html && !pick.leads_away() {
            self.wrong(key, "must name the elements of the list, not a text of one");
            return None;
        }
        Some(pick)
    }

    /// What holds a list of a web page. JSON needs none: there an empty list is a list.
    fn within(&mut self, table: &str, written: Option<&String>) -> Option<Pick> {
        let key = format!("{table}.within");
        match written {
            Some(_) if !self.html => {
                self.wrong(&key, "is only for HTML; a JSONPath tells an empty list from one that is missing");
                None
            }
            Some(written) => self.list(&key, written),
            None if self.html => {
                let text = "is missing: name an element that is there while the list is empty too (`main`, `body`), \
                            so that no element means that there is none";
                self.wrong(&key, text);
                None
            }
            None => None,
        }
    }

    /// The key under which an address is asked; the same address is asked once.
    fn source(&mut self, key: &'static str, place: &str, from: Option<&String>) -> &'static str {
        let from = from.map(|from| from.trim().to_owned());
        if let Some(from) = &from
            && let Err(text) = is_address(from)
        {
            self.wrong(place, &text);
            return PAGE;
        }
        if let Some(known) = self.sources.iter().find(|known| known.from == from || from.is_none()) {
            return known.key;
        }
        self.sources.push(Source { key, from });
        key
    }

    fn overall(&mut self, one: &Overall) -> Option<OverallBy> {
        let source = self.source("overall", "overall.from", one.from.as_ref());
        Some(OverallBy { source, status: self.pick("overall.status", &one.status)? })
    }

    fn components(&mut self, one: &Components) -> Option<ComponentsBy> {
        let source = self.source("components", "components.from", one.from.as_ref());
        let list = self.list("components.list", &one.list);
        let id = self.maybe("components.id", one.id.as_ref());
        let name = self.pick("components.name", &one.name);
        let group = self.maybe("components.group", one.group.as_ref());
        let status = self.maybe("components.status", one.status.as_ref());
        Some(ComponentsBy { source, list: list?, id, name: name?, group, status })
    }

    fn updates(&mut self, table: &str, one: Option<&Updates>) -> Option<UpdatesBy> {
        let one = one?;
        let key = |key: &str| format!("{table}.updates.{key}");
        let list = self.list(&key("list"), &one.list);
        let id = self.maybe(&key("id"), one.id.as_ref());
        let stage = self.maybe(&key("stage"), one.stage.as_ref());
        let at = self.pick(&key("at"), &one.at);
        let body = self.pick(&key("body"), &one.body);
        Some(UpdatesBy { list: list?, id, stage, at: at?, body: body? })
    }

    fn incidents(&mut self, one: &Incidents) -> Option<IncidentsBy> {
        let source = self.source("incidents", "incidents.from", one.from.as_ref());
        let within = self.within("incidents", one.within.as_ref());
        let list = self.list("incidents.list", &one.list);
        let id = self.pick("incidents.id", &one.id);
        let title = self.pick("incidents.title", &one.title);
        let none_open = one.none_open.as_ref().and_then(|word| {
            let health = words::component_health(word.trim());
            if health.is_none() {
                self.wrong("incidents.none_open", &format!("`{word}` is no health; {HEALTHS}"));
            }
            health
        });
        let by = IncidentsBy {
            source,
            within,
            url: self.maybe("incidents.url", one.url.as_ref()),
            impact: self.maybe("incidents.impact", one.impact.as_ref()),
            stage: self.maybe("incidents.stage", one.stage.as_ref()),
            started_at: self.maybe("incidents.started_at", one.started_at.as_ref()),
            resolved_at: self.maybe("incidents.resolved_at", one.resolved_at.as_ref()),
            components: self.maybe("incidents.components", one.components.as_ref()),
            body: self.maybe("incidents.body", one.body.as_ref()),
            all_open: one.all_open,
            none_open,
            updates: self.updates("incidents", one.updates.as_ref()),
            list: list?,
            id: id?,
            title: title?,
        };
        Some(by)
    }

    fn maintenances(&mut self, one: &Maintenances) -> Option<MaintenancesBy> {
        let source = self.source("maintenances", "maintenances.from", one.from.as_ref());
        let within = self.within("maintenances", one.within.as_ref());
        let list = self.list("maintenances.list", &one.list);
        let id = self.pick("maintenances.id", &one.id);
        let title = self.pick("maintenances.title", &one.title);
        let by = MaintenancesBy {
            source,
            within,
            url: self.maybe("maintenances.url", one.url.as_ref()),
            stage: self.maybe("maintenances.stage", one.stage.as_ref()),
            starts_at: self.maybe("maintenances.starts_at", one.starts_at.as_ref()),
            ends_at: self.maybe("maintenances.ends_at", one.ends_at.as_ref()),
            components: self.maybe("maintenances.components", one.components.as_ref()),
            body: self.maybe("maintenances.body", one.body.as_ref()),
            updates: self.updates("maintenances", one.updates.as_ref()),
            list: list?,
            id: id?,
            title: title?,
        };
        Some(by)
    }

    fn says_something(&mut self, description: &Description) {
        let Description { overall, components, incidents, maintenances, .. } = description;
        if overall.is_none() && components.is_none() && incidents.is_none() && maintenances.is_none() {
            let text = "describes nothing yet: add a table [overall], [components], [incidents] or [maintenances]";
            self.wrong("", text);
        }
        if components.as_ref().is_some_and(|one| one.status.is_none()) && incidents.is_none() {
            let text = "is missing: without it (and without [incidents]) nothing says how a component is";
            self.wrong("components.status", text);
        }
    }
}

/// `https://…`, `/from/the/root.json` or `below/the/page.json`.
fn is_address(from: &str) -> Result<(), String> {
    if from.is_empty() {
        return Err("is empty".to_owned());
    }
    if from.contains("://") {
        let web = url::Url::parse(from).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        return if web {
            Ok(())
        } else {
            Err(format!("`{from}` must begin with https:// (or http://) and name a host"))
        };
    }
    if from.starts_with("//") || from.contains(char::is_whitespace) {
        return Err(format!("`{from}` is no address; write it like https://…, /from/the/root or below/the/page"));
    }
    Ok(())
}
