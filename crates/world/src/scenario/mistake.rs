//! Mistakes in a scenario, each with its line.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

/// What is wrong with a scenario: one mistake a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes(pub Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

/// Gathers mistakes while a scenario is read.
pub struct Notes<'a> {
    name: &'a str,
    source: &'a str,
    all: RefCell<Vec<(usize, String)>>,
}

impl<'a> Notes<'a> {
    pub fn new(name: &'a str, source: &'a str) -> Self {
        Self { name, source, all: RefCell::default() }
    }

    fn line(&self, at: usize) -> usize {
        let end = self.source.floor_char_boundary(at.min(self.source.len()));
        self.source.get(..end).unwrap_or_default().matches('\n').count() + 1
    }

    pub fn add(&self, span: Range<usize>, text: String) {
        self.all.borrow_mut().push((self.line(span.start), text));
    }

    /// A file that is no scenario at all.
    pub fn broken(&self, error: &toml::de::Error) -> Mistakes {
        let line = error.span().map_or(1, |span| self.line(span.start));
        Mistakes(vec![format!("{}:{line}: {}", self.name, with_hint(error.message()))])
    }

    pub fn into_result<T>(self, scenario: T) -> Result<T, Mistakes> {
        let mut all = self.all.into_inner();
        all.sort();
        let told = |(line, text): &(usize, String)| format!("{}:{line}: {text}", self.name);
        if all.is_empty() { Ok(scenario) } else { Err(Mistakes(all.iter().map(told).collect())) }
    }
}

/// ``unknown field `titel`, expected one of `title`, `at` ``: the nearest of what was expected is named first.
fn with_hint(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = message.starts_with("unknown ");
    match quoted.next().filter(|_| unknown) {
        Some(written) => format!("{}{}", message.trim_end(), nearest(written, quoted)),
        None => message.trim_end().to_owned(),
    }
}

/// `; did you mean …?`, or nothing where nothing is near.
pub fn nearest<'w>(written: &str, known: impl Iterator<Item = &'w str>) -> String {
    let near = known.map(|word| (strsim::damerau_levenshtein(written, word), word)).min();
    match near.filter(|(distance, word)| *distance <= word.len().div_ceil(3).max(2)) {
        Some((_, word)) => format!("; did you mean `{word}`?"),
        None => String::new(),
    }
}
