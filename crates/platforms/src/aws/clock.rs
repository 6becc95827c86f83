//! The old `data.json`: updates as HTML, each with a time of day and, at most, a day: `<div><span class="yellowfg">
//! 6:15 PM PDT</span>&nbsp;…</div>`. The event's own date says which day it began.

use jiff::Timestamp as Precise;
use jiff::civil::Date;
use jiff::tz::Offset;
use tocsin_domain::{Stage, Timestamp};

use crate::kit::dates::{self, Parts};
use crate::kit::html;
use crate::kit::report::Draft;

const MARK: &str = "<span class=\"yellowfg\">";

/// The updates of a description, the last of which ends it where it is `over`. Empty where it holds none or nothing
/// says on which day it began.
pub fn drafts(description: &str, begun: Option<Timestamp>, over: bool) -> Vec<Draft<Stage>> {
    let Some(begun) = begun else { return Vec::new() };
    let mut before = begun.to_jiff();
    let mut drafts = Vec::new();
    for block in description.split(MARK).skip(1) {
        let Some((clock, text)) = block.split_once("</span>") else { continue };
        // Times are in whole minutes, the beginning is not: nothing is before the beginning.
        let at = dates::parts(&html::to_text(clock))
            .and_then(|parts| dated(&parts, before))
            .map(|at| at.max(begun.to_jiff()));
        before = at.unwrap_or(before);
        let text = text.trim_end_matches("<div>");
        drafts.push(Draft {
            id: String::new(),
            stage: Some(Stage::Investigating),
            at,
            stored_at: None,
            body: html::to_markdown(text),
        });
    }
    if let Some(last) = drafts.last_mut().filter(|_| over) {
        last.stage = Some(Stage::Resolved);
    }
    drafts
}

/// The first such time that is not before the update before it (the date of an event is that of its first update).
fn dated(parts: &Parts, before: Precise) -> Option<Precise> {
    let offset = parts.zone.unwrap_or(Offset::UTC);
    let day = offset.to_datetime(before).date();
    let on = |date: Date| offset.to_timestamp(date.to_datetime(parts.time?)).ok();
    if let (Some(month), Some(number)) = (parts.month, parts.day) {
        let years = [day.year(), day.year() + 1];
        return years
            .into_iter()
            .filter_map(|year| on(Date::new(year, month, number).ok()?))
            .find(|at| not_before(*at, before));
    }
    [day, day.tomorrow().ok()?].into_iter().filter_map(on).find(|at| not_before(*at, before))
}

fn not_before(at: Precise, before: Precise) -> bool {
    at.as_second() + 120 >= before.as_second()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_go_over_midnight_and_days_are_believed() {
        let description = "<div><span class=\"yellowfg\">11:50 PM PST</span>&nbsp;One.</div><div><span class=\"yellowfg\">12:10 AM PST</span>\
                           &nbsp;Two.</div><div><span class=\"yellowfg\">Jan 2,  1:00 AM PST</span>&nbsp;Three.</div>";
        let drafts = drafts(description, "2022-01-01T07:50:30Z".parse().ok(), true);
        let read: Vec<_> = drafts
            .iter()
            .map(|draft| (draft.at.map(|at| at.to_string()).unwrap_or_default(), draft.body.as_str()))
            .collect();
        assert_eq!(
            read,
            [
                ("2022-01-01T07:50:30Z".to_owned(), "One."),
                ("2022-01-01T08:10:00Z".to_owned(), "Two."),
                ("2022-01-02T09:00:00Z".to_owned(), "Three.")
            ]
        );
        assert_eq!(drafts.last().and_then(|draft| draft.stage), Some(Stage::Resolved));
    }
}
