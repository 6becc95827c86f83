//! Circle: all who subscribed to one thing, as one listener. What they are told is decided and written down once, however
//! many they are; the messages are made afterwards (`work::circulate`).

use std::collections::BTreeSet;

use tocsin_domain::alert::{EventPattern, Interest, Member, Rule, Verdict};
use tocsin_domain::{Event, EventKind, Timestamp, ids};
use tocsin_store::{BoardRow, DecisionRow, Target, Wording};
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
    boards: BTreeSet<Uuid>,
}

impl Circles {
    #[must_use]
    pub fn new(team: Uuid, targets: impl Iterator<Item = Target>) -> Self {
        let mut circles = Self { team, ..Self::default() };
        for target in targets {
            match target {
                Target::Provider(slug) => circles.providers.insert(slug),
                Target::Board(id) => circles.boards.insert(id),
            };
        }
        circles
    }

    /// True where somebody subscribed to it.
    #[must_use]
    pub fn has(&self, target: &Target) -> bool {
        match target {
            Target::Provider(slug) => self.providers.contains(slug),
            Target::Board(id) => self.boards.contains(id),
        }
    }

    /// Those who hear of a provider: who subscribed to it, and who subscribed to a board that shows it.
    #[must_use]
    pub fn of(&self, provider: &str, boards: &[BoardRow]) -> Vec<Circle> {
        let alone = self.providers.contains(provider).then(|| {
            let target = Target::Provider(provider.to_owned());
            self.circle(target, format!("subscribers of {provider}"), Interest::default())
        });
        let shown = boards.iter().filter(|board| self.boards.contains(&board.id)).filter_map(|board| {
            let interest = shown(board, provider)?;
            Some(self.circle(Target::Board(board.id), format!("subscribers of the board {}", board.name), interest))
        });
        alone.into_iter().chain(shown).collect()
    }

    fn circle(&self, target: Target, title: String, interest: Interest) -> Circle {
        let parts: [&[u8]; 3] = [b"subscribers", target.kind().as_bytes(), &target.name().into_bytes()];
        Circle { id: ids::v7(Timestamp::from_second(0), &parts), team: self.team, target, title, interest }
    }
}

/// What a board shows of a provider, all its entries together; `None`: nothing.
fn shown(board: &BoardRow, provider: &str) -> Option<Interest> {
    let entries = || board.entries.iter().filter(|entry| entry.provider == provider);
    entries().next()?;
    if entries().any(|entry| entry.interest().is_all()) {
        return Some(Interest::default());
    }
    Some(Interest(entries().flat_map(|entry| entry.components.clone()).collect()))
}

/// Everybody who subscribed to one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circle {
    /// Stands for monitor, group and channel alike.
    id: Uuid,
    /// Whose instance it is.
    team: Uuid,
    pub target: Target,
    /// What decisions call the channel.
    title: String,
    /// What of the provider they hear of.
    pub interest: Interest,
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
            interest: self.interest.clone(),
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
            channel_name: Some(self.title.clone()),
            told: verdict.told,
            code: verdict.reason.code.word().to_owned(),
            text: if verdict.told {
                format!("Everybody who subscribed hears of {}.", event.kind.plural())
            } else {
                verdict.reason.text.clone()
            },
            rule: Wording::of(&rule()),
        }
    }
}

fn rule() -> Rule {
    Rule { events: Some(EVENTS.into_iter().map(EventPattern::One).collect()), ..Rule::default() }
}

#[cfg(test)]
mod tests {
    use tocsin_domain::alert::{Audience, Standing, decide};
    use tocsin_domain::board::{Entry, Visibility};
    use tocsin_domain::{Incident, Subject};

    use super::*;

    fn circles() -> Circles {
        let all = ["harbour", "quay"].map(|slug| Target::Provider(slug.to_owned()));
        Circles::new(Uuid::from_u128(1), all.into_iter())
    }

    fn alone(provider: &str) -> Circle {
        circles().of(provider, &[]).pop().unwrap()
    }

    fn board(id: u128, entries: Vec<Entry>) -> BoardRow {
        BoardRow {
            id: Uuid::from_u128(id),
            team: Uuid::from_u128(1),
            slug: "build".to_owned(),
            name: "Build".to_owned(),
            about: String::new(),
            visibility: Visibility::Public,
            entries,
            declared: false,
            renewed: 0,
        }
    }

    #[test]
    fn there_is_a_circle_where_somebody_subscribed() {
        let (one, other) = (alone("harbour"), alone("quay"));
        assert_ne!(one.id, other.id);
        assert_eq!(alone("harbour"), one, "its id stays the same over restarts");
        assert!(circles().of("pier", &[]).is_empty() && Circles::default().of("harbour", &[]).is_empty());
        for target in [one.target, Target::Board(Uuid::from_u128(5))] {
            assert_eq!(Target::of_channel(&target.channel_name()), Some(target));
        }
        assert_eq!(Target::of_channel("mail"), None);
    }

    #[test]
    fn a_board_that_somebody_subscribed_to_is_a_circle_of_each_provider_on_it() {
        let watched = Target::Board(Uuid::from_u128(5));
        let circles =
            Circles::new(Uuid::from_u128(1), [Target::Provider("harbour".to_owned()), watched.clone()].into_iter());
        assert!(circles.has(&watched) && !circles.has(&Target::Board(Uuid::from_u128(6))));
        let entry = |provider: &str, components: &[&str]| Entry {
            components: components.iter().map(|&name| name.to_owned()).collect(),
            ..Entry::all_of(provider)
        };
        let entries = vec![
            entry("harbour", &["Voice"]),
            entry("harbour", &["Quay*"]),
            entry("granite", &["Vault"]),
            entry("granite", &[]),
        ];
        let boards = [board(5, entries), board(6, vec![entry("harbour", &[])])];
        let heard = |provider: &str| -> Vec<(Target, Vec<String>)> {
            circles.of(provider, &boards).into_iter().map(|circle| (circle.target, circle.interest.0)).collect()
        };
        let parts = vec!["Voice".to_owned(), "Quay*".to_owned()];
        assert_eq!(heard("harbour"), [(Target::Provider("harbour".to_owned()), vec![]), (watched.clone(), parts)]);
        assert_eq!(heard("granite"), [(watched, vec![])], "one entry shows all of it");
        assert_eq!(heard("quay"), []);
        let of = |provider| circles.of(provider, &boards).pop().unwrap();
        assert_eq!(of("harbour").id, of("granite").id, "they are the same people");
        assert_eq!(of("harbour").title, "subscribers of the board Build");
    }

    #[test]
    fn many_subscribers_are_one_decision() {
        let circle = alone("harbour");
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
