//! The timeline inside a feed entry: blocks of "date, phase, text" as Statuspage, Instatus, LambStatus and others
//! render them. Dates there have no year and a zone abbreviation of the page; both are inferred.

use jiff::{SignedDuration, Timestamp, tz::Offset};

use super::dates::{self, Parts};
use super::html;
use super::words::{self, Phase};

/// One update of a rendered timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub at: Option<Timestamp>,
    /// The zone was neither known nor to be inferred.
    pub assumed_utc: bool,
    /// The word as written: `In progress`.
    pub word: String,
    pub phase: Option<Phase>,
    /// Markdown.
    pub body: String,
}

/// An update may stand this much out of order before another year is assumed.
const SLACK: SignedDuration = SignedDuration::from_hours(48);
const LONGEST_HEADER: usize = 300;

/// The blocks of an entry in their order in the text (newest first, as a rule). `newest` is the entry's own time:
/// the time of its last status update. Empty where the text is no timeline.
#[must_use]
pub fn blocks(content: &str, newest: Timestamp) -> Vec<Block> {
    let headers = headers(content);
    let offset = headers.first().and_then(|first| inferred_offset(&first.parts, newest));
    read(content, &headers, offset, newest, true)
}

/// The same where only `now` is known: nothing in it is later, and nothing tells an unknown zone.
#[must_use]
pub fn blocks_until(content: &str, now: Timestamp) -> Vec<Block> {
    read(content, &headers(content), None, now, false)
}

/// `exact`: the first block's time is `newest`, give or take; else it is any time before it.
fn read(content: &str, headers: &[Header], offset: Option<Offset>, newest: Timestamp, exact: bool) -> Vec<Block> {
    let mut before = newest;
    let mut blocks = Vec::with_capacity(headers.len());
    for (index, header) in headers.iter().enumerate() {
        let end = headers.get(index + 1).map_or(content.len(), |next| next.start);
        let text = content.get(header.end..end).unwrap_or_default();
        let (word, body) = phase_and_body(text);
        let known = header.parts.zone.is_some();
        let mut parts = header.parts;
        parts.zone = parts.zone.or(offset);
        let at = dated(&parts, before, exact && index == 0);
        before = at.unwrap_or(before);
        blocks.push(Block {
            at,
            assumed_utc: !known && offset.is_none(),
            phase: words::phase(&word),
            word,
            body: html::to_markdown(body.trim_start_matches([' ', '-', '\u{2013}', '\n'])),
        });
    }
    blocks
}

struct Header {
    start: usize,
    end: usize,
    parts: Parts,
}

/// Every `<small>` or `<strong>` that holds a date with a time.
fn headers(content: &str) -> Vec<Header> {
    let mut headers = Vec::new();
    let mut from = 0;
    while let Some(found) = content.get(from..).and_then(next_tag) {
        let (start, inner, close) = (from + found.0, from + found.1, found.2);
        let window = &content[inner..content.floor_char_boundary((inner + LONGEST_HEADER).min(content.len()))];
        from = inner;
        let Some(length) = window.find(close) else { continue };
        let text = without_tags(&window[..length]);
        if let Some(parts) =
            dates::parts(&text).filter(|parts| parts.month.is_some() && parts.day.is_some() && parts.time.is_some())
        {
            from = inner + length + close.len();
            headers.push(Header { start, end: from, parts });
        }
    }
    headers
}

/// Start of the next tag, end of it, and what closes it.
fn next_tag(text: &str) -> Option<(usize, usize, &'static str)> {
    let small = text.find("<small>").map(|at| (at, at + "<small>".len(), "</small>"));
    let strong = text.find("<strong>").map(|at| (at, at + "<strong>".len(), "</strong>"));
    match (small, strong) {
        (Some(small), Some(strong)) => Some(if small.0 < strong.0 { small } else { strong }),
        (one, other) => one.or(other),
    }
}

fn without_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text.replace("&nbsp;", " ")
}

/// The phase is the first emphasised words or heading behind the date; what follows is the text.
fn phase_and_body(text: &str) -> (String, &str) {
    const MARKS: [(&str, &str); 5] =
        [("<strong>", "</strong>"), ("<b>", "</b>"), ("<h3>", "</h3>"), ("<h4>", "</h4>"), ("<h2>", "</h2>")];
    let first = MARKS.iter().filter_map(|(open, close)| text.find(open).map(|at| (at, *open, *close))).min();
    let Some((at, open, close)) = first.filter(|(at, ..)| without_tags(&text[..*at]).trim().is_empty()) else {
        return (String::new(), text);
    };
    let inner = &text[at + open.len()..];
    let Some(end) = inner.find(close).filter(|end| *end <= 60) else { return (String::new(), text) };
    let word = without_tags(&inner[..end]).trim().to_owned();
    (word, &inner[end + close.len()..])
}

/// A page's zone that we do not know shows in the newest update, whose instant the entry gives.
fn inferred_offset(parts: &Parts, newest: Timestamp) -> Option<Offset> {
    if parts.zone.is_some() {
        return None;
    }
    let local = closest(&Parts { zone: Some(Offset::UTC), ..*parts }, newest)?;
    let minutes = local.duration_since(newest).as_secs().div_euclid(60);
    let quarters = (minutes + 7).div_euclid(15);
    let near = (minutes - quarters * 15).abs() <= 1 && minutes.abs() <= 14 * 60;
    let seconds = i32::try_from(quarters * 15 * 60).ok()?;
    near.then(|| Offset::from_seconds(seconds).ok()).flatten()
}

fn dated(parts: &Parts, before: Timestamp, first: bool) -> Option<Timestamp> {
    if let Some(year) = parts.year {
        return parts.at(year);
    }
    if first {
        return closest(parts, before);
    }
    let limit = before.checked_add(SLACK).ok()?;
    let year = Offset::UTC.to_datetime(before).year();
    [year + 1, year, year - 1].into_iter().filter_map(|year| parts.at(year)).find(|at| *at <= limit)
}

fn closest(parts: &Parts, to: Timestamp) -> Option<Timestamp> {
    if let Some(year) = parts.year {
        return parts.at(year);
    }
    let year = Offset::UTC.to_datetime(to).year();
    [year - 1, year, year + 1]
        .into_iter()
        .filter_map(|year| parts.at(year))
        .min_by_key(|at| at.duration_since(to).abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tocsin_domain::Stage;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn block(date: &str, day: &str, time: &str, zone: &str, phase: &str, text: &str) -> String {
        format!(
            "<p><small>{date} <var data-var='date'>{day}</var>, <var data-var='time'>{time}</var> {zone}</small><br>\
             <strong>{phase}</strong> - {text}</p>"
        )
    }

    #[test]
    fn the_year_is_inferred_over_new_year() {
        let content = block("Jan", " 1", "00:05", "UTC", "Resolved", "Done.")
            + &block("Dec", "31", "23:50", "UTC", "Investigating", "Looking.");
        let blocks = blocks(&content, at("2026-01-01T00:05:12Z"));
        assert_eq!(blocks[0].at, Some(at("2026-01-01T00:05:00Z")));
        assert_eq!(blocks[1].at, Some(at("2025-12-31T23:50:00Z")));
        assert_eq!(blocks[1].phase, Some(Phase::Incident(Stage::Investigating)));
        assert_eq!(blocks[1].body, "Looking.");
    }

    #[test]
    fn a_late_postmortem_does_not_move_the_year() {
        let content = block("Nov", "20", "09:00", "UTC", "Postmortem", "Why.")
            + &block("Feb", " 3", "10:00", "UTC", "Resolved", "Done.");
        let blocks = blocks(&content, at("2026-11-20T09:00:00Z"));
        assert_eq!(blocks[1].at, Some(at("2026-02-03T10:00:00Z")));
    }

    #[test]
    fn where_only_now_is_known_nothing_is_later() {
        let content = block("Nov", " 2", "16:09", "PST", "Investigating", "Looking.");
        let blocks = blocks_until(&content, at("2026-03-01T12:00:00Z"));
        assert_eq!(blocks[0].at, Some(at("2025-11-03T00:09:00Z")));
        assert!(!blocks[0].assumed_utc);
    }

    #[test]
    fn an_unknown_zone_is_inferred_from_the_entry() {
        let content = block("Jun", "12", "01:30", "NPTX", "Resolved", "Done.");
        let blocks = blocks(&content, at("2026-06-11T19:45:20Z"));
        assert_eq!(blocks[0].at, Some(at("2026-06-11T19:45:00Z")));
        assert!(!blocks[0].assumed_utc);
    }

    #[test]
    fn dates_in_strong_with_a_heading_behind() {
        let content = "<h3>Status: RESOLVED</h3><div><p><strong>Fri, 31 Jul 2026 08:00:00 GMT</strong></p>\
                       <h3>Resolved</h3><p>Over.</p></div>";
        let blocks = blocks(content, at("2026-07-31T07:00:00Z"));
        assert_eq!(blocks.len(), 1);
        assert_eq!(blocks[0].at, Some(at("2026-07-31T08:00:00Z")));
        assert_eq!((blocks[0].word.as_str(), blocks[0].body.as_str()), ("Resolved", "Over."));
    }
}
