//! What an incident page says to machines: schema.org in JSON-LD, safe inside a `<script>`.

use serde_json::{Value, json};
use tocsin_domain::{Incident, ProviderRef};

/// A `Report` about a service, with the vendor as publisher of what it is based on.
pub(crate) fn incident(provider: &ProviderRef, incident: &Incident, address: &str, vendor: Option<&str>) -> String {
    let text = |at: Option<tocsin_domain::Timestamp>| at.map(|at| Value::String(at.to_string()));
    let last = incident.updates.iter().filter_map(|update| update.at).max();
    let covered = incident.started_at.map(|start| {
        let end = incident.resolved_at.map_or_else(|| "..".to_owned(), |end| end.to_string());
        Value::String(format!("{start}/{end}"))
    });
    let about = json!({
        "@type": "Service",
        "name": provider.name,
        "provider": {"@type": "Organization", "name": provider.name},
    });
    let pairs = [
        ("@context", Some(json!("https://schema.org"))),
        ("@type", Some(json!("Report"))),
        ("headline", Some(json!(incident.title))),
        ("url", Some(json!(address))),
        ("about", Some(about)),
        ("datePublished", text(incident.started_at)),
        ("dateModified", text(last)),
        ("temporalCoverage", covered),
        ("keywords", Some(json!(incident.components.iter().map(|part| part.name.as_str()).collect::<Vec<_>>()))),
        ("isBasedOn", vendor.map(|vendor| json!(vendor))),
    ];
    let object: serde_json::Map<String, Value> =
        pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    inert(&Value::Object(object).to_string())
}

/// JSON whose strings can end no element, open no comment and break no line of script.
fn inert(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_cannot_be_closed_from_inside() {
        let hostile = json!({"headline": "</script><!--<script>alert(1)//\u{2028}&"}).to_string();
        let safe = inert(&hostile);
        assert!(!safe.contains(['<', '>', '&', '\u{2028}']), "{safe}");
        let back: Value = serde_json::from_str(&safe).unwrap();
        assert_eq!(back["headline"], "</script><!--<script>alert(1)//\u{2028}&");
    }
}
