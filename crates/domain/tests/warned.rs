//! Whatever our own check finds and whatever a team wishes: each channel hears that a warning began before it hears of its
//! end, of the end once where it knows of the beginning, and nothing is lost to a mute.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use tocsin_domain::alert::{Acknowledgement, Audience, Escalation, Member, Rule, Silence, Silenced};
use tocsin_domain::step::Decided;
use tocsin_domain::warning::{CheckRef, Confidence, Raised, clear, raise};
use tocsin_domain::{Again, EventKind, Impact, Timestamp, Warning, WarningKind, ids};
use uuid::Uuid;

#[derive(Clone, Debug)]
enum Happening {
    Fails(WarningKind),
    Passes,
    /// For so many minutes; `None`: until somebody ends it.
    Mutes(Option<i64>),
    Unmutes,
    Acknowledges,
    GivesUp,
    Waits(i64),
}

fn happening() -> impl Strategy<Value = Happening> {
    let kinds = vec![WarningKind::NoAudio, WarningKind::NotAnswered, WarningKind::PoorCalls];
    prop_oneof![
        4 => select(kinds).prop_map(Happening::Fails),
        2 => Just(Happening::Passes),
        2 => prop::option::of(1..90_i64).prop_map(Happening::Mutes),
        1 => Just(Happening::Unmutes),
        1 => Just(Happening::Acknowledges),
        1 => Just(Happening::GivesUp),
        4 => (1..120_i64).prop_map(Happening::Waits),
    ]
}

fn member(group: &str, rule: Rule, channels: &[&str]) -> Member {
    Member {
        monitor: format!("monitor of {group}"),
        group: group.to_owned(),
        group_name: group.to_owned(),
        rule,
        channels: channels.iter().map(|one| (*one).to_owned()).collect(),
        ..Member::default()
    }
}

fn audience() -> impl Strategy<Value = Audience> {
    (prop::option::of(60..7_200_i64), select(vec![Impact::None, Impact::Major])).prop_map(|(repeat_s, min_impact)| {
        let escalate = Some(Escalation { to: "boss".to_owned(), after_s: 900 });
        let asks = Rule { events: Some(vec!["warning.*".parse().unwrap()]), min_impact, ..Rule::default() };
        let mut members = vec![
            member("desk", Rule { escalate, repeat_s, ..Rule::default() }, &["chat", "pager"]),
            member("boss", Rule::default(), &["phone"]),
            member("early", asks, &["chat", "mail"]),
            member("ops", Rule::default(), &["page"]),
        ];
        members[1].after = Some("desk".to_owned());
        for place in [0, 1] {
            members[place].named = true;
        }
        Audience { members, ..Audience::default() }
    })
}

/// What one channel was told of one warning.
#[derive(Clone, Debug)]
struct Told {
    kind: EventKind,
    about: WarningKind,
    again: Option<Again>,
    acknowledged: bool,
}

struct Life {
    audience: Audience,
    now: Timestamp,
    open: Option<Raised>,
    log: BTreeMap<(String, Uuid), Vec<Told>>,
    over: Vec<Uuid>,
}

impl Life {
    fn note(&mut self, decided: Vec<Decided>) {
        for Decided { event, verdicts } in decided {
            let warning = event.warning().unwrap();
            let acknowledged = self.audience.acknowledged.iter().any(|one| one.subject == warning.id);
            for channel in verdicts.iter().filter(|one| one.told).filter_map(|one| one.channel.clone()) {
                let again = event.again.clone();
                let told = Told { kind: event.kind, about: warning.kind, again, acknowledged };
                self.log.entry((channel, warning.id)).or_default().push(told);
            }
        }
        // As it is stored.
        self.open = serde_json::from_str(&serde_json::to_string(&self.open).unwrap()).unwrap();
    }

    fn due(&mut self) {
        let decided = self.open.as_mut().map(|open| open.due(&[], &self.audience, self.now)).unwrap_or_default();
        self.note(decided);
    }

    fn wait(&mut self, minutes: i64) {
        let until = self.now.plus(minutes * 60);
        for _ in 0..1_000 {
            let wakes = self.open.as_ref().and_then(Raised::wakes).filter(|at| *at <= until);
            self.now = wakes.unwrap_or(until).max(self.now);
            self.due();
            if wakes.is_none() {
                return;
            }
        }
        panic!("time alone has no end of things to say");
    }

    fn happens(&mut self, what: &Happening) {
        self.now = self.now.plus(1);
        let subject = self.open.as_ref().map(|open| open.warning.id);
        match what {
            Happening::Fails(kind) if self.open.as_ref().is_none_or(|open| open.warning.kind != *kind) => {
                let warning = warning(*kind, self.now);
                let decided = raise(&mut self.open, warning, &[], &self.audience, self.now);
                self.note(vec![decided]);
            }
            Happening::Fails(_) => {}
            Happening::Passes => {
                if let Some((warning, decided)) = clear(&mut self.open, "It works.", &[], &self.audience, self.now) {
                    self.over.push(warning.id);
                    self.note(vec![decided]);
                }
            }
            Happening::Mutes(minutes) => self.audience.silences.push(Silence {
                id: Uuid::nil(),
                team: String::new(),
                what: Silenced::Provider,
                since: self.now,
                until: minutes.map(|minutes| self.now.plus(minutes * 60)),
                by: "Ada".to_owned(),
                why: String::new(),
            }),
            Happening::Unmutes => self.audience.silences.clear(),
            Happening::Acknowledges => self.audience.acknowledged.extend(subject.map(|subject| Acknowledgement {
                team: String::new(),
                subject,
                at: self.now,
                by: "Ada".to_owned(),
            })),
            Happening::GivesUp => self.audience.acknowledged.clear(),
            Happening::Waits(minutes) => self.wait(*minutes),
        }
        self.due();
    }
}

fn warning(kind: WarningKind, now: Timestamp) -> Warning {
    Warning {
        id: ids::v7(now, &[b"warning"]),
        kind,
        check: CheckRef { id: Uuid::nil(), slug: "line".to_owned(), name: "line".to_owned() },
        provider: None,
        components: Vec::new(),
        impact: kind.impact(),
        started_at: now,
        ended_at: None,
        page_says: None,
        evidence: Vec::new(),
        confidence: Confidence::of(2, 2),
        summary: kind.summary().to_owned(),
        ended_because: None,
    }
}

/// What is wrong with what one channel heard of one warning.
fn fault(told: &[Told], over: bool, muted: bool) -> Option<&'static str> {
    let ends = told.iter().filter(|one| one.kind == EventKind::WarningCleared).count();
    let later = told.windows(2).map(|pair| (&pair[0], &pair[1]));
    if told.first()?.kind != EventKind::WarningRaised {
        return Some("an end without a beginning");
    }
    if ends > 1 || (ends == 1 && told.last()?.kind != EventKind::WarningCleared) {
        return Some("two ends, or something after the end");
    }
    if over && ends == 0 {
        return Some("no end");
    }
    let nags = |one: &Told| matches!(one.again, Some(Again::Repeat(_) | Again::Escalated(_)));
    if told.iter().any(|one| nags(one) && one.acknowledged) {
        return Some("somebody takes care of it, and others are told again");
    }
    let same =
        |(before, one): (&Told, &Told)| one.kind == EventKind::WarningRaised && before.about == one.about && !nags(one);
    // Under a mute it may have been another thing meanwhile.
    (!muted && later.into_iter().any(same)).then_some("the same twice")
}

proptest! {
    #[test]
    fn each_channel_hears_of_warnings_in_order(audience in audience(), all in prop::collection::vec(happening(), 1..40)) {
        let now = Timestamp::from_second(1_800_000_000);
        let mut life = Life { audience, now, open: None, log: BTreeMap::new(), over: Vec::new() };
        for one in &all {
            life.happens(one);
        }
        let muted = all.iter().any(|one| matches!(one, Happening::Mutes(_)));
        for ((channel, id), told) in &life.log {
            let fault = fault(told, life.over.contains(id), muted);
            prop_assert!(fault.is_none(), "{channel}: {fault:?}\n{told:#?}");
            prop_assert!(channel != "page", "it asked for no warnings: {told:#?}");
        }
        // Whatever was muted: once nothing is, whoever is meant has heard of what is open.
        life.happens(&Happening::Unmutes);
        if let Some(open) = &life.open {
            let mut meant = vec!["chat", "pager"];
            if open.warning.impact >= life.audience.members[2].rule.min_impact {
                meant.push("mail");
            }
            for channel in meant {
                prop_assert!(life.log.contains_key(&(channel.to_owned(), open.warning.id)), "{channel} has not heard of it");
            }
        }
    }
}
