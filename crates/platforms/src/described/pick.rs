//! Picks: a JSONPath or a CSS selector, ready to be used, and the spots of a page it is used on.

use std::collections::HashSet;

use scraper::{ElementRef, Html, Selector};
use serde_json::Value;
use serde_json_path::JsonPath;

use crate::kit::html;

/// A path or selector is no longer than this (bytes): nobody writes more, and parsing nests with it.
const LONGEST: usize = 500;
/// Commas of one path: each may double what is chosen, and a name may stand there twice.
const MOST_COMMAS: usize = 8;
/// Elements of a list may stand in one another this deep: each is looked through whole.
const DEEPEST: usize = 8;
/// Elements of one list that are looked at.
pub(super) const MOST: usize = 5000;

/// A value of a JSON document or an element of a web page, with where it stands for a problem.
#[derive(Clone, Debug)]
pub(super) enum Spot<'a> {
    Json {
        value: &'a Value,
        /// The name under which its object holds it.
        key: Option<&'a str>,
        place: String,
    },
    Html {
        element: ElementRef<'a>,
        place: String,
    },
}

impl<'a> Spot<'a> {
    pub(super) fn of_json(value: &'a Value) -> Self {
        Self::Json { value, key: None, place: String::new() }
    }

    pub(super) fn of_html(document: &'a Html) -> Self {
        Self::Html { element: document.root_element(), place: String::new() }
    }

    /// Where it stands: `services[3]`.
    pub(super) fn place(&self) -> &str {
        match self {
            Self::Json { place, .. } | Self::Html { place, .. } => place,
        }
    }
}

/// A way to a value or to a list.
#[derive(Clone, Debug)]
pub(super) enum Pick {
    Json {
        written: String,
        path: JsonPath,
        /// The paths on the way there, longest first, each with whether what follows it is a choice among what it holds.
        /// They tell an empty list from one that is not there.
        on_the_way: Vec<(JsonPath, bool)>,
    },
    /// The name of a member of an object.
    Key,
    Css {
        written: String,
        /// `None`: the element itself.
        selector: Option<Selector>,
        attribute: Option<String>,
    },
}

/// A list of a page, or why there is none.
pub(super) enum List<'a> {
    There(Vec<Spot<'a>>),
    Missing,
}

impl Pick {
    /// Reads a JSONPath (RFC 9535). `name` is short for `$.name`, `@key` the name of a member.
    pub(super) fn json(written: &str) -> Result<Self, String> {
        let written = checked(written)?;
        if written == "@key" {
            return Ok(Self::Key);
        }
        let full = if written.starts_with('$') { written.to_owned() } else { format!("$.{written}") };
        let segments = segments(&full);
        if commas(&full) > MOST_COMMAS {
            return Err(format!("has more than {MOST_COMMAS} commas, which takes too long; name the way"));
        }
        if full.matches("..").count() > 1 {
            return Err("looks through everything (`..`) more than once, which takes too long; name the way".to_owned());
        }
        let path = parse(&full).map_err(|(at, why)| {
            let hint = if written.contains('-') && !written.contains('[') {
                "; a name with a hyphen is written $['like-this']"
            } else {
                ""
            };
            format!("`{written}` is no JSONPath: at character {at} {why}{hint}")
        })?;
        let on_the_way = segments.iter().rev().filter_map(|(at, text)| {
            let before = parse(full.get(..*at)?).ok()?;
            Some((before, chooses(text)))
        });
        Ok(Self::Json { on_the_way: on_the_way.collect(), path, written: written.to_owned() })
    }

    /// Reads a CSS selector, with an attribute behind `@`. `.` alone is the element itself.
    pub(super) fn css(written: &str) -> Result<Self, String> {
        let written = checked(written)?;
        let (selector, attribute) = match written.rsplit_once('@') {
            Some((selector, attribute)) if is_name(attribute) => (selector.trim(), Some(attribute.to_owned())),
            _ => (written, None),
        };
        let parsed = match selector {
            "" | "." => None,
            selector => Some(
                Selector::parse(selector)
                    .map_err(|error| format!("`{selector}` is no CSS selector: {}", plain(&error.to_string())))?,
            ),
        };
        Ok(Self::Css { written: written.to_owned(), selector: parsed, attribute })
    }

    /// As it was written.
    pub(super) fn written(&self) -> &str {
        match self {
            Self::Json { written, .. } | Self::Css { written, .. } => written,
            Self::Key => "@key",
        }
    }

    /// It leads somewhere else than to the element itself, so that it may be missing.
    pub(super) fn leads_away(&self) -> bool {
        match self {
            Self::Json { path, .. } => path.to_string() != "$",
            Self::Key => false,
            Self::Css { selector, attribute, .. } => selector.is_some() || attribute.is_some(),
        }
    }

    pub(super) fn has_attribute(&self) -> bool {
        matches!(self, Self::Css { attribute: Some(_), .. })
    }

    /// Something is there, if only an empty text.
    pub(super) fn is_there(&self, spot: &Spot<'_>) -> bool {
        match (self, spot) {
            (Self::Json { path, .. }, Spot::Json { value, .. }) => {
                path.query(value).iter().any(|found| !found.is_null())
            }
            (Self::Css { selector, attribute, .. }, Spot::Html { element, .. }) => {
                let fits = |found: &ElementRef<'_>| {
                    attribute.as_deref().is_none_or(|attribute| found.value().attr(attribute).is_some())
                };
                match selector {
                    Some(selector) => element.select(selector).any(|found| fits(&found)),
                    None => fits(element),
                }
            }
            _ => false,
        }
    }

    /// The elements of the list it leads to, at most one more than [`MOST`]. `named` is what the list is called where
    /// the page gives no names of places.
    pub(super) fn list<'a>(&self, spot: &Spot<'a>, named: &str) -> List<'a> {
        match (self, spot) {
            (Self::Json { path, on_the_way, .. }, Spot::Json { value, place, .. }) => {
                json_list(path, on_the_way, value, place)
            }
            (Self::Css { selector: Some(selector), .. }, Spot::Html { element, place }) => {
                let name = if place.is_empty() { named.to_owned() } else { format!("{place}.{named}") };
                let found: Vec<_> = element.select(selector).take(MOST + 1).collect();
                if nest_too_deep(&found) {
                    return List::Missing;
                }
                let spot = |(index, element)| Spot::Html { element, place: format!("{name}[{index}]") };
                List::There(found.into_iter().enumerate().map(spot).collect())
            }
            _ => List::Missing,
        }
    }

    /// The first text it leads to, in one line. `None` for blank ones and for what is no text.
    pub(super) fn text(&self, spot: &Spot<'_>) -> Option<String> {
        self.texts(spot).into_iter().next()
    }

    /// All texts it leads to: of a list, its elements.
    pub(super) fn texts(&self, spot: &Spot<'_>) -> Vec<String> {
        let raw: Vec<String> = match (self, spot) {
            (Self::Key, Spot::Json { key, .. }) => key.map(ToOwned::to_owned).into_iter().collect(),
            (Self::Json { path, .. }, Spot::Json { value, .. }) => {
                let found = path.query(value);
                let flat = found.iter().flat_map(|found| match found {
                    Value::Array(items) => items.iter().collect::<Vec<_>>(),
                    one => vec![*one],
                });
                flat.take(MOST).filter_map(scalar).collect()
            }
            (Self::Css { attribute, .. }, Spot::Html { element, .. }) => {
                let of = |found: ElementRef<'_>| match attribute {
                    Some(attribute) => found.value().attr(attribute).map(str::to_owned),
                    None => Some(found.text().collect::<String>()),
                };
                self.elements(*element).take(MOST).filter_map(of).collect()
            }
            _ => Vec::new(),
        };
        let one_line = raw.iter().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
        one_line.filter(|text| !text.is_empty()).collect()
    }

    /// What may be a word of the vendor's: the text, or each of an element's classes.
    pub(super) fn words(&self, spot: &Spot<'_>) -> Vec<String> {
        let first = self.text(spot);
        match self {
            Self::Css { attribute: Some(attribute), .. } if attribute == "class" => {
                first.iter().flat_map(|text| text.split(' ')).map(str::to_owned).collect()
            }
            _ => first.into_iter().collect(),
        }
    }

    /// The text it leads to, as Markdown.
    pub(super) fn markdown(&self, spot: &Spot<'_>) -> String {
        match (self, spot) {
            (Self::Json { path, .. }, Spot::Json { value, .. }) => {
                let text = path.query(value).first().and_then(scalar);
                text.map(|text| html::mixed_to_markdown(&text)).unwrap_or_default()
            }
            (Self::Css { attribute: None, .. }, Spot::Html { element, .. }) => {
                self.elements(*element).next().map(|found| html::to_markdown(&found.inner_html())).unwrap_or_default()
            }
            _ => self.text(spot).unwrap_or_default(),
        }
    }

    fn elements<'a>(&'a self, element: ElementRef<'a>) -> Box<dyn Iterator<Item = ElementRef<'a>> + 'a> {
        match self {
            Self::Css { selector: Some(selector), .. } => Box::new(element.select(selector)),
            _ => Box::new(std::iter::once(element)),
        }
    }
}

fn checked(written: &str) -> Result<&str, String> {
    let written = written.trim();
    match written.len() {
        0 => Err("is empty".to_owned()),
        length if length > LONGEST => Err(format!("is longer than {LONGEST} bytes")),
        _ => Ok(written),
    }
}

fn parse(path: &str) -> Result<JsonPath, (usize, String)> {
    JsonPath::parse(path).map_err(|error| (error.position(), plain(error.message())))
}

/// The words of a parser, as the end of a sentence.
fn plain(message: &str) -> String {
    match message {
        "parser error" => "something else was expected".to_owned(),
        message => message.trim_end_matches('.').replace("parser error", "something else was expected"),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))
}

/// Elements of a list in one another, deeper than anybody means it.
fn nest_too_deep(rows: &[ElementRef<'_>]) -> bool {
    let ids: HashSet<_> = rows.iter().map(|row| row.id()).collect();
    rows.iter().any(|row| row.ancestors().filter(|above| ids.contains(&above.id())).count() > DEEPEST)
}

/// Commas outside of names.
fn commas(path: &str) -> usize {
    let (mut quote, mut escaped, mut count) = (None, false, 0);
    for c in path.chars() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(mark), c) if c == mark => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, ',') => count += 1,
            _ => {}
        }
    }
    count
}

/// The segments of a JSONPath behind `$`, each with where it begins.
fn segments(path: &str) -> Vec<(usize, &str)> {
    let mut begins = Vec::new();
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    let mut before = ' ';
    for (at, c) in path.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(mark), c) if c == mark => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '[') => {
                if depth == 0 && before != '.' {
                    begins.push(at);
                }
                depth += 1;
            }
            (None, ']') => depth = depth.saturating_sub(1),
            (None, '.') if depth == 0 && before != '.' => begins.push(at),
            _ => {}
        }
        before = c;
    }
    let ends: Vec<usize> = begins.iter().copied().skip(1).chain([path.len()]).collect();
    begins.into_iter().zip(ends).filter_map(|(from, to)| Some((from, path.get(from..to)?))).collect()
}

/// A segment that chooses among what is there, and may choose nothing: `[*]`, `.*`, `[?…]`, `[0:3]`.
fn chooses(segment: &str) -> bool {
    let inner = segment.trim_start_matches(['.', '[']).trim_start();
    inner.starts_with(['*', '?'])
        || segment.starts_with('[') && !inner.starts_with(['\'', '"']) && inner.contains(':')
        || segment.starts_with("..")
}

fn json_list<'a>(path: &JsonPath, on_the_way: &[(JsonPath, bool)], value: &'a Value, place: &str) -> List<'a> {
    let found = path.query_located(value);
    let spot = |base: &str, tail: &str, value, key| Spot::Json { value, key, place: joined(base, tail) };
    let mut nodes = found.iter();
    if let (Some(only), None) = (nodes.next(), nodes.next())
        && !on_the_way.first().is_some_and(|(_, chooses)| *chooses)
    {
        let at = joined(place, &written(only.location()));
        return match only.node() {
            Value::Array(items) => {
                let items = items.iter().take(MOST + 1).enumerate();
                List::There(items.map(|(index, item)| spot(&at, &format!("[{index}]"), item, None)).collect())
            }
            object @ Value::Object(_) => List::There(vec![spot(&at, "", object, None)]),
            _ => List::Missing,
        };
    }
    let spots: Vec<Spot<'a>> = found
        .iter()
        .take(MOST + 1)
        .map(|node| {
            let key = member(value, node.location());
            spot(place, &written(node.location()), node.node(), key)
        })
        .collect();
    if spots.is_empty() && !is_empty_rather_than_missing(on_the_way, value) {
        return List::Missing;
    }
    List::There(spots)
}

/// Nothing was found: because what holds the list holds nothing, or because it is not there itself.
fn is_empty_rather_than_missing(on_the_way: &[(JsonPath, bool)], value: &Value) -> bool {
    for (before, chooses) in on_the_way {
        let holders = before.query(value);
        if !holders.is_empty() {
            // Of an object with members none may have been chosen because it is something else now.
            let is_list = |holder: &&Value| holder.as_object().map_or(holder.is_array(), serde_json::Map::is_empty);
            return *chooses && holders.iter().all(is_list);
        }
    }
    false
}

/// The name under which the last step of a location holds its value, borrowed from the document.
fn member<'a>(value: &'a Value, location: &serde_json_path::NormalizedPath<'_>) -> Option<&'a str> {
    let mut at = value;
    let mut last = None;
    for step in location.iter() {
        if let Some(name) = step.as_name() {
            let (key, next) = at.as_object()?.get_key_value(name)?;
            last = Some(key.as_str());
            at = next;
        } else {
            last = None;
            at = at.get(step.as_index()?)?;
        }
    }
    last
}

/// `services[3].state` of a location.
fn written(location: &serde_json_path::NormalizedPath<'_>) -> String {
    let mut text = String::new();
    for step in location.iter() {
        match (step.as_name(), step.as_index()) {
            (Some(name), _) if text.is_empty() => text.push_str(name),
            (Some(name), _) => text.extend([".", name]),
            (None, index) => text.push_str(&format!("[{}]", index.unwrap_or_default())),
        }
    }
    text
}

fn joined(base: &str, tail: &str) -> String {
    match (base.is_empty(), tail.is_empty()) {
        (true, _) => tail.to_owned(),
        (_, true) => base.to_owned(),
        _ if tail.starts_with('[') => format!("{base}{tail}"),
        _ => format!("{base}.{tail}"),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_of_a_path() {
        let of = |path| segments(path).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(of("$.a.b[*]"), [".a", ".b", "[*]"]);
        assert_eq!(of("$['a.b'][?@.x == ']'].c"), ["['a.b']", "[?@.x == ']']", ".c"]);
        assert_eq!(of("$..a"), ["..a"]);
        assert_eq!(of("$..[*].b"), ["..[*]", ".b"]);
        assert!(of("$").is_empty());
    }

    #[test]
    fn an_empty_list_is_told_from_one_that_is_missing() {
        let table = [
            ("incidents", r#"{"incidents":[]}"#, Some(0)),
            ("incidents", r#"{"incidents":null}"#, None),
            ("incidents", r#"{"incidents":{"id":1}}"#, Some(1)),
            ("incidents", r#"{}"#, None),
            ("$.incidents[*]", r#"{"incidents":[]}"#, Some(0)),
            ("$.incidents[*]", r#"{"incidents":{}}"#, Some(0)),
            ("$.incidents[*]", r#"{"incidents":"none"}"#, None),
            ("$.incidents[*]", r#"{"other":[]}"#, None),
            ("$.incidents[?@.open == true]", r#"{"incidents":[{"open":false}]}"#, Some(0)),
            ("$.days[*].incidents[*]", r#"{"days":[]}"#, Some(0)),
            ("$.days[*].incidents[*]", r#"{"days":[{"incidents":[]}]}"#, Some(0)),
            ("$.days[*].incidents[*]", r#"{"days":[{"events":[{}]}]}"#, None),
            ("$.days[*].incidents[*]", r#"{"days":[{"incidents":[{},{}]},{"incidents":[{}]}]}"#, Some(3)),
            ("$", r#"[{},{}]"#, Some(2)),
            ("$", r#"{"id":1}"#, Some(1)),
            ("$.services.*", r#"{"services":{"a":{},"b":{}}}"#, Some(2)),
        ];
        for (path, json, expected) in table {
            let value: Value = serde_json::from_str(json).unwrap();
            let pick = Pick::json(path).unwrap();
            let count = match pick.list(&Spot::of_json(&value), "incidents") {
                List::There(spots) => Some(spots.len()),
                List::Missing => None,
            };
            assert_eq!(count, expected, "{path} of {json}");
        }
    }

    #[test]
    fn members_have_names_and_places() {
        let value: Value = serde_json::from_str(r#"{"groups":[{"services":{"dns":{"up":true}}}]}"#).unwrap();
        let pick = Pick::json("$.groups[*].services.*").unwrap();
        let List::There(spots) = pick.list(&Spot::of_json(&value), "") else { panic!("missing") };
        assert_eq!(spots[0].place(), "groups[0].services.dns");
        assert_eq!(Pick::json("@key").unwrap().text(&spots[0]).as_deref(), Some("dns"));
        assert_eq!(Pick::json("up").unwrap().text(&spots[0]).as_deref(), Some("true"));
    }

    #[test]
    fn what_is_no_path_says_where() {
        let said = Pick::json("$.incidents[").unwrap_err();
        assert!(said.starts_with("`$.incidents[` is no JSONPath: at character"), "{said}");
        assert!(Pick::json("in-progress").unwrap_err().contains("$['like-this']"));
        assert!(Pick::json("$..a..b").is_err() && Pick::json(&"a".repeat(600)).is_err() && Pick::json(" ").is_err());
        assert!(Pick::json(&format!("$.a{}", "['a','a']".repeat(20))).unwrap_err().contains("commas"));
        assert!(Pick::json("$['a,b']['c','d']").is_ok());
        assert!(Pick::css("div[").unwrap_err().contains("is no CSS selector"));
        assert!(Pick::css("a[href*=\"@x\"]").is_ok_and(|pick| !pick.has_attribute()));
    }

    #[test]
    fn lists_do_not_stand_in_themselves_without_end() {
        let list = |depth: usize| {
            let html = format!("<html><body>{}x{}</body></html>", "<div>".repeat(depth), "</div>".repeat(depth));
            let document = Html::parse_document(&html);
            matches!(Pick::css("div").unwrap().list(&Spot::of_html(&document), "components"), List::There(_))
        };
        assert!(list(3) && !list(300));
    }

    #[test]
    fn elements_attributes_and_classes() {
        let html = "<html><body><li id=a class='row is-up'>  Quay\n <b>East</b></li><li>West</li></body></html>";
        let document = Html::parse_document(html);
        let List::There(rows) = Pick::css("li").unwrap().list(&Spot::of_html(&document), "components") else {
            panic!("missing")
        };
        assert_eq!(rows.len(), 2);
        assert_eq!(Pick::css(".").unwrap().text(&rows[0]).as_deref(), Some("Quay East"));
        assert_eq!(Pick::css("@id").unwrap().text(&rows[0]).as_deref(), Some("a"));
        assert_eq!(Pick::css("@class").unwrap().words(&rows[0]), ["row", "is-up"]);
        assert_eq!(Pick::css("b").unwrap().text(&rows[1]), None);
        assert_eq!(rows[1].place(), "components[1]");
    }
}
