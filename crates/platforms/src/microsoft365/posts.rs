//! The public posts: one of the admin center, one of Power Platform's, and one of every consumers' service.

use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Impact, Stage};

use super::plain;
use crate::kit::html;
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Sheet, Told, body, part};
use crate::{Evidence, PageAddress, Payload};

/// Key of the ask, last part of its address, and what the post is about. Lists name it themselves.
const SURFACES: [(&str, &str, &str); 3] = [
    ("notices", "mac", "Microsoft 365 admin center"),
    ("services", "m365Consumer", ""),
    ("powerplatform", "ppac", "Power Platform admin center"),
];

/// The one that lists.
const LISTED: &str = "services";
/// A note that posts were read.
const POSTS: &str = "posts read";

pub fn asks(page: &PageAddress) -> Vec<HttpAsk> {
    SURFACES.iter().map(|(key, path, _)| HttpAsk::get(*key, page.at_root(&format!("api/posts/{path}")))).collect()
}

pub fn recognise(payload: &Payload, json: &Value) -> Option<Evidence> {
    let is_post = |post: &Value| {
        let says = |key: &str| post.get(key).is_some_and(Value::is_string);
        says("Status") && says("Message") && (says("AuthoredDateTime") || says("ServiceDisplayName"))
    };
    let ours = match json {
        Value::Array(posts) => posts.iter().any(is_post),
        post => is_post(post),
    };
    // Azure's own post has the same form and belongs to another page.
    let azure = payload.url.ends_with("/azure");
    (ours && !azure).then(|| Evidence { confidence: 94, seen: "a post of Microsoft's public status page".to_owned() })
}

pub fn read(payload: &Payload, json: &Value, sheet: &mut Sheet) {
    let root = Node::root(json);
    sheet.notes.insert(POSTS.to_owned(), String::new());
    if json.is_array() {
        sheet.surfaces.push(LISTED);
        for post in root.objects("", sheet) {
            read_post(&post, None, sheet);
        }
    } else {
        let last = payload.url.rsplit('/').next().unwrap_or_default();
        let known = SURFACES.iter().find(|(key, path, _)| *key == payload.key || *path == last);
        let (_, id, name) = known.unwrap_or(&("", "public", "Microsoft 365"));
        sheet.surfaces.extend(known.map(|(key, ..)| *key));
        read_post(&root, Some((id, name)), sheet);
    }
}

/// Every post is there at any time, so that what is not told any more is over, once all of them were read.
pub fn finish(sheet: &mut Sheet) {
    if !sheet.notes.contains_key(POSTS) {
        return;
    }
    sheet.open = true;
    for (key, path, _) in SURFACES.iter().filter(|(key, ..)| !sheet.surfaces.contains(key)).copied().collect::<Vec<_>>()
    {
        sheet.doubt(key, format!("The posts of `{path}` could not be read."));
    }
}

fn read_post(post: &Node<'_>, named: Option<(&str, &str)>, sheet: &mut Sheet) {
    let name = named.map(|(_, name)| name.to_owned()).or_else(|| text(post, "ServiceDisplayName")).unwrap_or_default();
    let id = named.map(|(id, _)| id.to_owned()).or_else(|| text(post, "ServiceWorkloadName"));
    let id = id.unwrap_or_else(|| name.clone());
    if id.is_empty() || name.is_empty() {
        sheet.doubt(post.place("ServiceDisplayName"), "The post does not say what it is about.");
        return;
    }
    let told = sheet.word(post, "Status", meaning);
    let health = told.map_or(Health::Unknown, |told| told.0);
    sheet.component(id.clone(), name.clone(), Vec::new(), health);
    if let Some((_, Some((impact, stage)))) = told {
        incident(post, id, &name, impact, stage, sheet);
    }
}

/// A post of trouble, as an incident that bears the post's id.
fn incident(post: &Node<'_>, id: String, name: &str, impact: Impact, stage: Stage, sheet: &mut Sheet) {
    let at = sheet.time(post, "AuthoredDateTime");
    let title = text(post, "Title").map(|title| html::to_text(&title)).unwrap_or_else(|| name.to_owned());
    let draft = Draft { id: String::new(), stage: Some(stage), at, stored_at: None, body: body(post, "Message") };
    let told = Told {
        id: post.string("Id"),
        title,
        impact: Some(impact),
        stage: Some(stage),
        started_at: at,
        components: vec![part(id)],
        updates: vec![draft],
        ..Told::default()
    };
    sheet.incident(told, post);
}

fn text(post: &Node<'_>, key: &str) -> Option<String> {
    post.text(key).map(|text| text.trim().to_owned())
}

/// How the service is, and, where there is trouble, how bad it is and where it stands.
fn meaning(word: &str) -> Option<(Health, Option<(Impact, Stage)>)> {
    Some(match plain(word).as_str() {
        "available" | "operational" => (Health::Operational, None),
        "servicerestored" => (Health::Operational, Some((Impact::Minor, Stage::Resolved))),
        "servicedegradation" => (Health::Degraded, Some((Impact::Minor, Stage::Investigating))),
        "serviceinterruption" => (Health::MajorOutage, Some((Impact::Critical, Stage::Investigating))),
        _ => return None,
    })
}
