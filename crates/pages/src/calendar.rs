//! `/calendar`: announced work, as a month and as a list of days, on the team's clock.

use askama::Template;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use tocsin_domain::title::{self, SplitTitle};
use tocsin_domain::{Maintenance, ProviderRef, Timestamp};

use crate::facts::PlannedWork;
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::moment::{Moment, Span};
use crate::rows::{self, Who};
use crate::sign::Sign;
use crate::{links, words};

/// Entries of a day that the month names; the others are counted.
const NAMED: usize = 3;

/// What the calendar is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub now: Timestamp,
    /// The month on view; any of its days.
    pub month: Date,
    /// Only of this provider.
    pub provider: Option<ProviderRef>,
    /// What touches the month, in any order; cancelled and completed work, too.
    pub works: Vec<PlannedWork>,
}

/// The month that `2026-11` names.
#[must_use]
pub fn month(text: &str) -> Option<Date> {
    let (year, month) = text.split_once('-')?;
    let (year, month) = (year.parse().ok()?, month.parse().ok()?);
    // Neighbours of the month must be months, too.
    (1970..=9_000).contains(&year).then(|| Date::new(year, month, 1).ok()).flatten()
}

/// The month that `now` lies in, on the team's clock.
#[must_use]
pub fn this_month(now: Timestamp, time_zone: &str) -> Date {
    zone(time_zone).to_datetime(now.to_jiff()).date().first_of_month()
}

/// From when to when the page for a month shows work: whole weeks in the team's zone.
#[must_use]
pub fn window(month: Date, time_zone: &str) -> (Timestamp, Timestamp) {
    let zone = zone(time_zone);
    let days = days(month);
    let at = |day: Option<&Date>| {
        let start = day.and_then(|day| zone.to_timestamp(day.at(0, 0, 0, 0)).ok());
        start.map_or(Timestamp::from_second(0), Timestamp::from_jiff)
    };
    (at(days.first()), at(days.last()).plus(24 * 3600))
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// The days of a month with what fills its first and last week; weeks begin on Monday.
fn days(month: Date) -> Vec<Date> {
    let mut first = month.first_of_month();
    while first.weekday() != Weekday::Monday {
        let Ok(before) = first.yesterday() else { break };
        first = before;
    }
    let last = month.last_of_month();
    let mut days = vec![first];
    while let Some(next) = days.last().and_then(|day| day.tomorrow().ok()) {
        if next > last && days.len().is_multiple_of(7) {
            break;
        }
        days.push(next);
    }
    days
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page::new(facts))
}

#[derive(Template, Debug)]
#[template(path = "pages/calendar.html")]
struct Page {
    layout: Layout,
    /// `November 2026`
    month: String,
    provider: Option<Who>,
    everybody: String,
    previous: String,
    next: String,
    today: Option<String>,
    feed: String,
    count: String,
    weeks: Vec<Vec<Cell>>,
    agenda: Vec<Section>,
}

/// One day of the month.
#[derive(Clone, Debug)]
struct Cell {
    number: i8,
    /// `Tuesday 24 November`
    name: String,
    outside: bool,
    today: bool,
    items: Vec<Item>,
    more: String,
}

/// One work on one of its days.
#[derive(Clone, Debug)]
struct Item {
    href: String,
    class: &'static str,
    who: String,
    title: String,
    /// It began on an earlier day.
    goes_on: bool,
}

/// A day of the list.
#[derive(Clone, Debug)]
struct Section {
    day: String,
    today: bool,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    id: String,
    who: Who,
    title: SplitTitle,
    verbatim: String,
    href: Option<String>,
    sign: Sign,
    over: bool,
    cancelled: bool,
    span: Span,
    parts: String,
    overdue: Option<Moment>,
}

impl Page {
    fn new(facts: &Facts) -> Self {
        let zone = facts.chrome.zone();
        let today = zone.to_datetime(facts.now.to_jiff()).date();
        let mut works: Vec<&PlannedWork> = facts.works.iter().filter(|work| !work.maintenance.sample).collect();
        works.sort_by_key(|work| (work.maintenance.starts_at, work.maintenance.id));
        let slug = facts.provider.as_ref().map_or("", |provider| provider.slug.as_str());
        let address = |month: Option<Date>| {
            let month = month.map(|month| month.strftime("%Y-%m").to_string()).unwrap_or_default();
            links::query("/calendar", &[("month", &month), ("provider", slug)])
        };
        let name = facts.month.strftime("%B %Y").to_string();
        let heading = format!("Maintenance in {name}");
        let inside = |day: &Date| day.first_of_month() == facts.month.first_of_month();
        let cells: Vec<Cell> =
            days(facts.month).into_iter().map(|day| Cell::new(day, inside(&day), today, &works, &zone)).collect();
        let own: Vec<&PlannedWork> = works
            .iter()
            .filter(|work| {
                touched(&work.maintenance, &zone).is_some_and(|(first, last)| {
                    first <= facts.month.last_of_month() && last >= facts.month.first_of_month()
                })
            })
            .copied()
            .collect();
        Self {
            layout: Layout::new(&facts.chrome, Nav::Calendar, Some("/calendar"), &heading, format!("{heading}.")),
            provider: facts.provider.as_ref().map(Who::from),
            everybody: links::query("/calendar", &[("month", &facts.month.strftime("%Y-%m").to_string())]),
            previous: address(facts.month.first_of_month().yesterday().ok()),
            next: address(facts.month.last_of_month().tomorrow().ok()),
            today: (!inside(&today)).then(|| address(None)),
            feed: links::query("/calendar.ics", &[("provider", slug)]),
            count: words::count(own.len(), "window", "windows"),
            weeks: cells.chunks(7).map(<[Cell]>::to_vec).collect(),
            agenda: agenda(&own, today, facts, &zone),
            month: name,
        }
    }
}

/// The first and the last day of a work; `None` where no start is stated.
fn touched(work: &Maintenance, zone: &TimeZone) -> Option<(Date, Date)> {
    let day = |at: Timestamp| zone.to_datetime(at.to_jiff()).date();
    let start = work.starts_at?;
    // What ends at midnight does not touch the day that begins then.
    let end = work.ends_at.map_or(start, |end| end.plus(-1)).max(start);
    Some((day(start), day(end)))
}

fn sign(work: &Maintenance) -> Sign {
    work.stage.into()
}

impl Cell {
    fn new(day: Date, inside: bool, today: Date, works: &[&PlannedWork], zone: &TimeZone) -> Self {
        let on = |work: &&&PlannedWork| {
            touched(&work.maintenance, zone).filter(|(first, last)| *first <= day && day <= *last).is_some()
        };
        let all: Vec<&&PlannedWork> = works.iter().filter(on).collect();
        let item = |work: &&&PlannedWork| Item {
            href: format!("#w-{}", work.maintenance.id),
            class: sign(&work.maintenance).class,
            who: work.provider.name.clone(),
            title: title::split(&work.maintenance.title).sentence,
            goes_on: touched(&work.maintenance, zone).is_some_and(|(first, _)| first < day),
        };
        Self {
            number: day.day(),
            name: day.strftime("%A %-d %B").to_string(),
            outside: !inside,
            today: day == today,
            items: all.iter().take(NAMED).map(item).collect(),
            more: if all.len() > NAMED { format!("{} more", words::number(all.len() - NAMED)) } else { String::new() },
        }
    }
}

/// By the day on which a work begins; what began before the month stands under its first day.
fn agenda(works: &[&PlannedWork], today: Date, facts: &Facts, zone: &TimeZone) -> Vec<Section> {
    let mut sections: Vec<(Date, Section)> = Vec::new();
    for work in works {
        let Some((first, _)) = touched(&work.maintenance, zone) else { continue };
        let day = first.max(facts.month.first_of_month());
        if sections.last().is_none_or(|(last, _)| *last != day) {
            let name = day.strftime("%A, %-d %B").to_string();
            sections.push((day, Section { day: name, today: day == today, rows: Vec::new() }));
        }
        if let Some((_, section)) = sections.last_mut() {
            section.rows.push(Row::new(work, facts.now, zone));
        }
    }
    sections.into_iter().map(|(_, section)| section).collect()
}

impl Row {
    fn new(planned: &PlannedWork, now: Timestamp, zone: &TimeZone) -> Self {
        let work = &planned.maintenance;
        let names: Vec<&str> = work.components.iter().map(|part| part.name.as_str()).collect();
        Self {
            id: work.id.to_string(),
            who: Who::from(&planned.provider),
            title: title::split(&work.title),
            verbatim: work.title.clone(),
            href: work.url.as_deref().and_then(links::outward),
            sign: sign(work),
            over: work.stage.is_over(),
            cancelled: work.stage == tocsin_domain::MaintenanceStage::Cancelled,
            span: Span::new(work.starts_at, work.ends_at, zone),
            parts: words::names(&names, 4),
            overdue: work
                .ends_at
                .filter(|end| *end < now && rows::is_running(work, now))
                .map(|end| Moment::lasting(end, now)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_whole_weeks_from_monday() {
        let text = |month: &str| {
            let days = days(super::month(month).unwrap());
            (days.len(), days[0].to_string(), days[days.len() - 1].to_string())
        };
        assert_eq!(text("2026-11"), (42, "2026-10-26".to_owned(), "2026-12-06".to_owned()));
        assert_eq!(text("2027-02"), (28, "2027-02-01".to_owned(), "2027-02-28".to_owned()));
        for bad in ["", "2026", "2026-13", "2026-0", "99999-1", "-1-1", "1969-12", "é-1"] {
            assert_eq!(month(bad), None, "{bad}");
        }
        let (from, to) = window(month("2026-11").unwrap(), "Europe/Berlin");
        assert_eq!((from.to_string(), to.to_string()), ("2026-10-25T23:00:00Z".into(), "2026-12-06T23:00:00Z".into()));
    }
}
