//! Draft: a JSON object read key by key. Every mistake is noted with its place; keys that nobody asked for are named.

use serde_json::{Map, Value};

use super::Refusal;
use crate::config::rule::Keys;
use crate::config::{Raw, did_you_mean, listed};
use crate::problem::Wrong;

/// Characters of a name that somebody gives.
const NAME_CHARS: usize = 80;

/// What somebody wrote, while it is read.
pub struct Draft<'a> {
    given: &'a Map<String, Value>,
    asked: Vec<&'static str>,
    wrong: Vec<Wrong>,
}

impl<'a> Draft<'a> {
    /// # Errors
    /// If the body is no object.
    pub fn of(body: &'a Value) -> Result<Self, Refusal> {
        let wrong = || Wrong { pointer: String::new(), detail: "The body must be a JSON object.".to_owned() };
        let given = body.as_object().ok_or_else(|| Refusal::Wrong(vec![wrong()]))?;
        Ok(Self { given, asked: Vec::new(), wrong: Vec::new() })
    }

    /// Notes a mistake at `key` (or below it: `groups/0`).
    pub fn wrong(&mut self, key: &str, text: &str) {
        self.wrong.push(Wrong { pointer: format!("/{key}"), detail: sentence(text) });
    }

    /// The value as it stands; asking for it makes its key a known one.
    pub fn given(&mut self, key: &'static str) -> Option<&'a Value> {
        self.asked.push(key);
        self.given.get(key)
    }

    /// The value of a key: `before` where it is not there (or wrong), `default` where it is `null`.
    pub fn take<T>(
        &mut self,
        key: &'static str,
        before: T,
        default: T,
        read: impl FnOnce(Raw) -> Result<T, String>,
    ) -> T {
        match self.given(key) {
            None => before,
            Some(Value::Null) => default,
            Some(value) => read(raw(value)).unwrap_or_else(|text| {
                self.wrong(key, &text);
                before
            }),
        }
    }

    /// A key that must have a value, now or before.
    pub fn need<T>(
        &mut self,
        key: &'static str,
        before: Option<T>,
        read: impl FnOnce(Raw) -> Result<T, String>,
    ) -> Option<T> {
        match self.given(key) {
            None if before.is_some() => before,
            None | Some(Value::Null) => {
                self.wrong(key, &format!("`{key}` is needed"));
                None
            }
            Some(value) => read(raw(value)).map_err(|text| self.wrong(key, &text)).ok(),
        }
    }

    /// An object within this one, at `key`: its mistakes are noted at their places below it.
    pub fn within<'b, T>(&mut self, key: &str, given: &'b Value, read: impl FnOnce(&mut Draft<'b>) -> T) -> Option<T> {
        let inner = Draft::of(given).and_then(|mut inner| {
            let value = read(&mut inner);
            inner.finish().map(|()| value)
        });
        match inner {
            Ok(value) => Some(value),
            Err(Refusal::Wrong(all)) => {
                let below = |wrong: Wrong| Wrong { pointer: format!("/{key}{}", wrong.pointer), ..wrong };
                self.wrong.extend(all.into_iter().map(below));
                None
            }
            Err(_) => None,
        }
    }

    /// # Errors
    /// Every mistake, those about unknown keys too.
    pub fn finish(mut self) -> Result<(), Refusal> {
        let strange: Vec<&String> = self.given.keys().filter(|key| !self.asked.contains(&key.as_str())).collect();
        for key in strange {
            let near = did_you_mean(key, self.asked.iter().copied());
            let hint =
                if near.is_empty() { format!("; there are {}", listed(self.asked.iter().copied())) } else { near };
            let pointer = format!("/{}", key.replace('~', "~0").replace('/', "~1"));
            self.wrong.push(Wrong { pointer, detail: sentence(&format!("`{key}` is no key of this{hint}")) });
        }
        if self.wrong.is_empty() { Ok(()) } else { Err(Refusal::Wrong(self.wrong)) }
    }
}

fn raw(value: &Value) -> Raw {
    match value {
        Value::String(text) => Raw::Text(text.clone()),
        Value::Bool(flag) => Raw::Flag(*flag),
        Value::Number(number) => number.as_i64().map_or(Raw::Other("number with a fraction"), Raw::Int),
        Value::Array(list) => {
            let texts: Option<Vec<String>> = list.iter().map(|one| one.as_str().map(str::to_owned)).collect();
            texts.map_or(Raw::Other("list of other things than texts"), Raw::List)
        }
        Value::Object(_) => Raw::Other("object"),
        Value::Null => Raw::Other("null"),
    }
}

impl Keys for Draft<'_> {
    fn take<T>(&mut self, key: &'static str, before: T, default: T, read: impl FnOnce(Raw) -> Result<T, String>) -> T {
        Draft::take(self, key, before, default, read)
    }

    fn wrong(&mut self, key: &'static str, text: &str) {
        Draft::wrong(self, key, text);
    }
}

/// With a capital and a full stop, where it has none.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    let ended = text.ends_with(['.', '?', '!']);
    format!("{first}{}{}", letters.as_str(), if ended { "" } else { "." })
}

/// A name that somebody gives: one short line.
pub fn name(raw: Raw) -> Result<String, String> {
    let name = crate::config::values::text(raw)?.trim().to_owned();
    if name.chars().count() > NAME_CHARS {
        return Err(format!("a name has at most {NAME_CHARS} characters"));
    }
    if name.chars().any(char::is_control) {
        return Err("a name is one line of plain text".to_owned());
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::values;
    use serde_json::json;

    fn wrong(refusal: Result<(), Refusal>) -> Vec<(String, String)> {
        match refusal {
            Err(Refusal::Wrong(all)) => all.into_iter().map(|one| (one.pointer, one.detail)).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_mistake_is_named_at_once_with_its_place() {
        let body = json!({"dwell": "soon", "chanels": [], "a/b": 1, "name": null});
        let mut draft = Draft::of(&body).unwrap();
        assert_eq!(draft.need("name", None, name), None);
        assert_eq!(draft.take("dwell", 7, 0, values::duration), 7);
        assert_eq!(draft.take("channels", vec!["x".to_owned()], Vec::new(), values::list), ["x"]);
        let pairs = wrong(draft.finish());
        assert_eq!(
            pairs.iter().map(|(at, _)| at.as_str()).collect::<Vec<_>>(),
            ["/name", "/dwell", "/a~1b", "/chanels"]
        );
        assert!(pairs[3].1.contains("did you mean `channels`?"), "{pairs:?}");
        assert_eq!(pairs[0].1, "`name` is needed.");
        assert!(Draft::of(&json!([1])).is_err());
    }

    #[test]
    fn names_are_one_short_line() {
        assert_eq!(name(Raw::Text(" on call ".into())), Ok("on call".to_owned()));
        for bad in ["", "  ", "a\nb", &"x".repeat(81)] {
            assert!(name(Raw::Text(bad.into())).is_err(), "{bad:?}");
        }
    }
}
