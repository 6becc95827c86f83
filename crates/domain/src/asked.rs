//! Asked: somebody added a monitor while its vendor has trouble, and wants its groups to be told of that once.

use crate::alert::{Audience, Places, decide_asked};
use crate::event::{Again, Event, EventKind, Subject};
use crate::incident::Incident;
use crate::step::{Decided, PageState, Step};
use crate::time::Timestamp;

/// What follows when the groups of one monitor are to hear of what is `open` on a page. The audience is that monitor's.
/// Who is told follows the incident from then on, like everybody who heard of its beginning.
#[must_use]
pub fn asked(mut state: PageState, open: &[Incident], audience: &Audience, now: Timestamp) -> Step {
    let places = Places::of(std::mem::take(&mut state.components));
    let mut decided = Vec::new();
    for incident in open.iter().filter(|incident| incident.is_open()) {
        let Some(trace) = state.incidents.get_mut(&incident.vendor_id).filter(|trace| trace.open) else { continue };
        let who: Vec<&str> = audience.members.iter().map(|member| member.monitor.as_str()).collect();
        let key = format!("{} asked by {}", incident.vendor_id, who.join(" "));
        let subject = Subject::Incident(incident.clone());
        let mut event = Event::new(&state.page, &key, vec![EventKind::IncidentOpened], now, subject);
        event.again = Some(Again::Asked);
        event.updates.clone_from(&incident.updates);
        let verdicts = decide_asked(&event, &mut trace.standing, &places, audience);
        if verdicts.iter().any(|verdict| verdict.told) {
            decided.push(Decided { event, verdicts });
        }
    }
    state.components = places.into_components();
    let wake_at = crate::step::wake_at(&state);
    Step { state, decided, incidents: Vec::new(), maintenances: Vec::new(), healths: Vec::new(), wake_at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{Interest, Member, ReasonCode, Rule};
    use crate::compare::Recalled;
    use crate::components::Component;
    use crate::incident::{ComponentRef, Impact};
    use crate::reading::{Covers, Reading};
    use crate::{Health, Input, Report, Stage, step};

    fn reading(impact: Impact) -> Reading {
        Reading {
            platform: Some("statuspage".to_owned()),
            components: vec![Component {
                id: "c1".to_owned(),
                name: "Quay".to_owned(),
                group: Vec::new(),
                health: Health::Operational,
                hidden_while_operational: false,
            }]
            .into(),
            incidents: vec![Report {
                id: "k1".to_owned(),
                title: "Boats are late".to_owned(),
                url: None,
                impact: Some(impact),
                stage: Some(Stage::Investigating),
                started_at: None,
                resolved_at: None,
                components: vec![ComponentRef { id: "c1".to_owned(), name: "Quay".to_owned() }],
                updates: Vec::new(),
            }],
            covers: Covers { open: true, history_since: None },
            ..Reading::default()
        }
        .settled(None)
    }

    fn member(components: &[&str], channel: &str) -> Audience {
        let interest = Interest(components.iter().map(|name| (*name).to_owned()).collect());
        let rule = Rule { min_impact: Impact::Critical, ..Rule::default() };
        let (monitor, group, channels) = ("m".to_owned(), "g".to_owned(), vec![channel.to_owned()]);
        let member =
            Member { monitor, interest, group_name: group.clone(), group, rule, channels, ..Member::default() };
        Audience { members: vec![member], ..Audience::default() }
    }

    fn told(step: &Step) -> Vec<ReasonCode> {
        let verdicts = step.decided.iter().flat_map(|decided| &decided.verdicts);
        verdicts.filter(|verdict| verdict.told).map(|verdict| verdict.reason.code).collect()
    }

    #[test]
    fn whoever_asks_is_told_whatever_the_rule_and_follows_from_then_on() {
        let now = Timestamp::from_second(1_000);
        let first = step(
            PageState::new("page", ""),
            &Recalled::new(),
            Input::Reading(&reading(Impact::Minor)),
            &Audience::default(),
            now,
        );
        let open = first.incidents.clone();
        let other = asked(first.state.clone(), &open, &member(&["Tower"], "a"), now);
        assert!(told(&other).is_empty(), "it concerns somebody else");
        let once = asked(first.state.clone(), &open, &member(&["Quay"], "a"), now);
        assert_eq!(told(&once), [ReasonCode::AskedFor]);
        let again = asked(once.state.clone(), &open, &member(&["Quay"], "a"), now.plus(1));
        assert!(told(&again).is_empty(), "this channel has heard of it");
        assert_eq!(
            told(&asked(once.state.clone(), &open, &member(&["Quay"], "b"), now.plus(1))),
            [ReasonCode::AskedFor]
        );

        let mut over = reading(Impact::Minor);
        for incident in &mut over.incidents {
            incident.stage = Some(Stage::Resolved);
        }
        let recalled = open.into_iter().map(|incident| (incident.vendor_id.clone(), incident)).collect();
        let last = step(once.state.clone(), &recalled, Input::Reading(&over), &member(&["Quay"], "a"), now.plus(60));
        assert_eq!(told(&last).len(), 1, "and hears of its end");
    }
}
