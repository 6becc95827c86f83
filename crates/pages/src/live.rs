//! The parts of a page that change while it is open. A template marks each as `<!--[name-->…<!--name]-->` inside an
//! element with the id `live-name`; they are cut out of the finished page, so that a page and what is sent later cannot
//! differ. Vendors' words hold no comment: they are escaped, or sanitised.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A part of a page that is sent by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Its element has the id `live-` and this.
    pub name: String,
    pub html: String,
    /// The same as long as it says the same: ages ("41m") do not count.
    pub print: u64,
    /// The same as long as the times behind its ages are the same, too.
    pub exact: u64,
}

impl Fragment {
    /// As htmx takes it: morphed into its place, so that what did not change is not touched.
    #[must_use]
    pub fn partial(&self) -> String {
        let mut text = String::with_capacity(self.html.len() + 80);
        let _ = write!(text, "<hx-partial hx-target=\"#live-{}\" hx-swap=\"innerMorph\">", self.name);
        text.push_str(&self.html);
        text.push_str("</hx-partial>");
        text
    }
}

/// The fragments of a finished page, in its order.
#[must_use]
pub fn fragments(page: &str) -> Vec<Fragment> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((_, begun)) = rest.split_once("<!--[") {
        let Some((name, begun)) = begun.split_once("-->") else { break };
        let Some((html, after)) = begun.split_once(&format!("<!--{name}]-->")) else { break };
        found.push(Fragment {
            name: name.to_owned(),
            html: html.to_owned(),
            print: print(html, false),
            exact: print(html, true),
        });
        rest = after;
    }
    found
}

/// A hash of what it says, without the text of ages; `times`: with the moments they count from.
fn print(html: &str, times: bool) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut rest = html;
    while let Some((before, age)) = rest.split_once(" data-since=") {
        before.hash(&mut hasher);
        let (age, after) = age.split_once("</time>").unwrap_or((age, ""));
        if times {
            age.split('>').next().hash(&mut hasher);
        }
        rest = after;
    }
    rest.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_cut_out_in_order() {
        let page = "<p>x</p><div id=live-a><!--[a-->one<!--a]--></div><!--[b--><!--b]--><!--[c-->cut off";
        let cut: Vec<_> = fragments(page).into_iter().map(|part| (part.name, part.html)).collect();
        assert_eq!(cut, [("a".to_owned(), "one".to_owned()), ("b".to_owned(), String::new())]);
        assert!(fragments("nothing").is_empty());
    }

    #[test]
    fn an_age_is_no_news() {
        let part = |at: &str, age: &str, word: &str, times| {
            let html = format!("<time data-since=\"ago\" datetime=\"{at}\">{age}</time> {word}");
            print(&html, times)
        };
        assert_eq!(part("1", "1m ago", "well", true), part("1", "2m ago", "well", true));
        assert_eq!(part("1", "1m ago", "well", false), part("2", "2m ago", "well", false));
        assert_ne!(part("1", "1m ago", "well", true), part("2", "1m ago", "well", true));
        assert_ne!(part("1", "1m ago", "well", false), part("1", "1m ago", "ill", false));
    }
}
