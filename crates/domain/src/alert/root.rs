//! Root: what several incidents most likely rest on. Only words count: a provider is named where others name it.

use crate::digest::Root;
use crate::event::{Event, Subject};
use crate::provider::ProviderRef;

/// The provider that most of the others name in their own words; of two, the one whose trouble began first.
pub(super) fn of(told: &[(&ProviderRef, &Event)]) -> Option<Root> {
    let candidates = told.iter().map(|(provider, event)| {
        let mut others: Vec<&str> = told
            .iter()
            .filter(|(other, event)| other.slug != provider.slug && names(event, provider))
            .map(|(other, _)| other.name.as_str())
            .collect();
        others.sort_unstable();
        others.dedup();
        let began = event.incident().map_or(event.at, |incident| incident.started_at.unwrap_or(incident.first_seen_at));
        (others, began, *provider)
    });
    let best = candidates.max_by_key(|(others, began, _)| (others.len(), std::cmp::Reverse(*began)));
    let (others, _, provider) = best.filter(|(others, ..)| !others.is_empty())?;
    let why = match others.as_slice() {
        [one] => format!("{one} names {} in its own words.", provider.name),
        [one, other] => format!("{one} and {other} name {} in their own words.", provider.name),
        [one, other, rest @ ..] => {
            format!("{one}, {other} and {} more name {} in their own words.", rest.len(), provider.name)
        }
        [] => return None,
    };
    Some(Root { provider: provider.clone(), why })
}

/// True where an incident's words name the provider: its name as it is written, or its slug in capitals ("AWS").
fn names(event: &Event, provider: &ProviderRef) -> bool {
    let Subject::Incident(incident) = &event.subject else { return false };
    let bodies = incident.updates.iter().map(|update| update.body.as_str());
    let mut texts = std::iter::once(incident.title.as_str()).chain(bodies);
    let slug = provider.slug.replace('-', " ").to_uppercase();
    let known = [provider.name.as_str(), slug.as_str()];
    texts.any(|text| known.iter().any(|name| name.chars().count() >= 3 && is_word(text, name)))
}

/// `name` stands in `text`, and is no part of a longer word.
fn is_word(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(place, found)| {
        let before = text.get(..place).and_then(|part| part.chars().next_back());
        let after = text.get(place + found.len()..).and_then(|part| part.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::is_word;

    #[test]
    fn names_are_whole_words_as_they_are_written() {
        for (text, name, found) in [
            ("An upstream issue at Cloudflare.", "Cloudflare", true),
            ("Our provider (AWS) has trouble", "AWS", true),
            ("laws", "AWS", false),
            ("The box is slow", "Box", false),
            ("AWSome", "AWS", false),
        ] {
            assert_eq!(is_word(text, name), found, "{text} / {name}");
        }
    }
}
