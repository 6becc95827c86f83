//! Descriptions of pages: `[provider.describe]`, a file, or what somebody typed into a form. Read by the tables that
//! [`tocsin_platforms::described`] names, so that a key nobody knows is told with the nearest one.

use std::collections::HashMap;

use serde_json::{Map, Value};
use tocsin_platforms::described::{Description, FLAGS, NUMBERS, TABLES};
use tocsin_platforms::{Described, Platform};
use toml::de::{DeTable, DeValue};

use super::mistake::{Mistake, Place, did_you_mean, listed};
use super::table::{Notes, Table};

/// The table `describe` of a `[[provider]]`.
pub fn of_provider(table: &mut Table<'_, '_>, platform: Option<Platform>) -> Option<Described> {
    let placed = table.table("describe")?;
    let Some(platform) = platform.filter(|platform| matches!(platform, Platform::Json | Platform::Html)) else {
        let text =
            "says how a page of JSON or HTML is read: write platform = \"json\" or \"html\" in [[provider]], above it";
        table.notes.add(placed.place, placed.key, text);
        return None;
    };
    read(placed.value, &placed.key, placed.place, platform, table.notes)
}

/// A description of its own, as it stands in a file or a form.
///
/// # Errors
/// Every mistake, with its line.
pub fn parse(source: &str, platform: Platform) -> Result<Described, Vec<Mistake>> {
    let notes = Notes::new(source);
    let (root, errors) = DeTable::parse_recoverable(source);
    for error in &errors {
        let place = error.span().map_or(Place::Whole, |span| notes.line(span.start));
        notes.add(place, "", error.message());
    }
    let described = if errors.is_empty() { read(root.get_ref(), "", Place::Whole, platform, &notes) } else { None };
    let mistakes = notes.into_all();
    described.filter(|_| mistakes.is_empty()).ok_or(mistakes)
}

fn read(table: &DeTable<'_>, name: &str, begin: Place, platform: Platform, notes: &Notes) -> Option<Described> {
    let mut walk = Walk { name, notes, places: HashMap::from([(String::new(), begin)]), mistakes: 0 };
    let body = walk.table("", table);
    if walk.mistakes > 0 {
        return None;
    }
    let described = match serde_json::from_value::<Description>(Value::Object(body)) {
        Ok(description) => Described::new(platform, description),
        Err(error) => {
            walk.wrong("", &error.to_string());
            return None;
        }
    };
    described.map_err(|faults| faults.iter().for_each(|fault| walk.wrong(&fault.key, &fault.text))).ok()
}

struct Walk<'n> {
    /// What the whole is called: `provider[1].describe`.
    name: &'n str,
    notes: &'n Notes,
    /// Where each key was written.
    places: HashMap<String, Place>,
    mistakes: usize,
}

impl Walk<'_> {
    /// Notes a mistake at a key; where it was not written, at the table it belongs into.
    fn wrong(&mut self, key: &str, text: &str) {
        self.mistakes += 1;
        let ways = std::iter::successors(Some(key), |key| (!key.is_empty()).then(|| parent(key)));
        let place = ways.filter_map(|key| self.places.get(key)).next().cloned().unwrap_or(Place::Whole);
        self.notes.add(place, joined(self.name, key), text);
    }

    fn table(&mut self, path: &str, table: &DeTable<'_>) -> Map<String, Value> {
        let mut read = Map::new();
        for (key, value) in table {
            let name: &str = key.get_ref();
            let full = joined(path, name);
            let at = if value.get_ref().as_table().is_some() { value.span().start } else { key.span().start };
            self.places.insert(full.clone(), self.notes.line(at));
            let value = match (is_table(&full), value.get_ref().as_table()) {
                (true, Some(below)) => Some(Value::Object(self.table(&full, below))),
                (true, None) => {
                    self.wrong(&full, "must be a table");
                    None
                }
                (false, _) => self.value(path, name, &full, value.get_ref()),
            };
            if let Some(value) = value {
                read.insert(name.to_owned(), value);
            }
        }
        read
    }

    fn value(&mut self, path: &str, name: &str, full: &str, value: &DeValue<'_>) -> Option<Value> {
        let keys = TABLES.iter().find(|table| table.table == path).map_or(&[] as &[&str], |table| table.keys);
        let any_word = is_table(path) && keys.is_empty() && path != "words";
        if !any_word && !keys.contains(&name) {
            let tables = TABLES.iter().filter_map(|table| {
                let (above, own) = table.table.rsplit_once('.').unwrap_or(("", table.table));
                (above == path && !own.is_empty()).then_some(own)
            });
            let words = (path.is_empty()).then_some("words");
            let known: Vec<&str> = keys.iter().copied().chain(tables).chain(words).collect();
            let near = did_you_mean(name, known.iter().copied());
            let hint = if near.is_empty() { format!("; known here: {}", listed(known)) } else { near };
            self.wrong(full, &format!("is not a key of this table{hint}"));
            return None;
        }
        match value {
            DeValue::Boolean(flag) if FLAGS.contains(&full) => Some(Value::Bool(*flag)),
            DeValue::Integer(number) if NUMBERS.contains(&full) => {
                number.as_str().parse::<u32>().ok().map(Value::from).or_else(|| {
                    self.wrong(full, "must be a small whole number");
                    None
                })
            }
            DeValue::String(text) if !FLAGS.contains(&full) && !NUMBERS.contains(&full) => {
                Some(Value::String(text.clone().into_owned()))
            }
            _ => {
                let wanted = if FLAGS.contains(&full) {
                    "must be true or false"
                } else if NUMBERS.contains(&full) {
                    "must be a number"
                } else {
                    "must be a text; put it in quotes"
                };
                self.wrong(full, wanted);
                None
            }
        }
    }
}

fn is_table(path: &str) -> bool {
    path == "words" || !path.is_empty() && TABLES.iter().any(|table| table.table == path)
}

fn joined(path: &str, key: &str) -> String {
    match (path.is_empty(), key.is_empty()) {
        (true, _) => key.to_owned(),
        (_, true) => path.to_owned(),
        _ => format!("{path}.{key}"),
    }
}

/// The table that a key stands in. A word of the vendor's may hold dots; those of its table are the first two.
fn parent(key: &str) -> &str {
    if key.starts_with("words.") && key.matches('.').count() > 1 {
        let second = key.match_indices('.').nth(1).map_or(0, |(at, _)| at);
        return key.get(..second).unwrap_or_default();
    }
    key.rsplit_once('.').map_or("", |(table, _)| table)
}
