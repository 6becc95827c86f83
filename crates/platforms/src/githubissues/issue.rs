//! One issue as an incident or as work, for everybody who keeps incidents as issues.

use std::collections::BTreeMap;

use jiff::Timestamp as Precise;
use serde_json::Value;
use tocsin_domain::{ComponentRef, HttpAsk, Impact, MaintenanceStage, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, body, part};
use crate::kit::{dates, html, words};
use crate::{PageAddress, Payload};

/// So many issues are asked for, those that changed last first.
const MOST: usize = 50;
/// Of what is open so many.
const MOST_OPEN: usize = 100;
/// Comments are asked for while an issue changed this lately (seconds).
const NEWS_S: i64 = 7 * 24 * 3600;

/// `owner/name` in the address of a repository or of something in it.
pub(crate) fn repo_of(page: &PageAddress) -> Option<String> {
    let mut parts = page.url.path_segments()?.filter(|part| !part.is_empty());
    match page.url.host_str()? {
        "github.com" | "www.github.com" => {}
        "api.github.com" => drop(parts.next().filter(|part| *part == "repos")?),
        _ => return None,
    }
    let (owner, name) = (parts.next()?, parts.next()?);
    Some(format!("{owner}/{}", name.trim_end_matches(".git")))
}

pub(crate) fn issues_url(repo: &str) -> String {
    format!("https://api.github.com/repos/{repo}/issues?state=all&sort=updated&direction=desc&per_page={MOST}")
}

/// Where the list goes on, if it is full.
pub(crate) fn further_list(repo: &str, list: &Value, number: usize) -> Option<String> {
    let full = list.as_array().is_some_and(|list| list.len() >= MOST);
    full.then(|| format!("{}&page={number}", issues_url(repo)))
}

/// What the list of issues makes one want to know: all that is open, where the list is full; the comments, where
/// something is new.
pub(crate) fn further(repo: &str, list: &Value, now: Timestamp) -> Vec<HttpAsk> {
    let base = format!("https://api.github.com/repos/{repo}/issues");
    let mut asks = Vec::new();
    if list.as_array().is_some_and(|list| list.len() >= MOST) {
        asks.push(HttpAsk::get("open", format!("{base}?state=open&per_page={MOST_OPEN}")));
    }
    if has_news(list, now) {
        asks.push(HttpAsk::get("comments", format!("{base}/comments?sort=created&direction=desc&per_page=100")));
    }
    asks
}

pub(crate) fn are_issues(json: &Value) -> bool {
    let is_issue = |one: &Value| {
        let address = one.get("html_url").and_then(Value::as_str).unwrap_or_default();
        let of_github = address.starts_with("https://github.com/");
        let numbered = one.get("number").is_some_and(Value::is_u64) && one.get("state").is_some_and(Value::is_string);
        numbered && of_github && (address.contains("/issues/") || address.contains("/pull/"))
    };
    json.as_array().is_some_and(|list| list.iter().any(is_issue))
}

/// Issues that Upptime opened.
pub(crate) fn are_upptimes(json: &Value) -> bool {
    let is_theirs = |row: &Node<'_>| {
        let opened = row.text("body").is_some_and(|body| body.starts_with("In [`") && body.contains("/commit/"));
        opened && labels(row).iter().any(|label| label == "status")
    };
    are_issues(json) && json.as_array().is_some_and(|list| list.iter().map(Node::root).any(|row| is_theirs(&row)))
}

pub(crate) fn are_comments(json: &Value) -> bool {
    let is_comment = |one: &Value| {
        let of = one.get("issue_url").and_then(Value::as_str).unwrap_or_default();
        of.starts_with("https://api.github.com/repos/") && one.get("body").is_some()
    };
    json.as_array().is_some_and(|list| list.iter().any(is_comment))
}

/// An open or lately changed issue has comments.
fn has_news(list: &Value, now: Timestamp) -> bool {
    let is_new = |row: Node<'_>| {
        let lately = row.text("updated_at").and_then(|at| dates::parse(&at));
        let lately = lately.is_some_and(|at| now.since(Timestamp::from_jiff(at.at)) < NEWS_S);
        row.number("comments").is_some_and(|count| count > 0)
            && (row.text("state").as_deref() == Some("open") || lately)
    };
    list.as_array().is_some_and(|list| list.iter().map(Node::root).any(is_new))
}

/// Names of labels, in lower case.
pub(crate) fn labels(row: &Node<'_>) -> Vec<String> {
    let list = row.value.get("labels").and_then(Value::as_array);
    let names = list.into_iter().flatten().filter_map(|label| {
        let name = label.get("name").unwrap_or(label);
        name.as_str().map(|name| name.trim().to_lowercase())
    });
    names.filter(|name| !name.is_empty()).collect()
}

/// Written by a member or a machine of the project. Where it is not said who wrote it, nobody is suspected.
pub(crate) fn is_of_the_project(row: &Node<'_>) -> bool {
    let is_machine = row.at("user").text("type").as_deref() == Some("Bot");
    let is_member =
        row.text("author_association").is_none_or(|word| matches!(word.as_ref(), "OWNER" | "MEMBER" | "COLLABORATOR"));
    is_machine || is_member
}

/// `severity: major`, `impact/minor` or `critical`.
pub(crate) fn impact_of(label: &str) -> Option<Impact> {
    let word = label.rsplit([':', '/']).next().unwrap_or_default();
    words::severity(word)
}

/// `status: monitoring` or `investigating`.
pub(crate) fn stage_of(label: &str) -> Option<Stage> {
    let word = label.rsplit([':', '/']).next().unwrap_or_default();
    words::stage(word.trim())
}

/// Notes the comments of the project, by issue.
pub(crate) fn note_comments(root: &Node<'_>, sheet: &mut Sheet) {
    let mut by_issue: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for row in root.objects("", sheet).iter().filter(|row| is_of_the_project(row)) {
        if let Some((_, number)) = row.string("issue_url").rsplit_once('/') {
            by_issue.entry(number.to_owned()).or_default().push(row.value);
        }
    }
    for (number, comments) in by_issue {
        sheet.notes.insert(format!("comments:{number}"), serde_json::to_string(&comments).unwrap_or_default());
    }
}

/// Which absences mean something: everything that changed since the oldest change in a full list is in it.
pub(crate) fn cover(payload: &Payload, rows: &[Node<'_>], sheet: &mut Sheet) {
    if payload.key == "open" {
        sheet.open = rows.len() < MOST_OPEN;
        return;
    }
    let full = rows.len() >= MOST;
    let key = if full { "updated_at" } else { "created_at" };
    let times = rows.iter().filter_map(|row| row.text(key)).filter_map(|at| dates::parse(&at));
    sheet.history_since = times.map(|at| Timestamp::from_jiff(at.at)).min();
    sheet.open = !full;
}

pub(crate) fn read(row: &Node<'_>, sheet: &mut Sheet) {
    let closed = match row.text("state").as_deref() {
        Some("open") => false,
        Some("closed") => true,
        other => {
            let word = other.unwrap_or("nothing").to_owned();
            sheet.doubt(row.place("state"), format!("`{word}` is neither open nor closed."));
            false
        }
    };
    if is_work(row) { work(row, closed, sheet) } else { incident(row, closed, sheet) }
}

fn is_work(row: &Node<'_>) -> bool {
    let title = title(row).to_lowercase();
    let named =
        ["maintenance", "scheduled maintenance", "planned maintenance"].iter().any(|word| title.starts_with(word));
    named || labels(row).iter().any(|label| label.ends_with("maintenance"))
}

/// Without the sign that some put before it.
fn title(row: &Node<'_>) -> String {
    let title = row.string("title").replace(['\u{1f6d1}', '\u{26a0}', '\u{fe0f}'], "");
    html::to_text(title.trim())
}

fn incident(row: &Node<'_>, closed: bool, sheet: &mut Sheet) {
    let labels = labels(row);
    let title = title(row);
    let by_title = match title.as_str() {
        title if title.ends_with(" has degraded performance") => Some(Impact::Minor),
        title if title.ends_with(" is down") => Some(Impact::Major),
        _ => None,
    };
    let mut updates = vec![opening(row, Some(Stage::Investigating), sheet)];
    updates.extend(comments(row, said, sheet));
    let last = updates.iter().rev().find_map(|update| update.stage);
    let stage = match labels.iter().find_map(|label| stage_of(label)).or(last).unwrap_or(Stage::Investigating) {
        Stage::Postmortem if closed => Stage::Postmortem,
        _ if closed => Stage::Resolved,
        // Whatever it says, it is not closed.
        Stage::Resolved | Stage::Postmortem => Stage::Monitoring,
        stage => stage,
    };
    let told = Told {
        id: row.string("number"),
        title,
        url: row.text("html_url").map(|url| url.into_owned()),
        impact: labels.iter().filter_map(|label| impact_of(label)).max().or(by_title),
        stage: Some(stage),
        started_at: sheet.time(row, "created_at"),
        resolved_at: end(row, closed, sheet),
        components: labels.into_iter().map(part).collect(),
        updates,
    };
    sheet.incident(told, row);
}

/// When it was closed. Lists that leave that out know at least when it changed last.
fn end(row: &Node<'_>, closed: bool, sheet: &mut Sheet) -> Option<Precise> {
    let key = if row.has("closed_at") { "closed_at" } else { "updated_at" };
    if closed { sheet.time(row, key) } else { None }
}

fn work(row: &Node<'_>, closed: bool, sheet: &mut Sheet) {
    let text = row.string("body");
    let facts = facts(&text);
    let mut time = |key: &str| {
        let at = facts.get(key)?;
        let read = dates::parse(at);
        if read.is_none() {
            sheet.problem("bad_time", row.place("body"), format!("`{at}` is no time we can read."));
        }
        read.map(|instant| instant.at)
    };
    let (starts_at, ends_at) = (time("start"), time("end"));
    let expected = ["expectedDown", "expectedDegraded"].iter().filter_map(|key| facts.get(*key));
    let slugs = expected.flat_map(|list| list.split(',')).map(|slug| slug.trim().to_owned());
    let components: Vec<ComponentRef> = slugs.chain(labels(row)).filter(|slug| !slug.is_empty()).map(part).collect();
    let mut updates = vec![opening(row, None, sheet)];
    updates.extend(comments(row, |_| None, sheet));
    let planned = Planned {
        id: row.string("number"),
        title: title(row),
        url: row.text("html_url").map(|url| url.into_owned()),
        stage: closed.then_some(MaintenanceStage::Completed),
        starts_at,
        ends_at,
        components,
        updates,
    };
    sheet.work(planned, row);
}

/// `start: …` and `end: …` in the remark that a maintenance's text begins with.
fn facts(text: &str) -> BTreeMap<String, String> {
    let remark = text.split_once("<!--").and_then(|(_, rest)| rest.split_once("-->")).map_or("", |(remark, _)| remark);
    let pairs = remark.lines().filter_map(|line| line.split_once(':'));
    pairs.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())).collect()
}

fn opening<S>(row: &Node<'_>, stage: Option<S>, sheet: &mut Sheet) -> Draft<S> {
    let text = html::mixed_to_markdown(&without_remark(&row.string("body")));
    let at = sheet.time(row, "created_at");
    Draft { id: "opened".to_owned(), stage, at, stored_at: None, body: text }
}

fn without_remark(text: &str) -> String {
    let Some((before, rest)) = text.split_once("<!--") else { return text.to_owned() };
    let after = rest.split_once("-->").map_or("", |(_, after)| after);
    format!("{}{}", before.trim_end(), after).trim().to_owned()
}

/// The noted comments of an issue.
fn comments<S>(row: &Node<'_>, stage: impl Fn(&str) -> Option<S>, sheet: &mut Sheet) -> Vec<Draft<S>> {
    let noted = sheet.notes.get(&format!("comments:{}", row.string("number"))).cloned().unwrap_or_default();
    let list: Value = serde_json::from_str(&noted).unwrap_or_default();
    let rows = Node::root(&list).objects("", sheet);
    let mut drafts: Vec<Draft<S>> = rows
        .iter()
        .map(|one| {
            let text = body(one, "body");
            Draft {
                id: one.string("id"),
                stage: stage(&text),
                at: sheet.time(one, "created_at"),
                stored_at: None,
                body: text,
            }
        })
        .collect();
    drafts.sort_by_key(|draft| draft.at);
    drafts
}

/// The stage that a comment begins with: `**Resolved:** …`, `Monitoring - …`.
fn said(text: &str) -> Option<Stage> {
    let plain = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let first: String = plain.chars().take_while(|c| c.is_alphabetic() || *c == '-').collect();
    let behind = plain.get(first.len()..).unwrap_or_default().trim_start_matches(['*', '_', ' ']);
    let set_off = behind.is_empty() || behind.starts_with([':', '-', '\u{2013}', '.', '\n']);
    set_off.then(|| words::stage(&first)).flatten()
}
