//! Azure DevOps: `_apis/status/health`, services by geographies, and the same inside the page itself.
//!
//! Known from the vendor's documentation and four public clients; no capture was seen. Oddities: the page writes numbers
//! where the API writes words, and a larger number is better; a geography without a service is `0` there; no incident is
//! listed, only how the services are.

use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Timestamp};

use crate::kit::node::Node;
use crate::kit::sheet::Sheet;
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: AzureDevOps = AzureDevOps;

pub(crate) struct AzureDevOps;

/// Where the page keeps what the API says.
const IN_PAGE: &str = "/data/ms.vss-status-web.public-status-data-provider/serviceStatus";

impl Simple for AzureDevOps {
    fn name(&self) -> &'static str {
        "azuredevops"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        vec![HttpAsk::get("health", page.at_root("_apis/status/health"))]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["health"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        if let Some(json) = body.json() {
            let named = json.pointer("/status/health").is_some_and(Value::is_string);
            return (named && lists_geographies(json)).then(|| Evidence {
                confidence: 95,
                seen: "`services` with `geographies`, and `status.health`".to_owned(),
            });
        }
        lists_geographies(&in_page(body.html()?)?)
            .then(|| Evidence { confidence: 96, seen: "the data of Azure DevOps' status page".to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        match (body.json(), body.html()) {
            (Some(json), _) => status(json, sheet),
            (None, Some(page)) => {
                if let Some(json) = in_page(page) {
                    status(&json, sheet);
                }
            }
            (None, None) => {}
        }
    }

    fn finish(&self, sheet: &mut Sheet, _now: Timestamp) {
        if let Some(whole) = sheet.indicator {
            sheet.overall("status.health", whole);
        }
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["status.dev.azure.com"]
    }
}

fn lists_geographies(json: &Value) -> bool {
    let services = json.get("services").and_then(Value::as_array);
    let is_one = |one: &Value| one.get("id").is_some_and(Value::is_string) && one.get("geographies").is_some();
    services.is_some_and(|services| services.iter().any(is_one))
}

/// The status inside the page's `<script id="dataProviders">`.
fn in_page(page: &str) -> Option<Value> {
    let (_, rest) = page.split_once("id=\"dataProviders\"")?;
    let (_, rest) = rest.split_once('>')?;
    let (json, _) = rest.split_once("</script>")?;
    let mut json: Value = serde_json::from_str(json).ok()?;
    json.pointer_mut(IN_PAGE).map(Value::take)
}

fn status(json: &Value, sheet: &mut Sheet) {
    let root = Node::root(json);
    let overall = root.at("status");
    sheet.indicator = Some(sheet.health(&overall, "health", health));
    if sheet.indicator == Some(Health::Unknown) {
        sheet.doubt(overall.place("health"), "The page does not say how it is as a whole.");
    }
    for service in root.objects("services", sheet) {
        let name = service.string("id");
        let places = service.objects("geographies", sheet);
        if name.is_empty() || places.is_empty() {
            sheet.doubt(service.place(""), "The service has no name or no geography.");
        }
        for place in places {
            geography(&name, &place, sheet);
        }
    }
}

fn geography(service: &str, place: &Node<'_>, sheet: &mut Sheet) {
    if place.text("health").as_deref() == Some("0") {
        return;
    }
    let id = place.string("id");
    let name = place.text("name").unwrap_or_else(|| id.clone().into()).into_owned();
    if id.is_empty() {
        sheet.doubt(place.place("id"), "The geography has no id.");
        return;
    }
    let health = sheet.health(place, "health", health);
    sheet.component(format!("{service}/{id}"), name, vec![service.to_owned()], health);
}

/// An advisory tells of something else than trouble.
fn health(word: &str) -> Option<Health> {
    Some(match word.to_ascii_lowercase().as_str() {
        "healthy" | "4" | "advisory" | "3" => Health::Operational,
        "degraded" | "2" => Health::Degraded,
        "unhealthy" | "1" => Health::MajorOutage,
        _ => return None,
    })
}
