//! Uptime: what a page said of itself over days, and how much of that time we looked. What nobody looked at is unseen:
//! it counts neither as up nor as down.

use std::collections::{BTreeSet, HashMap};

use crate::components::Components;
use crate::health::Health;
use crate::step::PageState;
use crate::time::Timestamp;

/// A time without a gap in our looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// The health of a component (or of the page) was another one from `at` on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthChange {
    /// The component's id; empty for the page itself.
    pub component: String,
    pub at: Timestamp,
    /// `None`: the page did not list it.
    pub before: Option<Health>,
    pub after: Option<Health>,
}

/// How a page was at its last good reading.
#[derive(Clone, Debug)]
pub struct Look {
    /// `None`: there was none.
    read_at: Option<Timestamp>,
    health: Health,
    components: Components,
}

impl Look {
    #[must_use]
    pub fn of(state: &PageState) -> Self {
        let health = state.last_known.unwrap_or(state.health);
        Self { read_at: state.read_at, health, components: state.components.clone() }
    }
}

/// What the good reading that made `after` changed. A first look has nothing to differ from, and a page that cannot be
/// read says nothing.
#[must_use]
pub fn changes(before: &Look, after: &PageState, now: Timestamp) -> Vec<HealthChange> {
    if before.read_at.is_none() || after.failures > 0 {
        return Vec::new();
    }
    let change =
        |component: &str, before, after| HealthChange { component: component.to_owned(), at: now, before, after };
    let mut found = Vec::new();
    if before.health != after.health {
        found.push(change("", Some(before.health), Some(after.health)));
    }
    if before.components == after.components {
        return found;
    }
    let ids = in_question(&before.components, &after.components);
    let (known, told) = (by_id(&before.components, &ids), by_id(&after.components, &ids));
    for id in ids {
        // `Some(None)`: two components share the id, and nobody can tell them apart.
        let (was, is) = (known.get(id).copied(), told.get(id).copied());
        if was == Some(None) || is == Some(None) || was == is {
            continue;
        }
        found.push(change(id, was.flatten(), is.flatten()));
    }
    found
}

/// Ids of the components whose health may have moved. Where the page lists the same ones as before, few have.
fn in_question<'a>(before: &'a Components, after: &'a Components) -> BTreeSet<&'a str> {
    let ids = |components: &'a Components| components.iter().map(|component| component.id.as_str());
    let mut found: BTreeSet<&str> = if before.line_up(after) {
        let moved = before.iter().zip(after).filter(|(was, is)| was.health != is.health);
        moved.map(|(was, _)| was.id.as_str()).collect()
    } else {
        ids(before).chain(ids(after)).collect()
    };
    found.remove("");
    found
}

fn by_id<'a>(components: &'a Components, ids: &BTreeSet<&str>) -> HashMap<&'a str, Option<Health>> {
    let mut healths = HashMap::with_capacity(ids.len());
    for component in components.iter().filter(|component| ids.contains(component.id.as_str())) {
        let twice = healths.contains_key(component.id.as_str());
        healths.insert(component.id.as_str(), Some(component.health).filter(|_| !twice));
    }
    healths
}

/// One day of a track: seconds in each health, and seconds nobody looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    pub from: Timestamp,
    /// The next midnight, or now.
    pub to: Timestamp,
    /// In the order of [`Health::ALL`]; nothing is ever added to `unknown`.
    seconds: [i64; 6],
}

impl Day {
    /// Seconds that we saw it in this health.
    #[must_use]
    pub fn seconds(&self, health: Health) -> i64 {
        self.seconds.get(usize::from(health.number())).copied().unwrap_or(0)
    }

    /// Seconds that we saw it in any health.
    #[must_use]
    pub fn seen_s(&self) -> i64 {
        self.seconds.iter().sum()
    }

    /// Seconds that nobody looked, or that the page said nothing about it.
    #[must_use]
    pub fn unseen_s(&self) -> i64 {
        self.to.since(self.from).max(0) - self.seen_s()
    }

    /// The worst that we saw; `None` where we saw nothing.
    #[must_use]
    pub fn worst(&self) -> Option<Health> {
        Health::worst(Health::ALL.into_iter().filter(|health| self.seconds(*health) > 0))
    }

    fn add(&mut self, health: Health, seconds: i64) {
        if let Some(slot) = self.seconds.get_mut(usize::from(health.number())) {
            *slot += seconds;
        }
    }
}

/// The last `days` midnights of a time zone (an IANA name; UTC where it is not known), oldest first, and `now`.
#[must_use]
pub fn grid(zone: &str, now: Timestamp, days: usize) -> Vec<Timestamp> {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let today = zone.to_datetime(now.to_jiff()).date();
    let midnight = |back: usize| {
        let back = jiff::Span::new().days(i64::try_from(back).unwrap_or(0));
        let day = today.checked_sub(back).ok()?;
        let start = day.to_zoned_datetime(zone.clone()).ok()?;
        Some(Timestamp::from_jiff(start.timestamp()))
    };
    (0..days).rev().filter_map(midnight).chain([now]).collect()
}

/// Days between the moments of `grid`, out of the spans we looked and what changed within them (both oldest first).
/// `current` is the health after the last change: with no change it has been so all along.
#[must_use]
pub fn days(grid: &[Timestamp], seen: &[Span], changes: &[HealthChange], current: Option<Health>) -> Vec<Day> {
    let pairs = grid.iter().zip(grid.iter().skip(1));
    let mut days: Vec<Day> = pairs.map(|(from, to)| Day { from: *from, to: *to, seconds: [0; 6] }).collect();
    let start = changes.first().map_or(current, |first| first.before);
    let mut until: Option<Timestamp> = None;
    for span in seen {
        // Spans that overlap count once.
        let from = until.map_or(span.from, |until| until.max(span.from));
        until = Some(until.map_or(span.to, |until| until.max(span.to)));
        let first = changes.partition_point(|change| change.at <= from);
        let mut health = first.checked_sub(1).and_then(|last| changes.get(last)).map_or(start, |last| last.after);
        let mut at = from;
        for change in changes.iter().skip(first).take_while(|change| change.at < span.to) {
            spread(&mut days, at, change.at, health);
            at = change.at;
            health = change.after;
        }
        spread(&mut days, at, span.to, health);
    }
    days
}

/// Adds the time from `from` to `to` to the days it lies in.
fn spread(days: &mut [Day], from: Timestamp, to: Timestamp, health: Option<Health>) {
    let Some(health) = health.filter(|health| *health != Health::Unknown) else { return };
    let first = days.partition_point(|day| day.to <= from);
    for day in days.iter_mut().skip(first).take_while(|day| day.from < to) {
        let seconds = to.min(day.to).since(from.max(day.from));
        day.add(health, seconds.max(0));
    }
}

/// What many days come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// Seconds that we looked.
    pub seen_s: i64,
    /// Seconds of those in which it was degraded or worse.
    pub trouble_s: i64,
    /// Seconds in announced maintenance.
    pub maintenance_s: i64,
}

impl Total {
    #[must_use]
    pub fn of(days: &[Day]) -> Self {
        let sum = |count: &dyn Fn(&Day) -> i64| days.iter().map(count).sum();
        let trouble = [Health::Degraded, Health::PartialOutage, Health::MajorOutage];
        Self {
            seen_s: sum(&Day::seen_s),
            trouble_s: sum(&|day| trouble.iter().map(|health| day.seconds(*health)).sum()),
            maintenance_s: sum(&|day| day.seconds(Health::Maintenance)),
        }
    }

    /// Hundredths of a percent of the time we looked in which there was no trouble, never rounded up: 10,000 means none
    /// at all. `None` where we did not look.
    #[must_use]
    pub fn without_trouble(self) -> Option<i64> {
        (self.seen_s > 0).then(|| (self.seen_s - self.trouble_s) * 10_000 / self.seen_s)
    }
}
