//! One story of the store, told to SQLite and to PostgreSQL: ids, times and SQL stay portable.

mod boards;
mod checks;
mod decisions;
mod described;
mod hubs;
mod outbox;
mod readings;
mod subscribers;
mod wishes;

mod hands;

use std::path::Path;

use tocsin_domain::alert::{Audience, Interest, Member, Rule};
use tocsin_domain::board::{Entry, Visibility};
use tocsin_domain::compare::Recalled;
use tocsin_domain::maintenance::Work;
use tocsin_domain::uptime::Span;
use tocsin_domain::{
    Component, Covers, Health, Impact, Input, MaintenanceStage, PageState, Reading, Report, Stage, Timestamp, Update,
    step,
};
use tocsin_store::{
    AnswerKept, Attempt, BoardRow, Captured, ChannelRow, Circular, DecisionRow, DeliveryFilter, DeliveryState,
    EventRow, GroupRow, IncidentFilter, JournalEntry, Keeping, MonitorRow, Observation, OutboxRow, Packed, PageFlush,
    PayloadRow, ProviderRow, Settled, Setup, StateFilter, Store, Table, Target, TokenRow, Told as Which, UserRow,
    Wording,
};
use uuid::Uuid;

type Told = Result<(), Box<dyn std::error::Error>>;

#[tokio::test]
async fn on_sqlite() -> Told {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("tocsin.db").display());
    tell(&url, folder.path()).await
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test command says where its database is")]
async fn on_postgres() -> Told {
    let Ok(url) = std::env::var("TOCSIN_TEST_POSTGRES") else {
        eprintln!("skipped: TOCSIN_TEST_POSTGRES is not set (./test starts a server and sets it)");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    tell(&url, folder.path()).await
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn reading(stage: Stage, resolved_at: Option<Timestamp>, health: Health) -> Reading {
    let update = |id: &str, stage: Stage, time: &str| Update {
        id: id.to_owned(),
        stage: Some(stage),
        at: Some(at(time)),
        body: format!("We are {} – “quoted” \u{1F6A8}", stage.label()),
    };
    let mut updates = vec![update("u1", Stage::Investigating, "2026-02-20T22:21:00Z")];
    if stage == Stage::Resolved {
        updates.push(update("u2", Stage::Resolved, "2026-02-21T00:01:00Z"));
    }
    Reading {
        platform: Some("statuspage".to_owned()),
        components: vec![Component {
            id: "c1".to_owned(),
            name: "Voice".to_owned(),
            group: vec!["PROD 1".to_owned()],
            health,
            hidden_while_operational: false,
        }]
        .into(),
        incidents: vec![Report {
            id: "k1".to_owned(),
            title: "Calls are not connected".to_owned(),
            url: None,
            impact: Some(Impact::Minor),
            stage: Some(stage),
            started_at: Some(at("2026-02-20T22:01:00Z")),
            resolved_at,
            components: Vec::new(),
            updates,
        }],
        maintenances: vec![Work {
            id: "w1".to_owned(),
            title: "New cables".to_owned(),
            url: None,
            stage: Some(MaintenanceStage::Completed),
            starts_at: Some(at("2026-01-10T22:00:00Z")),
            ends_at: Some(at("2026-01-10T23:00:00Z")),
            components: Vec::new(),
            updates: Vec::new(),
        }],
        covers: Covers { open: true, history_since: None },
        ..Reading::default()
    }
    .settled(None)
}

async fn tell(url: &str, folder: &Path) -> Told {
    let store = Store::open(url, &folder.join("secret.key")).await?;
    store.prove_writable().await?;
    let now = at("2026-02-20T22:25:00Z");
    let (channel, group, monitor) = set_up(&store, now).await?;
    let page = Uuid::now_v7();
    store.ensure_pages(&[(page, "kustomer".into(), "https://status.example/".into())], now).await?;
    store.ensure_pages(&[(Uuid::now_v7(), "kustomer".into(), "https://status.example/".into())], now).await?;
    assert_eq!(store.pages().await?.len(), 1, "a page is made once");
    assert_eq!(store.pages().await?[0].health, Health::Unknown, "a page nobody read is unknown");
    store.set_platform(page, "statuspage", &["`page.id` is a Statuspage id".to_owned()]).await?;

    let member = Member {
        monitor: monitor.to_string(),
        interest: Interest::default(),
        group: group.to_string(),
        group_name: "desk".to_owned(),
        rule: Rule::default(),
        channels: vec![channel.to_string()],
        ..Member::default()
    };
    let audience = Audience { members: vec![member], ..Audience::default() };

    // A quiet first reading, then trouble.
    let quiet =
        Reading { incidents: Vec::new(), ..reading(Stage::Investigating, None, Health::Operational) }.settled(None);
    let first = step(PageState::new(page.to_string(), ""), &Recalled::new(), Input::Reading(&quiet), &audience, now);
    let seen = observation(&store, page, (channel, group, monitor), first, &quiet, now).await?;
    all_stored(store.commit(&[seen]).await)?;
    let state = store.page_state(page).await?.ok_or("the state was stored")?;
    let now = at("2026-02-20T22:26:00Z");
    let trouble = reading(Stage::Investigating, None, Health::Degraded);
    let second = step(state, &Recalled::new(), Input::Reading(&trouble), &audience, now);
    assert_eq!(second.decided.len(), 2, "a component changed and an incident opened");
    let seen = observation(&store, page, (channel, group, monitor), second, &trouble, now).await?;
    let opened = seen.events.iter().find(|row| row.event.incident().is_some()).ok_or("an incident opened")?;
    let circular =
        Circular { sequence: opened.sequence, target: Target::Provider("kustomer".into()), page, first: true };
    let seen = Observation { circulars: vec![circular.clone()], ..seen };
    all_stored(store.commit(std::slice::from_ref(&seen)).await)?;
    all_stored(store.commit(&[seen]).await).expect_err("a sequence is used once");

    let status = &store.pages().await?[0];
    assert_eq!((status.health, status.active, status.read_at), (Health::Degraded, true, Some(now)));
    assert_eq!(status.page.platform.as_deref(), Some("statuspage"));
    let open = IncidentFilter { state: StateFilter::Open, limit: 10, ..IncidentFilter::default() };
    let listed = store.incidents(&open).await?;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].incident.updates[0].body, "We are Investigating – “quoted” \u{1F6A8}");

    deliver(&store).await?;
    subscribers::told(&store, &circular).await?;
    outbox::tell(&store, channel).await?;
    resolve(&store, page, &audience, (channel, group, monitor)).await?;
    journal_and_readings(&store, page, listed[0].incident.id).await?;
    decisions::share_rows(&store).await?;
    readings::keep_their_order(&store).await?;
    hands::by_hand(&store, now).await?;

    store.close().await;
    let store = Store::open(url, &folder.join("secret.key")).await?;
    let again = store.setup().await?;
    assert_eq!(again.channels[0].settings["secret"], "whsec_top", "secrets survive a restart with their key");
    store.close().await;
    let other_key = folder.join("other.key");
    let store = Store::open(url, &other_key).await?;
    let refused = store.setup().await.expect_err("another key opens nothing");
    assert!(refused.to_string().contains("another key file"), "{refused}");
    store.close().await;
    Ok(())
}

fn all_stored(results: Vec<Result<(), tocsin_store::StoreError>>) -> Result<(), tocsin_store::StoreError> {
    results.into_iter().collect()
}

async fn set_up(store: &Store, now: Timestamp) -> Result<(Uuid, Uuid, Uuid), Box<dyn std::error::Error>> {
    let team = store.default_team();
    let (channel, group, monitor) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let setup = Setup {
        providers: vec![ProviderRow {
            slug: "kustomer".into(),
            name: "Kustomer".into(),
            page: "https://status.example/".into(),
            platform: None,
            interval_s: Some(60),
            declared: true,
        }],
        descriptions: vec![described::row("kustomer", true, now)],
        channels: vec![ChannelRow {
            id: channel,
            team,
            name: "hook".into(),
            kind: "webhook".into(),
            settings: serde_json::json!({"url": "https://hooks.example/", "secret": "whsec_top"}),
            declared: true,
            disabled: None,
        }],
        groups: vec![GroupRow {
            id: group,
            team,
            name: "desk".into(),
            rule: Rule::default(),
            channels: vec![channel],
            declared: true,
        }],
        monitors: vec![MonitorRow {
            id: monitor,
            team,
            provider: "kustomer".into(),
            components: vec!["Voice".into()],
            groups: vec![group],
            declared: true,
            paused: false,
            told_at: None,
            tags: vec!["prod".into()],
            aware: true,
        }],
        boards: vec![BoardRow { team, ..boards::row("desk", true) }],
    };
    store.declare(&setup, now).await?;
    store.declare(&setup, now).await?;
    assert_eq!(store.setup().await?, setup, "declaring twice changes nothing");
    Ok((channel, group, monitor))
}

/// What `app` makes of a step: sequences, decisions, one message for each told verdict.
async fn observation(
    store: &Store,
    page: Uuid,
    (channel, group, monitor): (Uuid, Uuid, Uuid),
    step: tocsin_domain::Step,
    reading: &Reading,
    now: Timestamp,
) -> Result<Observation, Box<dyn std::error::Error>> {
    let first = store.reserve(step.decided.len()).await?;
    let (mut events, mut decisions, mut outbox) = (Vec::new(), Vec::new(), Vec::new());
    for (decided, sequence) in step.decided.into_iter().zip(first..) {
        let incident = decided.event.incident().map(|incident| incident.id);
        for verdict in &decided.verdicts {
            decisions.push(DecisionRow {
                sequence,
                team: store.default_team(),
                incident,
                change: decided.event.kind.word().into(),
                at: now,
                monitor,
                group,
                group_name: "desk".into(),
                channel: Some(channel),
                channel_name: Some("hook".into()),
                told: verdict.told,
                code: verdict.reason.code.word().into(),
                text: verdict.reason.text.clone(),
                rule: Wording::of(&Rule::default()),
            });
            if verdict.told {
                outbox.push(OutboxRow {
                    id: tocsin_domain::ids::v7(now, &[decided.event.id.as_bytes()]),
                    team: store.default_team(),
                    sequence,
                    event: decided.event.kind.word().into(),
                    subject: incident,
                    channel,
                    channel_name: "hook".into(),
                    kind: "webhook".into(),
                    thread: "thread".into(),
                    reason: verdict.reason.text.clone(),
                    recipient: String::new(),
                    content_type: "application/json".into(),
                    body: br#"{"type":"x"}"#.as_slice().into(),
                    part: "root".into(),
                    place: 0,
                    keeping: Keeping::Log,
                    ends: false,
                    summary: false,
                    created_ms: now.as_second() * 1000,
                    suppressed: false,
                });
            }
        }
        events.push(EventRow { sequence, event: decided.event });
    }
    let bytes = serde_json::to_vec(reading)?;
    // It stays the same; an incident rests on it later only.
    let home = payload("home", "00".into(), b"Welcome", !step.incidents.is_empty());
    Ok(Observation {
        page,
        provider: "kustomer".into(),
        at: now,
        packed: Packed::json(&step.state),
        state: step.state,
        wake_at: step.wake_at,
        memory: "{}".into(),
        validators: "{}".into(),
        said: Some(reading.health),
        looks: vec![now],
        payloads: vec![payload("summary", format!("{:x}", bytes.len()), &bytes, true), home],
        incidents: step.incidents,
        maintenances: step.maintenances,
        healths: step.healths,
        events,
        decisions,
        outbox,
        kept: Vec::new(),
        circulars: Vec::new(),
        told_along: Vec::new(),
        asked_by: None,
    })
}

fn payload(key: &str, hash: String, bytes: &[u8], needed: bool) -> PayloadRow {
    let url = format!("https://status.kustomer.example/api/v2/{key}.json");
    PayloadRow { key: key.into(), url, hash, size: bytes.len(), bytes: Packed::bytes(bytes), needed }
}

/// The outbox: one attempt fails, a crash cuts one off, the third arrives; order within the thread is kept.
async fn deliver(store: &Store) -> Told {
    let now_ms = at("2026-02-20T22:26:01Z").as_second() * 1000;
    let claimed = store.claim(now_ms, &[], 10).await?;
    assert_eq!(claimed.len(), 1);
    assert!(store.claim(now_ms, &[], 10).await?.is_empty(), "what is taken is not taken twice");
    let attempt = |number, outcome: &str| Attempt {
        number,
        at: at("2026-02-20T22:26:01Z"),
        outcome: outcome.into(),
        status: Some(503),
        latency_ms: 12,
        answer: "busy".into(),
    };
    let settled = |state, next_ms, attempt| Settled { attempt, ..Settled::new(claimed[0].id, state, next_ms) };
    store.settle(&[settled(DeliveryState::Due, now_ms + 5_000, Some(attempt(1, "retry")))]).await?;
    assert!(store.claim(now_ms, &[], 10).await?.is_empty(), "not before its time");
    assert_eq!(store.outbox_ahead(now_ms).await?, (Some(now_ms + 5_000), 1));
    assert!(store.claim(now_ms + 5_000, &[claimed[0].channel], 10).await?.is_empty(), "a blocked channel waits");
    let again = store.claim(now_ms + 5_000, &[], 10).await?;
    assert_eq!((again[0].id, &again[0].body, again[0].attempts), (claimed[0].id, &claimed[0].body, 1));
    assert_eq!(store.release_leases().await?, 1, "a crash cut it off");
    assert_eq!(store.claim(now_ms + 5_000, &[], 10).await?.len(), 1);
    store.settle(&[settled(DeliveryState::Sent, 0, Some(attempt(2, "delivered")))]).await?;
    let shown = store.delivery(claimed[0].id).await?.ok_or("the delivery is kept")?;
    assert_eq!((shown.state, shown.attempts.len()), (DeliveryState::Sent, 2));
    still_holds(store, claimed[0].channel, claimed[0].id, now_ms).await?;
    assert!(store.resend(claimed[0].id, now_ms).await?);
    let due = DeliveryFilter { state: Some(DeliveryState::Due), limit: 5, ..DeliveryFilter::default() };
    assert_eq!(store.deliveries(&due).await?.len(), 1);
    store.settle(&[settled(DeliveryState::Dead, 0, None)]).await?;
    Ok(())
}

/// What arrived long ago is repeated as long as its incident is open; other channels have nothing to do with it.
async fn still_holds(store: &Store, channel: Uuid, delivery: Uuid, now_ms: i64) -> Told {
    let standing = store.standing(&[channel, Uuid::nil()], now_ms).await?;
    let found: Vec<_> = standing.iter().map(|one| (one.delivery, one.sent_ms, one.over)).collect();
    assert_eq!(found, [(delivery, 0, false)]);
    assert!(store.standing(&[Uuid::nil()], 0).await?.is_empty() && store.standing(&[], 0).await?.is_empty());
    Ok(())
}

async fn resolve(store: &Store, page: Uuid, audience: &Audience, ids: (Uuid, Uuid, Uuid)) -> Told {
    let now = at("2026-02-21T00:02:00Z");
    let stored = store.page_state(page).await?.ok_or("the state was stored")?;
    let over = reading(Stage::Resolved, Some(at("2026-02-21T00:01:00Z")), Health::Operational);
    let wanted = tocsin_domain::compare::recall(&stored, Some(&over), now);
    assert_eq!(wanted, ["k1"]);
    let ids_of: Vec<_> = wanted.iter().map(|id| (id.clone(), stored.incidents[id].id)).collect();
    let recalled: Recalled =
        store.recall(&ids_of).await?.into_iter().map(|incident| (incident.vendor_id.clone(), incident)).collect();
    let last = step(stored, &recalled, Input::Reading(&over), audience, now);
    let seen = observation(store, page, ids, last, &over, now).await?;
    all_stored(store.commit(&[Observation { asked_by: Some(ids.2), ..seen }]).await)?;
    assert_eq!(
        store.setup().await?.monitors[0].told_at,
        Some(now),
        "that somebody asked is stored with what it led to"
    );
    let names = ["k1".to_owned(), "nobody".to_owned()];
    let known = store.known_as(page, &names).await?;
    assert_eq!(known.iter().map(|(id, one)| (id.as_str(), one.id)).collect::<Vec<_>>(), [("k1", ids_of[0].1)]);
    let works = store.works_of(page, &["w1".to_owned(), "nobody".to_owned()]).await?;
    assert_eq!(works.iter().map(|work| work.title.as_str()).collect::<Vec<_>>(), ["New cables"]);
    assert!(store.known_as(Uuid::nil(), &names).await?.is_empty(), "ids are those of a page");
    let closed = IncidentFilter { state: StateFilter::Closed, limit: 10, ..IncidentFilter::default() };
    let listed = store.incidents(&closed).await?;
    assert_eq!(listed[0].incident.duration_s(now), Some(7200));
    let after = (listed[0].incident.started_at.ok_or("it has a start")?, listed[0].incident.id);
    assert!(
        store
            .incidents(&IncidentFilter { after: Some(after), limit: 10, ..IncidentFilter::default() })
            .await?
            .is_empty()
    );
    Ok(())
}

async fn since(store: &Store, page: Uuid, journal: &[JournalEntry]) -> Told {
    let (first, slugs) = (&journal[0], [journal[0].provider.clone(), "nobody".to_owned()]);
    let all = store.events_since(&slugs, first.event.at, 100).await?;
    assert!(all.iter().all(|(on, _)| *on == page));
    assert_eq!(all.iter().map(|(_, entry)| entry.clone()).collect::<Vec<_>>(), journal);
    assert_eq!(store.events_since(&slugs, first.event.at.plus(1), 100).await?.len(), 2, "what came later");
    assert_eq!(store.events_since(&slugs, first.event.at, 3).await?.len(), 3);
    assert!(store.events_since(&["nobody".to_owned()], first.event.at, 100).await?.is_empty());
    Ok(())
}

async fn journal_and_readings(store: &Store, page: Uuid, incident: Uuid) -> Told {
    let journal = store.events_after(0, 100).await?;
    let kinds: Vec<_> = journal.iter().map(|entry| entry.event.kind.word()).collect();
    assert_eq!(kinds, ["component.changed", "incident.opened", "component.changed", "incident.resolved"]);
    assert_eq!(store.last_sequence().await?, journal.last().map_or(0, |entry| entry.sequence));
    let decisions = store.decisions(Some(incident), None, None, 10).await?;
    assert_eq!(decisions.iter().map(|one| one.told).collect::<Vec<_>>(), [true, true]);
    assert_eq!(store.decisions(None, None, None, 10).await?.len(), 4, "silences are kept too");
    for (told, count) in [(Which::Now, 2), (Which::Later, 0), (Which::Not, 2)] {
        assert_eq!(store.decisions(None, Some(told), None, 10).await?.len(), count, "{told:?}");
    }
    since(store, page, &journal).await?;
    let captures = store.captures(page).await?;
    assert_eq!((captures.len(), store.count_captures().await?), (3, 3));
    let answer = &captures[1].answers[0];
    assert_eq!(
        (answer.key.as_str(), answer.url.as_str()),
        ("summary", "https://status.kustomer.example/api/v2/summary.json")
    );
    assert!(store.bodies(&captures[1]).await?.is_some_and(|bodies| bodies.len() == 2 && bodies[1] == b"Welcome"));
    let older: AnswerKept = serde_json::from_str(r#"["summary", "00ff"]"#)?;
    let gone = Captured { at: captures[1].at, answers: vec![answer.clone(), older] };
    assert_eq!(
        (gone.answers[1].hash.as_str(), gone.answers[1].url.as_str()),
        ("00ff", ""),
        "older rows know no address"
    );
    assert_eq!(store.bodies(&gone).await?, None, "all of a capture or nothing");
    let later = at("2026-02-21T00:12:00Z");
    store.flush_reads(&[PageFlush { page, read_at: later }]).await?;
    assert_eq!(store.pages().await?[0].read_at, Some(later));
    let spans = store.coverage(page, at("2026-02-20T00:00:00Z")).await?;
    assert_eq!(spans.len(), 2, "the hour and a half nobody looked is a gap: {spans:?}");
    let known = Span { from: at("2026-02-18T00:00:00Z"), to: at("2026-02-19T00:00:00Z") };
    store.cover(&[(page, known)]).await?;
    store.flush_reads(&[PageFlush { page, read_at: at("2026-02-18T12:00:00Z") }]).await?;
    store.flush_reads(&[PageFlush { page, read_at: at("2026-02-19T00:20:00Z") }]).await?;
    store.flush_reads(&[PageFlush { page, read_at: later }]).await?;
    let grown = Span { to: at("2026-02-19T00:20:00Z"), ..known };
    let covered = store.coverage(page, at("2026-02-17T00:00:00Z")).await?;
    assert_eq!(
        covered,
        [&[grown], spans.as_slice()].concat(),
        "a look inside a span adds none, one soon after it extends it"
    );
    let moved: Vec<_> = store
        .health_changes(page, at("2026-02-20T00:00:00Z"))
        .await?
        .into_iter()
        .map(|one| (one.component, one.at, one.before, one.after))
        .collect();
    let (well, ill) = (Some(Health::Operational), Some(Health::Degraded));
    let (began, ended) = (at("2026-02-20T22:26:00Z"), at("2026-02-21T00:02:00Z"));
    let track = |id: &str| [(id.to_owned(), began, well, ill), (id.to_owned(), ended, ill, well)];
    assert_eq!(moved, [track(""), track("c1")].concat(), "the page itself, then its component");
    assert_eq!(store.prune(0, at("2026-01-01T00:00:00Z")).await?.payloads, 0, "what an incident rests on is kept");
    Ok(())
}
