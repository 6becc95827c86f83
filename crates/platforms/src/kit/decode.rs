//! Bytes as they came from the wire become text: byte order marks, UTF-16, JSONP wrappers.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::Payload;

/// Bodies larger than this (bytes) are not read: 16 MiB.
pub const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// The text of a payload: a byte order mark wins, then UTF-16 without a mark (every other byte zero), then the
/// charset of the `Content-Type`, then UTF-8. Bytes that are no text become U+FFFD.
#[must_use]
pub fn text(payload: &Payload) -> Cow<'_, str> {
    let bytes = payload.bytes.get(..LARGEST_BODY).unwrap_or(&payload.bytes);
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0;
    }
    // The common case, without a second pass.
    if let (Ok(text), false) = (std::str::from_utf8(bytes), looks_utf16(bytes)) {
        return Cow::Borrowed(text);
    }
    let encoding = match bytes {
        [0, second, ..] if *second != 0 => UTF_16BE,
        [first, 0, ..] if *first != 0 => UTF_16LE,
        _ => charset(&payload.content_type).unwrap_or(UTF_8),
    };
    encoding.decode_without_bom_handling(bytes).0
}

fn looks_utf16(bytes: &[u8]) -> bool {
    matches!(bytes, [0, second, ..] if *second != 0) || matches!(bytes, [first, 0, ..] if *first != 0)
}

fn charset(content_type: &str) -> Option<&'static Encoding> {
    let label = content_type.split(';').find_map(|part| part.trim().strip_prefix("charset="))?;
    Encoding::for_label(label.trim_matches('"').as_bytes())
}

/// The JSON inside a text: without surrounding space and without a JSONP wrapper (`name( … );`).
/// `None` where the text does not begin like a JSON object or array.
#[must_use]
pub fn json(text: &str) -> Option<&str> {
    let text = text.trim().trim_start_matches('\u{feff}');
    if text.starts_with(['{', '[']) {
        return Some(text);
    }
    let (name, rest) = text.split_once('(')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.' | '/' | '*');
    if name.len() > 100 || !name.trim().chars().all(is_name) {
        return None;
    }
    let inner = rest.trim_end().trim_end_matches(';').trim_end().strip_suffix(')')?.trim();
    inner.starts_with(['{', '[']).then_some(inner)
}

/// True where a text is a web page rather than data.
#[must_use]
pub fn is_html(text: &str) -> bool {
    // Some captures begin with a stray mark before the doctype, so look a little further than the first byte.
    let head = text.get(..text.floor_char_boundary(1024)).unwrap_or_default().to_ascii_lowercase();
    let head = head.trim_start();
    if head.starts_with("<?xml") && (head.contains("<rss") || head.contains("<feed")) {
        return false;
    }
    head.contains("<!doctype html") || head.contains("<html")
}

/// What follows the end of a web page at most (bytes): remarks and counters that a proxy adds.
const BEHIND_THE_END: usize = 4096;

/// True where a web page has no end: what is not there may be the very part that tells of trouble.
#[must_use]
pub fn is_cut_off(page: &str) -> bool {
    let tail = page.get(page.ceil_char_boundary(page.len().saturating_sub(BEHIND_THE_END))..).unwrap_or_default();
    let end = tail.to_ascii_lowercase();
    !end.rsplit_once("</html").is_some_and(|(_, behind)| behind.trim_start().starts_with('>'))
}

/// The problem of a body that is not what a platform sends: `missing_anchor` where it is at least JSON.
pub(crate) fn unlike(json: &str, key: &str, why: String) -> tocsin_domain::Problem {
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(json).is_ok();
    tocsin_domain::Problem::new(if is_json { "missing_anchor" } else { "not_json" }, key, why)
}

/// What a body is, in a few words for people: `a web page`, `JSON without what makes a status page`.
#[must_use]
pub fn describe(text: &str) -> &'static str {
    if text.trim().is_empty() {
        "nothing at all"
    } else if is_html(text) {
        if is_cut_off(text) { "a web page that was cut off" } else { "a web page" }
    } else if json(text).is_some_and(|json| serde_json::from_str::<serde::de::IgnoredAny>(json).is_ok()) {
        "JSON of another kind"
    } else if json(text).is_some() {
        "broken JSON"
    } else if text.trim_start().starts_with('<') {
        "XML of another kind"
    } else {
        "something else"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(bytes: &[u8], content_type: &str) -> Payload {
        Payload { bytes: bytes.to_vec(), content_type: content_type.to_owned(), ..Payload::default() }
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text_16 = |mark: &[u8], big: bool| {
            let mut bytes = mark.to_vec();
            for unit in "[\u{e9}]".encode_utf16() {
                bytes.extend(if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
            }
            bytes
        };
        let cases = [
            (text_16(&[0xfe, 0xff], true), ""),
            (text_16(&[0xff, 0xfe], false), ""),
            (text_16(&[], true), ""),
            (text_16(&[], false), ""),
            ("\u{feff}[\u{e9}]".as_bytes().to_vec(), ""),
            ("[\u{e9}]".as_bytes().to_vec(), "application/json"),
            (vec![b'[', 0xe9, b']'], "text/plain; charset=ISO-8859-1"),
        ];
        for (bytes, content_type) in cases {
            assert_eq!(text(&payload(&bytes, content_type)), "[\u{e9}]", "{bytes:?} as `{content_type}`");
        }
    }

    #[test]
    fn a_page_without_its_end_is_cut_off() {
        for whole in
            ["<html></html>", "<html></HTML >\n", "<html></html>\n<!-- served in 3 ms -->\n", "<html></html\n>"]
        {
            assert!(!is_cut_off(whole), "{whole}");
        }
        let quoted = format!("<html><p>&lt;/html&gt;</html><script>{}", "x".repeat(BEHIND_THE_END));
        for half in ["", "<html><body>", "<html></htm", "<html></html", &quoted, "\u{e4}".repeat(5000).as_str()] {
            assert!(is_cut_off(half), "{half}");
        }
    }

    #[test]
    fn jsonp_is_unwrapped_and_prose_is_not() {
        assert_eq!(json("jsonCallback({\"a\": 1});"), Some("{\"a\": 1}"));
        assert_eq!(json("  [1]  "), Some("[1]"));
        assert_eq!(json("hello (world)"), None);
        assert_eq!(json("<!doctype html>"), None);
    }
}
