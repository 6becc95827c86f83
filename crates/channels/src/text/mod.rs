//! Vendors' words made safe for each place: a vendor writes Markdown, we hand on text that cannot ping, link or format
//! anything but what it says, cut where a reader would cut it.

mod escape;
mod html;
mod markdown;
mod writer;

use unicode_segmentation::UnicodeSegmentation;

pub(crate) use escape::{
    discord as escape_discord, github as escape_github, jira as escape_jira, markdown as escape_markdown,
    slack as escape_slack, teams as escape_teams,
};
pub use html::html;
pub(crate) use html::styled;
pub(crate) use markdown::{
    COMMON, DISCORD, Dialect, GITHUB, GOOGLE_CARD, JIRA, MATRIX, MATTERMOST, PLAIN, QUIET, ROCKET_CHAT, SLACK, TEAMS,
    TELEGRAM, WEBEX, ZULIP, render,
};

use crate::limits::VENDOR_TEXT_BYTES;

/// What the other side counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Unicode scalar values.
    Chars,
    /// UTF-16 code units: an emoji counts two or more.
    Utf16,
    /// Bytes of UTF-8.
    Bytes,
}

impl Unit {
    /// The length of `text` in this unit.
    #[must_use]
    pub fn of(self, text: &str) -> usize {
        match self {
            Self::Chars => text.chars().count(),
            Self::Utf16 => text.encode_utf16().count(),
            Self::Bytes => text.len(),
        }
    }
}

/// `text` in at most `most` units, cut between graphemes (never inside an emoji or an accent) and ended with `…`.
#[must_use]
pub fn truncate(text: &str, most: usize, unit: Unit) -> String {
    if unit.of(text) <= most {
        return text.to_owned();
    }
    let Some(room) = most.checked_sub(unit.of("…")) else { return String::new() };
    let mut used = 0;
    let mut out = String::with_capacity(room.min(text.len()));
    for grapheme in text.graphemes(true) {
        used += unit.of(grapheme);
        if used > room {
            break;
        }
        out.push_str(grapheme);
    }
    out.truncate(out.trim_end().len());
    out.push('…');
    out
}

/// One line: line breaks, controls and runs of white space become one space; characters that turn the direction of
/// writing or cannot be seen are dropped, so that a title cannot pretend to be another.
#[must_use]
pub fn one_line(text: &str) -> String {
    let visible = text.chars().filter(|letter| !is_trick(*letter));
    let spaced: String = visible.map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Controls without line breaks and tabs, marks that turn the direction of writing, and what no program shows.
fn is_trick(letter: char) -> bool {
    matches!(
        letter,
        '\0'..='\u{8}'
            | '\u{b}'
            | '\u{c}'
            | '\u{e}'..='\u{1f}'
            | '\u{7f}'..='\u{84}'
            | '\u{86}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{ffff}'
    )
}

/// Text without tricks, lines kept.
pub(crate) fn honest(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.chars().filter(|letter| !is_trick(*letter)).map(|letter| if letter == '\r' { '\n' } else { letter }).collect()
}

/// Breaks what chat programs take for a mention: an `@` that begins a word, and a `<` before `!`, `@` or `#`, get an
/// invisible space after them. Addresses such as `help@example.com` stay as they are.
#[must_use]
pub fn neutral(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        out.push(letter);
        let at = matches!(letter, '@' | '＠' | '﹫') && !before.is_alphanumeric();
        let opens = letter == '<' && letters.peek().is_some_and(|next| matches!(next, '!' | '@' | '#'));
        if at || opens {
            out.push('\u{200b}');
        }
        before = letter;
    }
    out
}

/// Markdown as plain text, in at most `most` characters.
#[must_use]
pub fn plain(markdown: &str, most: usize) -> String {
    render(markdown, &PLAIN, most, Unit::Chars)
}

/// HTML of ours as plain text.
pub(crate) fn without_tags(html: &str) -> String {
    html::stripped(html)
}

/// The part of a vendor's text that is worth parsing.
pub(crate) fn worth(markdown: &str) -> String {
    truncate(&honest(markdown), VENDOR_TEXT_BYTES, Unit::Bytes)
}

/// An address that may be linked: http or https, no white space, not longer than programs take.
pub(crate) fn web(address: &str) -> Option<String> {
    let address = address.trim();
    if address.chars().count() > crate::limits::URL_CHARS {
        return None;
    }
    let url = url::Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let text = url.to_string().replace('|', "%7C").replace('(', "%28").replace(')', "%29").replace('\'', "%27");
    (text.chars().count() <= crate::limits::URL_CHARS).then_some(text)
}

#[cfg(test)]
mod tests;
