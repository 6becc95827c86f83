//! Sentences of ours name what they speak of between backticks, as terminals and programs get them. On a page a name is
//! set as code, and everything else is escaped.

use std::fmt;

use askama::filters::HtmlSafe;

/// Such a sentence, as a page shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marked<'a>(&'a str);

/// A sentence that may name something between backticks.
pub(crate) fn marked(text: &str) -> Marked<'_> {
    Marked(text)
}

impl fmt::Display for Marked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((before, (name, after))) =
            rest.split_once('`').and_then(|(before, from)| Some((before, from.split_once('`')?)))
        {
            escape(f, before)?;
            f.write_str("<code>")?;
            escape(f, name)?;
            f.write_str("</code>")?;
            rest = after;
        }
        escape(f, rest)
    }
}

impl HtmlSafe for Marked<'_> {}

fn escape(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let Ok(safe) = askama::filters::escape(text, askama::filters::Html);
    write!(f, "{safe}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_code_and_nothing_is_markup() {
        let table = [
            (
                "There is no group `desk`; did you mean `help desk`?",
                "There is no group <code>desk</code>; did you mean <code>help desk</code>?",
            ),
            ("a lone ` stays", "a lone ` stays"),
            ("`<b>` & \"x\"", "<code>&#60;b&#62;</code> &#38; &#34;x&#34;"),
            ("", ""),
        ];
        for (text, html) in table {
            assert_eq!(marked(text).to_string(), html);
        }
    }
}
