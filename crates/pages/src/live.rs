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
        found.push(Fragment { name: name.to_owned(), html: html.to_owned(), print: print(html) });
        rest = after;
    }
    found
}

fn print(html: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut rest = html;
    while let Some((before, age)) = rest.split_once(" data-since=") {
        before.hash(&mut hasher);
        rest = age.split_once("</time>").map_or("", |(_, after)| after);
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
        let part = |age: &str, word: &str| {
            let html = format!("<time datetime=\"x\" data-since=\"ago\">{age}</time> {word}");
            print(&html)
        };
        assert_eq!(part("1m ago", "well"), part("2m ago", "well"));
        assert_ne!(part("1m ago", "well"), part("1m ago", "ill"));
    }
}
