//! Uses: which vendors somebody depends on, out of what they have at hand: a list of packages, a Terraform file, DNS
//! records, or names. Pure; each match says what it rests on.

mod clues;
mod known;

use std::collections::BTreeMap;

use clues::Clue;
pub use clues::Kind;

/// A provider that something points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Slug of the catalogue.
    pub slug: &'static str,
    pub name: &'static str,
    /// What it rests on, one sentence each; the first few.
    pub reasons: Vec<String>,
}

/// What a text gives away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// What the text was taken for.
    pub kind: Option<Kind>,
    /// By name.
    pub matches: Vec<Match>,
    /// Of a list of names, those that nobody in the catalogue bears.
    pub unknown: Vec<String>,
    /// How many names, packages or records were looked at.
    pub looked_at: usize,
}

/// Reasons that are given for one provider.
const REASONS: usize = 3;

/// Looks for vendors in `text`. `file`: the name of the file it comes from, where it comes from one.
#[must_use]
pub fn find(text: &str, file: Option<&str>) -> Uses {
    let kind = Kind::of(text, file);
    let clues = kind.clues(text);
    let mut found: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    let mut unknown = Vec::new();
    for clue in &clues {
        let hits = known::providers(clue);
        if hits.is_empty() && matches!(clue, Clue::Name(_)) {
            unknown.push(clue.text().to_owned());
        }
        for (slug, reason) in hits {
            let reasons = found.entry(slug).or_default();
            if reasons.len() < REASONS && !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    let provider = |(slug, reasons): (&'static str, Vec<String>)| {
        let entry = crate::catalog::by_slug(slug)?;
        Some(Match { slug: entry.slug, name: entry.name, reasons })
    };
    let mut matches: Vec<Match> = found.into_iter().filter_map(provider).collect();
    matches.sort_by_key(|one| one.name.to_lowercase());
    Uses { kind: Some(kind).filter(|_| !clues.is_empty()), matches, unknown, looked_at: clues.len() }
}

#[cfg(test)]
mod tests;
