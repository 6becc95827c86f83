//! Which entries are one incident, and what names it: its link, else its guid, else its title with its first date.
//! Nothing that an edit changes may be part of the name, or every edit would be news.

use std::collections::HashMap;

use tocsin_domain::{Timestamp, ids};
use url::Url;

use crate::kit::feed::{Feed, Item};
use crate::kit::words;

/// Entries of one incident under its name, in the feed's order.
pub fn groups(feed: &Feed) -> Vec<(String, Vec<&Item>)> {
    let shared = shared_link(feed);
    let mut order: Vec<String> = Vec::new();
    let mut groups: HashMap<String, Vec<&Item>> = HashMap::new();
    for item in &feed.items {
        let Some(name) = name(feed, item, shared) else { continue };
        let group = groups.entry(name.clone()).or_default();
        if group.is_empty() {
            order.push(name);
        }
        group.push(item);
    }
    order.into_iter().filter_map(|name| groups.remove(&name).map(|items| (name, items))).collect()
}

/// `None` for an entry that has nothing to name it by. `shared`: see [`shared_link`].
pub fn name(feed: &Feed, item: &Item, shared: Option<&str>) -> Option<String> {
    let link = item.link.as_deref().filter(|link| names_an_entry(link, feed.link.as_deref()) && shared != Some(*link));
    if let Some(link) = link {
        return Some(without_fragment(link).to_owned());
    }
    if !item.id.trim().is_empty() {
        return Some(without_version(item.id.trim()).to_owned());
    }
    let first = item.published.or(item.updated).map(Timestamp::from_jiff).map(|at| at.to_string()).unwrap_or_default();
    (!item.title.is_empty())
        .then(|| format!("~{:016x}", ids::hash64(&[title(&item.title).as_bytes(), first.as_bytes()])))
}

/// A title without the stage at its beginning or end: `Resolved: Boats are late`, `[Resolved] Boats are late` and
/// `Boats are late - Issue Resolved` are one title.
pub fn title(whole: &str) -> &str {
    let ended = whole.strip_suffix("Issue Resolved").or_else(|| whole.strip_suffix("Resolved"));
    let whole = ended
        .and_then(|rest| rest.trim_end().strip_suffix('-'))
        .map(str::trim_end)
        .filter(|rest| !rest.is_empty())
        .unwrap_or(whole);
    let (stage, rest) = match whole.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some(pair) => pair,
        None => whole.split_once(':').unwrap_or(("", whole)),
    };
    let rest = rest.trim_start_matches([':', '-', ' ']).trim();
    if words::phase(stage).is_some() && !rest.is_empty() { rest } else { whole }
}

/// Many feeds link every entry to the page itself: such a link names nothing. One that names an entry leads deeper
/// than the page, or has a number in it.
fn names_an_entry(link: &str, page: Option<&str>) -> bool {
    if page.is_some_and(|page| page.trim_end_matches('/') == link.trim_end_matches('/')) {
        return false;
    }
    let Ok(url) = Url::parse(link) else { return false };
    let has_digit = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
    let is_year =
        |text: &str| text.len() == 4 && text.starts_with("20") && text.bytes().all(|byte| byte.is_ascii_digit());
    if url.query().is_some_and(has_digit) {
        return true;
    }
    let segments: Vec<&str> = url.path().split('/').filter(|segment| !segment.is_empty()).collect();
    let Some(last) = segments.last() else { return false };
    const PLACES: [&str; 8] = ["status", "history", "incidents", "rss", "feed", "atom", "maintenance", "events"];
    !is_year(last) && (has_digit(last) || (segments.len() >= 2 && !PLACES.contains(last)))
}

/// A link that all entries share names none of them, unless they tell the same story.
pub fn shared_link(feed: &Feed) -> Option<&str> {
    let first = feed.items.first().filter(|_| feed.items.len() > 1)?;
    let link = first.link.as_deref()?;
    let all = feed.items.iter().all(|item| item.link.as_deref() == Some(link));
    let stories = feed.items.iter().any(|item| title(&item.title) != title(&first.title));
    (all && stories).then_some(link)
}

/// `…/incidents/7#update-3` is incident 7; `…/app/#/incidents/7` is an address of its own.
fn without_fragment(link: &str) -> &str {
    match link.split_once('#') {
        Some((stem, fragment)) if !fragment.starts_with(['/', '!']) => stem,
        _ => link,
    }
}

/// Some makers hang the time of the last edit on the guid: `i42-1771624860` is `i42`. Only where an id is left.
fn without_version(guid: &str) -> &str {
    let Some((stem, tail)) = guid.rsplit_once(['-', '_', '#']) else { return guid };
    let is_time =
        matches!(tail.len(), 10 | 13) && tail.starts_with('1') && tail.bytes().all(|byte| byte.is_ascii_digit());
    let left = stem.rsplit(['/', '#']).next().unwrap_or_default();
    if is_time && left.bytes().any(|byte| byte.is_ascii_digit()) { stem } else { guid }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_name_an_entry() {
        let page = Some("https://status.example/en/status/");
        for link in [
            "https://status.example/incidents/7",
            "https://status.example/?id=7",
            "https://status.example/api/INC1",
            "https://a.example/p/a-slug",
        ] {
            assert!(names_an_entry(link, page), "{link}");
        }
        for link in [
            "https://status.example/en/status",
            "https://status.example/",
            "https://status.example/status",
            "https://a.example/en/history",
            "https://a.example/?lang=en",
            "https://a.example/status/2026",
            "no link",
        ] {
            assert!(!names_an_entry(link, page), "{link}");
        }
    }

    #[test]
    fn an_end_does_not_change_the_title() {
        for whole in [
            "Boats are late",
            "Resolved: Boats are late",
            "[RESOLVED] Boats are late",
            "Boats are late - Issue Resolved",
        ] {
            assert_eq!(title(whole), "Boats are late", "{whole}");
        }
        assert_eq!(title("[API] Errors"), "[API] Errors");
        assert_eq!(title("Resolved"), "Resolved");
    }

    #[test]
    fn an_edit_does_not_change_the_guid() {
        assert_eq!(without_version("i42-1771624860"), "i42");
        assert_eq!(without_version("outage-1771624860"), "outage-1771624860");
        assert_eq!(without_version("9f1c-42"), "9f1c-42");
    }
}
