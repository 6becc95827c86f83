//! What a service wants of a body, field by field.

use serde_json::Value;

/// What a field must be.
#[derive(Clone, Copy)]
pub enum Is {
    /// A text of at most so many characters.
    Chars(usize),
    /// A text of at most so many UTF-16 units.
    Utf16(usize),
    /// A text of at most so many bytes.
    Bytes(usize),
    /// One of these.
    One(&'static [&'static str]),
    /// A whole number between these.
    Whole(i64, i64),
    /// At most so many entries.
    List(usize),
    Table,
    /// RFC 3339.
    Moment,
    /// An address that begins with http.
    Web,
}

/// A field by its path (`payload.summary`), whether it must be there, and what it must be.
pub struct Field(pub &'static str, pub bool, pub Is);

/// The first field that is not as it must be, and what is wrong with it: `("title", "is required")`.
pub fn wrong(body: &Value, fields: &[Field]) -> Option<(&'static str, String)> {
    fields.iter().find_map(|Field(path, needed, is)| {
        let value = path.split('.').try_fold(body, |value, key| value.get(key)).filter(|value| !value.is_null());
        match value {
            None if *needed => Some((*path, "is required".to_owned())),
            None => None,
            Some(Value::String(text)) if *needed && text.is_empty() => Some((*path, "can not be empty".to_owned())),
            Some(value) => complaint(value, *is).map(|what| (*path, what)),
        }
    })
}

fn complaint(value: &Value, is: Is) -> Option<String> {
    let within = |most: usize, count: fn(&str) -> usize| match value.as_str() {
        None => Some("must be a string".to_owned()),
        Some(text) if count(text) > most => Some(format!("is too long (maximum is {most})")),
        Some(_) => None,
    };
    let unless = |fine: bool, what: &str| (!fine).then(|| what.to_owned());
    match is {
        Is::Chars(most) => within(most, |text| text.chars().count()),
        Is::Utf16(most) => within(most, |text| text.encode_utf16().count()),
        Is::Bytes(most) => within(most, str::len),
        Is::One(words) => {
            let fine = value.as_str().is_some_and(|word| words.contains(&word));
            unless(fine, &format!("must be one of {}", words.join(", ")))
        }
        Is::Whole(least, most) => {
            let fine = value.as_i64().is_some_and(|number| (least..=most).contains(&number));
            unless(fine, &format!("must be a whole number from {least} to {most}"))
        }
        Is::List(most) => match value.as_array() {
            None => Some("must be an array".to_owned()),
            Some(list) => unless(list.len() <= most, &format!("has too many entries (maximum is {most})")),
        },
        Is::Table => unless(value.is_object(), "must be an object"),
        Is::Moment => {
            let fine = value.as_str().is_some_and(|text| text.parse::<tocsin_domain::Timestamp>().is_ok());
            unless(fine, "must be a moment of ISO 8601")
        }
        Is::Web => unless(
            value.as_str().is_some_and(|text| text.starts_with("http://") || text.starts_with("https://")),
            "must be an address",
        ),
    }
}

/// The text at a path, empty where there is none.
pub fn at<'v>(body: &'v Value, path: &str) -> &'v str {
    path.split('.').try_fold(body, |value, key| value.get(key)).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_missing_too_long_or_of_another_kind_is_named() {
        let fields = [
            Field("a.b", true, Is::Chars(3)),
            Field("c", false, Is::One(&["x", "y"])),
            Field("d", false, Is::Whole(1, 5)),
            Field("e", false, Is::Utf16(2)),
        ];
        let table = [
            (json!({ "a": { "b": "äöü" } }), None),
            (json!({ "a": {} }), Some("a.b")),
            (json!({ "a": { "b": "" } }), Some("a.b")),
            (json!({ "a": { "b": "abcd" } }), Some("a.b")),
            (json!({ "a": { "b": "a" }, "c": "z" }), Some("c")),
            (json!({ "a": { "b": "a" }, "c": null, "d": 6 }), Some("d")),
            (json!({ "a": { "b": "a" }, "d": "3" }), Some("d")),
            (json!({ "a": { "b": "a" }, "e": "🔔" }), None),
            (json!({ "a": { "b": "a" }, "e": "🔔." }), Some("e")),
        ];
        for (body, path) in table {
            assert_eq!(wrong(&body, &fields).map(|(path, _)| path), path, "{body}");
        }
    }
}
