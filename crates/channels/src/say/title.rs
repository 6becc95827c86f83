//! Titles with tags in brackets: the longest part is the sentence, the others follow it.

use crate::text;

/// Characters of a title that any message shows; the vendor's page has the rest.
const TITLE_CHARS: usize = 250;

/// The vendor's title on one line, without tricks, as it was written.
pub(crate) fn verbatim(title: &str) -> String {
    let line = text::truncate(&text::one_line(title), TITLE_CHARS, text::Unit::Chars);
    if line.is_empty() { "Untitled".to_owned() } else { line }
}

/// `[Voice] [Calls drop] [PROD 1]` → `Calls drop (Voice, PROD 1)`.
pub(crate) fn readable(title: &str) -> String {
    let (sentence, tags) = split(title);
    if tags.is_empty() { sentence } else { format!("{sentence} ({})", tags.join(", ")) }
}

/// `[Voice] [Calls drop] [PROD 1]` → `Calls drop`, and `Voice` and `PROD 1`.
pub(crate) fn split(title: &str) -> (String, Vec<String>) {
    let title = verbatim(title);
    let (mut parts, mut rest) = (Vec::new(), title.as_str());
    while let Some((group, after)) = leading(rest) {
        parts.push(group);
        rest = after;
    }
    let mut back = Vec::new();
    while let Some((before, group)) = trailing(rest) {
        back.push(group);
        rest = before;
    }
    parts.push(rest.trim_matches(|letter: char| letter.is_whitespace() || "-–—:|·,".contains(letter)));
    parts.extend(back.into_iter().rev());
    let parts: Vec<&str> = parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect();
    let longest = parts.iter().map(|part| part.chars().count()).max();
    let Some(at) = parts.iter().position(|part| Some(part.chars().count()) == longest) else {
        return (title, Vec::new());
    };
    let mut tags: Vec<String> = Vec::new();
    for (_, part) in parts.iter().enumerate().filter(|(place, _)| *place != at) {
        if !tags.iter().any(|tag| tag == part) {
            tags.push((*part).to_owned());
        }
    }
    (parts.get(at).map_or_else(String::new, |part| (*part).to_owned()), tags)
}

fn leading(text: &str) -> Option<(&str, &str)> {
    let (group, rest) = text.trim_start().strip_prefix('[')?.split_once(']')?;
    (!group.contains('[')).then_some((group, rest))
}

fn trailing(text: &str) -> Option<(&str, &str)> {
    let (rest, group) = text.trim_end().strip_suffix(']')?.rsplit_once('[')?;
    (!group.contains(']')).then_some((rest, group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_follow_the_sentence() {
        let table = [
            ("[Voice] [Trouble accepting Inbound Calls] [PROD 1]", "Trouble accepting Inbound Calls (Voice, PROD 1)"),
            ("[EU] - Login fails", "Login fails (EU)"),
            ("Search [beta] is stale", "Search [beta] is stale"),
            ("[only]", "only"),
            ("[]", "[]"),
            ("", "Untitled"),
            ("two\r\nlines\u{202e}", "two lines"),
        ];
        for (title, words) in table {
            assert_eq!(readable(title), words, "{title:?}");
        }
    }
}
