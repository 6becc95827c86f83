//! A template in a box: no files, no other templates, a limit on work and on what comes out, and nothing undefined.

use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, Value};

use super::facts;
use crate::limits::{TEMPLATE_BODY_BYTES, TEMPLATE_BYTES, TEMPLATE_FUEL};
use crate::text;

/// What the template is called in errors; nobody sees it.
const NAME: &str = "template";

/// What the engine brings itself.
const FUNCTIONS: [&str; 3] = ["dict", "namespace", "range"];

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_fuel(Some(TEMPLATE_FUEL));
    environment.set_recursion_limit(32);
    environment.add_filter("json", |value: Value| inside_quotes(&value.to_string()));
    environment.add_filter("cut", |value: String, most: usize| text::truncate(&value, most, text::Unit::Chars));
    environment.add_filter("oneline", |value: String| text::one_line(&value));
    environment.add_filter("quiet", |value: String| text::neutral(&value));
    environment
}

/// As it stands between the quotes of a JSON string.
fn inside_quotes(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// The body of one set of facts.
pub(super) fn rendered(template: &str, facts: &serde_json::Value) -> Result<String, String> {
    if template.len() > TEMPLATE_BYTES {
        return Err(format!("it is longer than {TEMPLATE_BYTES} bytes"));
    }
    let environment = environment();
    let compiled = environment.template_from_named_str(NAME, template).map_err(|error| said(template, &error))?;
    let mut out = Bounded { bytes: Vec::new(), full: false };
    let result = compiled.render_captured_to(minijinja::value::Serde(facts), &mut out).map(drop);
    if out.full {
        return Err(format!("what it makes is longer than {TEMPLATE_BODY_BYTES} bytes"));
    }
    result.map_err(|error| said(template, &error))?;
    String::from_utf8(out.bytes).map_err(|_| "what it makes is no text".to_owned())
}

/// A body that may be sent.
pub(super) fn sound(body: String, is_json: bool) -> Result<String, String> {
    if !is_json {
        return Ok(body);
    }
    match serde_json::from_str::<serde::de::IgnoredAny>(&body) {
        Ok(_) => Ok(body),
        Err(error) => {
            let line = body.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
            let before = line.char_indices().take_while(|(at, _)| *at < error.column()).count().saturating_sub(20);
            let near: String = line.chars().skip(before).take(40).collect();
            Err(format!(
                "what it makes is no JSON (line {}, column {} of the body, near `{}`); write texts as {{{{ title | tojson }}}}, \
                 or inside quotes as \"{{{{ title | json }}}}\"",
                error.line(),
                error.column(),
                text::one_line(&near),
            ))
        }
    }
}

/// Tries a template on an example of everything that may be said.
pub(super) fn tried(template: &str, is_json: bool) -> Result<(), String> {
    let examples = facts::examples();
    known_names(template, &examples)?;
    for (about, facts) in examples {
        rendered(template, &facts)
            .and_then(|body| sound(body, is_json))
            .map_err(|wrong| format!("{wrong} (tried on {about})"))?;
    }
    Ok(())
}

/// A filter may take what is undefined for nothing, so names that no example has are found before it is tried.
fn known_names(template: &str, examples: &[(&str, serde_json::Value)]) -> Result<(), String> {
    let environment = environment();
    let Ok(compiled) = environment.template_from_named_str(NAME, template) else { return Ok(()) };
    let names = compiled.undeclared_variables(true).into_iter();
    let mut names: Vec<String> = names.filter(|name| !FUNCTIONS.contains(&name.as_str())).collect();
    names.sort_by_key(|name| (template.find(name.as_str()), name.clone()));
    for name in names {
        let parts: Vec<&str> = name.split('.').collect();
        for depth in 1..=parts.len() {
            let (Some(path), Some(parent)) = (parts.get(..depth), parts.get(..depth - 1)) else { continue };
            let inside: Vec<&serde_json::Map<String, serde_json::Value>> =
                examples.iter().filter_map(|(_, facts)| at(facts, parent)?.as_object()).collect();
            let Some(last) = path.last() else { continue };
            if inside.is_empty() || inside.iter().any(|one| one.contains_key(*last)) {
                continue;
            }
            let known: std::collections::BTreeSet<&str> =
                inside.iter().flat_map(|one| one.keys().map(String::as_str)).collect();
            return Err(unknown(template, path, parent, &known));
        }
    }
    Ok(())
}

fn at<'a>(facts: &'a serde_json::Value, path: &[&str]) -> Option<&'a serde_json::Value> {
    path.iter().try_fold(facts, |value, key| value.get(*key))
}

fn unknown(template: &str, path: &[&str], parent: &[&str], known: &std::collections::BTreeSet<&str>) -> String {
    let name = path.join(".");
    let last = path.last().copied().unwrap_or_default();
    let near = known.iter().map(|one| (strsim::osa_distance(one, last), *one)).min();
    let hint = match near {
        Some((distance, near)) if distance <= 2 && distance < near.len() => {
            let whole: Vec<&str> = parent.iter().copied().chain([near]).collect();
            format!("did you mean `{}`?", whole.join("."))
        }
        _ => format!("it takes {}", known.iter().copied().collect::<Vec<_>>().join(", ")),
    };
    let place = template.find(&name).map(|start| placed(template, start)).unwrap_or_default();
    text::truncate(&format!("{place}there is no `{name}`; {hint}"), 500, text::Unit::Chars)
}

/// `line 3, column 12: `
fn placed(template: &str, start: usize) -> String {
    let before = template.get(..start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}: ")
}

/// `line 3, column 12: undefined value`
fn said(template: &str, error: &Error) -> String {
    let detail =
        error.detail().map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()));
    let hint = if detail.contains("undefined value") {
        "; everything is always there but may be none: test it first, {% if incident %}"
    } else if detail.contains("fuel") {
        "; it works for longer than it may"
    } else {
        ""
    };
    let place = error.range().filter(|range| range.start <= template.len());
    let place = place.map(|range| placed(template, range.start));
    let place = place.or_else(|| error.line().map(|line| format!("line {line}, column 1: "))).unwrap_or_default();
    text::truncate(&text::one_line(&format!("{place}{detail}{hint}")), 400, text::Unit::Chars)
}

/// Takes so many bytes and no more.
struct Bounded {
    bytes: Vec<u8>,
    full: bool,
}

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + bytes.len() > TEMPLATE_BODY_BYTES {
            self.full = true;
            return Err(std::io::Error::other("full"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
