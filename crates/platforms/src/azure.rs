//! Azure's status feed: an RSS channel named "Azure Status" that lists only what is open. A channel without entries is well.
//!
//! Oddities: the old addresses lead to the instance of the nearest region, and one that is broken itself has sent an empty
//! channel through an outage. Every channel's link names an instance, so that the link alone proves nothing: an empty
//! channel with such a link is believed only from the feed's own host, which is asked; from elsewhere the page is unknown.
//! Dates end in a bare `Z`. Categories mix services and regions. An entry is one running text, edited in
//! place, with neither stage nor severity; it can be known as over only by the last words of its title. Planned work is an entry
//! like any other, called so.

use std::sync::LazyLock;

use jiff::Timestamp as Precise;
use regex::Regex;
use tocsin_domain::{ComponentRef, Health, HttpAsk, MaintenanceStage, Stage, Timestamp, ids};

use crate::kit::feed::Item;
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, blamed, named_part};
use crate::kit::simple::{Body, Simple};
use crate::kit::{dates, html, words};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Azure = Azure;

pub(crate) struct Azure;

/// The feed's own host, which the page links to.
const FEED: &str = "https://rssfeed.azure.status.microsoft/en-us/status/feed/";
const HOSTS: [&str; 5] = [
    "azure.status.microsoft",
    "rssfeed.azure.status.microsoft",
    "status.azure.com",
    "azure.microsoft.com",
    "azurestatuscdn.azureedge.net",
];

/// "Starting at approximately 14:44 UTC on 23 July 2026", "Between 14:44 and 15:10 UTC on 23 July 2026".
static BEGAN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let times = r"(\d{1,2}:\d{2})(?:\s+(?:and|to)\s+\d{1,2}:\d{2})?\s+UTC\s+on\s+(\d{1,2}\s+[A-Z][a-z]+\s+\d{4})";
    Regex::new(&format!(
        r"(?:Starting|Beginning|Between|From|As early as|Since)\s+(?:at\s+)?(?:approximately\s+)?{times}"
    ))
    .ok()
});

impl Simple for Azure {
    fn name(&self) -> &'static str {
        "azure"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        let host = page.url.host_str().unwrap_or_default();
        let path = page.url.path().trim_end_matches('/');
        let is_feed = path.ends_with("/feed") || path.ends_with(".xml") || path.ends_with(".rss");
        let url = match (HOSTS.contains(&host), is_feed) {
            (true, _) => FEED.to_owned(),
            (false, true) => page.url.to_string(),
            (false, false) => page.below("feed/"),
        };
        vec![HttpAsk::get("feed", url)]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["feed"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let feed = body.feed().filter(|feed| !feed.atom)?;
        (feed.title == "Azure Status")
            .then(|| Evidence { confidence: 94, seen: "a channel named `Azure Status`".to_owned() })
    }

    fn read(&self, payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(feed) = body.feed() else { return };
        sheet.page.name = Some(feed.title.clone());
        sheet.page.url = feed.link.clone().filter(|link| instance(link).is_none());
        for (index, item) in feed.items.iter().enumerate() {
            entry(item, &format!("item[{index}]"), now, sheet);
        }
        if let Some(instance) = feed.link.as_deref().and_then(instance).filter(|_| feed.items.is_empty()) {
            let told =
                format!("Nothing is listed by the one instance that answered, `{instance}`; others may know more.");
            sheet.problem("one_instance", payload.key.clone(), told);
            if !is_from_the_feed(&payload.url) {
                sheet.unsure();
            }
        }
        sheet.open = true;
        sheet.indicator = Some(Health::Operational);
    }

    fn finish(&self, sheet: &mut Sheet, _now: Timestamp) {
        let named: Vec<ComponentRef> = sheet.incidents.iter().flat_map(|one| one.components.clone()).collect();
        for part in named {
            let group = if is_region(&part.name) { "Regions" } else { "Services" };
            sheet.component(part.id, part.name, vec![group.to_owned()], Health::Operational);
        }
        sheet.components.sort_by(|one, other| (&one.group, &one.name).cmp(&(&other.group, &other.name)));
        sheet.blame(blamed);
    }

    fn hosts(&self) -> &'static [&'static str] {
        &HOSTS
    }
}

fn entry(item: &Item, place: &str, now: Timestamp, sheet: &mut Sheet) {
    let title = item.title.trim();
    let Some(id) = id(item) else {
        sheet.doubt(place, "It has neither a guid nor a title.");
        return;
    };
    if is_work(item) {
        // Dated by its beginning, where it is dated ahead. Its window stands in its text, if anywhere.
        let starts_at = item.published.filter(|at| Timestamp::from_jiff(*at) > now);
        let stage = (stage(title) == Some(Stage::Resolved)).then_some(MaintenanceStage::Completed);
        let (title, url, components) = (title.to_owned(), item.link.clone(), parts(item));
        let planned = Planned { id, title, url, stage, starts_at, components, ..Planned::default() };
        sheet.work(planned, &Node::root(&serde_json::Value::Null));
        return;
    }
    let text = html::to_text(&item.body);
    let stage = match stage(title) {
        // The text is written over while it lasts: it knows better than a title.
        Some(Stage::Resolved) if goes_on(&text) => Some(Stage::Investigating),
        stage => stage,
    };
    let began = began(&text).or(item.published);
    let at = item.updated.into_iter().chain(item.published).max();
    if at.is_none() {
        sheet.problem("bad_time", place, "It has no date.");
    }
    // One text that is written over: an edit of it is an edit, not news.
    let text = Draft { id: "text".to_owned(), stage, at, stored_at: None, body: html::mixed_to_markdown(&item.body) };
    let told = Told {
        id,
        title: title.to_owned(),
        url: item.link.clone(),
        impact: None,
        stage,
        started_at: began.filter(|at| Timestamp::from_jiff(*at) <= now),
        resolved_at: None,
        components: parts(item),
        // Without a date it has no place in a timeline.
        updates: if at.is_none() || item.body.trim().is_empty() { Vec::new() } else { vec![text] },
    };
    sheet.incident(told, &Node::root(&serde_json::Value::Null));
}

/// The guid; where there is none, what a title says besides where it stands: `Storage - West Europe - Latency`.
fn id(item: &Item) -> Option<String> {
    let guid = item.id.trim();
    if !guid.is_empty() {
        return Some(guid.to_owned());
    }
    let title = item.title.trim();
    let named: Vec<&str> = title.split(" - ").map(str::trim).collect();
    let fixed = match named.as_slice() {
        [service, region, _, ..] => format!("{service} - {region}"),
        [service, _] if stage(title).is_some() => (*service).to_owned(),
        _ => title.to_owned(),
    };
    (!fixed.is_empty()).then(|| format!("~{:016x}", ids::hash64(&[fixed.as_bytes()])))
}

/// `Storage - West Europe - Issue Resolved`: the last words say where it stands.
fn last_words(title: &str) -> &str {
    title.rsplit_once(" - ").map_or(title, |(_, last)| last).trim()
}

/// `None`: the title does not say. What is still listed is not over before it says so plainly.
fn stage(title: &str) -> Option<Stage> {
    let last = last_words(title);
    if words::says_ended(title) == Some(true) || words::says_ended(last) == Some(true) {
        return Some(Stage::Resolved);
    }
    match last.to_lowercase().as_str() {
        "investigating" => Some(Stage::Investigating),
        "identified" | "mitigating" | "applying mitigation" => Some(Stage::Identified),
        "mitigated" | "monitoring" => Some(Stage::Monitoring),
        _ => None,
    }
}

/// The categories; where there are none, a region that the title names between its dashes.
fn parts(item: &Item) -> Vec<ComponentRef> {
    let is_part = |name: &&str| !name.is_empty() && !name.eq_ignore_ascii_case("planned maintenance");
    let named: Vec<&str> = item.categories.iter().map(|one| one.trim()).filter(is_part).collect();
    let named = if named.is_empty() {
        item.title.split(" - ").map(str::trim).filter(|part| is_region(part)).collect()
    } else {
        named
    };
    named.into_iter().map(|name| named_part(name, name)).collect()
}

/// A text that tells what is still being done, or when it will be told.
fn goes_on(text: &str) -> bool {
    let plain = text.to_lowercase();
    ["are investigating", "actively investigating", "currently investigating", "continue to investigate", "next update"]
        .iter()
        .any(|words| plain.contains(words))
}

fn is_work(item: &Item) -> bool {
    let names = |text: &str| text.trim().to_lowercase().starts_with("planned maintenance");
    names(&item.title) || item.categories.iter().any(|one| names(one))
}

fn began(text: &str) -> Option<Precise> {
    let found = BEGAN.as_ref()?.captures(text)?;
    let (clock, day) = (found.get(1)?.as_str(), found.get(2)?.as_str());
    dates::parse(&format!("{day} {clock} UTC")).map(|instant| instant.at)
}

/// `azurestatusprodwus` of an instance's own address; `None` for the page that all of them stand behind.
fn instance(link: &str) -> Option<String> {
    let host = url::Url::parse(link).ok()?.host_str()?.to_owned();
    host.strip_suffix(".azurewebsites.net").map(str::to_owned)
}

/// The answer came from the feed's own host, and did not lead to another one.
fn is_from_the_feed(url: &str) -> bool {
    let host = |url: &str| url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host(url).is_some_and(|found| Some(found) == host(FEED))
}

/// A region is called by a place and a direction: `East US 2`, `Germany West Central`, `USGov Virginia`.
fn is_region(name: &str) -> bool {
    const WORDS: [&str; 54] = [
        "east",
        "west",
        "north",
        "south",
        "central",
        "northeast",
        "northwest",
        "southeast",
        "southwest",
        "us",
        "usgov",
        "usdod",
        "gov",
        "dod",
        "virginia",
        "arizona",
        "texas",
        "iowa",
        "uk",
        "uae",
        "europe",
        "asia",
        "australia",
        "brazil",
        "canada",
        "china",
        "france",
        "germany",
        "india",
        "jio",
        "israel",
        "italy",
        "japan",
        "korea",
        "mexico",
        "norway",
        "poland",
        "qatar",
        "africa",
        "spain",
        "sweden",
        "switzerland",
        "zealand",
        "new",
        "zealand",
        "austria",
        "belgium",
        "chile",
        "denmark",
        "indonesia",
        "malaysia",
        "taiwan",
        "euap",
        "greece",
    ];
    let lower = name.trim().to_lowercase();
    let is_number = |word: &str| word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_digit());
    matches!(lower.as_str(), "global" | "non-regional" | "worldwide")
        || (!lower.is_empty() && lower.split_whitespace().all(|word| WORDS.contains(&word) || is_number(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_told_from_services() {
        for region in ["West US", "East US 2", "Germany West Central", "USGov Virginia", "Global", "New Zealand North"]
        {
            assert!(is_region(region), "{region}");
        }
        for service in ["App Service", "Azure DNS", "", "Virtual WAN", "Network Infrastructure"] {
            assert!(!is_region(service), "{service}");
        }
    }

    #[test]
    fn an_empty_channel_of_one_instance_is_believed_from_the_feeds_own_host() {
        let link = "https://azurestatusprodnch.azurewebsites.net/en-us/status/";
        let text =
            format!("<rss version=\"2.0\"><channel><title>Azure Status</title><link>{link}</link></channel></rss>");
        let read = |url: &str| {
            let payload = Payload {
                key: "feed".to_owned(),
                url: url.to_owned(),
                bytes: text.clone().into_bytes(),
                ..Payload::default()
            };
            let reading = crate::Reader::read(&READER, &[payload], Timestamp::from_second(0));
            (reading.health, reading.covers.open)
        };
        assert_eq!(read(FEED), (Health::Operational, true));
        assert_eq!(read("https://status.azure.com/en-us/status/feed/"), (Health::Unknown, false));
        assert_eq!(read("https://azurestatusprodnch.azurewebsites.net/en-us/status/feed/"), (Health::Unknown, false));
        assert_eq!(read(""), (Health::Unknown, false));
    }

    #[test]
    fn only_the_last_words_of_a_title_end_it() {
        assert_eq!(stage("Azure SQL - West Europe - Issue Resolved"), Some(Stage::Resolved));
        assert_eq!(stage("Issues that were resolved before are back in West US"), None);
        assert_eq!(stage("Storage - West Europe - Mitigated"), Some(Stage::Monitoring));
        assert_eq!(stage("Storage - West Europe - Not resolved"), None);
        assert_eq!(stage("Storage - West Europe - Partially resolved"), None);
        assert_eq!(stage("Fixed IP addresses are unreachable - West Europe"), None);
    }

    #[test]
    fn the_text_says_when_it_began() {
        let at = |text: &str| began(text).map(|at| at.to_string());
        let expected = Some("2026-02-20T14:44:00Z".to_owned());
        assert_eq!(at("Starting at approximately 14:44 UTC on 20 February 2026, boats"), expected);
        assert_eq!(at("Impact Statement: Between 14:44 and 15:10 UTC on 20 February 2026, boats"), expected);
        assert_eq!(at("Some boats are late"), None);
    }
}
