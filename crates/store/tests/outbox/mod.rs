//! What becomes of messages that wait: order, parts, threads, overtaking, disabling, and sending again.

use tocsin_domain::Timestamp;
use tocsin_store::{Attempt, Changed, DeliveryFilter, DeliveryState, DueDelivery, Keeping, OutboxRow, Settled, Store};
use uuid::Uuid;

use crate::Told;

const DAY_MS: i64 = 1_800_000_000_000;

fn row(store: &Store, thread: &str, sequence: i64, keeping: Keeping) -> OutboxRow {
    OutboxRow {
        id: Uuid::now_v7(),
        team: store.default_team(),
        sequence,
        event: "incident.updated".into(),
        subject: None,
        channel: Uuid::from_u128(77),
        channel_name: "room".into(),
        kind: "matrix".into(),
        thread: thread.into(),
        reason: "because".into(),
        recipient: String::new(),
        content_type: "application/json".into(),
        body: format!("{thread} {sequence}").into_bytes().into(),
        part: "root".into(),
        place: 0,
        keeping,
        ends: false,
        summary: false,
        created_ms: DAY_MS + sequence,
        suppressed: false,
    }
}

fn delivered(one: &DueDelivery, remote: Option<&str>) -> Settled {
    let attempt = attempt(one, "delivered");
    let settled = Settled::new(one.id, DeliveryState::Sent, DAY_MS);
    Settled { remote: remote.map(str::to_owned), attempt: Some(attempt), ..settled }
}

fn attempt(one: &DueDelivery, outcome: &str) -> Attempt {
    Attempt {
        number: one.attempts + 1,
        at: Timestamp::from_second(DAY_MS / 1000),
        outcome: outcome.into(),
        status: Some(500),
        latency_ms: 3,
        answer: String::new(),
    }
}

fn failed(one: &DueDelivery, at_ms: i64) -> Settled {
    Settled { attempt: Some(attempt(one, "retry")), ..Settled::new(one.id, DeliveryState::Due, at_ms) }
}

async fn claimed(store: &Store, now_ms: i64) -> Result<Vec<DueDelivery>, tocsin_store::StoreError> {
    store.claim(now_ms, &[], 50).await
}

/// State and reason of a delivery.
async fn stands(store: &Store, id: Uuid) -> Result<(&'static str, String), Box<dyn std::error::Error>> {
    let one = store.delivery(id).await?.ok_or("it is kept")?;
    Ok((one.state.word(), one.why.unwrap_or_default()))
}

pub async fn tell(store: &Store, declared: Uuid) -> Told {
    order_and_threads(store).await?;
    shared_words(store).await?;
    overtaking(store).await?;
    given_up_and_sent_again(store).await?;
    changes(store, declared).await
}

/// Two messages of one notice go in their order, and each attempt knows what the other side calls the thread.
async fn order_and_threads(store: &Store) -> Told {
    let now = DAY_MS + 1_000;
    let root = row(store, "a", 1, Keeping::Log);
    let reply = OutboxRow { part: "reply".into(), place: 1, ..row(store, "a", 1, Keeping::Log) };
    let next = row(store, "a", 2, Keeping::Log);
    let other = OutboxRow { recipient: "ann".into(), ..row(store, "a", 2, Keeping::Log) };
    store.enqueue(&[next.clone(), reply.clone(), root.clone(), other.clone()]).await?;
    let first = claimed(store, now).await?;
    assert_eq!(ids(&first), sorted(&[root.id, other.id]), "recipients do not wait for each other");
    assert!(first.iter().all(|one| one.root.is_none() && one.past.is_empty()));
    let settled: Vec<Settled> =
        first.iter().map(|one| delivered(one, Some(if one.id == root.id { "r1" } else { "m9" }))).collect();
    store.settle(&settled).await?;
    let second = claimed(store, now).await?;
    assert_eq!((ids(&second), second[0].part.as_str()), (vec![reply.id], "reply"));
    assert_eq!((second[0].root.as_deref(), second[0].latest.as_deref()), (Some("r1"), Some("r1")));
    store.settle(&[delivered(&second[0], Some("r2"))]).await?;
    let third = claimed(store, now).await?;
    assert_eq!((third[0].root.as_deref(), third[0].latest.as_deref()), (Some("r1"), Some("r2")), "a reply is no root");
    let gone = Settled { forget_thread: true, ..failed(&third[0], now) };
    store.settle(&[gone]).await?;
    let again = claimed(store, now).await?;
    assert_eq!((again[0].root.as_deref(), again[0].past.len()), (None, 1), "what is gone is forgotten");
    let plain = ("text/plain".to_owned(), b"plainer".to_vec());
    store.settle(&[Settled { body: Some(plain), ..failed(&again[0], now) }]).await?;
    let plainer = claimed(store, now).await?;
    assert_eq!((plainer[0].content_type.as_str(), plainer[0].body.as_slice()), ("text/plain", b"plainer".as_slice()));
    assert_eq!(plainer[0].past.iter().map(|one| one.number).collect::<Vec<_>>(), [1, 2]);
    store.settle(&[delivered(&plainer[0], None)]).await?;
    Ok(())
}

/// What many are told in the same words is kept once, and what is said differently to one of them changes no other.
async fn shared_words(store: &Store) -> Told {
    let first = row(store, "s", 1, Keeping::Log);
    let second = OutboxRow { id: Uuid::now_v7(), channel: Uuid::from_u128(78), ..first.clone() };
    let (same, own) =
        (first.body.to_vec(), OutboxRow { channel: Uuid::from_u128(79), ..row(store, "own", 1, Keeping::Log) });
    store.enqueue(&[first.clone(), second.clone(), own.clone()]).await?;
    let now = DAY_MS + 50;
    let mut bodies: Vec<(Uuid, Vec<u8>)> =
        claimed(store, now).await?.into_iter().map(|one| (one.channel, one.body)).collect();
    bodies.sort();
    assert_eq!(bodies, [(first.channel, same.clone()), (second.channel, same), (own.channel, own.body.to_vec())]);
    store.release_leases().await?;
    let due = claimed(store, now).await?;
    let settled = |one: &DueDelivery| match one.id == first.id {
        true => Settled { body: Some(("text/plain".to_owned(), b"mine".to_vec())), ..failed(one, now) },
        false => failed(one, now),
    };
    store.settle(&due.iter().map(settled).collect::<Vec<_>>()).await?;
    let due = claimed(store, now).await?;
    for one in &due {
        let wanted: &[u8] = match one.id {
            id if id == first.id => b"mine",
            id if id == own.id => &own.body,
            _ => &second.body,
        };
        assert_eq!(one.body, wanted);
    }
    store.settle(&due.iter().map(|one| delivered(one, None)).collect::<Vec<_>>()).await?;
    Ok(())
}

async fn overtaking(store: &Store) -> Told {
    let now = DAY_MS + 1_000;
    // What shows the newest only: the older one was tried and waits.
    let old = row(store, "s", 11, Keeping::State);
    store.enqueue(std::slice::from_ref(&old)).await?;
    let taken = claimed(store, now).await?;
    let new = row(store, "s", 12, Keeping::State);
    store.enqueue(std::slice::from_ref(&new)).await?;
    assert_eq!(stands(store, old.id).await?.0, "due", "what is under way is left alone");
    store.settle(&[failed(&taken[0], now + 60_000)]).await?;
    assert_eq!(stands(store, old.id).await?, ("suppressed", "Overtaken by a newer message: Update.".into()));
    let taken = claimed(store, now).await?;
    assert_eq!(ids(&taken), [new.id], "the newer one does not wait for it");
    store.settle(&[delivered(&taken[0], None)]).await?;
    // An alarm that was over before anybody could be told: nothing is sent.
    let (raise, end) = (row(store, "p", 21, Keeping::Alarm), row(store, "p", 22, Keeping::Alarm));
    let end = OutboxRow { ends: true, ..end };
    store.enqueue(std::slice::from_ref(&raise)).await?;
    store.enqueue(std::slice::from_ref(&end)).await?;
    for id in [raise.id, end.id] {
        assert_eq!(
            stands(store, id).await?,
            ("suppressed", "It was over before this channel could be told of it.".into())
        );
    }
    // One that may have been raised when we were cut off is ended.
    let (raise, end) = (row(store, "q", 31, Keeping::Alarm), row(store, "q", 32, Keeping::Alarm));
    let end = OutboxRow { ends: true, ..end };
    store.enqueue(std::slice::from_ref(&raise)).await?;
    assert_eq!(claimed(store, now).await?.len(), 1);
    store.release_leases().await?;
    store.enqueue(std::slice::from_ref(&end)).await?;
    assert_eq!(stands(store, raise.id).await?.0, "suppressed");
    let taken = claimed(store, now).await?;
    assert_eq!(ids(&taken), [end.id]);
    store.settle(&[delivered(&taken[0], None)]).await?;
    // A log keeps everything, in order.
    let (one, two) = (row(store, "l", 41, Keeping::Log), row(store, "l", 42, Keeping::Log));
    store.enqueue(&[two.clone(), one.clone()]).await?;
    for id in [one.id, two.id] {
        let taken = claimed(store, now).await?;
        assert_eq!(ids(&taken), [id]);
        store.settle(&[delivered(&taken[0], None)]).await?;
    }
    // A summary takes the place of what waits.
    let (one, two) = (row(store, "m", 51, Keeping::Log), row(store, "m", 52, Keeping::Log));
    store.enqueue(&[one.clone(), two.clone()]).await?;
    let taken = claimed(store, now).await?;
    assert_eq!(store.waiting_beside(&taken[0]).await?, 1);
    store.settle(&[Settled::new(one.id, DeliveryState::Dead, now)]).await?;
    let summary = OutboxRow { summary: true, id: Uuid::now_v7(), ..one.clone() };
    store.enqueue_summary(&summary).await?;
    store.enqueue_summary(&summary).await?;
    assert_eq!(stands(store, two.id).await?.0, "suppressed");
    let taken = claimed(store, now).await?;
    assert_eq!((ids(&taken), taken[0].summary), (vec![summary.id], true));
    store.settle(&[delivered(&taken[0], None)]).await?;
    Ok(())
}

async fn given_up_and_sent_again(store: &Store) -> Told {
    let now = DAY_MS + 1_000;
    let channel = Uuid::from_u128(77);
    let (one, two) = (row(store, "x", 61, Keeping::Log), row(store, "y", 62, Keeping::Log));
    let ann = OutboxRow { recipient: "ann".into(), ..row(store, "y", 63, Keeping::Log) };
    store.enqueue(&[one.clone(), two.clone(), ann.clone()]).await?;
    store.suppress(store.default_team(), "room", "ann", "550 no such user", Timestamp::from_second(7)).await?;
    assert_eq!(stands(store, ann.id).await?, ("suppressed", "550 no such user".into()));
    store.disable_channel(channel, Some("gone".into())).await?;
    assert_eq!(stands(store, one.id).await?, ("dead", "The channel was disabled.".into()));
    assert!(claimed(store, now).await?.is_empty());
    let missed = store.missed(channel, DAY_MS).await?;
    assert_eq!(
        (missed.count, missed.since_ms),
        (3, Some(one.created_ms.min(DAY_MS + 51))),
        "with the one given up above"
    );
    let filter = DeliveryFilter {
        channel: Some(channel),
        since_ms: Some(DAY_MS + 60),
        state: Some(DeliveryState::Dead),
        limit: 9,
        ..DeliveryFilter::default()
    };
    assert_eq!(store.deliveries(&filter).await?.iter().map(|one| one.id).collect::<Vec<_>>(), [two.id, one.id]);
    store.put_channel_record(channel, Some("{}".into())).await?;
    store.put_channel_record(channel, Some(r#"{"a":1}"#.into())).await?;
    assert_eq!(store.channel_records().await?, [(channel, r#"{"a":1}"#.to_owned())]);
    store.disable_channel(channel, None).await?;
    assert!(store.channel_records().await?.is_empty());
    assert!(store.arrived(channel, 0).await?.iter().all(|(_, _, at)| *at < DAY_MS + 60), "of these nothing arrived");
    assert_eq!(store.put_aside(channel, Uuid::from_u128(404), "told").await?, 0, "nothing was about that");
    assert_eq!(store.resend_missed(channel, DAY_MS + 60, now + 5).await?, 2);
    let taken = claimed(store, now + 5).await?;
    assert_eq!(ids(&taken), sorted(&[one.id, two.id]));
    assert_eq!((taken[0].since_ms, taken[0].earlier), (now + 5, 0), "its age counts anew");
    store.settle(&taken.iter().map(|one| failed(one, now + 9)).collect::<Vec<_>>()).await?;
    assert!(store.resend(one.id, now + 6).await?);
    let taken = claimed(store, now + 6).await?;
    assert_eq!((taken[0].earlier, taken[0].attempts, taken[0].past.len()), (1, 1, 0), "and so do its attempts");
    assert!(!store.resend(one.id, now + 7).await?, "what is under way is not sent twice");
    store.settle(&[delivered(&taken[0], None), Settled::new(two.id, DeliveryState::Failed, now)]).await?;
    Ok(())
}

/// What the other side changed lies over what was set up, as long as that stays.
async fn changes(store: &Store, declared: Uuid) -> Told {
    let url = |setup: tocsin_store::Setup| {
        setup.channels.iter().find(|one| one.id == declared).map(|one| one.settings["url"].clone())
    };
    let before = url(store.setup().await?).ok_or("it is declared")?;
    let was = before.as_str().ok_or("an address")?.to_owned();
    let changed = |was: &str| Changed { key: "url".into(), was: was.to_owned(), now: "https://moved.example/".into() };
    store.put_changed(declared, &changed("https://something.else/")).await?;
    assert_eq!(url(store.setup().await?), Some(before.clone()), "somebody set up another value since");
    store.put_changed(declared, &changed(&was)).await?;
    assert_eq!(url(store.setup().await?), Some("https://moved.example/".into()));
    assert_eq!(store.changed(declared).await?, [changed(&was)]);
    store.put_changed(declared, &Changed { key: "url".into(), was: "-".into(), now: "-".into() }).await?;
    Ok(())
}

fn ids(taken: &[DueDelivery]) -> Vec<Uuid> {
    sorted(&taken.iter().map(|one| one.id).collect::<Vec<_>>())
}

fn sorted(ids: &[Uuid]) -> Vec<Uuid> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids
}
