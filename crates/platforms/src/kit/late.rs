//! Late looks: vendors rewrite what they said for weeks after the end, and some pages drop what ended at once. An incident
//! that ended within the last month and is no longer told with its words is asked for by itself, once a day; one that
//! was open and is gone from the page, at once.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use tocsin_domain::{Reading, Timestamp};

use crate::Memory;

/// What ended is looked at for this long (seconds): 30 days.
pub const LOOKED_AT_S: i64 = 30 * 24 * 3600;
/// Each of them this often (seconds).
const EVERY_S: i64 = 24 * 3600;
/// So many at once.
const AT_ONCE: usize = 2;
/// More than this is not remembered; the latest stay.
const MOST: usize = 300;
/// In front of an incident's id: the key of its ask.
pub const KEY: &str = "late.";
/// In the memory, by id: when it ended (0: it was open when it was told last), and when it was seen last with its words.
pub const ENDED: &str = "ended";

/// Ids of the incidents that are due, at most `room`: what is gone first, then what was not seen for longest, of these what
/// ended last.
pub fn due(memory: &Memory, reading: &Reading, now: Timestamp, room: usize) -> Vec<String> {
    let told: BTreeSet<&str> = reading.incidents.iter().filter(|one| is_told(one)).map(|one| one.id.as_str()).collect();
    let ended = memory.0.get(ENDED).and_then(Value::as_object);
    let mut due: Vec<(i64, i64, &str)> = Vec::new();
    for (id, times) in ended.into_iter().flatten().filter(|(id, _)| !told.contains(id.as_str()) && is_plain(id)) {
        let [ended, seen] = both(times);
        if ended.as_second() == 0 {
            due.push((i64::MIN, 0, id));
        } else if now.since(ended) < LOOKED_AT_S && now.since(seen) >= EVERY_S {
            due.push((seen.as_second(), -ended.as_second(), id));
        }
    }
    due.sort_unstable();
    due.into_iter().take(AT_ONCE.min(room)).map(|(_, _, id)| id.to_owned()).collect()
}

/// Notes what goes on, what has ended, and what was asked for (`asked`: ids).
pub fn remember(memory: &mut Memory, reading: &Reading, asked: &[&str], now: Timestamp) {
    let mut known: Map<String, Value> = memory.0.get(ENDED).and_then(Value::as_object).cloned().unwrap_or_default();
    for id in asked {
        if let Some(times) = known.get_mut(*id) {
            // What does not say how it ended has ended by now.
            let [ended, _] = both(times).map(Timestamp::as_second);
            *times = json!([if ended == 0 { now.as_second() } else { ended }, now.as_second()]);
        }
    }
    for report in &reading.incidents {
        let before = known.get(&report.id).map(|times| both(times)[1].as_second());
        let seen = if is_told(report) { now.as_second() } else { before.unwrap_or_default() };
        match report.resolved_at.filter(|_| report.is_closed()) {
            Some(at) => known.insert(report.id.clone(), json!([at.as_second(), seen])),
            None if !report.is_closed() => known.insert(report.id.clone(), json!([0, seen])),
            None => None,
        };
    }
    let mut kept: Vec<(String, Value)> = known
        .into_iter()
        .filter(|(_, times)| both(times)[0].as_second() == 0 || now.since(both(times)[0]) < LOOKED_AT_S)
        .collect();
    let newest = |times: &Value| match both(times)[0].as_second() {
        0 => i64::MIN,
        ended => -ended,
    };
    kept.sort_by_key(|(_, times)| newest(times));
    kept.truncate(MOST);
    if kept.is_empty() {
        memory.0.remove(ENDED);
    } else {
        memory.set(ENDED, kept.into_iter().collect::<Map<String, Value>>());
    }
}

/// It goes on, or its words are told: a row of a list without them says nothing of what they are now.
fn is_told(report: &tocsin_domain::Report) -> bool {
    !report.is_closed() || !report.updates.is_empty()
}

/// What may stand in an address: ids are the vendor's words.
fn is_plain(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !id.is_empty() && id.len() <= 64 && id.bytes().all(plain)
}

fn both(times: &Value) -> [Timestamp; 2] {
    [0, 1].map(|place| Timestamp::from_second(times.get(place).and_then(Value::as_i64).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use tocsin_domain::{Report, Stage, Update};

    use super::*;

    const DAY_S: i64 = 24 * 3600;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + day * DAY_S)
    }

    fn report(id: &str, ended: Option<i64>, words: bool) -> Report {
        let stage = if ended.is_some() { Stage::Resolved } else { Stage::Investigating };
        let update = Update { id: "u".to_owned(), stage: Some(stage), at: None, body: String::new() };
        Report {
            id: id.to_owned(),
            title: id.to_owned(),
            url: None,
            impact: None,
            stage: Some(stage),
            started_at: None,
            resolved_at: ended.map(at),
            components: Vec::new(),
            updates: words.then_some(update).into_iter().collect(),
        }
    }

    fn reading(incidents: Vec<Report>) -> Reading {
        Reading { incidents, ..Reading::default() }
    }

    fn told(reports: Vec<Report>, day: i64) -> Memory {
        let mut memory = Memory::default();
        remember(&mut memory, &reading(reports), &[], at(day));
        memory
    }

    #[test]
    fn what_ended_is_looked_at_once_a_day_for_a_month() {
        let memory = told(vec![report("a", Some(0), true)], 0);
        let looks = |memory: &Memory, day| due(memory, &reading(Vec::new()), at(day), 8);
        assert!(looks(&memory, 0).is_empty(), "it was seen a moment ago");
        assert_eq!(looks(&memory, 1), ["a"]);
        assert!(looks(&memory, 30).is_empty());
        let mut later = memory.clone();
        remember(&mut later, &reading(Vec::new()), &["a"], at(3));
        assert!(looks(&later, 3).is_empty());
        assert_eq!(looks(&later, 4), ["a"]);
        assert!(due(&later, &reading(vec![report("a", Some(0), true)]), at(9), 8).is_empty(), "the list tells it");
        assert_eq!(due(&later, &reading(vec![report("a", Some(0), false)]), at(9), 8), ["a"], "without its words");
    }

    #[test]
    fn what_was_not_seen_for_longest_comes_first_and_what_is_gone_before_it() {
        let mut memory = told(vec![report("a", Some(0), true), report("b", Some(0), true)], 1);
        remember(&mut memory, &reading(vec![report("c", Some(1), true), report("a", Some(0), true)]), &[], at(2));
        let nothing = reading(Vec::new());
        assert_eq!(due(&memory, &nothing, at(4), 8), ["b", "c"], "of what was seen together what ended last");
        assert_eq!(due(&memory, &nothing, at(4), 1), ["b"]);
        assert!(due(&memory, &nothing, at(4), 0).is_empty());
        remember(&mut memory, &reading(vec![report("open", None, true)]), &[], at(4));
        assert_eq!(due(&memory, &nothing, at(4), 8), ["open", "b"]);
        // It could not be had: it has ended by then, and is asked for like the others.
        remember(&mut memory, &nothing, &["open"], at(4));
        assert!(!due(&memory, &nothing, at(4), 8).contains(&"open".to_owned()));
    }

    #[test]
    fn an_id_is_no_address() {
        for id in ["../admin", "a/b", "a?b", "%2e", "", "https://elsewhere.example"] {
            let memory = told(vec![report(id, None, true)], 0);
            assert!(due(&memory, &reading(Vec::new()), at(1), 8).is_empty(), "{id}");
        }
    }

    #[test]
    fn the_latest_are_remembered() {
        let many = (0..400).map(|number| report(&format!("i{number}"), Some(-number / 20), true)).collect();
        let memory = told(many, 0);
        let ended = memory.0[ENDED].as_object().unwrap();
        assert!(ended.len() == MOST && ended.contains_key("i0") && !ended.contains_key("i399"));
    }
}
