//! What a mail says, as text and as HTML. Both are complete.

use askama::Template;

use crate::Sender;
use crate::say::{Said, Tone, title};
use crate::text::{self, Unit};

/// A message with what the frame around it needs.
pub(super) struct Dressed<'a> {
    pub(super) said: &'a Said,
    pub(super) sender: &'a Sender,
    pub(super) unsubscribe: Option<&'a str>,
}

/// Characters of the newest quote and of each older one: some programs hide what follows 100 KB of a mail.
const QUOTE_CHARS: [usize; 2] = [8_000, 2_000];

fn room(index: usize) -> usize {
    let [newest, older] = QUOTE_CHARS;
    if index == 0 { newest } else { older }
}

pub(super) fn plain(dressed: &Dressed<'_>) -> String {
    let said = dressed.said;
    let mut text = format!("{}\n\n", said.headline);
    let width = said.facts.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    for (label, value) in &said.facts {
        text.push_str(&format!("{label:width$}  {value}\n"));
    }
    for (index, quote) in said.quotes.iter().enumerate() {
        text.push_str(&format!("\n{}:\n\n", quote.label()));
        let mark = if quote.ours { "" } else { "> " };
        for line in text::plain(&quote.markdown, room(index)).lines() {
            text.push_str(format!("{mark}{line}").trim_end());
            text.push('\n');
        }
    }
    if !said.notes.is_empty() {
        text.push_str("\nTocsin notes:\n");
    }
    for note in &said.notes {
        text.push_str(&format!("- {note}\n"));
    }
    text.push('\n');
    for link in &said.links {
        text.push_str(&format!("{}: {}\n", link.label, link.url));
    }
    text.push_str("\n-- \n");
    text.push_str(&format!("Why you get this mail: {}\n", said.reason));
    if let Some(url) = dressed.unsubscribe {
        text.push_str(&format!("Stop these mails: {url}\n"));
    }
    text
}

pub(super) fn html(dressed: &Dressed<'_>) -> String {
    let said = dressed.said;
    let [ink, wash, dark] = colours(said.tone);
    let quotes = said.quotes.iter().enumerate().map(|(index, quote)| Words {
        by: &quote.by,
        about: &quote.about,
        ours: quote.ours,
        html: text::styled(&text::truncate(&quote.markdown, room(index), Unit::Chars), STYLES),
    });
    let (sentence, tags) = title::split(&said.title);
    let page = Page {
        sentence,
        tags,
        said,
        ink,
        wash,
        dark,
        quotes: quotes.collect(),
        base_url: &dressed.sender.base_url,
        channel: &dressed.sender.channel,
        unsubscribe: dressed.unsubscribe,
    };
    page.render().unwrap_or_else(|_| String::from("This mail can only be read as text."))
}

/// Each cell says it: programs that lay out with Word's engine inherit nothing into tables.
pub(super) const FONT: &str =
    "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";

/// Inline styles of the vendor's own markup: mail programs drop sheets.
const STYLES: &[(&str, &str)] = &[
    ("p", "margin:0 0 10px"),
    ("ul", "margin:0 0 10px;padding-left:20px"),
    ("ol", "margin:0 0 10px;padding-left:22px"),
    ("li", "margin:0 0 4px"),
    ("a", "color:inherit;text-decoration:underline"),
    ("blockquote", "margin:0 0 10px;padding-left:12px;border-left:2px solid #c9c4ba"),
    ("pre", "margin:0 0 10px;white-space:pre-wrap;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13px"),
    ("code", "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13px"),
    ("h1", "margin:0 0 8px;font-size:15px;line-height:1.4"),
    ("h2", "margin:0 0 8px;font-size:15px;line-height:1.4"),
    ("h3", "margin:0 0 8px;font-size:15px;line-height:1.4"),
    ("h4", "margin:0 0 8px;font-size:15px;line-height:1.4"),
    ("table", "margin:0 0 10px;border-collapse:collapse;font-size:14px"),
    ("td", "padding:2px 10px 2px 0;vertical-align:top"),
    ("th", "padding:2px 10px 2px 0;text-align:left;vertical-align:top"),
];

/// Ink on paper, the wash behind it, and ink in the dark.
const fn colours(tone: Tone) -> [&'static str; 3] {
    match tone {
        Tone::Good => ["#256f45", "#e6f2ea", "#67c08c"],
        Tone::Minor => ["#7d5700", "#faf0d4", "#e6b94a"],
        Tone::Major => ["#a54208", "#fce9dc", "#f59c66"],
        Tone::Critical => ["#ab1d1d", "#fce5e4", "#ff8780"],
        Tone::Maintenance => ["#2359a8", "#e6eefa", "#8ab5ff"],
        Tone::Plain | Tone::Unknown => ["#5a564f", "#edebe6", "#b0aca4"],
    }
}

struct Words<'a> {
    by: &'a str,
    about: &'a str,
    /// Not a vendor's words, so not marked as a quote.
    ours: bool,
    html: String,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Page<'a> {
    said: &'a Said,
    sentence: String,
    tags: Vec<String>,
    ink: &'static str,
    wash: &'static str,
    dark: &'static str,
    quotes: Vec<Words<'a>>,
    base_url: &'a str,
    channel: &'a str,
    unsubscribe: Option<&'a str>,
}
