//! Reads a table key by key, notes every mistake with its place, and names the keys that nobody asked for.

use std::cell::RefCell;
use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::{Mistake, Place, did_you_mean, listed};

/// Collects mistakes while a file is read.
pub struct Notes {
    /// Where the lines of the source end (bytes).
    line_ends: Vec<usize>,
    all: RefCell<Vec<Mistake>>,
}

impl Notes {
    #[must_use]
    pub fn new(source: &str) -> Self {
        let line_ends = source.match_indices('\n').map(|(at, _)| at).collect();
        Self { line_ends, all: RefCell::new(Vec::new()) }
    }

    pub fn add(&self, place: Place, key: impl Into<String>, text: impl Into<String>) {
        self.all.borrow_mut().push(Mistake { place, key: key.into(), text: text.into() });
    }

    /// The line of a byte of the source.
    #[must_use]
    pub fn line(&self, byte: usize) -> Place {
        Place::Line(self.line_ends.partition_point(|end| *end < byte) + 1)
    }

    /// All mistakes in the order of their places.
    #[must_use]
    pub fn into_all(self) -> Vec<Mistake> {
        let mut all = self.all.into_inner();
        all.sort_by(|one, other| one.place.cmp(&other.place));
        all.dedup();
        all
    }
}

/// A value as it was written, without its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raw {
    Text(String),
    Int(i64),
    Flag(bool),
    List(Vec<String>),
    /// As it was written.
    Fraction(String),
    /// A text from the environment: it may stand for any of the others.
    Variable(String),
    /// Something that no key takes, by its name in TOML.
    Other(&'static str),
}

/// A value with where it stands, for mistakes that are found later.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    pub value: T,
    pub place: Place,
    pub key: String,
}

impl<T> Placed<T> {
    pub fn wrong(&self, notes: &Notes, text: impl Into<String>) {
        notes.add(self.place.clone(), self.key.clone(), text);
    }
}

/// One part of a list.
pub enum Part<'a, 'n> {
    Text(Placed<String>),
    Table(Table<'a, 'n>),
}

/// Environment variables of one section: lower-case key → (name of the variable, value).
pub type Variables = BTreeMap<String, (String, String)>;

/// One table while it is read.
pub struct Table<'a, 'n> {
    name: String,
    table: Option<&'a DeTable<'a>>,
    begin: Place,
    variables: Variables,
    asked: Vec<String>,
    pub notes: &'n Notes,
}

impl<'a, 'n> Table<'a, 'n> {
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        table: Option<&'a DeTable<'a>>,
        begin: Place,
        variables: Variables,
        notes: &'n Notes,
    ) -> Self {
        Self { name: name.into(), table, begin, variables, asked: Vec::new(), notes }
    }

    /// `poll.interval`.
    fn path(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// The value of a key, the environment before the file.
    pub fn raw(&mut self, key: &str) -> Option<Placed<Raw>> {
        self.asked.push(key.to_owned());
        if let Some((name, value)) = self.variables.get(key) {
            let place = Place::Variable(name.clone());
            return Some(Placed { value: Raw::Variable(value.clone()), place, key: self.path(key) });
        }
        let value = self.table?.get(key)?;
        let place = self.notes.line(value.span().start);
        Some(Placed { value: raw_of(value), place, key: self.path(key) })
    }

    /// The value of a key as `read` makes of it; what it does not like is noted.
    pub fn take<T>(&mut self, key: &str, read: impl FnOnce(Raw) -> Result<T, String>) -> Option<Placed<T>> {
        let Placed { value, place, key } = self.raw(key)?;
        match read(value) {
            Ok(value) => Some(Placed { value, place, key }),
            Err(text) => {
                self.notes.add(place, key, text);
                None
            }
        }
    }

    /// The same for a secret, which may also stand in a file named by `<key>_file`.
    pub fn secret<T>(&mut self, key: &str, read: impl FnOnce(Raw) -> Result<T, String>) -> Option<Placed<T>> {
        let from_file = self.take(&format!("{key}_file"), super::values::text);
        let Some(path) = from_file else { return self.take(key, read) };
        if self.raw(key).is_some() {
            path.wrong(self.notes, format!("both `{key}` and `{key}_file` are given; remove one"));
            return None;
        }
        match std::fs::read_to_string(&path.value) {
            Ok(text) => match read(Raw::Text(text.trim_end_matches(['\n', '\r']).to_owned())) {
                Ok(value) => Some(Placed { value, place: path.place, key: path.key }),
                Err(text) => {
                    path.wrong(self.notes, format!("the file's content does not fit: {text}"));
                    None
                }
            },
            Err(error) => {
                path.wrong(self.notes, format!("the file `{}` cannot be read: {error}", path.value));
                None
            }
        }
    }

    /// A secret that must be there, in the file or in one of its own.
    pub fn required_secret<T>(&mut self, key: &str, read: impl FnOnce(Raw) -> Result<T, String>) -> Option<Placed<T>> {
        let is_there =
            |key: &str| self.table.is_some_and(|table| table.contains_key(key)) || self.variables.contains_key(key);
        if !is_there(key) && !is_there(&format!("{key}_file")) {
            self.asked.push(key.to_owned());
            self.notes.add(self.begin.clone(), self.path(key), format!("is missing (or `{key}_file`)"));
            return None;
        }
        self.secret(key, read)
    }

    /// A key that must be there.
    pub fn required<T>(&mut self, key: &str, read: impl FnOnce(Raw) -> Result<T, String>) -> Option<Placed<T>> {
        let there = self.table.is_some_and(|table| table.contains_key(key)) || self.variables.contains_key(key);
        if !there {
            self.asked.push(key.to_owned());
            self.notes.add(self.begin.clone(), self.path(key), "is missing");
            return None;
        }
        self.take(key, read)
    }

    /// Where this table begins, for mistakes about the whole of it.
    pub fn whole(&self, text: impl Into<String>) {
        self.notes.add(self.begin.clone(), self.name.clone(), text);
    }

    /// A table in this one, with where it begins.
    pub fn table(&mut self, key: &str) -> Option<Placed<&'a DeTable<'a>>> {
        self.asked.push(key.to_owned());
        let value = self.table?.get(key)?;
        let (place, key) = (self.notes.line(value.span().start), self.path(key));
        match value.get_ref().as_table() {
            Some(table) => Some(Placed { value: table, place, key }),
            None => {
                self.notes.add(place, key, "must be a table");
                None
            }
        }
    }

    /// The parts of a list in which each is a text or a table of its own.
    pub fn parts(&mut self, key: &str) -> Option<Vec<Part<'a, 'n>>> {
        self.asked.push(key.to_owned());
        let value = self.table?.get(key)?;
        let (place, key) = (self.notes.line(value.span().start), self.path(key));
        let Some(array) = value.get_ref().as_array() else {
            self.notes.add(place, key, "must be a list");
            return None;
        };
        let part = |(index, value): (usize, &'a Spanned<DeValue<'a>>)| {
            let (place, key) = (self.notes.line(value.span().start), format!("{key}[{}]", index + 1));
            match value.get_ref() {
                DeValue::String(text) => Some(Part::Text(Placed { value: text.clone().into_owned(), place, key })),
                DeValue::Table(table) => {
                    Some(Part::Table(Table::new(key, Some(table), place, Variables::new(), self.notes)))
                }
                _ => {
                    self.notes.add(place, key, "must be a text or a table");
                    None
                }
            }
        };
        Some(array.iter().enumerate().filter_map(part).collect())
    }

    /// Notes every key that was not asked for, with the nearest known one.
    pub fn finish(self) {
        let known = || self.asked.iter().map(String::as_str).filter(|key| !key.ends_with("_file"));
        let strange = |key: &str| !self.asked.iter().any(|asked| asked == key);
        for (key, _) in self.table.into_iter().flat_map(DeTable::iter) {
            let name: &str = key.get_ref();
            if strange(name) {
                let near = did_you_mean(name, known());
                let hint = if near.is_empty() { format!("; known here: {}", listed(known())) } else { near };
                self.notes.add(
                    self.notes.line(key.span().start),
                    self.path(name),
                    format!("is not a key of this table{hint}"),
                );
            }
        }
        for (key, (variable, _)) in &self.variables {
            if strange(key) {
                let text = format!("there is no key `{}`{}", self.path(key), did_you_mean(key, known()));
                self.notes.add(Place::Variable(variable.clone()), "", text);
            }
        }
    }
}

fn raw_of(value: &Spanned<DeValue<'_>>) -> Raw {
    match value.get_ref() {
        DeValue::String(text) => Raw::Text(text.clone().into_owned()),
        DeValue::Boolean(flag) => Raw::Flag(*flag),
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).map_or(Raw::Other("integer"), Raw::Int)
        }
        DeValue::Array(array) => {
            let texts: Option<Vec<String>> =
                array.iter().map(|one| one.get_ref().as_str().map(str::to_owned)).collect();
            texts.map_or(Raw::Other("list of other things than texts"), Raw::List)
        }
        DeValue::Table(_) => Raw::Other("table"),
        DeValue::Float(float) => Raw::Fraction(float.as_str().to_owned()),
        DeValue::Datetime(_) => Raw::Other("date"),
    }
}
