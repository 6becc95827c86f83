//! `/history` (and `/history.json`): three months of incidents and maintenances, each with its name, impact, span and
//! last words. `?page=2` leads further back. It says nothing of how the page is now.

use jiff::Timestamp as Precise;
use scraper::{Html, Selector};
use serde_json::Value;
use tocsin_domain::maintenance::Work;
use tocsin_domain::{MaintenanceStage, Page, Problem, Report, Stage, Timestamp};

use super::json::Part;
use crate::kit::dates::{self, Parts};
use crate::kit::{decode, html, words};

/// An entry that names no end is taken for over after this long (seconds): 14 days.
const FORGOTTEN_S: i64 = 14 * 24 * 3600;
const MARK: &str = "data-react-class=\"HistoryIndex\"";

/// The marks of the page, without parsing it.
pub fn recognise(text: &str) -> bool {
    text.contains(MARK)
        && text.contains("data-react-props=")
        && !decode::is_cut_off(text)
        && !html::nests_too_deep(text)
}

/// The same for the JSON.
pub fn recognise_json(json: &str) -> bool {
    json.contains("\"months\"") && serde_json::from_str(json).is_ok_and(|value| lists_months(&value))
}

fn lists_months(value: &Value) -> bool {
    let months = value.get("months").and_then(Value::as_array);
    let is_month = |month: &Value| month.get("incidents").is_some_and(Value::is_array) && month.get("year").is_some();
    months.is_some_and(|months| !months.is_empty() && months.iter().all(is_month)) && value.get("start_time").is_some()
}

/// What the page says. `None` where what it holds is not what it should be.
pub fn part(text: &str, now: Timestamp) -> Option<Part> {
    part_of_json(&props(text)?, now)
}

/// The data that stands in the page.
fn props(text: &str) -> Option<String> {
    if !recognise(text) {
        return None;
    }
    let document = Html::parse_document(text);
    let selector = Selector::parse("[data-react-class=HistoryIndex]").ok()?;
    document.select(&selector).find_map(|element| element.value().attr("data-react-props")).map(str::to_owned)
}

/// The same from the JSON.
pub fn part_of_json(json: &str, now: Timestamp) -> Option<Part> {
    let value: Value = serde_json::from_str(json).ok().filter(lists_months)?;
    let mut part = Part::default();
    let page = value.pointer("/page_status/page").unwrap_or(&Value::Null);
    let text = |key: &str| page.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let url = text("domain").map(|domain| format!("https://{domain}"));
    part.page = Page { id: text("id"), name: text("name"), url, time_zone: None };
    for (number, month) in value.get("months").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let year = month.get("year").and_then(Value::as_i64).and_then(|year| i16::try_from(year).ok());
        for (index, row) in month.get("incidents").and_then(Value::as_array).into_iter().flatten().enumerate() {
            let place = format!("months[{number}].incidents[{index}]");
            entry(&Row { row, year, place }, now, &mut part);
        }
    }
    part.history_since = since(&value, now);
    Some(part)
}

/// From when to when a page of it lists everything; `None` where it lists a choice, or something could not be read.
pub fn span_of(text: &str, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let json = match decode::json(text) {
        Some(json) => json.to_owned(),
        None => props(text)?,
    };
    let value: Value = serde_json::from_str(&json).ok().filter(lists_months)?;
    let whole = part_of_json(&json, now).is_some_and(|part| !part.doubtful);
    let (from, to) = (time(&value, "start_time")?, time(&value, "end_time")?);
    (whole && !is_filtered(&value)).then_some((from, to))
}

/// Everything since then is listed where nothing was filtered and the list reaches to now.
fn since(value: &Value, now: Timestamp) -> Option<Timestamp> {
    let reaches_now = time(value, "end_time").is_some_and(|end| end >= now);
    (reaches_now && !is_filtered(value)).then(|| time(value, "start_time")).flatten()
}

fn time(value: &Value, key: &str) -> Option<Timestamp> {
    let text = value.get(key).and_then(Value::as_str)?;
    dates::parse(text).map(|instant| Timestamp::from_jiff(instant.at))
}

fn is_filtered(value: &Value) -> bool {
    value.get("component_filter").and_then(Value::as_array).is_some_and(|filter| !filter.is_empty())
}

/// One incident of a month, and where it stands.
struct Row<'a> {
    row: &'a Value,
    year: Option<i16>,
    place: String,
}

impl Row<'_> {
    fn text(&self, key: &str) -> &str {
        self.row.get(key).and_then(Value::as_str).unwrap_or_default()
    }
}

fn entry(row: &Row<'_>, now: Timestamp, part: &mut Part) {
    let id = row.text("code").to_owned();
    let title = html::to_text(row.text("name"));
    if id.is_empty() || title.is_empty() {
        part.doubtful = true;
        part.problems.push(Problem::new("bad_shape", row.place.clone(), "It has no code or no name."));
        return;
    }
    let url = part.page.url.as_ref().map(|page| format!("{page}/incidents/{id}"));
    let written = html::to_text(row.text("timestamp"));
    let Some(span) = row.year.and_then(|year| span(&written, year)) else {
        part.problems.push(Problem::new("bad_time", row.place.clone(), format!("`{written}` is no span we can read.")));
        part.doubtful = true;
        return;
    };
    if span.assumed_utc {
        let detail = "Its time zone is not known; UTC was assumed.";
        part.problems.push(Problem::new("assumed_utc", row.place.clone(), detail));
    }
    let (start, end) = (Timestamp::from_jiff(span.start), span.end.map(Timestamp::from_jiff));
    if row.text("impact") == "maintenance" {
        let over = end.is_some_and(|end| end <= now);
        part.works.push(Work {
            id,
            title,
            url,
            stage: over.then_some(MaintenanceStage::Completed),
            starts_at: Some(start),
            ends_at: end,
            components: Vec::new(),
            updates: Vec::new(),
        });
        return;
    }
    let impact = words::impact(row.text("impact"));
    if impact.is_none() {
        let detail = format!("`{}` is no impact we know.", row.text("impact"));
        part.problems.push(Problem::new("unknown_impact", row.place.clone(), detail));
    }
    // What has no end and is old was not told to its end: it is history all the same.
    let forgotten = end.is_none() && now.since(start) > FORGOTTEN_S;
    if forgotten {
        let detail = "It names no end and is older than two weeks: taken for over.";
        part.problems.push(Problem::new("no_stage", row.place.clone(), detail));
    }
    part.incidents.push(Report {
        id,
        title,
        url,
        impact,
        stage: (end.is_some() || forgotten).then_some(Stage::Resolved),
        started_at: Some(start),
        resolved_at: end.or(Some(start).filter(|_| forgotten)),
        components: Vec::new(),
        // Its last words stand without a time and without an id: whoever wants them reads the incident itself.
        updates: Vec::new(),
    });
}

struct Span {
    start: Precise,
    end: Option<Precise>,
    assumed_utc: bool,
}

/// `Aug 26, 23:37 - Aug 27, 19:44 UTC`, `Aug 27, 10:04 - 12:12 UTC`, `Aug 27, 10:04 UTC`.
fn span(text: &str, year: i16) -> Option<Span> {
    let (first, last) = match text.split_once(" - ") {
        Some((first, last)) => (first, Some(last)),
        None => (text, None),
    };
    let last = last.map(dates::parts).map_or(Some(None), |parts| parts.map(Some))?;
    let mut from = dates::parts(first)?;
    from.time?;
    let zone = last.and_then(|to| to.zone).or(from.zone);
    from.zone = zone;
    let start = from.at(from.year.unwrap_or(year))?;
    let end = match last {
        None => None,
        Some(to) => Some(end_of(Parts { zone, ..to }, &from, year)?).filter(|end| *end >= start),
    };
    Some(Span { start, end, assumed_utc: zone.is_none() })
}

/// The end is written short: what it leaves out is as in the start; a month before the start's is of the next year.
fn end_of(mut to: Parts, from: &Parts, year: i16) -> Option<Precise> {
    to.time?;
    to.month = to.month.or(from.month);
    to.day = to.day.or(from.day);
    let next = to.month < from.month;
    to.at(to.year.unwrap_or(year + i16::from(next)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_as_pages_write_them() {
        let read = |text: &str| {
            let span = span(text, 2025).unwrap();
            (span.start.to_string(), span.end.map(|end| end.to_string()), span.assumed_utc)
        };
        let (start, end) = ("2025-08-27T10:04:00Z".to_owned(), "2025-08-27T12:12:00Z".to_owned());
        assert_eq!(read("Aug 27 , 10:04 - 12:12 UTC"), (start.clone(), Some(end), false));
        assert_eq!(read("Aug 27, 10:04 UTC"), (start.clone(), None, false));
        let end = "2025-08-28T02:00:00Z".to_owned();
        assert_eq!(read("Aug 27, 03:04 - 19:00 PDT"), (start, Some(end), false));
        let (start, end) = ("2025-12-31T23:50:00Z".to_owned(), "2026-01-01T00:20:00Z".to_owned());
        assert_eq!(read("Dec 31, 23:50 - Jan 1, 00:20 UTC"), (start, Some(end), false));
        let (start, end) = ("2025-02-03T01:00:00Z".to_owned(), "2025-02-03T02:00:00Z".to_owned());
        assert_eq!(read("Feb 3, 01:00 - 02:00 NPTX"), (start, Some(end), true));
        assert!(span("soon", 2025).is_none());
    }
}
