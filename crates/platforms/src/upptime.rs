//! Upptime: `history/summary.json` of a repository with what every site is, and its issues as incidents.
//!
//! Known from captures and from the software's own code. Oddities: the page itself has nothing but links to its
//! repository, which must be found in it first; an address may be a `$SECRET`; nothing in the summary says when it was
//! written, and a repository whose jobs no longer run says `up` for ever, so the file of one site is read for the time of
//! its last check; an incident names its sites by labels.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Timestamp};

use crate::githubissues::issue;
use crate::kit::node::Node;
use crate::kit::sheet::Sheet;
use crate::kit::simple::{Body, Simple};
use crate::kit::{dates, decode, html};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Upptime = Upptime;

pub(crate) struct Upptime;

/// What is remembered of a page: `owner/name`.
const REPO: &str = "repo";
/// A note that the web page was read, which says nothing by itself.
const PAGE: &str = "page read";
/// A note that nobody looks any more.
const STALE: &str = "stale";
/// Every site is checked at least once a day; after this long (seconds) without, nobody looks any more.
const STALE_S: i64 = 7 * 24 * 3600;

/// Links to a repository, or to what GitHub serves of one.
static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let name = r"[A-Za-z0-9._-]{1,100}";
    let owner = r"[A-Za-z0-9-]{1,39}";
    Regex::new(&format!(
        r"https://(?:(?:github\.com|raw\.githubusercontent\.com)/({owner})/({name})|({owner})\.github\.io/({name})/)"
    ))
    .ok()
});
static TITLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?is)<title>(.{1,200}?)</title>").ok());

impl Simple for Upptime {
    fn name(&self) -> &'static str {
        "upptime"
    }

    fn asks(&self, page: &PageAddress, memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        let known = issue::repo_of(page).or_else(|| memory.text(REPO).map(str::to_owned));
        match known.or_else(|| repo_of_pages(page)) {
            Some(repo) => of_repo(&repo),
            None => vec![HttpAsk::get("page", page.url.to_string())],
        }
    }

    fn needs(&self) -> &'static [&'static str] {
        &["summary"]
    }

    fn more(
        &self,
        page: &PageAddress,
        memory: &mut Memory,
        bodies: &[(Payload, Body<'_>)],
        now: Timestamp,
    ) -> Vec<HttpAsk> {
        let known = issue::repo_of(page).or_else(|| memory.text(REPO).map(str::to_owned));
        let in_page = || bodies.iter().find_map(|(_, body)| repo_in(body.html()?));
        let Some(repo) = known.or_else(|| repo_of_pages(page)).or_else(in_page) else { return Vec::new() };
        memory.set(REPO, repo.clone());
        let mut asks = of_repo(&repo);
        let json = |key: &str| bodies.iter().find(|(payload, _)| payload.key == key).and_then(|(_, body)| body.json());
        if let Some(list) = json("issues") {
            asks.extend(issue::further(&repo, list, now));
        }
        let first = json("summary").and_then(|sites| sites.get(0)).and_then(|site| site.get("slug")?.as_str());
        let plain = |slug: &&str| slug.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if let Some(slug) = first.filter(plain) {
            asks.push(HttpAsk::get("site", raw(&repo, &format!("history/{slug}.yml"))));
        }
        asks
    }

    fn further(
        &self,
        page: &PageAddress,
        memory: &Memory,
        bodies: &[(Payload, Body<'_>)],
        number: usize,
    ) -> Option<String> {
        let list = bodies.iter().find(|(payload, _)| payload.key == "issues").and_then(|(_, body)| body.json())?;
        let repo = issue::repo_of(page).or_else(|| memory.text(REPO).map(str::to_owned));
        issue::further_list(&repo.or_else(|| repo_of_pages(page))?, list, number)
    }

    fn weighs(&self, key: &str) -> bool {
        key == "issues"
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let (confidence, seen) = match body {
            Body::Html(page) if is_page(page) => (75, "a page of Upptime's that names its repository"),
            Body::Json(json) if is_summary(json) => (96, "a list of sites with Upptime's uptimes"),
            Body::Json(json) if issue::are_upptimes(json) => (90, "issues as Upptime opens them"),
            Body::Json(json) if issue::are_issues(json) || issue::are_comments(json) => (40, "issues on GitHub"),
            Body::Json(json) if is_nothing(payload, json) => (40, "an empty list"),
            Body::Other if site(payload).is_some() => (90, "a site's file that Upptime wrote"),
            _ => return None,
        };
        Some(Evidence { confidence, seen: seen.to_owned() })
    }

    fn read(&self, payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        match body {
            Body::Html(page) => web_page(page, sheet),
            Body::Json(json) if is_summary(json) => summary(&Node::root(json), sheet),
            Body::Json(json) if payload.key == "comments" || issue::are_comments(json) => {
                issue::note_comments(&Node::root(json), sheet);
            }
            Body::Json(json) => issues(payload, &Node::root(json), sheet),
            Body::Feed(_) | Body::Other => freshness(payload, now, sheet),
        }
    }

    fn finish(&self, sheet: &mut Sheet, now: Timestamp) {
        let known: HashSet<String> = sheet.components.iter().map(|one| one.id.clone()).collect();
        // Labels of other kinds are no sites.
        sheet.incidents.iter_mut().for_each(|one| one.components.retain(|part| known.contains(&part.id)));
        sheet.works.iter_mut().for_each(|one| one.components.retain(|part| known.contains(&part.id)));
        if known.is_empty() && sheet.notes.contains_key(PAGE) {
            sheet.problem("incomplete", "page", "The page has no states of its own; they stand in its repository.");
        }
        if sheet.notes.contains_key(STALE) {
            sheet.components.iter_mut().for_each(|one| one.health = Health::Unknown);
        }
        sheet.under_maintenance(now);
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["github.com"]
    }
}

fn raw(repo: &str, path: &str) -> String {
    format!("https://raw.githubusercontent.com/{repo}/HEAD/{path}")
}

fn of_repo(repo: &str) -> Vec<HttpAsk> {
    vec![HttpAsk::get("issues", issue::issues_url(repo)), HttpAsk::get("summary", raw(repo, "history/summary.json"))]
}

/// `https://owner.github.io/name/…`.
fn repo_of_pages(page: &PageAddress) -> Option<String> {
    let owner = page.url.host_str()?.strip_suffix(".github.io")?;
    let name = page.url.path_segments()?.find(|part| !part.is_empty())?;
    Some(format!("{owner}/{name}"))
}

/// The first repository that a page links to and that is not Upptime's own.
fn repo_in(page: &str) -> Option<String> {
    let links = LINK.as_ref()?.captures_iter(page).filter_map(|found| {
        let owner = found.get(1).or_else(|| found.get(3))?.as_str();
        let name = found.get(2).or_else(|| found.get(4))?.as_str();
        (owner != "upptime").then(|| format!("{owner}/{}", name.trim_end_matches(".git")))
    });
    links.into_iter().next()
}

fn is_page(page: &str) -> bool {
    let made_by = page.contains("id=\"sapper\"") && page.contains("/global.css");
    (made_by || page.contains("https://upptime.js.org")) && page.contains("pptime") && repo_in(page).is_some()
}

fn is_summary(json: &Value) -> bool {
    let is_site = |one: &Value| {
        let says = |key: &str| one.get(key).is_some_and(Value::is_string);
        says("slug") && says("uptime") && one.get("dailyMinutesDown").is_some() && one.get("status").is_some()
    };
    json.as_array().is_some_and(|list| list.iter().any(is_site))
}

fn is_nothing(payload: &Payload, json: &Value) -> bool {
    let asked = matches!(payload.key.as_str(), "issues" | "comments" | "open");
    asked && json.as_array().is_some_and(Vec::is_empty)
}

/// When a site was checked last, in the file that Upptime keeps of it.
fn site(payload: &Payload) -> Option<String> {
    let text = decode::text(payload);
    let is_theirs = |line: &str| line.starts_with("generator: Upptime");
    let mut lines = text.lines();
    let checked = lines.clone().find_map(|line| line.strip_prefix("lastUpdated: "))?;
    lines.any(is_theirs).then(|| checked.trim().to_owned())
}

fn freshness(payload: &Payload, now: Timestamp, sheet: &mut Sheet) {
    let checked = site(payload).unwrap_or_default();
    match dates::parse(&checked) {
        Some(at) if now.since(Timestamp::from_jiff(at.at)) <= STALE_S => {}
        Some(_) => {
            sheet.notes.insert(STALE.to_owned(), String::new());
            sheet.doubt("lastUpdated", format!("Nothing was checked since {checked}."));
        }
        None => sheet.problem("bad_time", "lastUpdated", format!("`{checked}` is no time we can read.")),
    }
}

fn web_page(page: &str, sheet: &mut Sheet) {
    sheet.notes.insert(PAGE.to_owned(), String::new());
    let title = TITLE.as_ref().and_then(|title| title.captures(page)).and_then(|found| found.get(1));
    sheet.page.name = title.map(|title| html::to_text(title.as_str())).filter(|name| !name.is_empty());
}

fn issues(payload: &Payload, root: &Node<'_>, sheet: &mut Sheet) {
    let rows = root.objects("", sheet);
    let is_report = |row: &&Node<'_>| {
        let labels = issue::labels(row);
        !row.has("pull_request") && labels.iter().any(|label| label == "status" || label == "maintenance")
    };
    for row in rows.iter().filter(is_report) {
        issue::read(row, sheet);
    }
    issue::cover(payload, &rows, sheet);
}

fn summary(root: &Node<'_>, sheet: &mut Sheet) {
    for row in root.objects("", sheet) {
        let Some(slug) = row.text("slug") else {
            sheet.doubt(row.place("slug"), "A site has no name to know it by.");
            continue;
        };
        let health = sheet.health(&row, "status", health);
        sheet.component(slug.as_ref(), row.text("name").unwrap_or_else(|| slug.clone()), Vec::new(), health);
    }
}

fn health(word: &str) -> Option<Health> {
    Some(match word {
        "up" => Health::Operational,
        "degraded" => Health::Degraded,
        "down" => Health::MajorOutage,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_behind_a_page() {
        let page = |url: &str| PageAddress { url: url.parse().unwrap() };
        let pages = repo_of_pages(&page("https://beacon.github.io/uptime/"));
        assert_eq!(pages.as_deref(), Some("beacon/uptime"));
        assert_eq!(repo_of_pages(&page("https://status.example.com/uptime/")), None);
        let html = "<a href=\"https://github.com/upptime/upptime\">Upptime</a> <a href=\"https://github.com/beacon/uptime\">source</a>";
        assert_eq!(repo_in(html).as_deref(), Some("beacon/uptime"));
        assert_eq!(repo_in("<link href=\"https://beacon.github.io/uptime/x.css\">").as_deref(), Some("beacon/uptime"));
    }

    #[test]
    fn a_page_is_found_out_once() {
        let page = PageAddress { url: "https://status.beacon.example/".parse().unwrap() };
        let mut memory = Memory::default();
        let now = "2026-03-03T00:00:00Z".parse().unwrap();
        assert_eq!(READER.asks(&page, &memory, now)[0].url, "https://status.beacon.example/");
        let html = "<html><a href=\"https://github.com/beacon/uptime\">open source</a></html>";
        let bodies = [(Payload { key: "page".to_owned(), ..Payload::default() }, Body::Html(html))];
        let asked = READER.more(&page, &mut memory, &bodies, now);
        assert_eq!(asked[1].url, "https://raw.githubusercontent.com/beacon/uptime/HEAD/history/summary.json");
        assert_eq!(READER.asks(&page, &memory, now)[1].url, asked[1].url);
    }
}
