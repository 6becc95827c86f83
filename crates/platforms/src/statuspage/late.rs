//! Late words: vendors rewrite what they said for weeks after the end. An incident that ended within the last month and no
//! longer stands in the history is asked for by itself, once a day.

use serde_json::{Map, Value, json};
use tocsin_domain::{HttpAsk, Reading, Timestamp};

use crate::{Memory, PageAddress};

/// What ended is looked at for this long (seconds): 30 days.
const LOOKED_AT_S: i64 = 30 * 24 * 3600;
/// Each of them this often (seconds).
const EVERY_S: i64 = 24 * 3600;
/// So many at once.
const AT_ONCE: usize = 2;
/// More than this is not remembered: no page closes more incidents in a month.
const MOST: usize = 300;
/// In front of an incident's id: the key of its ask.
pub const KEY: &str = "late.";
/// In the memory: when each ended, and when it was asked for last.
const ENDED: &str = "ended";

/// The asks that are due: `path` holds `{id}`.
pub fn asks(page: &PageAddress, path: &str, memory: &Memory, reading: &Reading, now: Timestamp) -> Vec<HttpAsk> {
    let listed = |id: &str| reading.incidents.iter().any(|report| report.id == id);
    let due = |times: &Value| {
        let [ended, asked] = both(times);
        now.since(ended) < LOOKED_AT_S && now.since(asked) >= EVERY_S
    };
    let ended = memory.0.get(ENDED).and_then(Value::as_object);
    let due = ended.into_iter().flatten().filter(|(id, times)| !listed(id) && due(times));
    due.take(AT_ONCE).map(|(id, _)| HttpAsk::get(format!("{KEY}{id}"), page.below(&path.replace("{id}", id)))).collect()
}

/// Notes what has ended, and what was asked for (`asked`: ids).
pub fn remember(memory: &mut Memory, reading: &Reading, asked: &[&str], now: Timestamp) {
    let before = memory.0.get(ENDED).and_then(Value::as_object).cloned().unwrap_or_default();
    let mut ended: Map<String, Value> =
        before.into_iter().filter(|(_, times)| now.since(both(times)[0]) < LOOKED_AT_S).collect();
    for report in reading.incidents.iter().filter(|report| report.is_closed()) {
        let Some(at) = report.resolved_at.filter(|at| now.since(*at) < LOOKED_AT_S) else { continue };
        // What stands in the history is seen with it.
        ended.insert(report.id.clone(), json!([at.as_second(), now.as_second()]));
    }
    for id in asked {
        if let Some(times) = ended.get_mut(*id) {
            *times = json!([both(times)[0].as_second(), now.as_second()]);
        }
    }
    if ended.len() <= MOST {
        memory.set(ENDED, ended);
    }
}

fn both(times: &Value) -> [Timestamp; 2] {
    [0, 1].map(|place| Timestamp::from_second(times.get(place).and_then(Value::as_i64).unwrap_or_default()))
}
