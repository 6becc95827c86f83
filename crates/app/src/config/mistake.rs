//! Mistakes in a configuration: all of them at once, each with its line and what to do.

use std::fmt;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it was written: a line of the file, or the name of an environment variable.
    pub place: Place,
    /// Key path, e.g. `poll.interval` or `channel[2].url`; empty for the file as a whole.
    pub key: String,
    /// What is wrong and what to do, without a full stop.
    pub text: String,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Counted from 1.
    Line(usize),
    Variable(String),
    Whole,
}

/// Everything that is wrong with a configuration, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes {
    /// Path of the file as it was given; empty where there is none.
    pub file: String,
    pub all: Vec<Mistake>,
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.all.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            match &mistake.place {
                Place::Line(line) => write!(f, "{}:{line}: ", self.file)?,
                Place::Variable(name) => write!(f, "{name}: ")?,
                Place::Whole if self.file.is_empty() => {}
                Place::Whole => write!(f, "{}: ", self.file)?,
            }
            if !mistake.key.is_empty() {
                write!(f, "{}: ", mistake.key)?;
            }
            write!(f, "{}", mistake.text)?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

/// The nearest of `known` to a word that is none of them, if any is near: ` (did you mean `interval`?)`.
#[must_use]
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// The nearest of `known`, if it is near enough to be what was meant.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let scored = known.into_iter().map(|one| (strsim::jaro_winkler(&lower, &one.to_lowercase()), one));
    scored.filter(|(score, _)| *score >= 0.78).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, one)| one)
}

/// `a`, `b` and `c`: for sentences that name what is possible.
#[must_use]
pub fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((only, _)) => only.clone(),
        None => String::new(),
    }
}
