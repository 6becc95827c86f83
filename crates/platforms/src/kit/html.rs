//! Vendors' HTML becomes Markdown (what we keep) or plain text (what we look words up in).

use scraper::{Html, Node};

/// Fragments longer than this (bytes) are cut before parsing.
const LONGEST_FRAGMENT: usize = 256 * 1024;

/// Markdown of an HTML fragment. Scripts, styles and unknown tags vanish; links, lists, headings, emphasis stay.
#[must_use]
pub fn to_markdown(html: &str) -> String {
    let html = &html[..html.floor_char_boundary(LONGEST_FRAGMENT)];
    if !html.contains(['<', '&']) {
        return tidy(html);
    }
    if nests_too_deep(html) {
        return tidy(&without_tags(html));
    }
    let fragment = Html::parse_fragment(html);
    let mut writer = Writer::default();
    // Walked by hand, not by recursion: hostile pages nest tens of thousands deep.
    let root = fragment.tree.root();
    let mut node = root;
    loop {
        writer.open(node.value());
        if let Some(child) = node.first_child() {
            node = child;
            continue;
        }
        loop {
            writer.close(node.value());
            match (node.next_sibling(), node.parent()) {
                (Some(next), _) if node != root => {
                    node = next;
                    break;
                }
                (_, Some(parent)) if node != root => node = parent,
                _ => return tidy(&writer.out),
            }
        }
    }
}

/// Markdown of a text that may be HTML, Markdown, or plain text with a link in it: where no block of HTML stands,
/// blank lines part paragraphs and line ends stay.
#[must_use]
pub fn mixed_to_markdown(text: &str) -> String {
    const BLOCKS: [&str; 9] = ["<p", "<div", "<br", "<ul", "<ol", "<h", "<table", "<pre", "<blockquote"];
    if !text.contains(['<', '&']) || BLOCKS.iter().any(|block| text.contains(block)) {
        return to_markdown(text);
    }
    let lines: Vec<String> =
        text.lines().map(|line| if line.contains(['<', '&']) { to_markdown(line) } else { line.to_owned() }).collect();
    tidy(&lines.join("\n"))
}

/// The words of an HTML fragment, space between them collapsed.
#[must_use]
pub fn to_text(html: &str) -> String {
    if !html.contains(['<', '&']) {
        return html.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let html = &html[..html.floor_char_boundary(LONGEST_FRAGMENT)];
    if nests_too_deep(html) {
        return without_tags(html).split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let fragment = Html::parse_fragment(html);
    let mut words = String::new();
    for node in fragment.tree.nodes() {
        if let Node::Text(text) = node.value() {
            words.push_str(text);
            words.push(' ');
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Elements open inside one another beyond this are no page of anybody's: parsing takes time with the square of it.
const DEEPEST: usize = 1000;

/// True where more than [`DEEPEST`] elements are open at once. A rough count, without parsing.
#[must_use]
pub fn nests_too_deep(html: &str) -> bool {
    let mut depth = 0_usize;
    let mut rest = html;
    while let Some((_, tag)) = rest.split_once('<') {
        rest = tag;
        if tag.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let name = tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_ascii_lowercase();
            if matches!(name.as_str(), "script" | "style") {
                // What stands in there is no element, whatever it looks like.
                rest = after_end(tag, &name);
                continue;
            }
            let ends_itself = tag.split('>').next().is_some_and(|inside| inside.ends_with('/'));
            depth += usize::from(!ends_itself && !stands_alone(&name));
            if depth > DEEPEST {
                return true;
            }
        }
    }
    false
}

/// The text behind `</name`.
fn after_end<'a>(text: &'a str, name: &str) -> &'a str {
    let ends = |at: &usize| text.get(at + 2..at + 2 + name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name));
    text.match_indices("</").map(|(at, _)| at).find(ends).and_then(|at| text.get(at + 2..)).unwrap_or_default()
}

/// Elements that need no end.
fn stands_alone(name: &str) -> bool {
    const ALONE: [&str; 20] = [
        "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option", "p",
        "source", "td", "th", "tr", "wbr",
    ];
    ALONE.contains(&name)
}

fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                text.push(' ');
            }
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

/// `\r\n` becomes `\n`, trailing space goes, at most one blank line stays.
#[must_use]
pub fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = 0;
    for line in text.lines() {
        let line = line.trim_end();
        if line.trim().is_empty() {
            blank += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if blank > 0 { "\n\n" } else { "\n" });
        }
        blank = 0;
        out.push_str(line);
    }
    out.trim().to_owned()
}

#[derive(Default)]
struct Writer {
    out: String,
    /// Open lists: `Some(n)` counts an ordered one.
    lists: Vec<Option<u32>>,
    /// Depth inside elements whose text is not for people.
    silent: u32,
    preformatted: u32,
    links: Vec<Option<String>>,
}

impl Writer {
    fn open(&mut self, node: &Node) {
        match node {
            Node::Text(text) if self.silent == 0 => self.text(text),
            Node::Element(element) => match element.name() {
                "script" | "style" | "template" | "head" => self.silent += 1,
                "p" | "div" | "section" | "table" => self.paragraph(),
                "br" => self.out.push('\n'),
                "tr" => self.line(),
                "td" | "th" => self.out.push(' '),
                "hr" => {
                    self.paragraph();
                    self.out.push_str("---");
                    self.paragraph();
                }
                "b" | "strong" => self.out.push_str("**"),
                "i" | "em" => self.out.push('_'),
                "code" if self.preformatted == 0 => self.out.push('`'),
                "pre" => {
                    self.preformatted += 1;
                    self.paragraph();
                    self.out.push_str("```\n");
                }
                "blockquote" => {
                    self.paragraph();
                    self.out.push_str("> ");
                }
                "ul" | "ol" => {
                    if self.lists.is_empty() {
                        self.paragraph();
                    }
                    self.lists.push((element.name() == "ol").then_some(0));
                }
                "li" => self.item(),
                "a" => {
                    let href = element.attr("href").map(str::to_owned).filter(|href| !href.contains(['\n', ' ', ')']));
                    if href.is_some() {
                        self.out.push('[');
                    }
                    self.links.push(href);
                }
                name => {
                    if let Some(level) = heading(name) {
                        self.paragraph();
                        self.out.extend(std::iter::repeat_n('#', level));
                        self.out.push(' ');
                    }
                }
            },
            _ => {}
        }
    }

    fn close(&mut self, node: &Node) {
        let Node::Element(element) = node else { return };
        match element.name() {
            "script" | "style" | "template" | "head" => self.silent = self.silent.saturating_sub(1),
            "p" | "div" | "section" | "table" | "blockquote" => self.paragraph(),
            "b" | "strong" => self.close_mark("**"),
            "i" | "em" => self.close_mark("_"),
            "code" if self.preformatted == 0 => self.out.push('`'),
            "pre" => {
                self.preformatted = self.preformatted.saturating_sub(1);
                self.line();
                self.out.push_str("```");
                self.paragraph();
            }
            "ul" | "ol" => {
                self.lists.pop();
                if self.lists.is_empty() {
                    self.paragraph();
                }
            }
            "a" => {
                if let Some(Some(href)) = self.links.pop() {
                    self.out.push_str("](");
                    self.out.push_str(&href);
                    self.out.push(')');
                }
            }
            name if heading(name).is_some() => self.paragraph(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.preformatted > 0 {
            self.out.push_str(text);
            return;
        }
        // A tag that was text must not become a tag again.
        let shown = text.replace('<', "&lt;");
        if shown.starts_with(char::is_whitespace) && !self.out.ends_with([' ', '\n']) && !self.out.is_empty() {
            self.out.push(' ');
        }
        let mut words = shown.split_whitespace().peekable();
        while let Some(word) = words.next() {
            self.out.push_str(word);
            if words.peek().is_some() {
                self.out.push(' ');
            }
        }
        if shown.ends_with(char::is_whitespace) && !shown.trim().is_empty() {
            self.out.push(' ');
        }
    }

    fn close_mark(&mut self, mark: &str) {
        // `**word **` is no emphasis in Markdown: the space belongs behind the mark.
        let kept = self.out.trim_end_matches(' ').len();
        let space = self.out.len() > kept;
        self.out.truncate(kept);
        if self.out.ends_with(mark) {
            self.out.truncate(kept - mark.len());
        } else {
            self.out.push_str(mark);
        }
        if space {
            self.out.push(' ');
        }
    }

    fn item(&mut self) {
        self.line();
        let depth = self.lists.len().saturating_sub(1).min(8);
        self.out.extend(std::iter::repeat_n("  ", depth));
        match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                let number = *number;
                self.out.push_str(&format!("{number}. "));
            }
            _ => self.out.push_str("- "),
        }
    }

    fn line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn paragraph(&mut self) {
        // Inside a list a paragraph would end the item.
        if !self.lists.is_empty() {
            return;
        }
        self.line();
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }
}

fn heading(name: &str) -> Option<usize> {
    match name {
        "h1" => Some(1),
        "h2" => Some(2),
        "h3" => Some(3),
        "h4" => Some(4),
        "h5" => Some(5),
        "h6" => Some(6),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_carries_meaning_stays() {
        let html = "<h2>Timeline</h2><ul><li>10:01 <b>start </b>of it</li><li>10:20 end</li></ul><p>See <a href=\"https://a.example/x\">the \
                    report</a>.<br>Bye &amp; thanks</p><script>alert(1)</script>";
        assert_eq!(
            to_markdown(html),
            "## Timeline\n\n- 10:01 **start** of it\n- 10:20 end\n\nSee [the report](https://a.example/x).\nBye & thanks"
        );
    }

    #[test]
    fn text_that_looks_like_a_tag_stays_text() {
        assert_eq!(to_markdown("use &lt;b&gt; &amp; co"), "use &lt;b> & co");
    }

    #[test]
    fn deep_nesting_is_survived() {
        let html = "<div>".repeat(20_000) + "x";
        assert_eq!(to_markdown(&html), "x");
    }

    #[test]
    fn pages_are_not_deep_but_traps_are() {
        let chart = format!("<svg>{}</svg>", "<rect height=\"34\" width=\"3\" />".repeat(5000));
        let script = format!("<script>{}</script>", "if(a<b){c<d}".repeat(5000));
        let rows = "<p>one<br><li>two".repeat(5000);
        for page in [chart, script, rows, "<div></div>".repeat(5000)] {
            assert!(!nests_too_deep(&page), "{}", &page[..40]);
        }
        for trap in ["<div>".repeat(2000), "<b a=1>".repeat(2000), "<p><font>".repeat(2000)] {
            assert!(nests_too_deep(&trap), "{}", &trap[..40]);
        }
    }

    #[test]
    fn lines_stay_where_no_block_stands() {
        let text = "One.\nTwo with <a href=\"https://a.example/\">a link</a>.\n\nThree.";
        assert_eq!(mixed_to_markdown(text), "One.\nTwo with [a link](https://a.example/).\n\nThree.");
        assert_eq!(mixed_to_markdown("<p>One.\nTwo.</p>"), "One. Two.");
        assert_eq!(mixed_to_markdown("* a\n* b"), "* a\n* b");
    }

    #[test]
    fn plain_text_is_only_tidied() {
        assert_eq!(to_markdown("one\r\n\r\n\r\ntwo  \n"), "one\n\ntwo");
        assert_eq!(to_text("<p>one</p>\n<p>two</p>"), "one two");
    }
}
