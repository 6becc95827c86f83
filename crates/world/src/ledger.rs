//! What happens to a world from outside while it is played: what was asked of its vendors, and what of a scenario was
//! brought forward.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use tocsin_domain::Timestamp;

use crate::course::{Course, When};
use crate::model::{Vendor, World};

/// So many answers are kept of each vendor.
const KEPT: usize = 64;

/// Kept from the start of a world to its end.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The path and the moment (microseconds since 1970 in UTC) of each answer, oldest first, by the vendor's slug.
    answers: Mutex<HashMap<String, VecDeque<(String, i64)>>>,
    /// Vendors for whom something was brought forward, as they are now, by slug.
    vendors: Mutex<HashMap<String, Vendor>>,
}

impl Ledger {
    /// The first incident that is still to come at a vendor begins `now`. Gives its title; `None` where there is none.
    pub fn bring_forward(&self, world: &World, slug: &str, now: Timestamp) -> Option<String> {
        let mut vendors = self.vendors.lock().unwrap_or_else(PoisonError::into_inner);
        let mut vendor = vendors.get(slug).or_else(|| world.vendor(slug))?.clone();
        let title = begin_next(&mut vendor, &world.course, now)?;
        vendors.insert(slug.to_owned(), vendor);
        Some(title)
    }

    /// The vendor as it is now, where that differs from its scenario.
    #[must_use]
    pub fn changed(&self, slug: &str) -> Option<Vendor> {
        self.vendors.lock().unwrap_or_else(PoisonError::into_inner).get(slug).cloned()
    }

    /// Notes an answer just before it is sent. The first part of the path is the vendor's slug.
    pub fn answered(&self, path: &str, at_us: i64) {
        let slug = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = answers.entry(slug.to_owned()).or_default();
        kept.push_back((path.to_owned(), at_us));
        if kept.len() > KEPT {
            kept.pop_front();
        }
    }

    /// For programs: `{slug: [{path, at_us}]}`, oldest first.
    #[must_use]
    pub fn answers(&self) -> Value {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let list = |kept: &VecDeque<(String, i64)>| -> Value {
            kept.iter().map(|(path, at_us)| json!({ "path": path, "at_us": at_us })).collect()
        };
        answers.iter().map(|(slug, kept)| (slug.clone(), list(kept))).collect()
    }
}

fn begin_next(vendor: &mut Vendor, course: &Course, now: Timestamp) -> Option<String> {
    let to_come = vendor.incidents.iter_mut().filter(|one| course.at(one.at) > now);
    let next = to_come.min_by_key(|one| course.at(one.at))?;
    // In the scenario's own time, so that its updates keep their pace.
    let elapsed = now.as_second() - course.start.as_second();
    next.at = When::Relative((elapsed as f64 * course.speed).floor() as i64);
    Some(next.title.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    const SCENARIO: &str = r#"
        [[vendor]]
        slug = "quay"
        name = "Quay"
        category = "cloud"
        platform = "statuspage"
        parts = ["Cranes"]
        [[vendor.incident]]
        title = "Later"
        at = "+9d"
        parts = ["Cranes"]
        updates = [{ stage = "investigating", say = "We look." }]
        [[vendor.incident]]
        title = "Sooner"
        at = "+1d"
        parts = ["Cranes"]
        updates = [{ stage = "investigating", say = "We look." }, { after = "10m", stage = "resolved", say = "Well." }]
    "#;

    #[test]
    fn what_comes_first_begins_now_and_keeps_its_pace() {
        let start = Timestamp::from_second(1_000_000);
        let world = Scenario::read("test", SCENARIO).expect("it is written well").world(start, 60.0);
        let (ledger, now) = (Ledger::default(), start.plus(77));
        assert_eq!(ledger.bring_forward(&world, "quay", now).as_deref(), Some("Sooner"));
        let quay = ledger.changed("quay").expect("it was changed");
        let open = |at: Timestamp| {
            quay.shown(&world.course, "http://quay", at).incidents.iter().filter(|one| one.is_open()).count()
        };
        assert_eq!([open(start.plus(76)), open(now), open(now.plus(9)), open(now.plus(10))], [0, 1, 1, 0]);
        assert_eq!(ledger.bring_forward(&world, "quay", now).as_deref(), Some("Later"), "one after the other");
        assert_eq!(ledger.bring_forward(&world, "quay", now), None);
        assert_eq!(ledger.bring_forward(&world, "nobody", now), None);
    }

    #[test]
    fn the_last_answers_are_kept() {
        let ledger = Ledger::default();
        for turn in 0..100 {
            ledger.answered("/quay/api/v2/summary.json", turn);
        }
        let kept = ledger.answers();
        assert_eq!(kept["quay"].as_array().map(Vec::len), Some(KEPT));
        assert_eq!(kept["quay"][KEPT - 1]["at_us"], 99);
    }
}
