//! Markdown to the dialects of chat programs and to plain text: one walk over the tree, one table a dialect.

use std::borrow::Cow;

use comrak::nodes::{ListType, Node, NodeLink, NodeList, NodeValue};
use comrak::{Arena, Options, parse_document};
use unicode_segmentation::UnicodeSegmentation;

use super::writer::Writer;
use super::{Unit, escape, neutral, web, worth};

/// Quotes in quotes in lists deeper than this are left out: nobody writes them, and a stack has an end.
const DEPTH: usize = 16;

/// How one place writes what Markdown can say. An empty mark: it cannot.
pub(crate) struct Dialect {
    escape: fn(&str) -> Cow<'_, str>,
    /// An `@` may ping somebody.
    pings: bool,
    strong: &'static str,
    emphasis: &'static str,
    strike: &'static str,
    code: &'static str,
    fence: &'static str,
    quote: &'static str,
    bullet: &'static str,
    /// From a label (not escaped) and an address (checked) to a link.
    link: fn(&str, &str) -> String,
}

pub(crate) const PLAIN: Dialect = Dialect {
    escape: escape::none,
    pings: false,
    strong: "",
    emphasis: "",
    strike: "",
    code: "",
    fence: "",
    quote: "> ",
    bullet: "• ",
    link: |label, url| if label == url || label.is_empty() { url.to_owned() } else { format!("{label} ({url})") },
};

pub(crate) const SLACK: Dialect = Dialect {
    escape: escape::slack,
    pings: true,
    strong: "*",
    emphasis: "_",
    strike: "~",
    code: "`",
    fence: "```",
    quote: "> ",
    bullet: "• ",
    link: |label, url| {
        let label = label.replace('|', "¦");
        let (label, url) = (escape::slack(&label), escape::slack(url));
        if label == url || label.is_empty() { format!("<{url}>") } else { format!("<{url}|{label}>") }
    },
};

pub(crate) const DISCORD: Dialect = Dialect {
    escape: escape::discord,
    pings: true,
    strong: "**",
    emphasis: "*",
    strike: "~~",
    code: "`",
    fence: "```",
    quote: "> ",
    bullet: "• ",
    link: |label, url| {
        // Discord shows no masked link whose label is itself an address.
        let own = label == url || label.is_empty() || label.contains("://");
        if own { format!("<{url}>") } else { format!("[{}](<{url}>)", escape::discord(label)) }
    },
};

pub(crate) const TEAMS: Dialect = Dialect {
    escape: escape::teams,
    pings: true,
    strong: "**",
    emphasis: "_",
    strike: "",
    code: "",
    fence: "",
    quote: "",
    bullet: "• ",
    link: |label, url| {
        let label = if label.is_empty() { url } else { label };
        format!("[{}]({url})", escape::teams(label))
    },
};

/// Mattermost's Markdown, and that of whatever else keeps to CommonMark.
pub(crate) const MATTERMOST: Dialect = Dialect {
    escape: escape::commonmark,
    pings: true,
    strong: "**",
    emphasis: "*",
    strike: "~~",
    code: "`",
    fence: "```",
    quote: "> ",
    bullet: "• ",
    link: |label, url| {
        let label = if label.is_empty() { url } else { label };
        format!("[{}]({url})", escape::commonmark(label))
    },
};

pub(crate) const WEBEX: Dialect = Dialect { strike: "", ..MATTERMOST };

pub(crate) const ROCKET_CHAT: Dialect = Dialect {
    escape: escape::rocket,
    pings: true,
    strong: "*",
    emphasis: "_",
    strike: "~",
    code: "`",
    fence: "```",
    quote: "> ",
    bullet: "• ",
    link: |label, url| {
        let label = if label.is_empty() { url } else { label };
        format!("[{}]({url})", escape::rocket(label))
    },
};

pub(crate) const ZULIP: Dialect = Dialect {
    escape: escape::zulip,
    pings: true,
    strong: "**",
    emphasis: "*",
    strike: "~~",
    code: "`",
    fence: "```",
    quote: "> ",
    bullet: "• ",
    link: |label, url| {
        let label = if label.is_empty() { url } else { label };
        format!("[{}]({url})", escape::zulip(label))
    },
};

/// Telegram's HTML.
pub(crate) const TELEGRAM: Dialect = Dialect {
    escape: escape::html,
    pings: true,
    strong: "<b>",
    emphasis: "<i>",
    strike: "<s>",
    code: "<code>",
    fence: "<pre>",
    quote: "&gt; ",
    bullet: "• ",
    link: |label, url| {
        let label = if label.is_empty() { url } else { label };
        format!("<a href=\"{}\">{}</a>", escape::html(url), escape::html(label))
    },
};

/// The HTML that Matrix shows; line breaks become tags at the end.
pub(crate) const MATRIX: Dialect = Dialect { strong: "<strong>", emphasis: "<em>", strike: "<del>", ..TELEGRAM };

/// Plain text for a place where people are called by their names: nobody is.
pub(crate) const QUIET: Dialect = Dialect { pings: true, ..PLAIN };

/// What a card of Google Chat takes in its texts.
pub(crate) const GOOGLE_CARD: Dialect = Dialect { code: "", fence: "", ..TELEGRAM };

/// Markdown as CommonMark has it.
pub(crate) const COMMON: Dialect = Dialect {
    escape: escape::common,
    pings: true,
    strong: "**",
    emphasis: "_",
    strike: "~~",
    code: "`",
    fence: "```",
    quote: "> ",
    bullet: "- ",
    link: |label, url| {
        if label == url || label.is_empty() {
            format!("<{url}>")
        } else {
            format!("[{}](<{url}>)", escape::common(label))
        }
    },
};

/// Markdown for issues and comments: nobody is called, no other issue is referred to.
pub(crate) const GITHUB: Dialect = Dialect {
    escape: escape::github,
    pings: true,
    strong: "**",
    emphasis: "*",
    strike: "~~",
    code: "`",
    fence: "```",
    quote: "> ",
    bullet: "- ",
    link: |label, url| {
        let label = if label.is_empty() { url } else { label };
        format!("[{}](<{url}>)", escape::github(label))
    },
};

/// Jira's wiki mark-up.
pub(crate) const JIRA: Dialect = Dialect {
    escape: escape::jira,
    pings: true,
    strong: "*",
    emphasis: "_",
    strike: "",
    code: "",
    fence: "",
    quote: "bq. ",
    bullet: "* ",
    link: |label, url| {
        let label = if label.is_empty() { url } else { label };
        let url = url.replace('[', "%5B").replace(']', "%5D").replace('{', "%7B").replace('}', "%7D");
        format!("[{}|{url}]", escape::jira(label))
    },
};

impl Dialect {
    /// Words of ours or names of theirs: mentions broken, escaped.
    pub(crate) fn escaped(&self, text: &str) -> String {
        let text = if self.pings { neutral(text) } else { text.to_owned() };
        (self.escape)(&text).into_owned()
    }

    /// The same in bold, where the dialect has it.
    pub(crate) fn strong(&self, text: &str) -> String {
        marked(self.strong, &self.escaped(text))
    }

    /// The same in italics, where the dialect has them.
    pub(crate) fn emphasis(&self, text: &str) -> String {
        marked(self.emphasis, &self.escaped(text))
    }

    /// A link whose address was checked.
    pub(crate) fn linked(&self, label: &str, url: &str) -> String {
        (self.link)(&neutral(label), url)
    }

    /// What parts a line from a text below it: Markdown runs lines together.
    pub(crate) const fn below(&self) -> &'static str {
        if self.strong.is_empty() { "\n" } else { "\n\n" }
    }

    /// One line about one thing: `Impact: Minor`, as an item of a list where the place knows lists.
    pub(crate) fn fact(&self, label: &str, value: &str) -> String {
        let value = self.escaped(value);
        let strong = self.strong;
        if strong.is_empty() {
            format!("{label}: {value}")
        } else {
            format!("{}{strong}{label}:{strong} {value}", self.bullet)
        }
    }
}

fn marked(mark: &'static str, text: &str) -> String {
    format!("{mark}{text}{}", closer(mark))
}

/// What ends the span that `mark` began: a tag's end, or the mark again.
fn closer(mark: &'static str) -> String {
    mark.strip_prefix('<').map_or_else(|| mark.to_owned(), |tag| format!("</{tag}"))
}

/// `markdown` in a dialect, in at most `most` units; what was opened is closed even where the text is cut.
pub(crate) fn render(markdown: &str, dialect: &Dialect, most: usize, unit: Unit) -> String {
    let arena = Arena::new();
    let root = parse_document(&arena, &worth(markdown), &options());
    let mut walk = Walk { writer: Writer::new(most, unit), dialect };
    walk.children(root, 0);
    walk.writer.finish()
}

pub(super) fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    options.render.hardbreaks = true;
    options.render.r#unsafe = true; // ammonia has the last word
    options
}

struct Walk<'d> {
    writer: Writer,
    dialect: &'d Dialect,
}

impl Walk<'_> {
    fn children(&mut self, node: Node<'_>, depth: usize) {
        if depth > DEPTH {
            return;
        }
        for child in node.children() {
            if self.writer.is_full() {
                return;
            }
            self.node(child, depth + 1);
        }
    }

    fn node(&mut self, node: Node<'_>, depth: usize) {
        let data = node.data();
        match &data.value {
            NodeValue::Text(text) => self.text(text),
            NodeValue::SoftBreak | NodeValue::LineBreak => self.writer.owe(1),
            NodeValue::Strong => self.span(node, self.dialect.strong, depth),
            NodeValue::Emph => self.span(node, self.dialect.emphasis, depth),
            NodeValue::Strikethrough => self.span(node, self.dialect.strike, depth),
            NodeValue::Code(code) => self.code(&code.literal),
            NodeValue::Link(link) | NodeValue::Image(link) => self.link(node, link, depth),
            NodeValue::HtmlInline(tag) => self.text(&super::html::stripped(tag)),
            NodeValue::HtmlBlock(block) => self.block(|walk| walk.text(super::html::stripped(&block.literal).trim())),
            NodeValue::CodeBlock(block) => self.block(|walk| walk.fenced(&block.literal)),
            NodeValue::Heading(_) => self.block(|walk| walk.span(node, walk.dialect.strong, depth)),
            NodeValue::ThematicBreak => self.writer.owe(2),
            NodeValue::BlockQuote => self.quote(node, depth),
            NodeValue::List(list) => self.list(node, list, depth),
            NodeValue::TableRow(_) => self.row(node, depth),
            NodeValue::Paragraph | NodeValue::Table(_) => self.block(|walk| walk.children(node, depth)),
            _ => self.children(node, depth),
        }
    }

    fn block(&mut self, write: impl FnOnce(&mut Self)) {
        self.writer.owe(2);
        write(self);
        self.writer.owe(2);
    }

    /// Running text: mentions broken, escaped grapheme by grapheme so that it may be cut between any two.
    fn text(&mut self, text: &str) {
        for (index, line) in self.safe(text).split('\n').enumerate() {
            if index > 0 {
                self.writer.owe(1);
            }
            for grapheme in line.graphemes(true) {
                if !self.writer.piece(&(self.dialect.escape)(grapheme)) {
                    return;
                }
            }
        }
    }

    fn safe<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.dialect.pings { Cow::Owned(neutral(text)) } else { Cow::Borrowed(text) }
    }

    fn span(&mut self, node: Node<'_>, mark: &'static str, depth: usize) {
        if mark.is_empty() {
            return self.children(node, depth);
        }
        let closer = closer(mark);
        if self.writer.open(mark, &closer) {
            self.children(node, depth);
            self.writer.close(&closer);
        }
    }

    fn code(&mut self, code: &str) {
        let mark = self.dialect.code;
        if mark.is_empty() {
            return self.text(code);
        }
        let closer = closer(mark);
        if self.writer.open(mark, &closer) {
            self.verbatim(code);
            self.writer.close(&closer);
        }
    }

    fn fenced(&mut self, code: &str) {
        let fence = self.dialect.fence;
        let code = code.trim_end_matches('\n');
        if fence.is_empty() {
            return self.text(code);
        }
        let line = if fence.starts_with('<') { "" } else { "\n" };
        let (opener, closer) = (format!("{fence}{line}"), format!("{line}{}", closer(fence)));
        if self.writer.open(&opener, &closer) {
            self.verbatim(code);
            self.writer.close(&closer);
        }
    }

    /// Inside code only entities are escapes (Slack's, HTML's), and a back-tick would end it.
    fn verbatim(&mut self, code: &str) {
        let entities = (self.dialect.escape)("<") == "&lt;";
        for grapheme in self.safe(&code.replace('`', "'")).graphemes(true) {
            let piece = if entities { (self.dialect.escape)(grapheme) } else { Cow::Borrowed(grapheme) };
            if !self.writer.piece(&piece) {
                return;
            }
        }
    }

    fn link(&mut self, node: Node<'_>, link: &NodeLink, depth: usize) {
        let Some(url) = web(&link.url) else { return self.children(node, depth) };
        let label = self.safe(&label_of(node)).into_owned();
        let label = if label == link.url || web(&label).as_deref() == Some(url.as_str()) { url.clone() } else { label };
        if !self.writer.optional(&(self.dialect.link)(&label, &url)) {
            self.text(&label);
        }
    }

    fn quote(&mut self, node: Node<'_>, depth: usize) {
        self.writer.owe(2);
        self.writer.indent(self.dialect.quote);
        // The first line's mark comes with the break before it, which must be paid inside.
        self.children(node, depth);
        self.writer.outdent();
        self.writer.owe(2);
    }

    fn list(&mut self, node: Node<'_>, list: &NodeList, depth: usize) {
        self.writer.owe(1);
        for (index, item) in node.children().enumerate() {
            self.writer.owe(1);
            let bullet = match list.list_type {
                ListType::Bullet => self.dialect.bullet.to_owned(),
                ListType::Ordered => (self.dialect.escape)(&format!("{}. ", list.start + index)).into_owned(),
            };
            if !self.writer.piece(&bullet) {
                return;
            }
            self.writer.indent("  ");
            self.item(item, depth);
            self.writer.outdent();
        }
        let nested = node.parent().is_some_and(|parent| matches!(parent.data().value, NodeValue::Item(_)));
        self.writer.owe(if nested { 1 } else { 2 });
    }

    /// An item's first paragraph follows its bullet on the same line.
    fn item(&mut self, item: Node<'_>, depth: usize) {
        if depth + 2 > DEPTH {
            return;
        }
        for (index, child) in item.children().enumerate() {
            let paragraph = matches!(child.data().value, NodeValue::Paragraph);
            match (paragraph, index) {
                (true, 0) => self.children(child, depth + 2),
                (true, _) => {
                    self.writer.owe(1);
                    self.children(child, depth + 2);
                }
                (false, _) => self.node(child, depth + 2),
            }
        }
    }

    fn row(&mut self, node: Node<'_>, depth: usize) {
        self.writer.owe(1);
        for (index, cell) in node.children().enumerate() {
            if index > 0 {
                self.text(" / ");
            }
            self.children(cell, depth + 1);
        }
        self.writer.owe(1);
    }
}

/// The words of a link, without any mark.
fn label_of(node: Node<'_>) -> String {
    let mut label = String::new();
    for inner in node.descendants().skip(1) {
        match &inner.data().value {
            NodeValue::Text(text) => label.push_str(text),
            NodeValue::Code(code) => label.push_str(&code.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak => label.push(' '),
            _ => {}
        }
    }
    super::truncate(&super::one_line(&label), 300, Unit::Chars)
}
