//! Uptime as a bar: a day a column, with what nobody looked at hatched, never green. In words, too.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use tocsin_domain::uptime::{Day, Total};
use tocsin_domain::{Health, Timestamp};

use crate::sign::Sign;
use crate::words;

/// Width of a day and height of the bar, in the drawing's own units.
const WIDE: i64 = 4;
const HIGH: i64 = 24;
/// Gaps shorter than this (seconds) are not mentioned: the next poll is always a few minutes away.
const GAP_S: i64 = 45 * 60;
const DAY_S: i64 = 24 * 3600;
/// The class of what nobody looked at.
const UNSEEN: &str = "unknown";
/// Days that the words for a bar name.
const NAMED: usize = 4;

/// One bar with its words.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    /// Width of the drawing.
    pub(crate) width: i64,
    pub(crate) layers: Vec<Layer>,
    /// For those who do not see it.
    pub(crate) label: String,
    /// `99.41 %`
    pub(crate) percent: String,
    /// What the percentage rests on.
    pub(crate) basis: String,
    /// Days on which there was something, newest first.
    pub(crate) notable: Vec<Notable>,
}

/// Everything of one colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) class: &'static str,
    pub(crate) path: String,
}

/// A day in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notable {
    pub(crate) day: String,
    pub(crate) sign: Sign,
    pub(crate) text: String,
}

impl Bar {
    /// `None` where nobody has looked.
    pub(crate) fn new(days: &[Day], zone: &TimeZone) -> Option<Self> {
        let total = Total::of(days);
        let percent = percent(total.without_trouble()?);
        let notable = notable(days, zone);
        let basis = basis(total, days.len());
        Some(Self {
            width: WIDE * i64::try_from(days.len()).unwrap_or(0),
            layers: layers(days),
            label: label(days.len(), &percent, &basis, &notable),
            percent,
            basis,
            notable,
        })
    }
}

/// `99.41 %`, cut and never rounded up.
fn percent(hundredths: i64) -> String {
    match (hundredths / 100, hundredths % 100) {
        (100, _) => "100 %".to_owned(),
        (whole, rest) => format!("{whole}.{rest:02} %"),
    }
}

/// What it rests on: `of the 61 days we looked`.
fn basis(total: Total, days: usize) -> String {
    let looked = total.seen_s / DAY_S;
    match total.seen_s {
        ..DAY_S => format!("of the {} we looked", words::duration(total.seen_s)),
        _ if usize::try_from(looked + 1).unwrap_or(0) >= days => format!("of all {days} days"),
        _ if looked == 1 => format!("of the {} we looked", words::duration(total.seen_s)),
        _ => format!("of the {looked} days we looked"),
    }
}

fn label(days: usize, percent: &str, basis: &str, notable: &[Notable]) -> String {
    let mut text = format!("The last {days} days: {percent} without trouble, {basis}.");
    let seen: Vec<&Notable> = notable.iter().filter(|one| one.sign.class != UNSEEN).collect();
    for one in seen.iter().take(NAMED) {
        let _ = write!(text, " {}: {}.", one.day, one.text);
    }
    if seen.len() > NAMED {
        let _ = write!(text, " And {} more.", words::count(seen.len() - NAMED, "day", "days"));
    }
    text
}

/// Days on which something was wrong, or on which we did not look all the time, newest first. Days on end that nobody
/// looked at are one.
fn notable(days: &[Day], zone: &TimeZone) -> Vec<Notable> {
    let mut found: Vec<Notable> = Vec::new();
    let mut blind: Option<(Timestamp, Timestamp)> = None;
    for day in days.iter().rev() {
        if day.seen_s() == 0 {
            blind = Some((day.from, blind.map_or(day.from, |(_, last)| last)));
            continue;
        }
        found.extend(blind.take().map(|span| unseen(span, zone)));
        found.extend(told(day, zone));
    }
    found.extend(blind.map(|span| unseen(span, zone)));
    found
}

fn unseen((first, last): (Timestamp, Timestamp), zone: &TimeZone) -> Notable {
    let day = if first == last { date(first, zone) } else { format!("{} – {}", date(first, zone), date(last, zone)) };
    Notable { day, sign: Health::Unknown.into(), text: "not looked at".to_owned() }
}

fn told(day: &Day, zone: &TimeZone) -> Option<Notable> {
    let mut parts: Vec<String> = [Health::MajorOutage, Health::PartialOutage, Health::Degraded, Health::Maintenance]
        .into_iter()
        .filter(|health| day.seconds(*health) > 0)
        .map(|health| format!("{} for {}", health.label().to_lowercase(), words::duration(day.seconds(health))))
        .collect();
    let well = parts.is_empty();
    if day.unseen_s() >= GAP_S {
        parts.push(format!("not looked at for {}", words::duration(day.unseen_s())));
    }
    let sign = if well { Health::Unknown } else { day.worst().unwrap_or_default() };
    (!parts.is_empty()).then(|| Notable { day: date(day.from, zone), sign: sign.into(), text: parts.join(", ") })
}

fn date(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at.to_jiff()).date().strftime("%-d %b").to_string()
}

/// Neighbouring days that look the same are one rectangle.
fn layers(days: &[Day]) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    let mut draw = |class: &'static str, at: usize, count: usize, top: i64, height: i64| {
        let place = layers.iter().position(|layer| layer.class == class).unwrap_or_else(|| {
            layers.push(Layer { class, path: String::new() });
            layers.len() - 1
        });
        let units = |days: usize| WIDE * i64::try_from(days).unwrap_or(0);
        if let Some(layer) = layers.get_mut(place) {
            let (x, width) = (units(at), units(count));
            let _ = write!(layer.path, "M{x} {top}h{width}v{height}h-{width}z");
        }
    };
    let mut at = 0;
    while let Some(look) = days.get(at).map(looks) {
        let count = days.iter().skip(at).take_while(|day| looks(day) == look).count();
        let (class, unseen) = look;
        if unseen > 0 {
            draw("unseen", at, count, 0, unseen);
        }
        if unseen < HIGH {
            draw(class, at, count, unseen, HIGH - unseen);
        }
        at += count;
    }
    layers
}

/// The colour of a day, and how much of its column is hatched.
fn looks(day: &Day) -> (&'static str, i64) {
    let class = day.worst().map_or("unseen", |health| Sign::from(health).class);
    let long = day.to.since(day.from).max(1);
    match (day.seen_s(), day.unseen_s()) {
        (0, _) => ("unseen", HIGH),
        (_, ..GAP_S) => (class, 0),
        // A little that was seen stays visible.
        (_, unseen) => (class, (unseen * HIGH / long).clamp(1, HIGH - 2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tocsin_domain::uptime::{HealthChange, Span, days, grid};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn drawn(spans: &[(&str, &str)], changes: &[(&str, Health, Health)]) -> Option<Bar> {
        let grid = grid("UTC", at("2026-11-23T12:00:00Z"), 4);
        let spans: Vec<Span> = spans.iter().map(|(from, to)| Span { from: at(from), to: at(to) }).collect();
        let change = |(when, before, after): &(&str, Health, Health)| HealthChange {
            component: String::new(),
            at: at(when),
            before: Some(*before),
            after: Some(*after),
        };
        let changes: Vec<HealthChange> = changes.iter().map(change).collect();
        Bar::new(&days(&grid, &spans, &changes, Some(Health::Operational)), &TimeZone::UTC)
    }

    fn bar(spans: &[(&str, &str)], changes: &[(&str, Health, Health)]) -> Bar {
        drawn(spans, changes).unwrap()
    }

    #[test]
    fn a_day_nobody_looked_is_hatched_and_counts_for_nothing() {
        let all = bar(&[("2026-11-01T00:00:00Z", "2026-11-23T12:00:00Z")], &[]);
        assert_eq!((all.percent.as_str(), all.basis.as_str()), ("100 %", "of all 4 days"));
        assert_eq!(all.layers, [Layer { class: "ok", path: "M0 0h16v24h-16z".to_owned() }]);
        assert!(all.notable.is_empty());

        let half = bar(&[("2026-11-22T12:00:00Z", "2026-11-23T12:00:00Z")], &[]);
        let layer = |class, path: &str| Layer { class, path: path.to_owned() };
        assert_eq!(
            half.layers,
            [layer("unseen", "M0 0h8v24h-8zM8 0h4v12h-4z"), layer("ok", "M8 12h4v12h-4zM12 0h4v24h-4z")]
        );
        assert_eq!(half.label, "The last 4 days: 100 % without trouble, of the 1d we looked.");
        let said: Vec<_> = half.notable.iter().map(|one| (one.day.as_str(), one.text.as_str())).collect();
        assert_eq!(said, [("22 Nov", "not looked at for 12h"), ("20 Nov – 21 Nov", "not looked at")]);
        assert!(drawn(&[], &[]).is_none(), "where nobody has looked there is nothing to draw");
    }

    #[test]
    fn trouble_is_named_with_its_length() {
        let changes = [
            ("2026-11-21T06:00:00Z", Health::Operational, Health::MajorOutage),
            ("2026-11-21T06:01:00Z", Health::MajorOutage, Health::Degraded),
            ("2026-11-21T08:01:00Z", Health::Degraded, Health::Operational),
        ];
        let bar = bar(&[("2026-11-01T00:00:00Z", "2026-11-23T12:00:00Z")], &changes);
        assert_eq!(bar.percent, "97.59 %");
        let day = &bar.notable[0];
        assert_eq!((day.day.as_str(), day.sign.class), ("21 Nov", "major"));
        assert_eq!(day.text, "major outage for 1m, degraded for 2h");
        assert!(bar.label.ends_with(" 21 Nov: major outage for 1m, degraded for 2h."), "{}", bar.label);
        assert_eq!(percent(9_999), "99.99 %");
    }
}
