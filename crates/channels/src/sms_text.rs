//! Texts for telephones: the alphabet that all of them know, counted as the networks count.

use deunicode::deunicode_char;

/// Letters of the GSM 7-bit alphabet that take one place (3GPP TS 23.038), without the escape itself.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿\
                     abcdefghijklmnopqrstuvwxyzäöñüà";
/// Letters that take two places.
const EXTENSION: &str = "^{}\\[~]|€\u{c}";

/// Places that a letter takes; `None`: the alphabet has no such letter.
fn places(letter: char) -> Option<usize> {
    if BASIC.contains(letter) {
        Some(1)
    } else if EXTENSION.contains(letter) {
        Some(2)
    } else {
        None
    }
}

/// Places that a text of this alphabet takes.
pub(crate) fn length(text: &str) -> usize {
    text.chars().map(|letter| places(letter).unwrap_or(1)).sum()
}

/// The text in this alphabet: what it lacks is written as it sounds or looks, signs that nothing stands for are left out.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            _ if places(letter).is_some() && letter != '\u{c}' => out.push(letter),
            '\u{2018}' | '\u{2019}' | '\u{201a}' | '`' | '´' => out.push('\''),
            '\u{201c}' | '\u{201d}' | '\u{201e}' | '«' | '»' => out.push('"'),
            '•' | '–' | '—' => out.push('-'),
            '…' => out.push_str("..."),
            '\t' | '\u{a0}' => out.push(' '),
            _ if is_pictogram(letter) => {}
            _ => {
                let spelled = deunicode_char(letter).unwrap_or_default();
                out.extend(spelled.chars().filter(|one| places(*one).is_some() && *one != '\u{c}'));
            }
        }
    }
    out
}

/// Whose name would be a word in the middle of a sentence.
fn is_pictogram(letter: char) -> bool {
    matches!(letter, '\u{2190}'..='\u{2bff}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f000}'..='\u{1faff}' | '\u{e0000}'..='\u{e007f}')
}

/// In at most `most` places, ended with `...` where it was cut.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let Some(room) = most.checked_sub(3) else { return String::new() };
    let mut used = 0;
    let kept: String = text
        .chars()
        .take_while(|letter| {
            used += places(*letter).unwrap_or(1);
            used <= room
        })
        .collect();
    format!("{}...", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_the_alphabet_lacks_is_written_otherwise() {
        let table = [
            ("Kustomer’s “Voice” – down…", "Kustomer's \"Voice\" - down..."),
            ("Größe: 5 €", "Größe: 5 €"),
            ("Łódź, São Paulo, Zürich", "Lodz, Sao Paulo, Zürich"),
            ("связь пропала", "sviaz' propala"),
            ("🔴 down 👩‍👩‍👧‍👧", " down "),
            ("`code`\tx", "'code' x"),
        ];
        for (text, expected) in table {
            assert_eq!(plain(text), expected, "{text:?}");
        }
        assert_eq!(plain("停电").trim(), "Ting Dian");
    }

    #[test]
    fn two_places_are_counted_as_two() {
        assert_eq!(length("a€[b]"), 8);
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abc...");
        assert_eq!(cut("a€€€", 6), "a€...");
        assert_eq!(cut("abcd", 2), "");
    }

    proptest! {
        #[test]
        fn every_text_fits(text in "\\PC{0,80}", most in 0_usize..60) {
            let plain = plain(&text);
            prop_assert!(plain.chars().all(|letter| places(letter).is_some()), "{plain:?}");
            prop_assert!(length(&cut(&plain, most)) <= most);
        }
    }
}
