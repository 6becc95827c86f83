//! `/providers/{slug}`: how one vendor is, by its own page, and what that page has said before.

use askama::Template;
use jiff::tz::TimeZone;
use tocsin_domain::uptime::Day;
use tocsin_domain::{Component, Health, Incident, Maintenance, ProviderRef, Timestamp};

use crate::bars::Bar;
use crate::check::{Check, CheckRow};
use crate::facts::{ClosedIncident, OpenIncident, PlannedWork};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::moment::{Form, Moment};
use crate::rows::{self, ClosedRow, OpenRow, WorkRow};
use crate::sign::Sign;
use crate::wishes::{self, Instead, InsteadRow, MutedRow, OfProvider};
use crate::{links, words};

/// Beyond this many components, what is in trouble is named first and the groups are folded.
const UNFOLDED: usize = 40;

/// What a provider's page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub now: Timestamp,
    pub provider: ProviderRef,
    pub category: Option<String>,
    /// The vendor's own site.
    pub homepage: Option<String>,
    /// Whether anybody here watches it; if not, nothing is asked and nothing known.
    pub watched: bool,
    /// Whoever reads this may subscribe to it.
    pub subscribable: bool,
    /// Its page may be described by hand: nobody reads it otherwise.
    pub describable: bool,
    pub health: Health,
    pub last_known: Option<Health>,
    /// Why the health is `unknown`, one sentence.
    pub reason: Option<String>,
    /// The last good reading.
    pub read_at: Option<Timestamp>,
    pub pages: Vec<StatusPage>,
    /// In the page's own order.
    pub components: Vec<Component>,
    /// One for each of `components`, in their order: its last days, oldest first; empty where nobody can tell.
    pub days: Vec<Vec<Day>>,
    /// Tests of our own of what it offers.
    pub checks: Vec<Check>,
    pub open: Vec<OpenIncident>,
    /// Ended, newest first: those of this page of the list.
    pub past: Vec<Incident>,
    /// The address of what ended before those, if there is more.
    pub earlier: Option<String>,
    /// What the address asks of the past: the place after which it goes on; empty for the newest.
    pub before: String,
    /// Announced or under way.
    pub works: Vec<Maintenance>,
    /// `health` is what the team says, where it says something; components are as the page says.
    pub wishes: OfProvider,
}

/// One of the provider's status pages.
#[derive(Clone, Debug)]
pub struct StatusPage {
    pub url: String,
    /// Which software made it; `None` while not detected.
    pub platform: Option<String>,
    pub readable: bool,
    /// Nothing could be read for so long that it is probably no more.
    pub gone: bool,
    pub reason: Option<String>,
    pub read_at: Option<Timestamp>,
    /// What proved the platform.
    pub evidence: Vec<String>,
    /// Its last days, oldest first; empty where it was never read.
    pub days: Vec<Day>,
}

/// Where a provider's past goes on after what `cursor` names.
#[must_use]
pub fn earlier(slug: &str, cursor: &str) -> String {
    format!("{}#past", links::query(&links::provider(slug), &[("before", cursor)]))
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page::new(facts))
}

#[derive(Template, Debug)]
#[template(path = "pages/provider.html")]
struct Page {
    layout: Layout,
    name: String,
    headline: String,
    sign: Sign,
    category: String,
    last_known: Option<Sign>,
    reason: String,
    tried: String,
    read: Option<Moment>,
    read_ago: Option<Moment>,
    homepage: Option<Outside>,
    pages: Vec<PageRow>,
    checks: Vec<CheckRow>,
    /// What they say where they warn, beside what the page says.
    warned: Vec<CheckRow>,
    open: Vec<OpenRow>,
    /// It was never read, and nothing is known.
    blank: bool,
    /// Nobody watches it: how to.
    invitation: Option<String>,
    /// Where it is made a monitor.
    watch: String,
    /// Of a long list: what is not operational, ahead of the groups.
    troubled: Vec<Part>,
    groups: Vec<Group>,
    /// The components are as they were when the page could last be read.
    old: bool,
    component_count: String,
    past: Vec<ClosedRow>,
    earlier: Option<String>,
    leafed: bool,
    /// Lines between the days of a bar.
    combs: Vec<i64>,
    feed: String,
    /// Where readers subscribe.
    subscribe: Option<String>,
    push: String,
    /// Where its page is described.
    describe: Option<String>,
    access: String,
    calendar: String,
    works: Vec<WorkRow>,
    /// What its page says, where another health is shown; empty where not.
    said: String,
    muted: Vec<MutedRow>,
    instead: Vec<InsteadRow>,
    /// What is said of the provider as a whole.
    whole: Option<InsteadRow>,
    slug: String,
    path: String,
}

#[derive(Clone, Debug)]
struct Outside {
    href: String,
    text: String,
}

#[derive(Clone, Debug)]
struct PageRow {
    link: Option<Outside>,
    text: String,
    platform: String,
    sign: Sign,
    word: &'static str,
    reason: String,
    read: Option<Moment>,
    evidence: Vec<String>,
    bar: Option<Bar>,
}

#[derive(Clone, Debug)]
struct Group {
    /// Path of group names; empty for components without a group.
    name: String,
    sign: Sign,
    /// `12 components, 1 not operational`
    summary: String,
    unfolded: bool,
    components: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    name: String,
    /// Path of its groups.
    place: String,
    health: Health,
    sign: Sign,
    /// Who says that it is otherwise than on its page; empty where nobody does.
    said: String,
    bar: Option<Bar>,
}

/// Tests of our own whose health is such.
fn checks(facts: &Facts, such: impl Fn(Health) -> bool) -> Vec<CheckRow> {
    facts.checks.iter().filter(|check| such(check.health)).map(|check| CheckRow::new(check, facts.now)).collect()
}

impl Page {
    fn new(facts: &Facts) -> Self {
        let name = facts.provider.name.clone();
        let headline = headline(facts);
        let zone = facts.chrome.zone();
        let reason = reason(facts);
        // What each address answered follows the sentence that says what it means.
        let (first, rest) = reason.split_at(reason.find(". ").map_or(reason.len(), |end| end + 1));
        let bar = |days: &Vec<Day>| Bar::new(days, &zone);
        let tracks = facts.days.iter().map(Some).chain(std::iter::repeat(None));
        let shown: Vec<Part> = facts
            .components
            .iter()
            .zip(tracks)
            .filter(|(component, _)| is_shown(component))
            .map(|(component, days)| Part { bar: days.and_then(bar), ..part(component, &facts.wishes.instead) })
            .collect();
        let combs = facts.pages.iter().map(|page| &page.days).chain(&facts.days).map(Vec::len).max().unwrap_or(0);
        let path = links::provider(&facts.provider.slug);
        let description =
            format!("{headline}. Components, incidents and maintenance as its own status page tells them.");
        let instead = || facts.wishes.instead.iter().map(|one| InsteadRow::new(one, &name, &zone));
        Self {
            layout: Layout::new(&facts.chrome, Nav::Providers, Some(&path), &name, description)
                .live(links::query(&format!("/live{path}"), &[("before", &facts.before)]), facts.now),
            feed: format!("{path}/feed.atom"),
            subscribe: facts.subscribable.then(|| format!("{path}/subscribe")),
            push: format!("{path}/push"),
            describe: facts.describable.then(|| format!("{path}/describe")),
            access: format!("{path}/access"),
            calendar: links::query("/calendar", &[("provider", &facts.provider.slug)]),
            combs: (1..i64::try_from(combs).unwrap_or(0)).map(|day| day * 4).collect(),
            earlier: facts.earlier.clone(),
            leafed: !facts.before.is_empty(),
            warned: checks(facts, |health| health >= Health::Degraded),
            checks: checks(facts, |_| true),
            sign: facts.health.into(),
            category: words::category(facts.category.as_deref()),
            last_known: facts.last_known.filter(|_| facts.health == Health::Unknown).map(Sign::from),
            reason: first.to_owned(),
            tried: rest.to_owned(),
            read: facts.read_at.map(|at| Moment::new(at, Form::Full, &zone)),
            read_ago: facts.read_at.map(|at| Moment::ago(at, facts.now)),
            homepage: facts.homepage.as_deref().and_then(outside),
            pages: facts.pages.iter().map(|page| PageRow::new(page, facts, &zone)).collect(),
            open: rows::open(&facts.open).into_iter().map(|open| OpenRow::new(open, facts.now)).collect(),
            blank: facts.read_at.is_none() && shown.is_empty() && facts.past.is_empty() && facts.open.is_empty(),
            watch: links::query("/monitors/new", &[("provider", &facts.provider.slug)]),
            invitation: (!facts.watched).then(|| format!("[[monitor]]\nprovider = \"{}\"", facts.provider.slug)),
            old: facts.health == Health::Unknown && facts.read_at.is_some() && !is_silent(facts),
            component_count: words::number(shown.len()),
            troubled: troubled(&shown),
            groups: groups(&shown),
            past: past(facts),
            works: works(facts),
            said: facts.wishes.said.map(wishes::says).unwrap_or_default(),
            muted: facts.wishes.muted.iter().map(|one| MutedRow::new(one, &name, facts.now, &zone)).collect(),
            whole: instead().find(|row| row.component.is_empty()),
            instead: instead().collect(),
            slug: facts.provider.slug.clone(),
            path,
            headline,
            name,
        }
    }
}

fn headline(facts: &Facts) -> String {
    let name = &facts.provider.name;
    let said = facts.wishes.instead.iter().any(|one| one.component.is_empty());
    let never = facts.read_at.is_none() && facts.reason.is_none();
    match facts.health {
        Health::Unknown if said => format!("Nobody knows how {name} is"),
        Health::Unknown if !facts.watched => format!("{name} is not watched"),
        Health::Unknown if never => format!("{name} is about to be read for the first time"),
        Health::Unknown if is_silent(facts) => format!("{name} does not say how it is"),
        Health::Unknown => format!("{name} cannot be read"),
        Health::Operational => format!("{name} is operational"),
        Health::Maintenance => format!("{name} is under maintenance"),
        Health::Degraded => format!("{name} is degraded"),
        Health::PartialOutage => format!("{name} has a partial outage"),
        Health::MajorOutage => format!("{name} has a major outage"),
    }
}

/// It can be read, and holds no word on how it is.
fn is_silent(facts: &Facts) -> bool {
    facts.health == Health::Unknown && facts.read_at.is_some() && (facts.reason.is_none() || facts.last_known.is_none())
}

fn reason(facts: &Facts) -> String {
    if !facts.watched {
        return "No monitor names it: its page is not read, and nothing is known about it.".to_owned();
    }
    facts.reason.clone().filter(|_| facts.health == Health::Unknown).unwrap_or_default()
}

fn past(facts: &Facts) -> Vec<ClosedRow> {
    let closed = |incident: &Incident| ClosedIncident { provider: facts.provider.clone(), incident: incident.clone() };
    let past = facts.past.iter().filter(|incident| !incident.is_open() && !incident.sample);
    past.map(|incident| ClosedRow::new(&closed(incident), facts.now, &facts.chrome.zone())).collect()
}

fn works(facts: &Facts) -> Vec<WorkRow> {
    let planned: Vec<PlannedWork> = facts
        .works
        .iter()
        .map(|maintenance| PlannedWork { provider: facts.provider.clone(), maintenance: maintenance.clone() })
        .collect();
    rows::ahead(&planned).into_iter().map(|work| WorkRow::new(work, facts.now, &facts.chrome.zone())).collect()
}

fn outside(address: &str) -> Option<Outside> {
    links::outward(address).map(|href| Outside { text: links::short(&href), href })
}

impl PageRow {
    fn new(page: &StatusPage, facts: &Facts, zone: &TimeZone) -> Self {
        let (health, word) = match (page.readable, page.read_at.is_some() || page.reason.is_some()) {
            (true, _) => (Health::Operational, "Readable"),
            (false, _) if page.gone => (Health::Unknown, "Probably gone"),
            (false, true) => (Health::Unknown, "Cannot be read"),
            (false, false) if !facts.watched => (Health::Unknown, "Not read"),
            (false, false) => (Health::Unknown, "Not read yet"),
        };
        Self {
            link: outside(&page.url),
            text: page.url.clone(),
            platform: page.platform.clone().unwrap_or_default(),
            sign: health.into(),
            word,
            reason: page.reason.clone().filter(|said| !page.readable && *said != reason(facts)).unwrap_or_default(),
            read: page.read_at.map(|at| Moment::ago(at, facts.now)),
            evidence: page.evidence.clone(),
            bar: Bar::new(&page.days, zone),
        }
    }
}

fn is_shown(component: &Component) -> bool {
    !component.hidden_while_operational || component.health != Health::Operational
}

/// Components by group, groups in the order in which the page first names them.
fn groups(parts: &[Part]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for part in parts.iter().cloned() {
        let name = part.place.clone();
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.components.push(part),
            None => groups.push(Group {
                name,
                sign: Sign::from(Health::Unknown),
                summary: String::new(),
                unfolded: true,
                components: vec![part],
            }),
        }
    }
    let unfolded = parts.len() <= UNFOLDED;
    for group in &mut groups {
        group.settle(unfolded);
    }
    groups
}

/// What is not operational among many components, worst first.
fn troubled(parts: &[Part]) -> Vec<Part> {
    if parts.len() <= UNFOLDED {
        return Vec::new();
    }
    let mut troubled: Vec<Part> = parts.iter().filter(|part| part.health != Health::Operational).cloned().collect();
    troubled.sort_by_key(|part| std::cmp::Reverse(part.health));
    troubled
}

/// A component as the team says that it is, or else its page.
fn part(component: &Component, all: &[Instead]) -> Part {
    let Some(instead) = wishes::of(all, component) else { return Part::from(component) };
    Part { health: instead.health, sign: instead.health.into(), said: wishes::beside(instead), ..Part::from(component) }
}

impl From<&Component> for Part {
    fn from(component: &Component) -> Self {
        Self {
            name: component.name.clone(),
            place: component.group.join(" › "),
            health: component.health,
            sign: component.health.into(),
            said: String::new(),
            bar: None,
        }
    }
}

impl Group {
    fn settle(&mut self, unfolded: bool) {
        let worst = Health::worst(self.components.iter().map(|part| part.health)).unwrap_or_default();
        let off = self.components.iter().filter(|part| part.health != Health::Operational).count();
        self.sign = worst.into();
        self.summary = words::count(self.components.len(), "component", "components");
        if off > 0 {
            self.summary.push_str(&format!(", {} not operational", words::number(off)));
        }
        self.unfolded = unfolded;
        if !unfolded && self.name.is_empty() {
            "Without a group".clone_into(&mut self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(name: &str, group: &[&str], health: Health) -> Component {
        Component {
            id: name.to_owned(),
            name: name.to_owned(),
            group: group.iter().map(|name| (*name).to_owned()).collect(),
            health,
            hidden_while_operational: false,
        }
    }

    #[test]
    fn groups_keep_the_pages_order_and_long_lists_fold_behind_what_is_in_trouble() {
        let mut list =
            vec![component("API", &["EU", "Core"], Health::Degraded), component("Site", &[], Health::Operational)];
        list.extend((0..50).map(|at| component(&format!("Cell {at}"), &["US"], Health::Operational)));
        list.push(component("Queue", &["EU", "Core"], Health::Operational));
        let all: Vec<Part> = list.iter().map(Part::from).collect();
        let off: Vec<_> = troubled(&all).into_iter().map(|part| (part.place, part.name)).collect();
        assert_eq!(off, [("EU › Core".to_owned(), "API".to_owned())]);
        assert!(troubled(&all[..2]).is_empty() && groups(&all[..2]).iter().all(|group| group.unfolded));
        let groups = groups(&all);
        let seen: Vec<_> = groups
            .iter()
            .map(|group| (group.name.as_str(), group.summary.as_str(), group.unfolded, group.sign.class))
            .collect();
        assert_eq!(
            seen,
            [
                ("EU › Core", "2 components, 1 not operational", false, "degraded"),
                ("Without a group", "1 component", false, "ok"),
                ("US", "50 components", false, "ok"),
            ]
        );
    }
}
