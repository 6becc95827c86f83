//! A home-made page: a web page that links to an RSS feed of incidents, which is all a machine can read of it.

use super::Body;
use super::xml::{self, Entry, Head};
use crate::ids;
use crate::shown::Shown;

const FED: usize = 25;

pub fn body(shown: &Shown, path: &str) -> Option<Body> {
    if path != "incidents.rss" {
        return None;
    }
    let entry = |kind: &str, key: &str, title: &str, updated, content| {
        let link = format!("{}/{kind}/{}", shown.base, ids::number(&[kind, &shown.key, key]));
        Entry { id: link.clone(), title: title.to_owned(), link, published: updated, updated, content }
    };
    let incidents = shown.incidents.iter().map(|one| {
        let last = one.updates.last().map_or(one.updated_at, |update| update.at);
        entry("incidents", &one.key, &one.title, last, xml::incident_blocks(one))
    });
    let works =
        shown.works.iter().map(|one| entry("maintenance", &one.key, &one.title, one.updated_at, xml::work_blocks(one)));
    let mut entries: Vec<Entry> = incidents.chain(works).collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.updated));
    entries.truncate(FED);
    let head = Head {
        id: shown.base.clone(),
        title: format!("{} status", shown.name),
        link: &shown.base,
        author: &shown.name,
        updated: shown.updated_at,
    };
    Some(Body::text("application/rss+xml", xml::rss(&head, &entries)))
}
