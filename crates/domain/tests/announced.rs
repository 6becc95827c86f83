//! Whatever a page says and whatever groups wish: each channel hears of the beginning before the end, of each end once,
//! and of every end of what it heard of.

#[expect(dead_code, reason = "shared with other properties")]
mod world;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use tocsin_domain::alert::tray::{self, Due, Kept, Trays};
use tocsin_domain::alert::{Audience, Digesting, Escalation, Hours, Member, Rule, Silence, Silenced, Verdict};
use tocsin_domain::step::Decided;
use tocsin_domain::{Event, EventKind, Impact, ProviderRef, Subject, Timestamp};
use uuid::Uuid;
use world::{Happening, World, happenings};

/// What one channel was told of one incident at one moment.
#[derive(Clone, Debug)]
struct Told {
    kind: EventKind,
    open: bool,
    also_opened: bool,
    in_digest: bool,
}

/// By channel and incident (whose id at the vendor may change), in the order of telling.
type Log = BTreeMap<(String, Uuid), Vec<Told>>;

fn rule() -> impl Strategy<Value = Rule> {
    let hours = select(vec![vec![], vec!["22:00-07:00"], vec!["00:30-00:40", "10:00-12:00"]]);
    let digest = prop::option::weighted(0.2, select(&Digesting::ALL[..]));
    let repeat = prop::option::weighted(0.3, 60..7_200_i64);
    (hours, digest, repeat, select(vec![0_i64, 600]), select(vec![0_i64, 1_800]), any::<bool>(), any::<bool>())
        .prop_map(|(quiet, digest, repeat_s, dwell_s, longer_than_s, promises, breaks)| Rule {
            hours: Hours {
                quiet: quiet.iter().map(|span| span.parse().unwrap()).collect(),
                breaks: breaks.then_some(Impact::Critical),
                ..Hours::default()
            },
            digest,
            repeat_s: repeat_s.filter(|_| digest.is_none()),
            dwell_s,
            longer_than_s,
            promises,
            ..Rule::default()
        })
}

fn audience() -> impl Strategy<Value = Audience> {
    let silence = prop::option::weighted(0.4, (0..600_i64, 1..600_i64, any::<bool>()));
    (rule(), rule(), rule(), silence).prop_map(|(one, two, boss, silence)| {
        let member = |group: &str, rule: Rule, channels: &[&str]| Member {
            zone: "Europe/Berlin".to_owned(),
            monitor: format!("monitor of {group}"),
            group: group.to_owned(),
            group_name: group.to_owned(),
            rule,
            channels: channels.iter().map(|one| (*one).to_owned()).collect(),
            alarms: ["pager".to_owned()].into(),
            ..Member::default()
        };
        let first = Rule { escalate: Some(Escalation { to: "boss".to_owned(), after_s: 900 }), ..one };
        let mut members = vec![
            member("one", first, &["chat", "pager"]),
            member("two", two, &["chat", "mail"]),
            member("boss", boss, &["phone"]),
        ];
        members[2].after = Some("one".to_owned());
        let start = World::default().now;
        let silences = silence.map(|(from, length, whole)| Silence {
            id: Uuid::nil(),
            team: String::new(),
            what: if whole {
                Silenced::Provider
            } else {
                Silenced::Components(tocsin_domain::alert::Interest(vec!["c0".to_owned()]))
            },
            since: start.plus(from * 60),
            until: Some(start.plus((from + length) * 60)),
            by: "Ada".to_owned(),
            why: String::new(),
        });
        Audience { members, silences: silences.into_iter().collect(), ..Audience::default() }
    })
}

/// The messages that really leave.
#[derive(Default)]
struct Post {
    trays: Trays,
    /// What is kept, by its id and in no other order: the trays of whoever starts again.
    stored: BTreeMap<Uuid, Kept>,
    sequence: i64,
    log: Log,
    /// Every verdict, for whoever has to find out.
    reasons: Vec<String>,
}

impl Post {
    fn send(&mut self, channel: &str, event: &Event, first: bool) {
        let event = if first { tray::at_first(event) } else { event.clone() };
        if let Subject::Incident(incident) = &event.subject {
            let told =
                Told { kind: event.kind, open: incident.is_open(), also_opened: event.also_opened, in_digest: false };
            self.log.entry((channel.to_owned(), incident.id)).or_default().push(told);
        }
    }

    /// Between any two moments the service may start again.
    fn take(&mut self, decided: &[Decided], now: Timestamp) {
        self.trays = Trays::new(self.stored.values().cloned().collect());
        for Decided { event, verdicts } in decided {
            for verdict in verdicts {
                self.verdict(event, verdict, now);
            }
        }
        for due in self.trays.due(now) {
            self.flush(&due, now);
        }
    }

    fn verdict(&mut self, event: &Event, verdict: &Verdict, now: Timestamp) {
        let Some(channel) = verdict.channel.clone() else { return };
        self.reasons.push(format!(
            "{now} {} {:?} → {} in {channel}: {} {:?}",
            event.incident().map(|one| one.vendor_id.as_str()).unwrap_or_default(),
            event.changes,
            verdict.group,
            verdict.reason.code.word(),
            verdict.later
        ));
        if let Some(later) = verdict.later {
            self.sequence += 1;
            let kept = Kept {
                id: tocsin_domain::ids::v7(now, &[event.id.as_bytes(), channel.as_bytes()]),
                channel,
                group: verdict.group.clone(),
                monitor: verdict.monitor.clone(),
                monitor_components: Vec::new(),
                provider: ProviderRef { slug: "p".to_owned(), name: "P".to_owned() },
                page: "page".to_owned(),
                later,
                reason: String::new(),
                first: verdict.first,
                sequence: self.sequence,
                event: event.clone(),
            };
            self.stored.insert(kept.id, kept.clone());
            self.trays.put(kept);
        } else if verdict.told {
            let about = tray::about("page", event);
            let along: Vec<Kept> = self.trays.along(&channel, &about).into_iter().cloned().collect();
            let whole = tray::with(&along.iter().collect::<Vec<_>>(), event, now);
            self.forget(&along);
            let first = verdict.first || along.iter().any(|one| one.first);
            if let Some(whole) = whole {
                self.send(&channel, &whole, first);
            }
        }
    }

    fn forget(&mut self, gone: &[Kept]) {
        let gone: Vec<Uuid> = gone.iter().map(|one| one.id).collect();
        self.trays.forget(&gone);
        self.stored.retain(|id, _| !gone.contains(id));
    }

    fn flush(&mut self, due: &Due, now: Timestamp) {
        let channel = due.those[0].channel.clone();
        self.forget(&due.those);
        let Some((_, event)) = due.told(now, |_, _| String::new()) else { return };
        if !matches!(event.subject, Subject::Digest(_)) {
            return self.send(&channel, &event, due.those.iter().any(|one| one.first));
        }
        for one in &due.those {
            if let Subject::Incident(incident) = &one.event.subject {
                let kind = one.event.kind;
                let told = Told { kind, open: incident.is_open(), also_opened: true, in_digest: true };
                self.log.entry((channel.clone(), incident.id)).or_default().push(told);
            }
        }
    }
}

/// What is wrong with what one channel heard of one incident.
fn fault(told: &[Told], imported: bool) -> Option<&'static str> {
    let mut heard = imported;
    let mut ended = false;
    for one in told.iter().filter(|one| !one.in_digest) {
        if !one.open && !heard && !one.also_opened {
            return Some("an end without a beginning");
        }
        if one.kind == EventKind::IncidentOpened && !one.open {
            return Some("a beginning of what is over");
        }
        if one.kind == EventKind::IncidentResolved && ended {
            return Some("two ends");
        }
        heard = true;
        ended = !one.open;
    }
    None
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whoever_hears_of_a_beginning_hears_of_its_end_once(past in happenings(), audience in audience()) {
        let mut world = World { audience, ..World::default() };
        let mut post = Post::default();
        let mut imported = std::collections::BTreeSet::new();
        let mut last_kinds: BTreeMap<Uuid, EventKind> = BTreeMap::new();
        // Time never goes back here: clocks that do are another property's business.
        let forward = past.into_iter().map(|happening| match happening {
            Happening::After(seconds, reading) => Happening::After(seconds.max(0), reading),
            Happening::Same(seconds) => Happening::Same(seconds.max(0)),
            Happening::Fail(seconds) => Happening::Fail(seconds.max(0)),
            Happening::Pass(seconds) => Happening::Pass(seconds.max(0)),
            other => other,
        });
        // At last everything has its time: rests end, digests are due.
        let rest = (0..20).map(|_| Happening::Pass(12 * 3600));
        for happening in forward.chain(rest) {
            let decided = world.happen(&happening);
            for Decided { event, .. } in &decided {
                if let Some(incident) = event.incident() {
                    if incident.imported {
                        imported.insert(incident.id);
                    }
                    if event.again.is_none() {
                        last_kinds.insert(incident.id, event.kind);
                    }
                }
            }
            post.take(&decided, world.now);
        }
        prop_assert!(post.trays.is_empty());
        for ((channel, incident), told) in &post.log {
            let wrong = fault(told, imported.contains(incident));
            prop_assert!(wrong.is_none(), "{channel} heard of {incident} {}: {told:?}\n{:#?}", wrong.unwrap_or_default(), post.reasons);
            let over = world.incidents.values().any(|one| one.id == *incident && !one.is_open());
            let resolved = last_kinds.get(incident) == Some(&EventKind::IncidentResolved);
            if over && resolved {
                prop_assert!(told.last().is_some_and(|one| !one.open), "{channel} never heard that {incident} is over: {told:?}\n{:#?}", post.reasons);
            }
        }
    }
}
