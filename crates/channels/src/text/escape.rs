//! One escape a place, each for running text; the pieces may be single graphemes.

use std::borrow::Cow;

/// Slack's three characters.
pub(crate) fn slack(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// Discord's Markdown, and `<` that begins mentions, emojis and times. Brackets are enough against masked links.
pub(crate) fn discord(text: &str) -> Cow<'_, str> {
    backslashed(text, &['\\', '*', '_', '~', '`', '|', '>', '<', '[', ']', '#'])
}

/// The Markdown subset of a card's TextBlock.
pub(crate) fn teams(text: &str) -> Cow<'_, str> {
    backslashed(text, &['\\', '*', '_', '~', '`', '[', ']', '#', '<'])
}

/// CommonMark as chat programs speak it; `!` would make a picture of a link.
pub(crate) fn commonmark(text: &str) -> Cow<'_, str> {
    backslashed(text, &['\\', '*', '_', '~', '`', '|', '>', '<', '[', ']', '#', '!', '&'])
}

/// HTML, also inside an attribute in double quotes.
pub(crate) fn html(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"))
}

/// Rocket.Chat takes a backslash nowhere inside bold, and an open bracket takes everything up to the next link for its
/// label: letters that look the same stand for those that mean something, or a space that nobody sees follows them.
pub(crate) fn rocket(text: &str) -> Cow<'_, str> {
    if !text.contains(['*', '~', '`', '[', ']', '<', '!', '|', '$', '#', '\\', '>']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '*' => out.push('∗'),
            '~' => out.push('∼'),
            '`' => out.push('\''),
            '[' => out.push('［'),
            ']' => out.push('］'),
            '<' | '!' | '|' | '$' | '#' | '\\' => out.extend([letter, '\u{200b}']),
            '>' => out.extend(['\u{200b}', letter]),
            _ => out.push(letter),
        }
    }
    Cow::Owned(out)
}

/// Zulip knows no backslash, but entities.
pub(crate) fn zulip(text: &str) -> Cow<'_, str> {
    let special = ['&', '<', '>', '*', '~', '`', '[', ']', '#', '|', '!', '$'];
    if !text.contains(special) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if special.contains(&letter) {
            out.push_str(&format!("&#{};", u32::from(letter)));
        } else {
            out.push(letter);
        }
    }
    Cow::Owned(out)
}

/// CommonMark with tables and struck text; what begins a line's block is escaped anywhere.
pub(crate) fn common(text: &str) -> Cow<'_, str> {
    backslashed(text, &['\\', '*', '_', '~', '`', '|', '>', '<', '[', ']', '#', '+', '&', '!'])
}

/// Markdown of issues and comments. An invisible space after `#` keeps numbers from becoming references.
pub(crate) fn github(text: &str) -> Cow<'_, str> {
    let escaped = backslashed(text, &['\\', '*', '_', '~', '`', '|', '>', '<', '[', ']', '#', '&', '$']);
    if escaped.contains('#') { Cow::Owned(escaped.replace('#', "#\u{200b}")) } else { escaped }
}

/// Jira's wiki mark-up: what formats, embeds, links or calls somebody.
pub(crate) fn jira(text: &str) -> Cow<'_, str> {
    backslashed(text, &['\\', '*', '_', '{', '}', '[', ']', '|', '!', '^', '~', '+', '?'])
}

/// Whatever Markdown gives a meaning, for words that go into a text of ours before it is rendered.
pub(crate) fn markdown(text: &str) -> String {
    let special = |letter: char| letter.is_ascii_punctuation() && !matches!(letter, '.' | ',' | ':' | ';' | '\'' | '"');
    text.chars().flat_map(|letter| special(letter).then_some('\\').into_iter().chain([letter])).collect()
}

/// Nothing at all.
pub(crate) fn none(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

fn backslashed<'a>(text: &'a str, special: &[char]) -> Cow<'a, str> {
    if !text.contains(special) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if special.contains(&letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    Cow::Owned(out)
}
