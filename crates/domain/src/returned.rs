//! Returned: a channel that was given up takes messages again. It hears, once for each incident and each warning of our own,
//! where it stands now, if something was said of it meanwhile.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::alert::{Audience, Member, Places, ReasonCode, Standing, decide_again};
use crate::components::Component;
use crate::event::{Again, Event, EventKind, Subject};
use crate::incident::{Incident, TimelineEntry};
use crate::step::{Decided, PageState, Step};
use crate::time::Timestamp;
use crate::warning::Warning;

const WHY: (ReasonCode, &str) = (ReasonCode::ChannelBack, "The channel takes messages again");

/// What a channel heard last of an incident or a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    pub at: Timestamp,
    /// That it is over.
    pub over: bool,
}

/// What follows for one channel that is back. `incidents` are those of the page that are open, and those that it heard of
/// and not yet the end; `heard` is what arrived there; the audience has that channel only. What somebody takes care of,
/// and what began and ended meanwhile, is no news any more.
#[must_use]
pub fn returned(
    mut state: PageState,
    incidents: &[Incident],
    heard: &BTreeMap<Uuid, Heard>,
    audience: &Audience,
    now: Timestamp,
) -> Step {
    let places = Places::of(std::mem::take(&mut state.components));
    let mut decided = Vec::new();
    for incident in incidents.iter().filter(|incident| !incident.sample) {
        let Some(trace) = state.incidents.get_mut(&incident.vendor_id).filter(|trace| trace.id == incident.id) else {
            continue;
        };
        let before = heard.get(&incident.id);
        let Some((kind, updates)) = news(incident, before) else { continue };
        let wanted = |member: &&Member| {
            let follows = trace.standing.followers.contains(&member.group);
            let taken = incident.is_open() && audience.acknowledged_by(incident.id, member).is_some();
            // What was there before us was announced to nobody.
            let announced = follows || (before.is_some() && trace.standing.is_announced_to(member));
            announced && !taken && member.rule.wants(kind)
        };
        let members: Vec<Member> = audience.members.iter().filter(wanted).cloned().collect();
        let whom: Vec<&str> = members.iter().flat_map(|member| &member.channels).map(String::as_str).collect();
        let key = format!("{} back {}", incident.vendor_id, whom.join(" "));
        let mut event = Event::new(&state.page, &key, vec![kind], now, Subject::Incident(incident.clone()));
        event.again = Some(Again::Missed);
        event.updates = updates;
        let verdicts = decide_again(&event, &mut trace.standing, &places, &audience.only(members), WHY);
        if verdicts.iter().any(|verdict| verdict.told || verdict.later.is_some()) {
            decided.push(Decided { event, verdicts });
        }
    }
    state.components = places.into_components();
    let wake_at = crate::step::wake_at(&state);
    Step { state, decided, incidents: Vec::new(), maintenances: Vec::new(), healths: Vec::new(), wake_at }
}

/// The same for a warning of our own, whose standing is a fresh one where it is over. `components` are those of the
/// provider's pages. `None`: there is nothing to say.
#[must_use]
pub fn returned_to_warning(
    warning: &Warning,
    standing: &mut Standing,
    heard: Option<&Heard>,
    components: &[Component],
    audience: &Audience,
    now: Timestamp,
) -> Option<Decided> {
    let kind = match (heard, warning.is_open()) {
        (None, true) => EventKind::WarningRaised,
        (Some(heard), false) if !heard.over => EventKind::WarningCleared,
        _ => return None,
    };
    let mut event = Event::new("warning", "back", vec![kind], now, Subject::Warning(warning.clone()));
    event.again = Some(Again::Missed);
    let wanted = |member: &&Member| {
        let taken = warning.is_open() && audience.acknowledged_by(warning.id, member).is_some();
        let follows = heard.is_some() || standing.followers.contains(&member.group);
        follows && !taken && member.hears(&event, kind)
    };
    let members: Vec<Member> = audience.members.iter().filter(wanted).cloned().collect();
    let places = Places::of(components.to_vec().into());
    let verdicts = decide_again(&event, standing, &places, &audience.only(members), WHY);
    let tells = verdicts.iter().any(|verdict| verdict.told || verdict.later.is_some());
    tells.then_some(Decided { event, verdicts })
}

/// What is to be said, and the texts that are new to the channel. `None`: nothing.
fn news(incident: &Incident, before: Option<&Heard>) -> Option<(EventKind, Vec<TimelineEntry>)> {
    let since = |heard: &Heard| -> Vec<TimelineEntry> {
        incident.updates.iter().filter(|update| update.first_seen_at > heard.at).cloned().collect()
    };
    match (before, incident.is_open()) {
        (None, true) => Some((EventKind::IncidentOpened, incident.updates.clone())),
        (Some(heard), true) if heard.over => Some((EventKind::IncidentReopened, since(heard))),
        (Some(heard), true) => Some((EventKind::IncidentUpdated, since(heard))).filter(|(_, texts)| !texts.is_empty()),
        (Some(heard), false) if !heard.over => Some((EventKind::IncidentResolved, since(heard))),
        (None | Some(_), false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{Acknowledgement, Rule};
    use crate::compare::Recalled;
    use crate::health::Health;
    use crate::incident::{Impact, Report, Stage, Update};
    use crate::reading::{Covers, Reading};
    use crate::warning::{CheckRef, Confidence, WarningKind};
    use crate::{Component, Input, step};

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60)
    }

    /// What happened, what was said when, what the channel heard last (and that it was over), and what it is told.
    type Case<'a> = (&'a str, &'a [(i64, Stage)], Option<(i64, bool)>, Option<(&'a str, usize)>);

    /// A page with one incident whose updates were written at these minutes; a page without where there are none.
    fn reading(said: &[(i64, Stage)]) -> Reading {
        let update = |(minute, stage): &(i64, Stage)| Update {
            id: format!("u{minute}"),
            stage: Some(*stage),
            at: Some(at(*minute)),
            body: "Boats.".to_owned(),
        };
        let report = |(_, stage): &(i64, Stage)| Report {
            id: "k1".to_owned(),
            title: "Boats are late".to_owned(),
            url: None,
            impact: Some(Impact::Major),
            stage: Some(*stage),
            started_at: None,
            resolved_at: None,
            components: Vec::new(),
            updates: said.iter().map(update).collect(),
        };
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
            incidents: said.last().map(report).into_iter().collect(),
            covers: Covers { open: true, history_since: Some(at(-9_000)) },
            ..Reading::default()
        }
        .settled(None)
    }

    fn audience(rule: Rule, channels: &[&str]) -> Audience {
        let (monitor, group) = ("m".to_owned(), "g".to_owned());
        let channels = channels.iter().map(|one| (*one).to_owned()).collect();
        let member = Member { monitor, group_name: group.clone(), group, rule, channels, ..Member::default() };
        Audience { members: vec![member], ..Audience::default() }
    }

    /// The page is read empty at minute 0, then with the incident, while the group has no channel that works.
    fn lived(said: &[(i64, Stage)], rule: &Rule) -> (PageState, Vec<Incident>) {
        let nobody = audience(rule.clone(), &[]);
        let first = Input::Reading(&reading(&[]));
        let mut state = step(PageState::new("page", ""), &Recalled::new(), first, &nobody, at(0)).state;
        let mut known = Recalled::new();
        for seen in 1..=said.len() {
            let page = reading(&said[..seen]);
            let next = step(state, &known, Input::Reading(&page), &nobody, at(said[seen - 1].0));
            known.extend(next.incidents.into_iter().map(|one| (one.vendor_id.clone(), one)));
            state = next.state;
        }
        (state, known.into_values().collect())
    }

    /// What a channel hears that is back in minute 60: the type, how many texts.
    fn told(said: &[(i64, Stage)], heard: Option<(i64, bool)>, rule: Rule) -> Vec<(&'static str, usize)> {
        let (state, incidents) = lived(said, &rule);
        let heard = heard.map(|(minute, over)| (incidents[0].id, Heard { at: at(minute), over }));
        let heard: BTreeMap<Uuid, Heard> = heard.into_iter().collect();
        let next = returned(state, &incidents, &heard, &audience(rule, &["hook"]), at(60));
        next.decided.iter().map(|one| (one.event.kind.word(), one.event.updates.len())).collect()
    }

    #[test]
    fn a_channel_that_is_back_hears_where_things_stand() {
        use Stage::{Identified, Investigating, Resolved};
        let open = [(10, Investigating), (20, Identified)];
        let over = [(10, Investigating), (20, Resolved)];
        let again = [(10, Investigating), (20, Resolved), (30, Investigating)];
        let table: [Case<'_>; 8] = [
            ("it began meanwhile", &open, None, Some(("incident.opened", 2))),
            ("it began before", &open, Some((10, false)), Some(("incident.updated", 1))),
            ("nothing was said since", &open, Some((20, false)), None),
            ("it began and ended meanwhile", &over, None, None),
            ("it ended meanwhile", &over, Some((10, false)), Some(("incident.resolved", 1))),
            ("its end was heard", &over, Some((20, true)), None),
            ("it began again meanwhile", &again, Some((20, true)), Some(("incident.reopened", 1))),
            ("it ended and began again meanwhile", &again, Some((10, false)), Some(("incident.updated", 2))),
        ];
        for (name, said, heard, expected) in table {
            let expected: Vec<_> = expected.into_iter().collect();
            assert_eq!(told(said, heard, Rule::default()), expected, "{name}");
        }
        let critical = Rule { min_impact: Impact::Critical, ..Rule::default() };
        assert!(told(&open, None, critical).is_empty(), "the group would not have heard of it");
        let ends = Rule { events: Some(vec!["incident.resolved".parse().unwrap()]), ..Rule::default() };
        assert!(told(&open, None, ends.clone()).is_empty() && told(&over, Some((10, false)), ends).len() == 1);
    }

    #[test]
    fn what_somebody_takes_care_of_needs_no_other() {
        let (state, incidents) = lived(&[(10, Stage::Investigating)], &Rule::default());
        let (team, by) = (String::new(), "Ada".to_owned());
        let acknowledged = vec![Acknowledgement { team, subject: incidents[0].id, at: at(20), by }];
        let audience = Audience { acknowledged, ..audience(Rule::default(), &["hook"]) };
        assert!(returned(state, &incidents, &BTreeMap::new(), &audience, at(60)).decided.is_empty());
    }

    #[test]
    fn a_channel_that_is_back_hears_where_a_warning_stands() {
        let warning = |over: bool| Warning {
            id: Uuid::from_u128(7),
            kind: WarningKind::NoAudio,
            check: CheckRef { id: Uuid::nil(), slug: "line".to_owned(), name: "line".to_owned() },
            provider: None,
            components: Vec::new(),
            impact: Impact::Major,
            started_at: at(0),
            ended_at: over.then(|| at(50)),
            page_says: None,
            evidence: Vec::new(),
            confidence: Confidence::of(2, 2),
            summary: "Calls do not connect".to_owned(),
            ended_because: None,
        };
        let asks = Rule { events: Some(vec!["warning.*".parse().unwrap()]), ..Rule::default() };
        let told = |over: bool, follows: bool, heard: Option<bool>, audience: &Audience| {
            let heard = heard.map(|over| Heard { at: at(10), over });
            let followers = follows.then(|| "g".to_owned()).into_iter().collect();
            let mut standing = Standing { followers, ..Standing::default() };
            let said = returned_to_warning(&warning(over), &mut standing, heard.as_ref(), &[], audience, at(60));
            said.map(|one| one.event.kind)
        };
        let asking = audience(asks, &["hook"]);
        let table = [
            ("it began meanwhile", false, true, None, Some(EventKind::WarningRaised)),
            ("it began meanwhile, and was never for it", false, false, None, None),
            ("its beginning was heard", false, true, Some(false), None),
            ("it ended meanwhile", true, false, Some(false), Some(EventKind::WarningCleared)),
            ("its end was heard", true, false, Some(true), None),
            ("it came and went meanwhile", true, false, None, None),
        ];
        for (name, over, follows, heard, expected) in table {
            assert_eq!(told(over, follows, heard, &asking), expected, "{name}");
        }
        assert_eq!(told(false, true, None, &audience(Rule::default(), &["hook"])), None, "it asks for no warnings");
        let (team, by) = (String::new(), "Ada".to_owned());
        let acknowledged = vec![Acknowledgement { team, subject: warning(false).id, at: at(20), by }];
        assert_eq!(told(false, true, None, &Audience { acknowledged, ..asking }), None, "somebody takes care of it");
    }
}
