//! Titles with tags in brackets: "[Voice] [Calls drop] [PROD 1]" has a sentence and two tags.

/// A title taken apart for reading. The verbatim title stays in `<title>`, tooltips, feeds and the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitTitle {
    /// The longest part: what happened.
    pub sentence: String,
    /// The other parts, in the vendor's order, without brackets.
    pub tags: Vec<String>,
}

/// The first of several sentences, whole where there is but one.
#[must_use]
pub fn first_sentence(text: &str) -> &str {
    text.find(". ").and_then(|at| text.get(..=at)).unwrap_or(text)
}

/// Takes bracketed groups from both ends of a title. Brackets in the middle of a sentence stay where they are; a title
/// without groups is its own sentence; an empty one is "Untitled".
#[must_use]
pub fn split(title: &str) -> SplitTitle {
    let title = title.trim();
    let (mut front, mut rest) = (Vec::new(), title);
    while let Some((group, after)) = leading(rest) {
        front.push(group);
        rest = after;
    }
    let mut back = Vec::new();
    while let Some((before, group)) = trailing(rest) {
        back.push(group);
        rest = before;
    }
    let joint = |letter: char| letter.is_whitespace() || "-–—:|·,".contains(letter);
    let core = if front.is_empty() { rest } else { rest.trim_start_matches(joint) };
    let core = if back.is_empty() { core } else { core.trim_end_matches(joint) };
    let parts = front.into_iter().chain([core]).chain(back.into_iter().rev());
    let parts: Vec<&str> = parts.map(str::trim).filter(|part| !part.is_empty()).collect();
    choose(title, &parts)
}

/// The first of the longest parts becomes the sentence.
fn choose(title: &str, parts: &[&str]) -> SplitTitle {
    let longest = parts.iter().map(|part| part.chars().count()).max();
    let Some(at) = parts.iter().position(|part| Some(part.chars().count()) == longest) else {
        let sentence = if title.is_empty() { "Untitled" } else { title };
        return SplitTitle { sentence: sentence.to_owned(), tags: Vec::new() };
    };
    let mut tags: Vec<String> = Vec::new();
    for (_, part) in parts.iter().enumerate().filter(|(place, _)| *place != at) {
        if !tags.iter().any(|tag| tag == part) {
            tags.push((*part).to_owned());
        }
    }
    SplitTitle { sentence: parts.get(at).map_or_else(String::new, |part| (*part).to_owned()), tags }
}

/// `[group] rest` → (`group`, `rest`).
fn leading(text: &str) -> Option<(&str, &str)> {
    let (group, rest) = text.trim_start().strip_prefix('[')?.split_once(']')?;
    (!group.contains('[')).then_some((group, rest))
}

/// `rest [group]` → (`rest`, `group`).
fn trailing(text: &str) -> Option<(&str, &str)> {
    let (rest, group) = text.trim_end().strip_suffix(']')?.rsplit_once('[')?;
    (!group.contains(']')).then_some((rest, group))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_sentence_ends_where_it_ends() {
        let table = [
            ("The page answers HTTP 500. https://a.example/x answers HTTP 500.", "The page answers HTTP 500."),
            ("status.example.com took too long to answer.", "status.example.com took too long to answer."),
            ("no end", "no end"),
            ("", ""),
        ];
        for (text, first) in table {
            assert_eq!(first_sentence(text), first);
        }
    }

    #[test]
    fn titles_and_what_becomes_of_them() {
        let table: &[(&str, &str, &[&str])] = &[
            (
                "[Voice] [Trouble accepting Inbound Calls] [PROD 1]",
                "Trouble accepting Inbound Calls",
                &["Voice", "PROD 1"],
            ),
            ("[EU] Login fails for some users", "Login fails for some users", &["EU"]),
            ("[EU] - Login fails for some users", "Login fails for some users", &["EU"]),
            ("Login fails for some users [EU][API]", "Login fails for some users", &["EU", "API"]),
            ("[Prod] Delayed webhooks [prod]", "Delayed webhooks", &["Prod", "prod"]),
            ("[EU][EU] Delayed webhooks", "Delayed webhooks", &["EU"]),
            ("Search [beta] returns stale results", "Search [beta] returns stale results", &[]),
            ("Plain title", "Plain title", &[]),
            ("- Jobs written in C--", "- Jobs written in C--", &[]),
            ("[CI] - Jobs written in C--", "Jobs written in C--", &["CI"]),
            ("[only]", "only", &[]),
            ("[]", "[]", &[]),
            ("[ ] Backups late", "Backups late", &[]),
            ("[[nested]] Backups late", "[[nested]] Backups late", &[]),
            ("[unclosed Backups late", "[unclosed Backups late", &[]),
            ("array[0", "array[0", &[]),
            ("", "Untitled", &[]),
            ("   ", "Untitled", &[]),
        ];
        for (title, sentence, tags) in table {
            let split = split(title);
            assert_eq!(split.sentence, *sentence, "{title:?}");
            assert_eq!(split.tags, *tags, "{title:?}");
        }
    }

    proptest! {
        #[test]
        fn no_title_panics_or_loses_its_sentence(title in "[\\[\\] a-zé-]{0,40}") {
            prop_assert!(!split(&title).sentence.is_empty());
        }
    }
}
