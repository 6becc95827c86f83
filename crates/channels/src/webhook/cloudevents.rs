//! CloudEvents 1.0, binary mode over HTTP: the attributes are headers, the body stays what it is.

use serde_json::Value;

/// Attributes of the event in a body of ours. `id` is the delivery's: the same over retries.
pub(super) fn headers(id: &str, body: &[u8], source: &str) -> Vec<(String, String)> {
    let event: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let data = event.get("data").unwrap_or(&Value::Null);
    let source = if source.is_empty() { "tocsin" } else { source };
    let attributes = [
        ("ce-specversion", "1.0".to_owned()),
        ("ce-id", id.to_owned()),
        ("ce-source", source.to_owned()),
        ("ce-type", format!("tocsin.{}", text(&event["type"]))),
        ("ce-time", text(&event["timestamp"])),
        ("ce-subject", subject(data)),
        ("ce-sequence", data.get("sequence").map(Value::to_string).unwrap_or_default()),
    ];
    attributes
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), encoded(&value)))
        .collect()
}

/// `kustomer/0195…`: the provider, and the incident, maintenance or component it is about.
fn subject(data: &Value) -> String {
    let provider = data.pointer("/provider/slug").and_then(Value::as_str).unwrap_or_default();
    let about = ["incident", "maintenance", "component"];
    let about = about.iter().find_map(|key| data.get(*key)?.get("id")?.as_str());
    about.map_or_else(|| provider.to_owned(), |id| format!("{provider}/{id}"))
}

/// A header's value as the HTTP binding wants it: what is no printable ASCII, a space, `"` and `%` are percent-encoded.
fn encoded(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'%');
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
