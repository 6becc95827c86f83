//! Tickets: opened, added to, closed.

use hyper::Method;
use serde_json::{Value, json};

use super::desk::{Act, Asked, Desk, Done, answer};
use super::fields::{Field, Is, at, wrong};
use crate::reply::Answer;

pub const USER: &str = "tocsin";
pub const PASSWORD: &str = "simulated-password";
pub const JIRA_USER: &str = "tocsin@example.com";
pub const JIRA_PROJECT: &str = "OPS";
pub const REPOSITORY: &str = "example/incidents";
pub const TOKEN: &str = "simulated-token";

const NEW: &str = "1";
const RESOLVED: &str = "6";

/// The table API: records of `incident`.
pub fn servicenow(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused = |status: u16, message: &str, detail: &str| {
        Done::refused(answer(
            status,
            &json!({ "error": { "message": message, "detail": detail }, "status": "failure" }),
        ))
    };
    if !asked.has_basic(USER, PASSWORD) {
        return refused(401, "User Not Authenticated", "Required to provide Auth information");
    }
    let Some(rest) = asked.path.strip_prefix("/api/now/table/incident") else {
        return refused(400, "Invalid table", "");
    };
    let Some(body) = asked.json() else {
        return refused(400, "Exception while reading request", "The payload is not valid JSON");
    };
    const RECORD: [Field; 5] = [
        Field("short_description", false, Is::Chars(160)),
        Field("description", false, Is::Chars(4_000)),
        Field("work_notes", false, Is::Chars(4_000)),
        Field("impact", false, Is::One(&["1", "2", "3"])),
        Field("urgency", false, Is::One(&["1", "2", "3"])),
    ];
    if let Some((path, what)) = wrong(&body, &RECORD) {
        return refused(403, "Operation Failed", &format!("Data Policy Exception: {path} {what}"));
    }
    let state = if body.get("state").is_some() { at(&body, "state") } else { NEW };
    if state == RESOLVED && (at(&body, "close_code").is_empty() || at(&body, "close_notes").is_empty()) {
        return refused(
            403,
            "Operation Failed",
            "Data Policy Exception: The following fields are mandatory: Resolution code, Resolution notes",
        );
    }
    let record = |status: u16, id: &str| {
        answer(
            status,
            &json!({ "result": { "sys_id": id, "number": format!("INC{}", id.get(..7).unwrap_or_default()), "state": state } }),
        )
    };
    let id = rest.trim_start_matches('/');
    if id.is_empty() {
        if !asked.is(&Method::POST) || at(&body, "short_description").is_empty() {
            return refused(
                403,
                "Operation Failed",
                "Data Policy Exception: The following fields are mandatory: Short description",
            );
        }
        let id = desk.id(32);
        desk.set_open(&id, state != RESOLVED);
        return Done::new(Act::Opened, &id, record(201, &id));
    }
    if !desk.knows(id) || !asked.is(&Method::PATCH) {
        return refused(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval");
    }
    let act = match (body.get("state").is_some(), state == RESOLVED) {
        (_, true) => Act::Closed,
        (true, false) => Act::Reopened,
        (false, false) => Act::Noted,
    };
    if act != Act::Noted {
        desk.set_open(id, act == Act::Reopened);
    }
    Done::new(act, id, record(200, id))
}

/// Numbers of transitions: what each leads to.
const WAYS: [(&str, &str, &str, &str); 3] = [
    ("11", "Start progress", "In Progress", "indeterminate"),
    ("31", "Done", "Done", "done"),
    ("41", "Reopen", "To Do", "new"),
];

/// The API of version 2: issues, comments, transitions.
pub fn jira(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused = |status: u16, key: &str, message: &str| {
        let said = match key {
            "" => json!({ "errorMessages": [message], "errors": {} }),
            key => json!({ "errorMessages": [], "errors": { key: message } }),
        };
        Done::refused(answer(status, &said))
    };
    if !asked.has_basic(JIRA_USER, TOKEN) {
        return refused(401, "", "Client must be authenticated to access this resource.");
    }
    let Some(rest) = asked.path.strip_prefix("/rest/api/2/issue") else {
        return match asked.path == format!("/rest/api/2/project/{JIRA_PROJECT}") {
            true => Done::new(Act::Looked, "", answer(200, &json!({ "key": JIRA_PROJECT }))),
            false => refused(404, "", "null for uri"),
        };
    };
    let body = asked.json().unwrap_or_default();
    let (issue, what) = rest.trim_start_matches('/').split_once('/').unwrap_or((rest.trim_start_matches('/'), ""));
    if issue.is_empty() {
        const ISSUE: [Field; 5] = [
            Field("fields.project.key", true, Is::One(&[JIRA_PROJECT])),
            Field("fields.issuetype.name", true, Is::One(&["Task", "Bug", "Incident"])),
            Field("fields.summary", true, Is::Chars(255)),
            Field("fields.description", false, Is::Chars(32_767)),
            Field("fields.labels", false, Is::List(100)),
        ];
        if let Some((path, what)) = wrong(&body, &ISSUE).filter(|_| asked.is(&Method::POST)) {
            return refused(400, path.rsplit('.').next().unwrap_or(path), &what);
        }
        let number = desk.next();
        let key = format!("{JIRA_PROJECT}-{number}");
        desk.keep(&key);
        let said = json!({ "id": (10_000 + number).to_string(), "key": key, "self": format!("https://jira.invalid/rest/api/2/issue/{number}") });
        return Done::new(Act::Opened, &key, answer(201, &said));
    }
    if !desk.knows(issue) {
        return refused(404, "", "Issue does not exist or you do not have permission to see it.");
    }
    // From where it stands the way leads out of it only.
    let ways = || WAYS.into_iter().filter(|(.., category)| desk.is_open(issue) == (*category != "new"));
    match (asked.method, what) {
        (&Method::POST, "comment") => match wrong(&body, &[Field("body", true, Is::Chars(32_767))]) {
            Some((path, what)) => refused(400, path, &what),
            None => {
                let id = desk.next();
                Done::new(Act::Noted, issue, answer(201, &json!({ "id": id.to_string(), "body": body["body"] })))
            }
        },
        (&Method::GET, "transitions") => {
            let list: Vec<Value> = ways()
                .map(|(id, name, to, category)| json!({ "id": id, "name": name, "to": { "name": to, "statusCategory": { "key": category } } }))
                .collect();
            Done::new(Act::Looked, issue, answer(200, &json!({ "expand": "transitions", "transitions": list })))
        }
        (&Method::POST, "transitions") => {
            let Some((.., category)) = ways().find(|(id, ..)| *id == at(&body, "transition.id")) else {
                return refused(400, "", "It seems that you have tried to perform an illegal workflow operation.");
            };
            let act = match category {
                "done" => Act::Closed,
                "new" => Act::Reopened,
                _ => Act::Noted,
            };
            if act != Act::Noted {
                desk.set_open(issue, act == Act::Reopened);
            }
            Done::new(act, issue, Answer::new(204, "application/json", ""))
        }
        (&Method::GET, "") => {
            let (name, category) = if desk.is_open(issue) { ("To Do", "new") } else { ("Done", "done") };
            let status = json!({ "name": name, "statusCategory": { "key": category } });
            Done::new(Act::Looked, issue, answer(200, &json!({ "key": issue, "fields": { "status": status } })))
        }
        _ => refused(404, "", "null for uri"),
    }
}

/// The REST API: issues of one repository.
pub fn github_issue(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused = |status: u16, message: &str| {
        Done::refused(answer(
            status,
            &json!({ "message": message, "documentation_url": "https://docs.github.com/rest", "status": status.to_string() }),
        ))
    };
    if asked.header("user-agent").is_empty() {
        return refused(
            403,
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
        );
    }
    if !asked.has_bearer(TOKEN) {
        return refused(401, "Bad credentials");
    }
    if !matches!(asked.header("x-github-api-version"), "" | "2022-11-28") {
        return refused(400, "Unsupported API version");
    }
    let Some(rest) = asked.path.strip_prefix("/repos/").and_then(|rest| rest.strip_prefix(REPOSITORY)) else {
        return refused(404, "Not Found");
    };
    if asked.is(&Method::GET) && rest.is_empty() {
        return Done::new(Act::Looked, "", answer(200, &json!({ "full_name": REPOSITORY })));
    }
    let Some(body) = asked.json() else { return refused(400, "Problems parsing JSON") };
    let shown = |number: &str, open: bool| {
        let number: u64 = number.parse().unwrap_or_default();
        json!({ "id": 1_000 + number, "number": number, "state": if open { "open" } else { "closed" } })
    };
    const ISSUE: [Field; 5] = [
        Field("title", false, Is::Chars(256)),
        Field("body", false, Is::Chars(65_536)),
        Field("labels", false, Is::List(100)),
        Field("state", false, Is::One(&["open", "closed"])),
        Field("state_reason", false, Is::One(&["completed", "not_planned", "duplicate", "reopened"])),
    ];
    if wrong(&body, &ISSUE).is_some() {
        return refused(422, "Validation Failed");
    }
    let (number, what) = match rest.strip_prefix("/issues") {
        None => return refused(404, "Not Found"),
        Some(one) => one.trim_start_matches('/').split_once('/').unwrap_or((one.trim_start_matches('/'), "")),
    };
    if number.is_empty() {
        if !asked.is(&Method::POST) || at(&body, "title").is_empty() {
            return refused(422, "Validation Failed");
        }
        let number = desk.next().to_string();
        desk.keep(&number);
        return Done::new(Act::Opened, &number, answer(201, &shown(&number, true)));
    }
    if !desk.knows(number) {
        return refused(404, "Not Found");
    }
    match (asked.method, what) {
        (&Method::POST, "comments") if !at(&body, "body").is_empty() => {
            let id = desk.next();
            Done::new(Act::Noted, number, answer(201, &json!({ "id": 5_000 + id, "body": body["body"] })))
        }
        (&Method::POST, "comments") => refused(422, "Validation Failed"),
        (&Method::PATCH, "") => {
            let open = at(&body, "state") != "closed";
            desk.set_open(number, open);
            Done::new(if open { Act::Reopened } else { Act::Closed }, number, answer(200, &shown(number, open)))
        }
        _ => refused(404, "Not Found"),
    }
}
