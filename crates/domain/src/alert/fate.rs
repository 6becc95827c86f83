//! Fate: what becomes of a verdict. Whoever sends, whoever rehearses and every story ask this one function.

use std::borrow::Cow;

use uuid::Uuid;

use super::decide::{Reason, ReasonCode, Verdict};
use super::pace::Later;
use super::rule::Storm;
use super::tray::{self, Kept};
use crate::digest::Gathered;
use crate::event::Event;
use crate::time::Timestamp;

/// What a channel hears of an event, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate<'e> {
    /// Nothing, now or later.
    Silent,
    /// It is kept to be told then.
    Kept(Later),
    Told(Box<Told<'e>>),
}

/// What is told at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told<'e> {
    /// With what was kept of the same thing; `None`: nothing is left to tell.
    pub event: Option<Cow<'e, Event>>,
    /// What was kept and has its answer by this.
    pub along: Vec<Uuid>,
    /// The channel has heard nothing of this incident before.
    pub first: bool,
}

impl<'e> Fate<'e> {
    /// Of one verdict of an event. `storm` is asked whether too much comes at once, and until when it is gathered then;
    /// `along` for what is kept of the same thing for the same channel. Both are asked only where it matters. A verdict
    /// that a storm puts off says so from then on.
    pub fn of<'k>(
        event: &'e Event,
        verdict: &mut Verdict,
        storm: impl FnOnce() -> Option<(Storm, Timestamp)>,
        along: impl FnOnce() -> Vec<&'k Kept>,
        now: Timestamp,
    ) -> Self {
        if verdict.told
            && let Some((storm, until)) = storm()
        {
            put_off(verdict, storm, until);
        }
        if let Some(later) = verdict.later {
            return Self::Kept(later);
        }
        if !verdict.told {
            return Self::Silent;
        }
        let along = along();
        Self::Told(Box::new(Told {
            event: tray::with(&along, event, now),
            first: verdict.first || along.iter().any(|one| one.first),
            along: along.iter().map(|one| one.id).collect(),
        }))
    }
}

/// Told, but with the others.
fn put_off(verdict: &mut Verdict, storm: Storm, until: Timestamp) {
    let text = format!(
        "More than {} things came to this channel within {} minutes: it is told in one message with the others.",
        storm.more_than,
        storm.within_s / 60
    );
    verdict.told = false;
    verdict.later = Some(Later { until, gathered: Some(Gathered::Storm) });
    verdict.reason = Reason { code: ReasonCode::InStorm, text };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventKind, Subject};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second)
    }

    fn event(second: i64, health: (crate::Health, crate::Health)) -> Event {
        let component = crate::ComponentRef { id: "c1".to_owned(), name: "API".to_owned() };
        let change = crate::event::ComponentChange { component, group: Vec::new(), before: health.0, after: health.1 };
        Event::new("page", "c1", vec![EventKind::ComponentChanged], at(second), Subject::Component(change))
    }

    fn verdict(told: bool, later: Option<Later>) -> Verdict {
        let reason = Reason { code: ReasonCode::WholeProvider, text: String::new() };
        let (monitor, group, channel) = ("m".to_owned(), "g".to_owned(), Some("chat".to_owned()));
        Verdict { monitor, monitor_components: Vec::new(), group, channel, told, later, first: false, reason }
    }

    fn kept(event: &Event, first: bool) -> Kept {
        Kept {
            id: event.id,
            channel: "chat".to_owned(),
            group: "g".to_owned(),
            monitor: "m".to_owned(),
            monitor_components: Vec::new(),
            provider: crate::ProviderRef { slug: "a".to_owned(), name: "A".to_owned() },
            page: "page".to_owned(),
            later: Later { until: at(900), gathered: None },
            reason: String::new(),
            first,
            sequence: 1,
            event: event.clone(),
        }
    }

    #[test]
    fn silence_goes_before_storms_and_trays() {
        use crate::Health::{Degraded, Operational};
        let event = event(10, (Operational, Degraded));
        let nobody = || panic!("nobody is told, so nobody asks");
        let mut silent = verdict(false, None);
        assert_eq!(Fate::of(&event, &mut silent, nobody, || panic!("nor here"), at(10)), Fate::Silent);
        let then = Later { until: at(900), gathered: None };
        let mut resting = verdict(false, Some(then));
        assert_eq!(Fate::of(&event, &mut resting, || panic!("rests"), || panic!("rests"), at(10)), Fate::Kept(then));
        assert_eq!(resting.reason.code, ReasonCode::WholeProvider, "the reason stays as it was decided");
    }

    #[test]
    fn a_storm_goes_before_what_was_kept() {
        use crate::Health::{Degraded, Operational};
        let event = event(10, (Operational, Degraded));
        let mut told = verdict(true, None);
        let storm = || Some((Storm { more_than: 3, within_s: 120 }, at(40)));
        let fate = Fate::of(&event, &mut told, storm, || panic!("what is kept stays in its tray"), at(10));
        assert_eq!(fate, Fate::Kept(Later { until: at(40), gathered: Some(Gathered::Storm) }));
        assert!(!told.told && told.reason.code == ReasonCode::InStorm);
        assert!(told.reason.text.starts_with("More than 3 things came to this channel within 2 minutes"));
    }

    #[test]
    fn what_is_told_takes_along_what_was_kept() {
        use crate::Health::{Degraded, MajorOutage, Operational};
        let earlier = event(5, (Operational, Degraded));
        let (worse, well) = (event(10, (Degraded, MajorOutage)), event(10, (Degraded, Operational)));
        let waiting = kept(&earlier, true);
        let fate = |event, along: Vec<_>| match Fate::of(event, &mut verdict(true, None), || None, || along, at(10)) {
            Fate::Told(told) => (told.event.map(|event| event.title()), told.along, told.first),
            other => panic!("{other:?}"),
        };
        assert_eq!(fate(&worse, vec![]), (Some("API: degraded → major outage".to_owned()), vec![], false));
        let whole = (Some("API: operational → major outage".to_owned()), vec![earlier.id], true);
        assert_eq!(fate(&worse, vec![&waiting]), whole);
        assert_eq!(fate(&well, vec![&waiting]), (None, vec![earlier.id], true), "it came and went");
    }
}
