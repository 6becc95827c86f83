//! Cachet 3 speaks JSON:API: rows with `attributes`, what they belong to in `relationships`, and that in `included`.
//! Such a list is written down as the older versions would have sent it, and read like theirs.
//!
//! Known from the software's source alone. Oddities: a status is `{"human": …, "value": 1}`; an incident that is only
//! "reported" has 0, which was scheduled work before; a component has a status of its own and one that counts its
//! incidents and work in; lists do not say how many pages there are, only whether there is a next one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// What was included, by type and id.
type Included<'a> = BTreeMap<(String, String), &'a Value>;

/// The list as versions before 3 send it; any other JSON as it is.
pub fn as_before(json: &str) -> Cow<'_, str> {
    // Older lists have their numbers of pages in there, and they are most.
    if json.contains("\"pagination\"") {
        return Cow::Borrowed(json);
    }
    let read = serde_json::from_str::<Value>(json).ok();
    read.and_then(|document| translated(&document)).map_or(Cow::Borrowed(json), |text| Cow::Owned(text.to_string()))
}

fn translated(document: &Value) -> Option<Value> {
    let rows = document.get("data")?.as_array()?;
    let path = document.pointer("/meta/path").and_then(Value::as_str);
    if rows.is_empty() {
        // Laravel names the address of every list: an empty one is known by it.
        path.filter(|path| path.contains("/api/"))?;
    } else if !rows.iter().any(is_row) {
        return None;
    }
    let page = document.pointer("/meta/current_page").and_then(Value::as_u64).unwrap_or(1);
    let more = document.pointer("/links/next").is_some_and(Value::is_string);
    let included = included(document);
    let site = path.and_then(|path| path.split_once("/api/")).map(|(site, _)| site).unwrap_or_default();
    let rows: Vec<Value> = rows.iter().map(|row| one(row, &included, site)).collect();
    let pagination = json!({"current_page": page, "total_pages": page + u64::from(more)});
    Some(json!({"meta": {"pagination": pagination}, "data": rows}))
}

fn is_row(row: &Value) -> bool {
    let attributes = row.get("attributes").and_then(Value::as_object);
    let dated =
        attributes.is_some_and(|attributes| attributes.get("created").is_some_and(|at| at.get("string").is_some()));
    row.get("type").is_some_and(Value::is_string) && row.get("id").is_some() && dated
}

fn key_of(one: &Value) -> Option<(String, String)> {
    let kind = one.get("type")?.as_str()?;
    let id = one.get("id")?;
    let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    Some((plain(kind), id))
}

/// `componentGroups` and `component-groups` are the same.
fn plain(kind: &str) -> String {
    kind.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn included(document: &Value) -> Included<'_> {
    let all = document.get("included").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|one| Some((key_of(one)?, one))).collect()
}

/// What a row belongs to, or has: references, each as it was included.
fn related<'a>(row: &Value, name: &str, included: &Included<'a>) -> Vec<(String, Option<&'a Value>)> {
    let data = row.get("relationships").and_then(|all| all.get(name)).and_then(|one| one.get("data"));
    let references: Vec<&Value> = match data {
        Some(Value::Array(all)) => all.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => Vec::new(),
    };
    let look_up = |one: &&Value| key_of(one).map(|key| (key.1.clone(), included.get(&key).copied()));
    references.iter().filter_map(look_up).collect()
}

fn attribute<'a>(row: &'a Value, key: &str) -> &'a Value {
    row.get("attributes").and_then(|attributes| attributes.get(key)).unwrap_or(&Value::Null)
}

/// `{"human": "Fixed", "value": 4}` → `4`.
fn value_of(row: &Value, key: &str) -> Value {
    attribute(row, key).get("value").cloned().unwrap_or_default()
}

fn time_of(row: &Value, key: &str) -> Value {
    attribute(row, key).get("string").cloned().unwrap_or_default()
}

fn one(row: &Value, included: &Included<'_>, site: &str) -> Value {
    let kind = row.get("type").and_then(Value::as_str).map(plain).unwrap_or_default();
    let mut old = Map::new();
    old.insert("id".to_owned(), row.get("id").cloned().unwrap_or_default());
    for key in ["name", "message", "enabled", "collapsed"] {
        if row.get("attributes").is_some_and(|attributes| attributes.get(key).is_some()) {
            old.insert(key.to_owned(), attribute(row, key).clone());
        }
    }
    for (key, was) in [("created", "created_at"), ("updated", "updated_at")] {
        old.insert(was.to_owned(), time_of(row, key));
    }
    let components = || -> Value {
        related(row, "components", included).into_iter().map(|(id, _)| json!({"component_id": id})).collect()
    };
    match kind.as_str() {
        "components" => {
            let counted_in = attribute(row, "latest_status").is_object();
            let status = value_of(row, if counted_in { "latest_status" } else { "status" });
            // Here unknown is 5.
            old.insert("status".to_owned(), if status == json!(5) { json!(0) } else { status });
            let group = related(row, "group", included).into_iter().next().map(|(id, _)| id);
            old.insert("group_id".to_owned(), json!(group.unwrap_or_else(|| "0".to_owned())));
        }
        "incidents" => {
            let guid = attribute(row, "guid").as_str().filter(|guid| !guid.is_empty());
            if let Some(guid) = guid {
                old.insert("id".to_owned(), json!(guid));
            }
            if let Some(guid) = guid.filter(|_| site.starts_with("https://")) {
                old.insert("permalink".to_owned(), json!(format!("{site}/incidents/{guid}")));
            }
            old.insert("status".to_owned(), stage_of(row));
            old.insert("visible".to_owned(), json!(1));
            old.insert("human_status".to_owned(), json!(""));
            old.insert("occurred_at".to_owned(), time_of(row, "occurred"));
            old.insert("components".to_owned(), components());
            old.insert("updates".to_owned(), updates(row, included));
        }
        "schedules" => {
            old.insert("status".to_owned(), value_of(row, "status"));
            old.insert("scheduled_at".to_owned(), time_of(row, "scheduled"));
            old.insert("completed_at".to_owned(), time_of(row, "completed"));
            old.insert("human_status".to_owned(), json!(""));
            old.insert("components".to_owned(), components());
            old.insert("updates".to_owned(), updates(row, included));
        }
        _ => {}
    }
    Value::Object(old)
}

/// 0 is "reported": nobody has looked yet.
fn stage_of(row: &Value) -> Value {
    let status = value_of(row, "status");
    if status == json!(0) { json!(1) } else { status }
}

fn updates(row: &Value, included: &Included<'_>) -> Value {
    let told = related(row, "updates", included).into_iter().filter_map(|(id, update)| Some((id, update?)));
    told.map(|(id, update)| {
        json!({
            "id": id,
            "status": stage_of(update),
            "message": attribute(update, "message"),
            "created_at": time_of(update, "created"),
        })
    })
    .collect()
}
