//! JSON as vendors send it: numbers as texts, texts as numbers, a list where an object was. A [`Node`] knows where in the
//! payload it stands, so that whatever is odd can be named.

use std::borrow::Cow;

use serde_json::Value;

use super::sheet::Sheet;

static NOTHING: Value = Value::Null;

/// One value of a payload and its place: `incidents[3].updates`.
#[derive(Clone, Debug)]
pub(crate) struct Node<'a> {
    pub value: &'a Value,
    place: String,
}

impl<'a> Node<'a> {
    /// The whole payload.
    pub fn root(value: &'a Value) -> Self {
        Self { value, place: String::new() }
    }

    /// A value that was found otherwise than by walking, with its place.
    pub fn placed(value: &'a Value, place: &str) -> Self {
        Self { value, place: place.to_owned() }
    }

    /// The field of that name; null where there is none.
    pub fn at(&self, key: &str) -> Self {
        Self { value: self.value.get(key).unwrap_or(&NOTHING), place: self.place(key) }
    }

    /// The place of a field, for a problem.
    pub fn place(&self, key: &str) -> String {
        match (self.place.is_empty(), key.is_empty()) {
            (true, _) => key.to_owned(),
            (false, true) => self.place.clone(),
            (false, false) => format!("{}.{key}", self.place),
        }
    }

    /// The field is there and not null.
    pub fn has(&self, key: &str) -> bool {
        self.value.get(key).is_some_and(|value| !value.is_null())
    }

    /// The field is there, if only as null.
    pub fn names(&self, key: &str) -> bool {
        self.value.get(key).is_some()
    }

    pub fn is_null(&self) -> bool {
        self.value.is_null()
    }

    pub fn is_object(&self) -> bool {
        self.value.is_object()
    }

    /// A text, number or flag as text. `None` for blank texts and everything else.
    pub fn text(&self, key: &str) -> Option<Cow<'a, str>> {
        self.value.get(key).and_then(as_text)
    }

    /// The same of the value itself.
    pub fn own_text(&self) -> Option<Cow<'a, str>> {
        as_text(self.value)
    }

    /// The same, owned; empty where there is none.
    pub fn string(&self, key: &str) -> String {
        self.text(key).map(Cow::into_owned).unwrap_or_default()
    }

    /// `true`, `1`, `"true"`; `None` where the field says neither yes nor no.
    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.text(key)?.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        }
    }

    pub fn number(&self, key: &str) -> Option<i64> {
        self.text(key)?.parse().ok()
    }

    /// The elements of a list; empty where the field is missing or null, or an empty object (PHP's empty list). Any
    /// other value, and every element that is no object, is a problem: something there could not be read.
    pub fn objects(&self, key: &str, sheet: &mut Sheet) -> Vec<Self> {
        let list = if key.is_empty() { self.clone() } else { self.at(key) };
        match list.value {
            Value::Null => Vec::new(),
            Value::Object(fields) if fields.is_empty() => Vec::new(),
            Value::Array(items) => {
                let nodes = items.iter().enumerate().map(|(index, value)| {
                    let place = format!("{}[{index}]", list.place);
                    Self { value, place }
                });
                let (objects, odd): (Vec<_>, Vec<_>) = nodes.partition(Self::is_object);
                for node in odd {
                    sheet.doubt(node.place, "This should be an object.");
                }
                objects
            }
            _ => {
                sheet.doubt(list.place.clone(), "This should be a list.");
                Vec::new()
            }
        }
    }

    /// The texts of a list (`["Apps", "Data"]`); what is no text is left out.
    pub fn texts(&self, key: &str) -> Vec<Cow<'a, str>> {
        let list = self.value.get(key).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(as_text).collect()
    }

    /// The fields of an object with their names; empty where it is missing, null or an empty list (PHP's empty object).
    pub fn fields(&self, key: &str, sheet: &mut Sheet) -> Vec<(&'a str, Self)> {
        let object = if key.is_empty() { self.clone() } else { self.at(key) };
        match object.value {
            Value::Null => Vec::new(),
            Value::Array(items) if items.is_empty() => Vec::new(),
            Value::Object(fields) => {
                let node = |(name, value): (&'a String, &'a Value)| {
                    let place = object.place(name);
                    (name.as_str(), Self { value, place })
                };
                fields.iter().map(node).collect()
            }
            _ => {
                sheet.doubt(object.place.clone(), "This should be an object.");
                Vec::new()
            }
        }
    }
}

fn as_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(Cow::Borrowed(text.as_str())),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
        _ => None,
    }
}
