//! Whether a feed looks like a history of incidents. A blog has a feed too.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use crate::kit::feed::{self, Feed, Item};
use crate::kit::{decode, words};
use crate::{Evidence, Payload};

/// A stage alone between tags, behind `Status:`, or first in a line and set off: `[Resolved]`, `Resolved:`.
static STAGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let stage =
        "(?:investigating|identified|monitoring|resolved|scheduled|in progress|verifying|completed|post-?mortem)";
    let between_tags = format!(r"<(?:strong|b|h[2-4])>\s*{stage}\s*</");
    let behind_status = format!(r"\bstatus:?\s*(?:</(?:strong|b)>)?:?\s*{stage}\b");
    let set_off = format!(r"^\s*(?:\[{stage}\]|{stage}\s*[:\x{{2013}}-]\s)");
    Regex::new(&format!("(?im){between_tags}|{behind_status}|{set_off}")).ok()
});
/// What people write when something is broken.
static TROUBLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:outages?|degraded|mitigat\w+|customers? may|impact statement|error rates?)\b").ok()
});
/// `/incidents/…`, `/incident/…`, `/maintenance/…` in an entry's address.
static NOTICE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)/(?:incidents?|maintenances?|outages?|notices?|scheduled_maintenance)/[^/]+").ok()
});
static TITLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:status|incidents?|outages?|service health|uptime|maintenance)\b").ok());

/// Whoever knows the maker of a feed knows more than this.
const MOST: u8 = 70;

/// How much a feed looks like a status history: its name, its entries' addresses, the stages in them. `None` where the
/// payload is no feed.
pub fn of_feed(payload: &Payload) -> Option<Evidence> {
    let text = decode::text(payload);
    feed::root(&text)?;
    let feed = feed::parse(&text).ok()?;
    let hosts: Vec<String> =
        [Some(payload.url.as_str()), feed.link.as_deref()].into_iter().flatten().filter_map(host).collect();
    let label = |is_such: fn(&str) -> bool| hosts.iter().any(|host| host.split('.').any(is_such));
    let named = feed.title.to_lowercase();
    let leads =
        |item: &Item| item.link.as_deref().or(Some(item.id.as_str())).is_some_and(|link| matches(&NOTICE, link));
    let troubled = |item: &Item| matches(&TROUBLE, &item.title) || matches(&TROUBLE, &item.body);
    let marks = [
        (matches(&TITLE, &feed.title) || matches(&TITLE, &feed.description), 30, "its title speaks of a status"),
        (named.ends_with(" status") || named.ends_with("incident history"), 20, "that is all its title says"),
        (share(&feed, leads) >= 50, 25, "its entries lead to incidents"),
        (share(&feed, has_stage) >= 33, 30, "its entries name stages of incidents"),
        (share(&feed, troubled) >= 33, 10, "its entries tell of trouble"),
        // `examplestatus.com`; and `status.example.com`, where nobody keeps a blog.
        (label(|label| label.ends_with("status")), 10, "its host is named after a status"),
        (label(|label| label == "status"), 40, "its host is for nothing else"),
    ];
    let seen: Vec<&str> = marks.iter().filter_map(|(there, _, words)| there.then_some(*words)).collect();
    let points: u8 = marks.iter().filter_map(|(there, points, _)| there.then_some(*points)).sum();
    let seen = if seen.is_empty() { "a feed".to_owned() } else { format!("a feed: {}", seen.join(", ")) };
    Some(Evidence { confidence: points.clamp(10, MOST), seen })
}

/// How many of a hundred entries are such.
fn share(feed: &Feed, is_such: impl Fn(&Item) -> bool) -> usize {
    let such = feed.items.iter().filter(|item| is_such(item)).count();
    (such * 100).checked_div(feed.items.len()).unwrap_or_default()
}

fn has_stage(item: &Item) -> bool {
    let in_category = item.categories.iter().any(|category| words::phase(category).is_some());
    in_category || matches(&STAGE, &item.title) || matches(&STAGE, &item.body)
}

fn host(address: &str) -> Option<String> {
    Url::parse(address).ok()?.host_str().map(str::to_owned)
}

fn matches(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    let head = text.get(..text.floor_char_boundary(4096)).unwrap_or_default();
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(head))
}
