//! XML as the status service writes it, turned into the same JSON that it gives to others. Elements, text and nothing
//! else: attributes are passed over, and what is not whole is nothing.

use serde_json::{Map, Value};

/// Elements whose children are a list, whatever these are called.
const LISTS: [&str; 8] =
    ["CoreServices", "Titles", "Scenarios", "PossibleScenarios", "Incidents", "Devices", "ImpactedDevices", "Features"];
/// Deeper than any answer nests.
const DEEPEST: usize = 32;

#[derive(Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<(String, Value)>,
}

impl Element {
    fn value(self) -> (String, Value) {
        let value = if LISTS.contains(&self.name.as_str()) {
            Value::Array(self.children.into_iter().map(|(_, value)| value).collect())
        } else if self.children.is_empty() {
            Value::String(unescaped(self.text.trim()))
        } else {
            Value::Object(self.children.into_iter().collect::<Map<_, _>>())
        };
        (self.name, value)
    }
}

/// The name of the root and what is in it. `None` for everything that is no whole document.
pub fn parse(text: &str) -> Option<(String, Value)> {
    let mut rest = text.trim_start_matches('\u{feff}').trim();
    let mut open: Vec<Element> = Vec::new();
    loop {
        let at = rest.find('<')?;
        let (before, tag) = rest.split_at(at);
        match open.last_mut() {
            Some(element) => element.text.push_str(before),
            None if before.trim().is_empty() => {}
            None => return None,
        }
        rest = tag;
        if let Some(after) = rest.strip_prefix("<!--") {
            rest = after.split_once("-->")?.1;
        } else if let Some(after) = rest.strip_prefix("<![CDATA[") {
            let (inner, after) = after.split_once("]]>")?;
            open.last_mut()?.text.push_str(&inner.replace('&', "&amp;"));
            rest = after;
        } else if rest.starts_with("<?") {
            rest = rest.split_once("?>")?.1;
        } else if rest.starts_with("<!") {
            return None;
        } else if let Some(after) = rest.strip_prefix("</") {
            let (name, after) = after.split_once('>')?;
            let closed = open.pop().filter(|element| element.name == local(name.trim()))?;
            rest = after;
            match open.last_mut() {
                Some(parent) => parent.children.push(closed.value()),
                None => return rest.trim().is_empty().then(|| closed.value()),
            }
        } else {
            let (inside, after) = tag_end(rest.strip_prefix('<')?)?;
            rest = after;
            let (inside, empty) = inside.strip_suffix('/').map_or((inside, false), |inside| (inside, true));
            let name = inside.split_whitespace().next()?;
            let element = Element { name: local(name).to_owned(), ..Element::default() };
            if empty {
                open.last_mut()?.children.push(element.value());
            } else if open.len() < DEEPEST {
                open.push(element);
            } else {
                return None;
            }
        }
    }
}

/// What a tag holds and what follows it; a `>` inside quotes does not end it.
fn tag_end(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (None, '>') => return Some((text.get(..at)?, text.get(at + 1..)?)),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(mark), letter) if mark == letter => quote = None,
            _ => {}
        }
    }
    None
}

/// A name without its namespace.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let known = after.split_once(';').and_then(|(name, tail)| Some((entity(name)?, tail)));
        match known {
            Some((letter, tail)) => {
                out.push(letter);
                rest = tail;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let code = name.strip_prefix('#')?;
            let code =
                code.strip_prefix('x').map_or_else(|| code.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())?;
            return char::from_u32(code);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_objects_and_texts() {
        let (name, value) = parse(
            "<?xml version=\"1.0\"?><Root a=\"1>2\"><Titles><Category><Id>7</Id><Name>A &amp; B</Name></Category></Titles>\
             <Empty/><Devices /></Root>",
        )
        .unwrap();
        assert_eq!(name, "Root");
        let expected = serde_json::json!({"Titles": [{"Id": "7", "Name": "A & B"}], "Empty": "", "Devices": []});
        assert_eq!(value, expected);
    }

    #[test]
    fn halves_are_nothing() {
        for text in ["", "<a>", "<a><b></a></b>", "<a></a><b></b>", "text", "<!DOCTYPE a><a></a>", "<a b=\"></a>"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
