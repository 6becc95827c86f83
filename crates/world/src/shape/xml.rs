//! RSS and Atom, and the blocks of updates that most platforms write into their entries.

use tocsin_domain::Timestamp;

use super::words;
use crate::shown::{ShownIncident, ShownUpdate, ShownWork};

/// Text between tags or in an attribute.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// `Fri, 20 Feb 2026 22:01:00 +0000`.
pub fn rfc2822(at: Timestamp) -> String {
    at.to_jiff().strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// An entry of a history feed.
pub struct Entry {
    /// Atom's id, RSS's guid.
    pub id: String,
    pub title: String,
    pub link: String,
    pub published: Timestamp,
    pub updated: Timestamp,
    /// HTML.
    pub content: String,
}

/// The same blocks for all: `<small>Feb 20, 22:01 UTC</small><br><strong>Resolved</strong> - text`, newest first.
pub fn blocks<S: Copy>(updates: &[ShownUpdate<S>], word: impl Fn(S) -> &'static str) -> String {
    let block = |update: &ShownUpdate<S>| {
        let at = update.at.to_jiff();
        format!(
            "<p><small>{} <var data-var='date'>{}</var>, <var data-var='time'>{}</var> UTC</small><br><strong>{}</strong> - {}</p>",
            at.strftime("%b"),
            at.strftime("%e"),
            at.strftime("%H:%M"),
            word(update.stage),
            escaped(&update.body).replace('\n', "<br />"),
        )
    };
    updates.iter().rev().map(block).collect()
}

pub fn incident_blocks(incident: &ShownIncident) -> String {
    blocks(&incident.updates, words::stage)
}

pub fn work_blocks(work: &ShownWork) -> String {
    blocks(&work.updates, words::work)
}

/// What stands around the entries.
pub struct Head<'a> {
    pub id: String,
    pub title: String,
    pub link: &'a str,
    pub author: &'a str,
    pub updated: Timestamp,
}

pub fn atom(head: &Head<'_>, entries: &[Entry]) -> String {
    let entry = |one: &Entry| {
        format!(
            "<entry><id>{}</id><published>{}</published><updated>{}</updated><link rel=\"alternate\" type=\"text/html\" \
             href=\"{}\"/><title>{}</title><content type=\"html\">{}</content></entry>",
            escaped(&one.id),
            one.published,
            one.updated,
            escaped(&one.link),
            escaped(&one.title),
            escaped(&one.content)
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><feed xml:lang=\"en-US\" xmlns=\"http://www.w3.org/2005/Atom\"><id>{}</id>\
         <link rel=\"alternate\" type=\"text/html\" href=\"{}\"/><title>{}</title><updated>{}</updated><author><name>{}</name>\
         </author>{}</feed>",
        escaped(&head.id),
        escaped(head.link),
        escaped(&head.title),
        head.updated,
        escaped(head.author),
        entries.iter().map(entry).collect::<String>()
    )
}

pub fn rss(head: &Head<'_>, entries: &[Entry]) -> String {
    let item = |one: &Entry| {
        format!(
            "<item><title>{}</title><description>{}</description><pubDate>{}</pubDate><link>{}</link><guid>{}</guid></item>",
            escaped(&one.title),
            escaped(&one.content),
            rfc2822(one.updated),
            escaped(&one.link),
            escaped(&one.id)
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\"><channel><title>{}</title><link>{}</link><description>{}\
         </description><pubDate>{}</pubDate>{}</channel></rss>",
        escaped(&head.title),
        escaped(head.link),
        escaped(head.author),
        rfc2822(head.updated),
        entries.iter().map(item).collect::<String>()
    )
}
