//! Stripe's own status: `current/full`, how everything is now, in one word for the whole and one warning or none for each
//! part. Known from the vendor's own command line and two public clients; no capture was seen.
//!
//! Oddities: two dialects, one with `UptimeStatus` and `uptimeData`, an older one with `largestatus` and `statuses`; a part
//! is well where its `warning` is null; incidents are not told, only one message; the whole may be worse than its parts.

use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Timestamp};

use crate::kit::node::Node;
use crate::kit::sheet::Sheet;
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Stripe = Stripe;

pub(crate) struct Stripe;

const FULL: &str = "current/full";
const WHOLE: &str = "Stripe";

impl Simple for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        vec![HttpAsk::get("full", page.below(FULL))]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["full"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let json = body.json()?;
        let says = |key: &str| json.get(key).is_some_and(Value::is_string);
        let seen = if says("UptimeStatus") && says("message") {
            "an `UptimeStatus` with a message"
        } else if says("largestatus") && json.get("statuses").is_some_and(Value::is_object) {
            "a `largestatus` above `statuses`"
        } else {
            return None;
        };
        Some(Evidence { confidence: 92, seen: seen.to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let root = Node::root(json);
        sheet.page.name = Some(WHOLE.to_owned());
        let key = if root.has("UptimeStatus") { "UptimeStatus" } else { "largestatus" };
        let whole = sheet.health(&root, key, health);
        for row in root.objects("uptimeData", sheet) {
            part(&row, sheet);
        }
        if !root.has("uptimeData") && !root.has("statuses") {
            sheet.doubt("uptimeData", "No part is told.");
        }
        if !root.has("uptimeData") {
            for (name, _) in root.fields("statuses", sheet) {
                let health = sheet.health(&root.at("statuses"), name, health);
                sheet.component(name, name_of(name), Vec::new(), health);
            }
        }
        let worst = sheet.components.iter().map(|part| part.health).max();
        if worst.is_some_and(|worst| worst < whole) {
            // What ails the whole is none of its parts.
            sheet.component("whole", WHOLE, Vec::new(), whole);
        }
        sheet.indicator = Some(whole);
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["status.stripe.com"]
    }
}

fn health(word: &str) -> Option<Health> {
    Some(match word {
        "up" => Health::Operational,
        "degraded" => Health::Degraded,
        "down" => Health::MajorOutage,
        "pending" | "paused" => Health::Unknown,
        _ => return None,
    })
}

fn part(row: &Node<'_>, sheet: &mut Sheet) {
    let (key, title) = (row.string("key"), row.string("title"));
    let id = if key.is_empty() { title.clone() } else { key };
    if id.is_empty() || !row.names("warning") {
        sheet.doubt(row.place(""), "A part should have a key and say whether there is a warning.");
        return;
    }
    let health = if row.has("warning") { Health::Degraded } else { Health::Operational };
    sheet.component(id.clone(), if title.is_empty() { id } else { title }, Vec::new(), health);
}

/// The few keys that mean something else than they read.
fn name_of(key: &str) -> &str {
    match key {
        "api" => "API",
        "dashboard" => "Dashboard",
        "stripejs" => "Stripe.js",
        "checkoutjs" => "Checkout.js",
        "webhooks" => "Webhooks",
        "emails" => "Emails",
        other => other,
    }
}
