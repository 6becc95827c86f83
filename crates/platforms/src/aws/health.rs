//! The AWS Health API, for accounts with a support plan: what concerns the account, told to whoever signs.
//!
//! Oddities: every call is a POST to one address with the operation in a header; times are seconds with a fraction; an
//! event says what it is about by a code (`AWS_EC2_OPERATIONAL_ISSUE`) and never how bad it is; its text is one running log,
//! edited in place, and must be asked for by name. Known from the vendor's documentation and public clients.

use serde_json::{Value, json};
use tocsin_domain::exchange::Method;
use tocsin_domain::{Health, HttpAsk, MaintenanceStage, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, blamed, body, named_part};
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(super) static API: HealthApi = HealthApi;

pub(super) struct HealthApi;

/// More than this many pages of events are not asked for.
const MOST_PAGES: usize = 3;
/// The service describes so many events at once.
const DESCRIBED: usize = 10;

/// True for `https://health.us-east-1.amazonaws.com/`, and for a stand-in's address that ends in `/AWSHealth`.
pub(super) fn is_api(page: &PageAddress) -> bool {
    let host = page.url.host_str().unwrap_or_default();
    let theirs = host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
    (theirs && host.starts_with("health.")) || page.url.path().trim_end_matches('/').ends_with("/AWSHealth")
}

fn call(page: &PageAddress, key: &str, operation: &str, body: &Value) -> HttpAsk {
    let mut ask = HttpAsk::get(key, page.url.as_str());
    ask.method = Method::Post;
    ask.body = body.to_string().into_bytes();
    ask.headers = vec![
        ("content-type".to_owned(), "application/x-amz-json-1.1".to_owned()),
        ("x-amz-target".to_owned(), format!("AWSHealth_20160804.{operation}")),
    ];
    ask
}

fn events(page: &PageAddress, key: &str, token: Option<&str>) -> HttpAsk {
    let mut body = json!({ "maxResults": 100 });
    if let (Some(token), Some(fields)) = (token, body.as_object_mut()) {
        fields.insert("nextToken".to_owned(), token.into());
    }
    call(page, key, "DescribeEvents", &body)
}

fn arn(event: &Value) -> Option<&str> {
    event.get("arn").and_then(Value::as_str).filter(|arn| arn.starts_with("arn:aws"))
}

impl Simple for HealthApi {
    fn name(&self) -> &'static str {
        "aws"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        vec![events(page, "events", None)]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["events"]
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let json = body.json()?;
        if let Some(list) = json.get("events").and_then(Value::as_array) {
            let is_event =
                |one: &Value| arn(one).is_some() && one.get("eventTypeCategory").is_some_and(Value::is_string);
            let asked = list.is_empty() && payload.key == "events";
            return (asked || list.iter().any(is_event))
                .then(|| Evidence { confidence: 95, seen: "events of the AWS Health API".to_owned() });
        }
        let described = json.get("successfulSet").and_then(Value::as_array)?;
        let is_event = |one: &Value| one.get("event").is_some_and(|event| arn(event).is_some());
        described
            .iter()
            .any(is_event)
            .then(|| Evidence { confidence: 93, seen: "descriptions of the AWS Health API".to_owned() })
    }

    fn more(
        &self,
        page: &PageAddress,
        _memory: &mut Memory,
        bodies: &[(Payload, Body<'_>)],
        _now: Timestamp,
    ) -> Vec<HttpAsk> {
        let lists: Vec<&Value> = bodies.iter().filter_map(|(_, body)| body.json()).collect();
        let pages = bodies.iter().filter(|(payload, _)| payload.key.starts_with("events")).count();
        let token = bodies.iter().rfind(|(payload, _)| payload.key.starts_with("events"));
        let token = token.and_then(|(_, body)| body.json()?.get("nextToken")?.as_str());
        if let Some(token) = token.filter(|token| !token.is_empty() && pages < MOST_PAGES) {
            return vec![events(page, &format!("events.{}", pages + 1), Some(token))];
        }
        let all = lists.iter().filter_map(|list| list.get("events")?.as_array()).flatten();
        let open =
            all.filter(|event| matches!(event.get("statusCode").and_then(Value::as_str), Some("open" | "upcoming")));
        let arns: Vec<&str> = open.filter_map(arn).take(DESCRIBED).collect();
        if arns.is_empty() || bodies.iter().any(|(payload, _)| payload.key == "details") {
            return Vec::new();
        }
        vec![call(page, "details", "DescribeEventDetails", &json!({ "eventArns": arns }))]
    }

    fn read(&self, _payload: &Payload, payload_body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = payload_body.json() else { return };
        let root = Node::root(json);
        if root.names("events") {
            for event in root.objects("events", sheet) {
                one(&event, "", sheet);
            }
            sheet.open = !root.has("nextToken") || sheet.open;
            sheet.indicator = Some(Health::Operational);
        }
        for described in root.objects("successfulSet", sheet) {
            let text = body(&described.at("eventDescription"), "latestDescription");
            one(&described.at("event"), &text, sheet);
        }
        for failed in root.objects("failedSet", sheet) {
            let why = failed.string("errorMessage");
            sheet.problem("incomplete", failed.place("eventArn"), format!("An event is not described: {why}"));
        }
    }

    fn finish(&self, sheet: &mut Sheet, _now: Timestamp) {
        let starts = sheet.incidents.iter().filter(|one| one.is_closed()).filter_map(|one| one.started_at);
        // Of a list that goes on elsewhere nobody knows what is not in it.
        sheet.history_since = starts.min().filter(|_| sheet.open);
        let named: Vec<_> = sheet.incidents.iter().flat_map(|one| one.components.clone()).collect();
        for component in named {
            sheet.component(component.id, component.name, Vec::new(), Health::Operational);
        }
        sheet.components.sort_by(|one, other| one.id.cmp(&other.id));
        sheet.blame(blamed);
    }
}

fn one(event: &Node<'_>, text: &str, sheet: &mut Sheet) {
    let category = event.text("eventTypeCategory");
    let service = event.string("service");
    let region = event.text("region").filter(|region| region != "global");
    let place = region.as_deref().map(|region| format!(" in {region}")).unwrap_or_default();
    let id = event.string("arn");
    let title = format!("{service}: {}{place}", subject(&event.string("eventTypeCode"), &service));
    let part = named_part(
        region.as_deref().map_or_else(|| service.clone(), |region| format!("{service}-{region}")),
        format!("{service}{}", region.as_deref().map(|region| format!(" ({region})")).unwrap_or_default()),
    );
    let starts = sheet.time(event, "startTime");
    let ends = sheet.time(event, "endTime");
    let told_at = sheet.time(event, "lastUpdatedTime").or(starts);
    let said = !text.is_empty();
    match category.as_deref() {
        Some("issue" | "investigation") => {
            let stage = sheet.word(event, "statusCode", |word| match word {
                "open" | "upcoming" => Some(Stage::Investigating),
                "closed" => Some(Stage::Resolved),
                _ => None,
            });
            // Its text is one log: an edit of it is an edit, and no second update.
            let update =
                Draft { id: "log".to_owned(), stage: None, at: starts, stored_at: told_at, body: text.to_owned() };
            let told = Told {
                id,
                title,
                stage: stage.or(Some(Stage::Investigating)),
                started_at: starts,
                resolved_at: ends,
                components: vec![part],
                updates: said.then_some(update).into_iter().collect(),
                ..Told::default()
            };
            sheet.incident(told, event);
        }
        Some("scheduledChange") => {
            let stage = sheet.word(event, "statusCode", |word| match word {
                "upcoming" => Some(MaintenanceStage::Scheduled),
                "open" => Some(MaintenanceStage::InProgress),
                "closed" => Some(MaintenanceStage::Completed),
                _ => None,
            });
            let update = Draft { id: "log".to_owned(), stage, at: told_at, stored_at: told_at, body: text.to_owned() };
            let updates = said.then_some(update).into_iter().collect();
            let components = vec![part];
            let planned = Planned {
                id,
                title,
                stage,
                starts_at: starts,
                ends_at: ends,
                components,
                updates,
                ..Planned::default()
            };
            sheet.work(planned, event);
        }
        // A notice to the account is neither.
        Some("accountNotification") => {}
        word => {
            let word = word.unwrap_or("nothing").to_owned();
            sheet.doubt(event.place("eventTypeCategory"), format!("`{word}` is no kind of event we know."));
        }
    }
}

/// `AWS_EC2_OPERATIONAL_ISSUE` of EC2 → "operational issue".
fn subject(code: &str, service: &str) -> String {
    let rest = code.strip_prefix("AWS_").unwrap_or(code);
    let rest = rest.strip_prefix(service).and_then(|rest| rest.strip_prefix('_')).unwrap_or(rest);
    let words = rest.replace('_', " ").to_lowercase();
    if words.is_empty() { "event".to_owned() } else { words }
}
