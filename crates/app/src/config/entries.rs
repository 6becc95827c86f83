//! The lists: providers, channels, groups, monitors, boards.

use std::collections::HashMap;

use serde_json::{Map, Value};
use tocsin_channels::Kind;
use tocsin_domain::alert::{EventPattern, Rule};
use tocsin_domain::board::Entry;
use tocsin_platforms::Described;

use super::board::{self, Board};
use super::describe;
use super::mistake::{Place, did_you_mean};
use super::rule;
use super::table::{Notes, Part, Placed, Table};
use super::values;
use crate::catalog;
use crate::door::{self, Door, Written};

/// `[[provider]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    pub slug: String,
    pub name: String,
    pub page: String,
    pub platform: Option<String>,
    pub interval_s: Option<i64>,
    /// How its page is read, where it says so itself.
    pub described: Option<Described>,
    /// What opens its page.
    pub door: Option<Door>,
}

/// `[[monitor]]`; groups by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    pub provider: String,
    pub components: Vec<String>,
    pub groups: Vec<String>,
    pub tags: Vec<String>,
    /// It only keeps people aware: boards show it, nobody is told.
    pub aware: bool,
}

/// `[[group]]`; channels by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    pub channels: Vec<String>,
    pub rule: Rule,
}

/// `[[channel]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    pub name: String,
    pub kind: Kind,
    /// The keys beside `name` and `kind`, secrets read from their files.
    pub settings: Value,
}

/// Everything that a file declares.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declared {
    pub providers: Vec<Provider>,
    pub monitors: Vec<Monitor>,
    pub groups: Vec<Group>,
    pub channels: Vec<Channel>,
    pub boards: Vec<Board>,
}

/// Names that entries may refer to, with what was written about each.
#[derive(Default)]
pub struct Names {
    kind: &'static str,
    known: HashMap<String, Place>,
}

impl Names {
    pub fn of(kind: &'static str) -> Self {
        Self { kind, known: HashMap::new() }
    }

    /// Notes a name; the same name twice is a mistake.
    pub(super) fn add(&mut self, name: &Placed<String>, notes: &Notes) {
        if let Some(first) = self.known.insert(name.value.clone(), name.place.clone()) {
            let at = match first {
                Place::Line(line) => format!(" (line {line})"),
                _ => String::new(),
            };
            name.wrong(notes, format!("there is another {} called `{}`{at}; names must differ", self.kind, name.value));
        }
    }

    pub(super) fn check(&self, wanted: &Placed<Vec<String>>, notes: &Notes) {
        for name in wanted.value.iter().filter(|name| !self.known.contains_key(*name)) {
            let near = did_you_mean(name, self.known.keys().map(String::as_str));
            wanted.wrong(notes, format!("there is no {} called `{name}`{near}", self.kind));
        }
    }
}

pub fn provider(mut table: Table<'_, '_>, names: &mut Names) -> Option<Provider> {
    let slug = table.required("slug", values::slug);
    if let Some(slug) = &slug {
        names.add(slug, table.notes);
    }
    let known = slug.as_ref().and_then(|slug| catalog::by_slug(&slug.value));
    let name = table.take("name", values::text).map(|placed| placed.value);
    let name = name.or_else(|| known.map(|entry| entry.name.to_owned()));
    // What overrides an entry of the catalogue needs to say only what differs.
    let page = match known {
        Some(entry) => table
            .take("page", values::web_address)
            .map_or_else(|| entry.page.to_owned(), |placed| placed.value.to_string()),
        None => table.required("page", values::web_address)?.value.to_string(),
    };
    let platform = table.take("platform", values::platform);
    let interval = table.take("interval", values::duration).map(|placed| placed.value.max(1));
    let described = describe::of_provider(&mut table, platform.as_ref().map(|placed| placed.value));
    let door = door(&mut table);
    table.finish();
    let slug = slug?.value;
    Some(Provider {
        name: name.unwrap_or_else(|| slug.clone()),
        slug,
        page,
        platform: platform.map(|placed| placed.value.name().to_owned()),
        interval_s: interval,
        described,
        door,
    })
}

/// What opens the provider's page, if it wants to know who asks.
fn door(table: &mut Table<'_, '_>) -> Option<Door> {
    let mut written = Written::default();
    let mut places: HashMap<&str, Placed<()>> = HashMap::new();
    for (key, is_list, is_secret) in door::KEYS.iter().copied() {
        let read = |raw| if is_list { values::list(raw) } else { values::text(raw).map(|text| vec![text]) };
        let found = if is_secret { table.secret(key, read) } else { table.take(key, read) };
        if let Some(Placed { value, place, key: path }) = found {
            written.put(key, value);
            places.insert(key, Placed { value: (), place, key: path });
        }
    }
    written.door().unwrap_or_else(|wrong| {
        for (key, text) in wrong {
            match places.get(key) {
                Some(place) => place.wrong(table.notes, text),
                None => table.whole(format!("{key} {text}")),
            }
        }
        None
    })
}

pub fn channel(mut table: Table<'_, '_>, names: &mut Names) -> Option<Channel> {
    let name = table.required("name", values::text);
    if let Some(name) = &name {
        names.add(name, table.notes);
    }
    let kind = table.required("kind", values::channel_kind)?;
    let mut settings = Map::new();
    let mut places: HashMap<String, Placed<()>> = HashMap::new();
    for setting in kind.value.channel().settings() {
        let read = |raw| {
            if setting.list { values::list(raw).map(Value::from) } else { values::text(raw).map(Value::from) }
        };
        let found = if setting.secret { table.secret(setting.key, read) } else { table.take(setting.key, read) };
        if let Some(Placed { value, place, key }) = found {
            settings.insert(setting.key.to_owned(), value);
            places.insert(setting.key.to_owned(), Placed { value: (), place, key });
        }
    }
    let settings = Value::Object(settings);
    for problem in kind.value.channel().validate(&settings) {
        match places.get(&problem.key) {
            Some(place) => place.wrong(table.notes, problem.detail),
            None => table.whole(format!("{}: {}", problem.key, problem.detail)),
        }
    }
    table.finish();
    Some(Channel { name: name?.value, kind: kind.value, settings })
}

pub fn group(mut table: Table<'_, '_>, names: &mut Names, channels: &Names) -> Option<Group> {
    let name = table.required("name", values::text);
    if let Some(name) = &name {
        names.add(name, table.notes);
    }
    let told = table.take("channels", values::list);
    if let Some(told) = &told {
        channels.check(told, table.notes);
    }
    let events = table.take("events", values::list).map(|placed| events(&placed, table.notes));
    let rule = rule::read(&mut table, Rule { events, ..Rule::default() });
    table.finish();
    Some(Group { name: name?.value, channels: told.map(|placed| placed.value).unwrap_or_default(), rule })
}

/// Whoever is told when nobody acknowledges is there, and is another.
pub fn check_escalations(groups: &[Group], notes: &Notes) {
    for group in groups {
        let Some(escalation) = &group.rule.escalate else { continue };
        let wrong = |text: String| notes.add(Place::Whole, format!("group `{}`", group.name), text);
        if escalation.to == group.name {
            wrong("escalate_to names the group itself; name another one".to_owned());
        } else if !groups.iter().any(|other| other.name == escalation.to) {
            let near = did_you_mean(&escalation.to, groups.iter().map(|other| other.name.as_str()));
            wrong(format!("escalate_to: there is no group called `{}`{near}", escalation.to));
        }
    }
}

fn events(placed: &Placed<Vec<String>>, notes: &Notes) -> Vec<EventPattern> {
    let read = |word: &String| values::event(word).map_err(|text| placed.wrong(notes, text)).ok();
    placed.value.iter().filter_map(read).collect()
}

pub fn monitor(mut table: Table<'_, '_>, providers: &Names, groups: &Names) -> Option<Monitor> {
    let provider = table.required("provider", values::text);
    let provider = provider.and_then(|written| match slug_of(&written.value, providers) {
        Ok(slug) => Some(slug),
        Err(text) => {
            written.wrong(table.notes, text);
            None
        }
    });
    let components = table.take("components", values::list).map(|placed| placed.value).unwrap_or_default();
    let told = table.take("groups", values::list);
    if let Some(told) = &told {
        groups.check(told, table.notes);
    }
    let tags = table.take("tags", values::tags).map(|placed| placed.value).unwrap_or_default();
    let aware = table.take("aware", values::flag).is_some_and(|placed| placed.value);
    table.finish();
    let groups = told.map(|placed| placed.value).unwrap_or_default();
    Some(Monitor { provider: provider?, components, groups, tags, aware })
}

pub fn board(mut table: Table<'_, '_>, providers: &Names, names: &mut Names) -> Option<Board> {
    let name = table.required("name", values::text);
    let slug = table.take("slug", board::slug);
    // Two boards whose names give the same slug are told apart by a slug of their own.
    let called = slug.as_ref().map(|slug| Placed {
        value: slug.value.clone(),
        place: slug.place.clone(),
        key: slug.key.clone(),
    });
    let called = called.or_else(|| {
        let name = name.as_ref()?;
        Some(Placed { value: board::slug_of(&name.value), place: name.place.clone(), key: name.key.clone() })
    });
    if let Some(called) = &called {
        names.add(called, table.notes);
    }
    let (about, visibility) = board::read(&mut table, Default::default());
    let mut entries = Vec::new();
    for part in table.parts("entries").unwrap_or_default() {
        match part {
            Part::Text(written) => match slug_of(&written.value, providers) {
                Ok(slug) => entries.push(Entry::all_of(&slug)),
                Err(text) => written.wrong(table.notes, text),
            },
            Part::Table(mut inner) => {
                entries.push(board::entry(&mut inner, |written| slug_of(written, providers)));
                inner.finish();
            }
        }
    }
    if entries.len() > board::MOST {
        table.whole(format!("has more than {} entries", board::MOST));
    }
    if let Some(entry) =
        board::repeated(&entries).and_then(|place| entries.get(place)).filter(|one| !one.provider.is_empty())
    {
        table.whole(format!("names `{}` twice with the same components", entry.provider));
    }
    table.finish();
    Some(Board { slug: called?.value, name: name?.value, about, visibility, entries })
}

/// The slug of a provider that somebody named.
pub(super) fn slug_of(written: &str, providers: &Names) -> Result<String, String> {
    let slug = written;
    if providers.known.contains_key(slug) {
        return Ok(slug.to_owned());
    }
    if let Some(entry) = catalog::by_slug(slug) {
        return Ok(entry.slug.to_owned());
    }
    let near = did_you_mean(
        slug,
        providers.known.keys().map(String::as_str).chain(catalog::all().iter().map(|entry| entry.slug)),
    );
    let hint = if near.is_empty() { "; add it as a [[provider]], or search with `tocsin providers`" } else { &near };
    Err(format!("there is no provider `{slug}`{hint}"))
}
