//! RSS and Atom as facts: entries with their times and texts, whatever dialect they came in.

use feed_rs::model::{Entry, Text};
use feed_rs::parser;
use jiff::Timestamp;

use super::dates;

/// A feed that was read whole.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    pub atom: bool,
    pub title: String,
    /// The page it belongs to, as it says.
    pub link: Option<String>,
    pub id: String,
    pub description: String,
    pub author: Option<String>,
    pub items: Vec<Item>,
    /// Where one may ask to be told of changes (WebSub), and the address it knows the feed by.
    pub hub: Option<String>,
    pub own_address: Option<String>,
}

/// One entry.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// Atom `id`, RSS `guid`; empty where there is none.
    pub id: String,
    pub title: String,
    pub link: Option<String>,
    pub published: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    /// HTML, or plain text (which is HTML without tags for our purposes).
    pub body: String,
    pub categories: Vec<String>,
}

/// Reads a feed. The root element must be `rss`, `feed` or `RDF` with a title in it, and it must be closed:
/// a web page, an XML error document and half a feed are errors, never an empty feed.
///
/// # Errors
/// One sentence that says what is wrong.
pub fn parse(text: &str) -> Result<Feed, String> {
    let root = root(text).ok_or("This is no feed: its root is neither rss, feed nor RDF.")?;
    if !is_closed(text, root) {
        return Err(format!("The feed ends before </{root}>: it was cut off."));
    }
    let parser = parser::Builder::new()
        .timestamp_parser(|text| dates::parse(text).and_then(|instant| instant.at.to_string().parse().ok()))
        // What has no id of its own is named by us, from what does not change.
        .id_generator(|_, _, _| String::new())
        .build();
    let feed = parser.parse(text.as_bytes()).map_err(|error| format!("The feed cannot be read: {error}."))?;
    let title = plain(feed.title.as_ref());
    if title.is_empty() && feed.entries.is_empty() {
        return Err("The feed has neither a title nor an entry.".to_owned());
    }
    let related = |rel: &str| {
        let mut links = feed.links.iter().filter(|link| link.rel.as_deref() == Some(rel));
        links.next().map(|link| link.href.trim().to_owned())
    };
    Ok(Feed {
        hub: related("hub"),
        own_address: related("self"),
        atom: root == "feed",
        title,
        link: feed
            .links
            .iter()
            .find(|link| !matches!(link.rel.as_deref(), Some("self" | "hub")))
            .map(|link| link.href.clone()),
        id: feed.id,
        description: plain(feed.description.as_ref()),
        author: feed
            .authors
            .first()
            .and_then(|author| author.name.as_deref())
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty()),
        items: feed.entries.into_iter().map(item).collect(),
    })
}

/// The name of the root element if it is a feed's.
#[must_use]
pub fn root(text: &str) -> Option<&'static str> {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    // Declarations, comments and a doctype may stand before it.
    loop {
        if let Some(after) = rest.strip_prefix("<!--") {
            rest = after.split_once("-->")?.1.trim_start();
        } else if rest.starts_with("<?") || rest.starts_with("<!") {
            rest = rest.split_once('>')?.1.trim_start();
        } else {
            break;
        }
    }
    let name = rest.strip_prefix('<')?.split([' ', '>', '\n', '\t', '\r', '/']).next()?;
    match name {
        "rss" => Some("rss"),
        "feed" | "atom:feed" => Some("feed"),
        "rdf:RDF" | "RDF" => Some("RDF"),
        _ => None,
    }
}

fn is_closed(text: &str, root: &str) -> bool {
    let mut end = text.trim_end();
    while let Some(before) = end.strip_suffix("-->").and_then(|rest| rest.rfind("<!--").map(|at| &rest[..at])) {
        end = before.trim_end();
    }
    end.strip_suffix('>').map(str::trim_end).is_some_and(|end| {
        let name = end.rsplit_once("</").map_or("", |(_, name)| name);
        name == root || name.rsplit_once(':').is_some_and(|(_, local)| local == root)
    })
}

fn item(entry: Entry) -> Item {
    let body = entry.content.and_then(|content| content.body).or_else(|| entry.summary.map(|text| text.content));
    let link = entry.links.iter().find(|link| matches!(link.rel.as_deref(), None | Some("alternate")));
    Item {
        id: entry.id,
        title: plain(entry.title.as_ref()),
        link: link.or(entry.links.first()).map(|link| link.href.trim().to_owned()).filter(|link| !link.is_empty()),
        published: entry.published.and_then(instant),
        updated: entry.updated.and_then(instant),
        body: body.unwrap_or_default(),
        categories: entry.categories.into_iter().map(|category| category.term.trim().to_owned()).collect(),
    }
}

/// The feed library speaks another time type; seconds are what both have in common.
fn instant(at: impl Into<std::time::SystemTime>) -> Option<Timestamp> {
    Timestamp::try_from(at.into()).ok()
}

/// Titles are text, but many feeds escape them twice.
fn plain(text: Option<&Text>) -> String {
    text.map(|text| super::html::to_text(&text.content)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_pages_and_halves_are_no_empty_feeds() {
        let bad = [
            "<!DOCTYPE html><html><body>rss</body></html>",
            "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>",
            "<rss version=\"2.0\"><channel><title>T</title>",
            "",
            "<rss version=\"2.0\"></rss>",
        ];
        for text in bad {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn dates_that_are_not_rfc_2822_are_read() {
        let feed = "<rss version=\"2.0\"><channel><title>T</title><item><title>A</title>\
                    <pubDate>Fri, 20 Feb 2026 14:01:00 PST</pubDate></item><item><title>B</title>\
                    <pubDate>20 Feb 2026 22:01:00 Z</pubDate></item></channel></rss>";
        let feed = parse(feed).unwrap();
        for item in &feed.items {
            assert_eq!(item.published.unwrap().to_string(), "2026-02-20T22:01:00Z");
            assert_eq!(item.id, "");
        }
    }
}
