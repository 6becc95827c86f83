//! Who names whom: a vendor in trouble whose own words name another vendor that is in trouble, too. That is evidence of a
//! common root, and the only kind we have; without it nothing is said.

use std::collections::BTreeMap;

use tocsin_domain::Health;

use crate::dashboard::Facts;
use crate::facts::OpenIncident;
use crate::words;

/// Shorter names are also words.
const SHORTEST: usize = 4;
/// Incidents and vendors that are looked through.
const MOST: usize = 100;

/// "Larkspur Pay names Northwind Cloud, which is in trouble too." Empty where nobody names anybody.
pub(crate) fn sentence(facts: &Facts, open: &[&OpenIncident]) -> String {
    let mut troubled: Vec<(&str, &str)> = facts
        .monitors
        .iter()
        .filter(|monitor| monitor.health >= Health::Degraded && monitor.provider.name.chars().count() >= SHORTEST)
        .map(|monitor| (monitor.provider.slug.as_str(), monitor.provider.name.as_str()))
        .collect();
    troubled.sort_unstable();
    troubled.dedup();
    troubled.truncate(MOST);
    let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in open.iter().take(MOST) {
        for (slug, name) in troubled.iter().filter(|(slug, _)| *slug != one.provider.slug) {
            let by = named.entry(name).or_default();
            if !by.contains(&one.provider.name.as_str()) && says(one, name) && *slug != one.provider.slug {
                by.push(&one.provider.name);
            }
        }
    }
    let most = named.into_iter().filter(|(_, by)| !by.is_empty()).max_by_key(|(_, by)| by.len());
    most.map_or_else(String::new, |(root, by)| {
        let verb = if by.len() == 1 { "names" } else { "name" };
        format!("{} {verb} {root}, which is in trouble too.", words::names(&by, 3))
    })
}

fn says(open: &OpenIncident, name: &str) -> bool {
    let bodies = open.incident.updates.iter().map(|update| update.body.as_str());
    std::iter::once(open.incident.title.as_str()).chain(bodies).any(|text| holds(text, name))
}

/// The name as a whole word, in its own spelling.
fn holds(text: &str, name: &str) -> bool {
    let outside = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
        outside(before) && outside(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_whole_word() {
        assert!(holds("Our upstream, Northwind, is down", "Northwind"));
        assert!(holds("Northwind", "Northwind"));
        assert!(!holds("Northwinds of change", "Northwind"));
        assert!(!holds("the northwind", "Northwind"));
        assert!(!holds("éNorthwind", "Northwind"));
    }
}
