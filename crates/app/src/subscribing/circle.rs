//! Circle: all who subscribed to one thing, as one listener. What they are told is decided and written down once, however
//! many they are; the messages are made afterwards (`work::circulate`).

use std::collections::BTreeSet;

use tocsin_domain::alert::{EventPattern, Interest, Member, Rule, Verdict};
use tocsin_domain::{Event, EventKind, Timestamp, ids};
use tocsin_store::{DecisionRow, Target};
use uuid::Uuid;

/// What decisions call them.
const GROUP: &str = "subscribers";

/// What everybody who subscribed hears of: what the vendor says. That we cannot read its page is our own trouble.
const EVENTS: [EventKind; 13] = [
    EventKind::IncidentOpened,
    EventKind::IncidentUpdated,
    EventKind::IncidentImpactChanged,
    EventKind::IncidentScopeChanged,
    EventKind::IncidentResolved,
    EventKind::IncidentReopened,
    EventKind::IncidentPostmortem,
    EventKind::MaintenanceScheduled,
    EventKind::MaintenanceChanged,
    EventKind::MaintenanceReminder,
    EventKind::MaintenanceStarted,
    EventKind::MaintenanceCompleted,
    EventKind::MaintenanceCancelled,
];

/// What anybody subscribed to.
#[derive(Clone, Debug, Default)]
pub struct Circles {
    team: Uuid,
    providers: BTreeSet<String>,
}

impl Circles {
    #[must_use]
    pub fn new(team: Uuid, targets: impl Iterator<Item = Target>) -> Self {
        let providers = targets.map(|Target::Provider(slug)| slug).collect();
        Self { team, providers }
    }

    /// Those who subscribed to a provider, if anybody did.
    #[must_use]
    pub fn of(&self, provider: &str) -> Option<Circle> {
        self.providers.contains(provider).then(|| Circle {
            id: ids::v7(Timestamp::from_second(0), &[b"subscribers", b"provider", provider.as_bytes()]),
            team: self.team,
            target: Target::Provider(provider.to_owned()),
        })
    }
}

/// Everybody who subscribed to one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circle {
    /// Stands for monitor, group and channel alike.
    id: Uuid,
    /// Whose instance it is.
    team: Uuid,
    pub target: Target,
}

impl Circle {
    /// All of them as one who may hear. What the team mutes or takes care of is no matter of theirs: they are none of it.
    #[must_use]
    pub fn member(&self, zone: &str) -> Member {
        let id = self.id.to_string();
        Member {
            team: id.clone(),
            zone: zone.to_owned(),
            monitor: id.clone(),
            interest: Interest::default(),
            group: id.clone(),
            group_name: GROUP.to_owned(),
            rule: rule(),
            channels: vec![id],
            ..Member::default()
        }
    }

    /// True where a verdict is about them.
    #[must_use]
    pub fn is_meant(&self, verdict: &Verdict) -> bool {
        verdict.group == self.id.to_string()
    }

    /// What was decided for all of them, as it is kept.
    #[must_use]
    pub fn decision(&self, event: &Event, verdict: &Verdict, now: Timestamp, sequence: i64) -> DecisionRow {
        DecisionRow {
            sequence,
            team: self.team,
            incident: event.incident().map(|incident| incident.id),
            change: event.kind.word().to_owned(),
            at: now,
            monitor: self.id,
            group: self.id,
            group_name: GROUP.to_owned(),
            channel: Some(self.id),
            channel_name: Some(self.target.channel_name()),
            told: verdict.told,
            code: verdict.reason.code.word().to_owned(),
            text: if verdict.told {
                format!("Everybody who subscribed hears of {}.", event.kind.plural())
            } else {
                verdict.reason.text.clone()
            },
            rule: rule(),
        }
    }
}

fn rule() -> Rule {
    Rule { events: Some(EVENTS.into_iter().map(EventPattern::One).collect()), ..Rule::default() }
}

#[cfg(test)]
mod tests {
    use tocsin_domain::alert::{Audience, Standing, decide};
    use tocsin_domain::{Incident, Subject};

    use super::*;

    fn circles() -> Circles {
        let all = ["harbour", "quay"].map(|slug| Target::Provider(slug.to_owned()));
        Circles::new(Uuid::from_u128(1), all.into_iter())
    }

    #[test]
    fn there_is_a_circle_where_somebody_subscribed() {
        let (one, other) = (circles().of("harbour").unwrap(), circles().of("quay").unwrap());
        assert_ne!(one.id, other.id);
        assert_eq!(circles().of("harbour"), Some(one.clone()), "its id stays the same over restarts");
        assert!(circles().of("pier").is_none() && Circles::default().of("harbour").is_none());
        assert_eq!(Target::of_channel(&one.target.channel_name()), Some(one.target));
        assert_eq!(Target::of_channel("mail"), None);
    }

    #[test]
    fn many_subscribers_are_one_decision() {
        let circle = circles().of("harbour").unwrap();
        let audience = Audience { members: vec![circle.member("UTC")], ..Audience::default() };
        let at = Timestamp::from_second(1_800_000_000);
        let incident: Incident = serde_json::from_value(serde_json::json!({
            "id": Uuid::from_u128(9), "vendor_id": "k1", "title": "Calls fail", "url": null, "impact": "minor",
            "stage": "investigating", "state": "open", "started_at": at, "resolved_at": null, "first_seen_at": at,
            "imported": false, "components": [], "updates": [],
        }))
        .unwrap();
        let mut standing = Standing::default();
        let mut told = |kind: EventKind, incident: &Incident| {
            let event = Event::new("page", "k1", vec![kind], at, Subject::Incident(incident.clone()));
            let verdicts = decide(&event, &mut standing, &[], &audience);
            assert_eq!(verdicts.len(), 1);
            assert!(circle.is_meant(&verdicts[0]));
            let row = circle.decision(&event, &verdicts[0], at, 7);
            assert_eq!((row.told, row.channel_name.as_deref()), (verdicts[0].told, Some("subscribers of harbour")));
            (verdicts[0].told, verdicts[0].first)
        };
        assert_eq!(told(EventKind::IncidentOpened, &incident), (true, true));
        assert_eq!(told(EventKind::IncidentUpdated, &incident), (true, false));
        assert_eq!(told(EventKind::IncidentEdited, &incident), (false, false), "an old text is no news");
        let news = |kind| rule().wants(kind);
        assert!(news(EventKind::MaintenanceScheduled) && !news(EventKind::PageUnreadable));
    }
}
