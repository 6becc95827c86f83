//! Okta's page: incidents, planned outages, updates and cells, as JSON in hidden elements of the page itself.
//!
//! Known from eight public clients that agree; no capture was seen. Oddities: Salesforce's names (`Status__c`); nothing
//! but the page is open to everybody; ends are dates without a time, so the last word of a resolved incident is its end;
//! updates say no stage; cells (`okta.com:1`) are listed without a status.

use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Impact, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, blamed, body, named_part};
use crate::kit::simple::{Body, Simple};
use crate::kit::{html, words};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Okta = Okta;

pub(crate) struct Okta;

impl Simple for Okta {
    fn name(&self) -> &'static str {
        "okta"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        vec![HttpAsk::get("page", page.at_root(""))]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["page"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let page = body.html()?;
        let list = embedded(page, "incidents")?;
        let rows = list.as_array()?;
        let ours = |row: &Value| row.get("Id").is_some() && row.get("Status__c").is_some();
        let others = embedded(page, "planned-outages").is_some() && hidden(page, "cellList").is_some();
        (rows.iter().any(ours) || rows.is_empty() && others)
            .then(|| Evidence { confidence: 96, seen: "Okta's incidents in a hidden element of the page".to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(page) = body.html() else { return };
        let lists = [("incidents", true), ("planned-outages", true), ("updates", false)].map(|(name, needed)| {
            let list = embedded(page, name);
            if needed && list.is_none() {
                sheet.doubt(name, "The page lacks this list, or it cannot be read.");
            }
            list.unwrap_or_default()
        });
        let [incidents, outages, updates] = &lists;
        for cell in cells(hidden(page, "cellList").unwrap_or_default()) {
            sheet.component(cell, cell, Vec::new(), Health::Operational);
        }
        let updates = Node::root(updates).objects("", sheet);
        for row in Node::root(incidents).objects("", sheet) {
            incident(&row, &updates, now, sheet);
        }
        for row in Node::root(outages).objects("", sheet) {
            work(&row, sheet);
        }
        sheet.open = true;
        sheet.indicator = Some(Health::Operational);
        sheet.history_since = sheet.incidents.iter().filter_map(|one| one.started_at).min();
        sheet.blame(blamed);
        sheet.under_maintenance(now);
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["status.okta.com"]
    }
}

/// What stands inside `<span data-id="…">`, as written.
fn hidden<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("data-id=\"{name}\""))?;
    let (_, rest) = rest.split_once('>')?;
    rest.split_once("</span>").map(|(inside, _)| inside)
}

/// The JSON inside it: written plainly, or with the marks of HTML.
fn embedded(page: &str, name: &str) -> Option<Value> {
    let (_, rest) = page.split_once(&format!("data-id=\"{name}\""))?;
    let (_, rest) = rest.split_once('>')?;
    // A text in it may hold an element of its own.
    let ends = rest.match_indices("</span>").map(|(at, _)| at).take(20);
    let parts: Vec<&str> = ends.filter_map(|at| rest.get(..at)).collect();
    let plain = parts.iter().find_map(|part| serde_json::from_str(part).ok());
    plain.or_else(|| {
        let marks = [("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
        let text = marks.iter().fold((*parts.first()?).to_owned(), |text, (mark, sign)| text.replace(mark, sign));
        serde_json::from_str(&text).ok()
    })
}

fn cells(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';']).map(str::trim).filter(|cell| !cell.is_empty())
}

fn title(row: &Node<'_>) -> String {
    let title = row.text("Incident_Title__c").or_else(|| row.text("Name")).unwrap_or_default();
    html::to_text(&title)
}

fn incident(row: &Node<'_>, updates: &[Node<'_>], now: Timestamp, sheet: &mut Sheet) {
    let id = row.string("Id");
    let stage = sheet.word(row, "Status__c", words::stage).unwrap_or(Stage::Investigating);
    let mut drafts = told_of(&id, updates, sheet);
    let over = stage.is_terminal();
    if over && let Some(last) = drafts.iter_mut().max_by_key(|draft| draft.at) {
        last.stage = Some(stage);
    }
    let last = drafts.iter().filter_map(|draft| draft.at).max();
    drafts.extend(first_word(row, &id, &drafts, sheet));
    let end = sheet.time(row, "End_Time__c").or(last).or_else(|| sheet.time(row, "Last_Updated__c"));
    let start = sheet.time(row, "Start_Time__c").or_else(|| sheet.time(row, "CreatedDate"));
    let named = cells(&row.string("Impacted_Cells__c")).map(|cell| named_part(cell, cell)).collect();
    let told = Told {
        title: title(row),
        url: Some(format!("https://status.okta.com/#incident/{id}")).filter(|_| !id.is_empty()),
        impact: sheet.word(row, "Category__c", impact),
        stage: Some(stage),
        started_at: start.filter(|at| Timestamp::from_jiff(*at) <= now),
        resolved_at: end.filter(|at| over && Timestamp::from_jiff(*at) <= now),
        components: named,
        updates: drafts,
        id,
    };
    sheet.incident(told, row);
}

/// The updates of an incident.
fn told_of(id: &str, updates: &[Node<'_>], sheet: &mut Sheet) -> Vec<Draft<Stage>> {
    let own = updates.iter().filter(|one| one.text("IncidentId__c").as_deref() == Some(id));
    let draft = |one: &Node<'_>| {
        let at = sheet.time(one, "CreatedDate");
        Draft { id: one.string("Id"), stage: None, at, stored_at: None, body: body(one, "UpdateLog__c") }
    };
    own.map(draft).collect()
}

/// The incident's own text, where no update repeats it: it was written when the incident was.
fn first_word(row: &Node<'_>, id: &str, drafts: &[Draft<Stage>], sheet: &mut Sheet) -> Option<Draft<Stage>> {
    let text = body(row, "Log__c");
    let at = sheet.time(row, "CreatedDate").or_else(|| sheet.time(row, "Start_Time__c"));
    let new = !text.is_empty() && drafts.iter().all(|draft| draft.body != text);
    new.then(|| Draft { id: format!("{id}/log"), stage: None, at, stored_at: None, body: text })
}

fn impact(word: &str) -> Option<Impact> {
    Some(match word.trim().to_ascii_lowercase().as_str() {
        "major service disruption" => Impact::Critical,
        "service disruption" => Impact::Major,
        "minor service disruption" | "feature disruption" | "service degradation" | "performance issue" => {
            Impact::Minor
        }
        "planned maintenance" | "maintenance" => Impact::None,
        _ => return None,
    })
}

fn work(row: &Node<'_>, sheet: &mut Sheet) {
    let stage = sheet.word(row, "Status__c", words::maintenance_stage);
    let named = cells(&row.string("Impacted_Cells__c")).map(|cell| named_part(cell, cell)).collect();
    let id = row.string("Id");
    let planned = Planned {
        title: title(row),
        url: Some(format!("https://status.okta.com/#incident/{id}")).filter(|_| !id.is_empty()),
        stage,
        starts_at: sheet.time(row, "Start_Time__c"),
        ends_at: sheet.time(row, "End_Time__c"),
        components: named,
        updates: Vec::new(),
        id,
    };
    sheet.work(planned, row);
}
