//! Promise: when a vendor says that it will speak again. Read only where it says so plainly.

use crate::incident::{Incident, Stage, TimelineEntry};
use crate::time::Timestamp;

/// A promise is broken when its word is late by this much (seconds): clocks differ, and writing takes a while.
pub const GRACE_S: i64 = 5 * 60;

/// A promise of a next word, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    pub by: Timestamp,
    /// When the next word came; `None`: it has not yet.
    pub came: Option<Timestamp>,
}

impl Promise {
    /// Seconds by which the word came too late, or is overdue at `now`; `None`: it was kept, or can be yet.
    #[must_use]
    pub fn late_s(&self, now: Timestamp) -> Option<i64> {
        let late = self.came.unwrap_or(now).since(self.by);
        (late >= GRACE_S).then_some(late)
    }
}

/// What each update of an incident promised, in their order. What is said at the end of an incident can only be kept by
/// something that follows: without it nothing tells whether it will.
#[must_use]
pub fn of(incident: &Incident) -> Vec<Option<Promise>> {
    let updates = &incident.updates;
    let of_one = |(place, entry): (usize, &TimelineEntry)| {
        let by = promised(&entry.body, entry.at.unwrap_or(entry.first_seen_at))?;
        let came = updates.get(place + 1).map(spoken).or_else(|| ended(incident, entry));
        (came.is_some() || incident.is_open()).then_some(Promise { by, came })
    };
    updates.iter().enumerate().map(of_one).collect()
}

/// When an update was there to be read: what is dated back was not there at its time.
fn spoken(entry: &TimelineEntry) -> Timestamp {
    entry.at.filter(|_| !entry.backdated).unwrap_or(entry.first_seen_at)
}

/// The end is a word, too, where the vendor gave it without a text.
fn ended(incident: &Incident, last: &TimelineEntry) -> Option<Timestamp> {
    let said = !incident.is_open() && !incident.inferred && !last.stage.is_some_and(Stage::is_terminal);
    incident.resolved_at.filter(|_| said)
}

/// Words that make a sentence one about the next update.
const CUES: [&str; 20] = [
    "next update",
    "next word",
    "further update",
    "another update",
    "additional update",
    "more update",
    "updates every",
    "update every",
    "an update within",
    "an update in",
    "an update by",
    "will update",
    "ll update",
    "update you",
    "provide update",
    "provide an update",
    "post an update",
    "share an update",
    "more information",
    "hear from us",
];

/// Names of zones in minutes from UTC; what may mean several is not among them.
const ZONES: [(&str, i64); 20] = [
    ("utc", 0),
    ("gmt", 0),
    ("z", 0),
    ("est", -300),
    ("edt", -240),
    ("et", -300),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("cet", 60),
    ("cest", 120),
    ("eet", 120),
    ("eest", 180),
    ("jst", 540),
    ("aest", 600),
    ("aedt", 660),
    ("nzst", 720),
    ("nzdt", 780),
];

/// A promise that lies further ahead than this (seconds) is no promise of a word soon: two days.
const FURTHEST_S: i64 = 48 * 3600;

/// When a text that was written at `at` promises the next word; `None` where it promises none, or not plainly.
#[must_use]
pub fn promised(text: &str, at: Timestamp) -> Option<Timestamp> {
    let lower = text.to_lowercase();
    let found = sentences(&lower).filter(|sentence| CUES.iter().any(|cue| sentence.contains(cue)));
    let times =
        found.filter_map(|sentence| span(sentence).map(|seconds| at.plus(seconds)).or_else(|| clock(sentence, at)));
    times.filter(|then| (1..=FURTHEST_S).contains(&then.since(at))).last()
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '!', '?']).flat_map(|line| line.split(". ")).map(str::trim).filter(|one| !one.is_empty())
}

fn words(sentence: &str) -> Vec<&str> {
    let edge = |letter: char| !letter.is_alphanumeric();
    sentence
        .split([' ', '\t', '-', '–', '(', ')', ',', '~'])
        .map(|word| word.trim_matches(edge))
        .filter(|word| !word.is_empty())
        .collect()
}

/// "within the next 30 minutes", "in an hour", "every two hours", "in 30-60 minutes".
fn span(sentence: &str) -> Option<i64> {
    let words = words(sentence);
    let mut best = None;
    for (place, word) in words.iter().enumerate() {
        let Some(unit) = unit(word) else { continue };
        let before = words.get(..place).unwrap_or_default();
        let Some(number) = number(before) else { continue };
        // "for the last 30 minutes" is no promise.
        let near = before.iter().rev().take(6);
        let ahead = near.clone().any(|word| matches!(*word, "in" | "within" | "every" | "next"));
        let behind = near.clone().any(|word| matches!(*word, "last" | "past" | "previous" | "for"));
        if ahead && !behind {
            best = Some(number * unit);
        }
    }
    best
}

fn unit(word: &str) -> Option<i64> {
    match word {
        "minute" | "minutes" | "min" | "mins" => Some(60),
        "hour" | "hours" | "hr" | "hrs" => Some(3600),
        _ => None,
    }
}

/// The number at the end of these words.
fn number(words: &[&str]) -> Option<i64> {
    let last = words.last()?;
    if let Ok(number) = last.parse::<i64>() {
        return (1..=600).contains(&number).then_some(number);
    }
    let number = match *last {
        "a" | "an" | "one" | "next" | "the" => 1,
        "two" => 2,
        "of" if words.iter().rev().nth(1) == Some(&"couple") => 2,
        "three" => 3,
        "four" => 4,
        "five" => 5,
        "six" => 6,
        "eight" => 8,
        "ten" => 10,
        "twelve" => 12,
        "fifteen" => 15,
        "twenty" => 20,
        "thirty" => 30,
        "forty" => 40,
        "sixty" => 60,
        "ninety" => 90,
        _ => return None,
    };
    Some(number)
}

/// "by 23:40 UTC", "at 3:30 PM PST", "before 4pm EST".
fn clock(sentence: &str, at: Timestamp) -> Option<Timestamp> {
    let words: Vec<&str> = sentence.split([' ', '\t', '(', ')', ',']).filter(|word| !word.is_empty()).collect();
    for place in 0..words.len() {
        let before = place.checked_sub(1).and_then(|before| words.get(before));
        if !before.is_some_and(|before| matches!(*before, "by" | "at" | "before" | "around" | "until")) {
            continue;
        }
        let rest: Vec<&str> = words.get(place..)?.iter().take(3).copied().collect();
        let Some(second) = time_of_day(&rest) else { continue };
        let day = at.as_second().div_euclid(86_400) * 86_400;
        let then = [-86_400, 0, 86_400].map(|shift| Timestamp::from_second(day + shift + second));
        return then.into_iter().find(|then| *then > at);
    }
    None
}

/// Seconds of the UTC day; may lie outside of it.
fn time_of_day(words: &[&str]) -> Option<i64> {
    let first = words.first()?.trim_matches(|letter: char| !letter.is_alphanumeric());
    let digits = first.trim_end_matches(|letter: char| letter.is_alphabetic());
    let tail = first.strip_prefix(digits)?;
    let (hour, minute) = match digits.split_once(':') {
        Some((hour, minute)) => (hour.parse::<i64>().ok()?, minute.parse::<i64>().ok()?),
        None => (digits.parse::<i64>().ok()?, 0),
    };
    let clean = |word: &&str| word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_owned();
    let mut rest: Vec<String> = words.get(1..)?.iter().map(clean).collect();
    if !tail.is_empty() {
        rest.insert(0, tail.to_owned());
    }
    let half = rest.first().map(|word| word.replace('.', "")).filter(|word| word == "am" || word == "pm");
    if half.is_some() {
        rest.remove(0);
    }
    let hour = match (half.as_deref(), hour) {
        (Some("am"), 12) => 0,
        (Some("pm"), 1..=11) => hour + 12,
        // "by 4" is no time.
        (None, _) if !digits.contains(':') => return None,
        _ => hour,
    };
    let zone = rest.first()?;
    let (_, offset) = ZONES.iter().find(|(name, _)| name == zone)?;
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 3600 + minute * 60 - offset * 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::{Impact, IncidentState};

    fn at(clock: &str) -> Timestamp {
        format!("2026-03-02T{clock}:00Z").parse().unwrap()
    }

    /// Each update: its stage, when it was said, and its text.
    fn incident(ended: Option<&str>, said: &[(Stage, &str, &str)]) -> Incident {
        let entry = |(stage, when, body): &(Stage, &str, &str)| TimelineEntry {
            id: (*when).to_owned(),
            stage: Some(*stage),
            at: Some(at(when)),
            body: (*body).to_owned(),
            first_seen_at: at("23:59"),
            revisions: Vec::new(),
            left_out: 0,
            backdated: false,
            unlisted_since: None,
        };
        Incident {
            id: uuid::Uuid::nil(),
            vendor_id: "a".to_owned(),
            title: "Calls fail".to_owned(),
            url: None,
            impact: Impact::Minor,
            stage: said.last().map_or(Stage::Investigating, |(stage, ..)| *stage),
            state: if ended.is_some() { IncidentState::Closed } else { IncidentState::Open },
            started_at: None,
            resolved_at: ended.map(at),
            first_seen_at: at("10:00"),
            imported: false,
            inferred: false,
            sample: false,
            components: Vec::new(),
            updates: said.iter().map(entry).collect(),
            edits: Vec::new(),
            left_out: 0,
            pushed_at: None,
        }
    }

    /// `10:30 10:25`: promised and come; `-`: nothing promised; `10:30 ?`: not yet.
    fn told(incident: &Incident) -> Vec<String> {
        let clock = |at: Timestamp| at.to_string()[11..16].to_owned();
        let one = |promise: Promise| format!("{} {}", clock(promise.by), promise.came.map_or("?".to_owned(), clock));
        of(incident).into_iter().map(|promise| promise.map_or("-".to_owned(), one)).collect()
    }

    #[test]
    fn a_promise_is_kept_by_the_next_word() {
        use Stage::{Identified, Investigating, Postmortem, Resolved};
        let soon = "Next update within 30 minutes.";
        let told = |ended, said: &[_]| told(&incident(ended, said));
        assert_eq!(
            told(None, &[(Investigating, "10:00", soon), (Identified, "10:25", "We know why.")]),
            ["10:30 10:25", "-"]
        );
        assert_eq!(told(None, &[(Investigating, "10:00", soon)]), ["10:30 ?"]);
        assert_eq!(told(Some("10:40"), &[(Investigating, "10:00", soon)]), ["10:30 10:40"], "the end is a word");
        let after = "More information in 24 hours.";
        assert_eq!(told(Some("10:40"), &[(Resolved, "10:40", after)]), ["-"], "nothing tells whether it will");
        let explained = [(Resolved, "10:40", "Next update in 2 hours."), (Postmortem, "14:40", "Why.")];
        assert_eq!(told(Some("10:40"), &explained), ["12:40 14:40", "-"]);
    }

    #[test]
    fn what_is_dated_back_or_inferred_keeps_no_promise() {
        let soon = "Next update within 30 minutes.";
        let mut one = incident(None, &[(Stage::Investigating, "10:00", soon), (Stage::Identified, "10:25", "")]);
        one.updates[1].backdated = true;
        one.updates[1].first_seen_at = at("11:30");
        assert_eq!(told(&one), ["10:30 11:30", "-"]);
        let mut gone = incident(Some("10:20"), &[(Stage::Investigating, "10:00", soon)]);
        gone.inferred = true;
        assert_eq!(told(&gone), ["-"]);
    }

    #[test]
    fn a_promise_is_late_after_five_minutes() {
        let table =
            [(None, "10:20", None), (None, "10:34", None), (None, "10:35", Some(300)), (Some("10:34"), "12:00", None)];
        let more = [(Some("10:55"), "12:00", Some(1_500)), (Some("10:20"), "12:00", None)];
        for (came, now, late) in table.into_iter().chain(more) {
            let promise = Promise { by: at("10:30"), came: came.map(at) };
            assert_eq!(promise.late_s(at(now)), late, "{came:?} {now}");
        }
    }

    #[test]
    fn promises_are_read_where_they_are_plain() {
        let at: Timestamp = "2026-03-02T22:05:00Z".parse().unwrap();
        let table = [
            ("We will provide an update within 30 minutes.", Some("2026-03-02T22:35:00Z")),
            ("Next update in 1 hour.", Some("2026-03-02T23:05:00Z")),
            ("The next update will follow in an hour", Some("2026-03-02T23:05:00Z")),
            ("Expect another update within the next two hours.", Some("2026-03-03T00:05:00Z")),
            ("Another update in the next hour.", Some("2026-03-02T23:05:00Z")),
            ("We'll update you in 30-60 minutes.", Some("2026-03-02T23:05:00Z")),
            ("Updates every 15 minutes until it is over", Some("2026-03-02T22:20:00Z")),
            ("We are working on it. Next update by 23:40 UTC.", Some("2026-03-02T23:40:00Z")),
            ("Next update: by 3:30 PM PST", Some("2026-03-02T23:30:00Z")),
            ("Next update at 1am UTC", Some("2026-03-03T01:00:00Z")),
            ("Next update by 22:00 UTC", Some("2026-03-03T22:00:00Z")),
            ("Next word by 23:40 UTC, on our page", Some("2026-03-02T23:40:00Z")),
            ("Errors rose for the last 30 minutes. We will update this page.", None),
            ("Calls failed within 30 minutes of the change.", None),
            ("The next update will be posted as soon as we know more.", None),
            ("Next update by 23:40", None),
            ("Next update in 90 days", None),
            ("Resolved.", None),
            ("", None),
        ];
        for (text, then) in table {
            assert_eq!(promised(text, at), then.map(|then| then.parse().unwrap()), "{text}");
        }
    }
}
