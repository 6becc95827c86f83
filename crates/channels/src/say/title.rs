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
    let split = tocsin_domain::title::split(&verbatim(title));
    (split.sentence, split.tags)
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
