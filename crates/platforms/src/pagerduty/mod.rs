//! PagerDuty's status pages: `api/posts` with incidents and work, `api/services`, and `api/post_enums`, which says what
//! the ids in both mean. Older pages carried all of it in a script named `data`; such a page is read where it is given.
//!
//! The older shape is known from a capture, the newer one from four public clients. Oddities: stages and severities are
//! ids of words that a customer may rename, so the key behind a word counts before the word; a service has no state but
//! what open posts say of it; times are milliseconds, sometimes ISO; a list of posts covers a span of days, which is kept
//! to whole days so that the address stays the same; a post in a list may lack its updates but the last.

mod posts;
mod script;

use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Impact, MaintenanceStage, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::sheet::Sheet;
use crate::kit::simple::{Body, Simple};
use crate::kit::words;
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: PagerDuty = PagerDuty;

pub(crate) struct PagerDuty;

/// A note that the meaning of ids was read.
const WORDS: &str = "words read";
const DAY_S: i64 = 24 * 3600;
/// Longer spans are refused.
const SPAN_DAYS: i64 = 85;
/// Further pages of the list of posts.
const MOST_PAGES: usize = 3;

impl Simple for PagerDuty {
    fn name(&self) -> &'static str {
        "pagerduty"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, now: Timestamp) -> Vec<HttpAsk> {
        vec![
            HttpAsk::get("enums", page.at_root("api/post_enums")),
            HttpAsk::get("posts", posts_url(page, now)),
            HttpAsk::get("services", page.at_root("api/services")),
        ]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["enums", "posts"]
    }

    fn more(
        &self,
        page: &PageAddress,
        _memory: &mut Memory,
        bodies: &[(Payload, Body<'_>)],
        now: Timestamp,
    ) -> Vec<HttpAsk> {
        let mut lists: Vec<_> = bodies.iter().filter(|(payload, _)| payload.key.starts_with("posts")).collect();
        lists.sort_by_key(|(payload, _)| &payload.key);
        let pages: Vec<&Value> = lists.iter().filter_map(|(_, body)| body.json()).collect();
        // Only of the first list: another round must not ask for more of them.
        let first = pages.first().map(|page| posts::in_want_of_updates(page, now)).unwrap_or_default();
        let mut asks: Vec<HttpAsk> = first
            .into_iter()
            .take(posts::MOST_DETAILS)
            .map(|id| HttpAsk::get(format!("post-{id}"), page.at_root(&format!("api/posts/{id}"))))
            .collect();
        let words = bodies.iter().find(|(payload, _)| payload.key == "enums").and_then(|(_, body)| body.json());
        asks.extend(words.and_then(|words| open_url(page, words)).map(|url| HttpAsk::get("open", url)));
        // A page's token leads to the next one.
        let token = pages.last().and_then(|page| token(page));
        if let Some(token) = token.filter(|_| pages.len() < MOST_PAGES) {
            let url = format!("{}&{}", posts_url(page, now), pairs([("continuation_token", token)]));
            asks.push(HttpAsk::get(format!("posts-{}", pages.len() + 1), url));
        }
        asks
    }

    fn weighs(&self, key: &str) -> bool {
        matches!(key, "open" | "services")
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let seen = if let Some(page) = body.html() {
            script::find(page)?;
            "a script named `data` with open and resolved incidents"
        } else {
            let json = body.json()?;
            match kind(payload, json)? {
                Kind::Enums => "`post_enums` with PagerDuty's types",
                Kind::Posts | Kind::Post => "posts with `latest_update`",
                Kind::Services => "services of a status page",
                Kind::NoPosts => return Some(Evidence { confidence: 60, seen: "an empty list of posts".to_owned() }),
            }
        };
        Some(Evidence { confidence: 95, seen: seen.to_owned() })
    }

    fn read(&self, payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        if let Some(page) = body.html() {
            if let Some(json) = script::find(page) {
                script::read(&json, payload, sheet);
            }
            return;
        }
        let Some(json) = body.json() else { return };
        let root = Node::root(json);
        match kind(payload, json) {
            Some(Kind::Enums) => enums(&root, sheet),
            Some(Kind::Posts | Kind::NoPosts) => {
                // What is open has a list of its own, else the last page says whether there are more.
                sheet.open = token(json).is_none() || sheet.notes.contains_key(posts::READ) && sheet.open;
                posts::all(&root, payload, sheet);
                tell_what_was_cut(payload, json, now, sheet);
            }
            Some(Kind::Post) => posts::one(&root.at("post"), payload, sheet),
            Some(Kind::Services) => services(&root, "services", sheet),
            None => {}
        }
    }

    fn finish(&self, sheet: &mut Sheet, now: Timestamp) {
        if !sheet.notes.contains_key(posts::READ) {
            sheet.doubt("posts", "Without the posts nothing is known of now.");
        }
        if !sheet.open {
            // There are more posts than these.
            sheet.history_since = None;
        }
        sheet.under_maintenance(now);
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["status.pagerduty.com"]
    }

    fn probes(&self) -> &'static [&'static str] {
        &["api/post_enums"]
    }
}

/// What the list holds that is not asked for, lest a poll ask too much.
fn tell_what_was_cut(payload: &Payload, json: &Value, now: Timestamp, sheet: &mut Sheet) {
    let asked = if payload.key == "posts" { posts::MOST_DETAILS } else { 0 };
    let bare = posts::in_want_of_updates(json, now).len();
    if payload.key.starts_with("posts") && bare > asked {
        let told = format!("Of {} posts only the latest update was read.", bare - asked);
        sheet.problem("incomplete", payload.key.clone(), told);
    }
    if payload.key == format!("posts-{MOST_PAGES}") && token(json).is_some() {
        sheet.problem("incomplete", payload.key.clone(), "The list of posts goes on; the rest of it was not read.");
    }
}

fn posts_url(page: &PageAddress, now: Timestamp) -> String {
    let until = (now.as_second().div_euclid(DAY_S) + 1) * DAY_S;
    let since = until - SPAN_DAYS * DAY_S;
    format!("{}?since={}&until={}", page.at_root("api/posts"), since * 1000, until * 1000)
}

/// What is not over, however old it is and however far ahead.
fn open_url(page: &PageAddress, words: &Value) -> Option<String> {
    let rows = words.get("post_enums").and_then(Value::as_array)?.iter().map(Node::root);
    let stages = rows.filter(|row| row.text("post_enum_type").as_deref() == Some("status"));
    let not_over = |row: &Node<'_>| !matches!(word_of(row).as_str(), "resolved" | "completed");
    let mut ids: Vec<String> = stages.filter(not_over).map(|row| row.string("id")).collect();
    ids.sort();
    let query = ids.iter().map(|id| ("statuses[]", id.as_str())).chain([("limit", "500")]);
    (!ids.is_empty()).then(|| format!("{}?{}", page.at_root("api/posts"), pairs(query)))
}

fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn token(json: &Value) -> Option<&str> {
    json.get("continuationToken").and_then(Value::as_str).filter(|token| !token.is_empty())
}

enum Kind {
    Enums,
    Posts,
    NoPosts,
    Post,
    Services,
}

fn kind(payload: &Payload, json: &Value) -> Option<Kind> {
    let some = |key: &str, is_ours: &dyn Fn(&Value) -> bool| {
        json.get(key).and_then(Value::as_array).is_some_and(|list| list.iter().any(is_ours))
    };
    let says = |one: &Value, key: &str| one.get(key).is_some_and(Value::is_string);
    if some("post_enums", &|one| says(one, "id") && says(one, "post_enum_type")) {
        return Some(Kind::Enums);
    }
    let is_post = |one: &Value| says(one, "id") && one.get("latest_update").is_some_and(Value::is_object);
    if some("posts", &is_post) {
        return Some(Kind::Posts);
    }
    if json.get("post").is_some_and(|post| is_post(post) || says(post, "post_type") && post.get("updates").is_some()) {
        return Some(Kind::Post);
    }
    let is_service = |one: &Value| {
        let named = says(one, "display_name") && (payload.key == "services" || one.get("is_active").is_some());
        says(one, "id") && (named || one.get("type").and_then(Value::as_str) == Some("status_page_service"))
    };
    if some("services", &is_service) {
        return Some(Kind::Services);
    }
    let empty = json.get("posts").and_then(Value::as_array).is_some_and(Vec::is_empty);
    (empty && (payload.key.starts_with("posts") || payload.key == "open")).then_some(Kind::NoPosts)
}

/// Notes what every id means.
fn enums(root: &Node<'_>, sheet: &mut Sheet) {
    sheet.notes.insert(WORDS.to_owned(), String::new());
    for row in root.objects("post_enums", sheet) {
        let Some(id) = row.text("id") else {
            sheet.doubt(row.place("id"), "A word has no id.");
            continue;
        };
        sheet.notes.insert(format!("word:{id}"), word_of(&row));
    }
}

/// The last part of the key behind a word, else the word.
fn word_of(row: &Node<'_>) -> String {
    let key = row.at("layout_settings").text("key");
    let word = key.as_deref().and_then(|key| key.rsplit('/').next()).map(str::to_owned);
    word.unwrap_or_else(|| row.string("name").trim().to_lowercase().replace([' ', '-'], "_"))
}

/// Services with what the posts say of them. Where no post was read nobody knows.
fn services(root: &Node<'_>, key: &str, sheet: &mut Sheet) {
    for row in root.objects(key, sheet) {
        if row.flag("is_active") == Some(false) {
            continue;
        }
        let Some(id) = row.text("id") else {
            sheet.doubt(row.place("id"), "A service has no id.");
            continue;
        };
        let name = row.text("display_name").or_else(|| row.text("name")).unwrap_or_else(|| id.clone());
        let health = match sheet.notes.get(&posts::note(&id)) {
            Some(word) => health(word).unwrap_or(Health::Unknown),
            None if sheet.notes.contains_key(posts::READ) => Health::Operational,
            None => Health::Unknown,
        };
        let group = sheet.notes.get(&format!("group:{id}")).cloned();
        sheet.component(id.as_ref(), name, group.into_iter().collect(), health);
    }
}

/// How a service is, by the word of an impact or a severity.
fn health(word: &str) -> Option<Health> {
    Some(match word {
        "operational" | "all_good" => Health::Operational,
        "minor" => Health::Degraded,
        "partial_outage" => Health::PartialOutage,
        "major" | "outage" => Health::MajorOutage,
        "maintenance" => Health::Maintenance,
        // Words of a customer's own.
        other if other.contains("maintenance") => Health::Maintenance,
        other if other.contains("degraded") => Health::Degraded,
        other if other.contains("partial") => Health::PartialOutage,
        _ => return None,
    })
}

fn impact(word: &str) -> Option<Impact> {
    Some(match health(word)? {
        Health::Operational | Health::Maintenance => Impact::None,
        Health::Degraded => Impact::Minor,
        Health::PartialOutage => Impact::Major,
        Health::MajorOutage => Impact::Critical,
        Health::Unknown => return None,
    })
}

fn stage(word: &str) -> Option<Stage> {
    if word == "detected" { Some(Stage::Investigating) } else { words::stage(word) }
}

fn work_stage(word: &str) -> Option<MaintenanceStage> {
    words::maintenance_stage(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_list_of_posts_makes_one_ask() {
        let page = PageAddress { url: "https://status.beacon.example/posts/dashboard".parse().unwrap() };
        let now = "2026-03-03T10:00:00Z".parse().unwrap();
        let first = READER.asks(&page, &Memory::default(), now);
        // Until midnight the address stays the same.
        assert_eq!(first[1].url, "https://status.beacon.example/api/posts?since=1765238400000&until=1772582400000");
        let body = |key: &str, json: Value| (Payload { key: key.to_owned(), ..Payload::default() }, Body::Json(json));
        let update = serde_json::json!({"reported_at": 1772530000000_u64});
        let posts = serde_json::json!({"continuationToken": "a b", "posts": [
            {"id": "PNEW", "last_update_at": 1772530000000_u64, "latest_update": update},
            {"id": "PTOLD", "last_update_at": 1772530000000_u64, "latest_update": update, "updates": [update]},
            {"id": "POLD", "last_update_at": 1770000000000_u64, "latest_update": update},
        ]});
        let words = serde_json::json!({"post_enums": [
            {"id": "PB", "name": "investigating", "post_enum_type": "status"},
            {"id": "PA", "name": "detected", "post_enum_type": "status"},
            {"id": "PC", "name": "Resolved", "post_enum_type": "status"},
        ]});
        let bodies = [body("posts", posts), body("enums", words)];
        let asked = READER.more(&page, &mut Memory::default(), &bodies, now);
        let asked: Vec<(&str, &str)> = asked.iter().map(|ask| (ask.key.as_str(), ask.url.as_str())).collect();
        assert_eq!(asked[0], ("post-PNEW", "https://status.beacon.example/api/posts/PNEW"));
        let open = "https://status.beacon.example/api/posts?statuses%5B%5D=PA&statuses%5B%5D=PB&limit=500";
        assert_eq!(asked[1], ("open", open));
        assert_eq!(asked[2], ("posts-2", format!("{}&continuation_token=a+b", first[1].url).as_str()));
        assert_eq!(asked.len(), 3);
    }

    #[test]
    fn a_poll_asks_eight_times_at_most_however_long_the_list() {
        let page = PageAddress { url: "https://status.beacon.example/".parse().unwrap() };
        let now = "2026-03-03T10:00:00Z".parse().unwrap();
        let post = |id: String| {
            let update = serde_json::json!({"reported_at": 1772530000000_u64});
            serde_json::json!({"id": id, "last_update_at": 1772530000000_u64, "latest_update": update})
        };
        let list = |key: &str| {
            let posts: Vec<Value> = (0..5).map(|at| post(format!("P{}{at}", key.len()))).collect();
            serde_json::json!({"continuationToken": key, "posts": posts})
        };
        let words =
            serde_json::json!({"post_enums": [{"id": "PB", "name": "investigating", "post_enum_type": "status"}]});
        let body = |ask: HttpAsk| {
            let json = if ask.key == "enums" { words.clone() } else { list(&ask.key) };
            (Payload { key: ask.key, url: ask.url, ..Payload::default() }, Body::Json(json))
        };
        let mut bodies: Vec<_> = READER.asks(&page, &Memory::default(), now).into_iter().map(body).collect();
        for _ in 0..4 {
            let mut more = READER.more(&page, &mut Memory::default(), &bodies, now);
            more.retain(|ask| bodies.iter().all(|(payload, _)| payload.key != ask.key || payload.url != ask.url));
            bodies.extend(more.into_iter().map(body));
        }
        assert_eq!(bodies.len(), 8);
    }
}
