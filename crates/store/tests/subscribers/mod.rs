//! Those who have no account: kept once for each address, told one by one, and gone when they end it.

use tocsin_domain::Timestamp;
use tocsin_store::{Circular, DeliveryFilter, DeliveryState, Keeping, OutboxRow, Store, Subscription, Target};
use uuid::Uuid;

use crate::Told;

fn subscription(store: &Store, number: u128, slug: &str, kind: &str, address: &str) -> Subscription {
    Subscription {
        id: Uuid::from_u128(number),
        team: store.default_team(),
        target: Target::Provider(slug.into()),
        kind: kind.into(),
        settings: serde_json::json!({ "to": [address], "secret": "whsec_“top”" }),
        trusted: false,
        created_at: Timestamp::from_second(1_800_000_000),
    }
}

fn message(store: &Store, to: &Subscription, sequence: i64) -> OutboxRow {
    OutboxRow {
        id: Uuid::from_u128(to.id.as_u128() * 1_000 + u128::try_from(sequence).unwrap_or(0)),
        team: store.default_team(),
        sequence,
        event: "incident.opened".into(),
        subject: None,
        channel: to.id,
        channel_name: to.target.channel_name(),
        kind: to.kind.clone(),
        thread: "t".into(),
        reason: "You subscribed.".into(),
        recipient: String::new(),
        content_type: "text/plain".into(),
        body: b"news".to_vec().into(),
        part: "root".into(),
        place: 0,
        keeping: Keeping::Log,
        ends: false,
        summary: false,
        created_ms: 1,
        suppressed: false,
    }
}

/// `circular` was stored with its event.
pub async fn told(store: &Store, circular: &Circular) -> Told {
    let target = &circular.target;
    let slug = &target.name();
    let ada = subscription(store, 10, slug, "email", "ada@example.com");
    assert_eq!(store.subscribe(&ada, "ada@example.com").await?, ada.id);
    let again = Subscription { id: Uuid::from_u128(11), trusted: true, settings: serde_json::json!({}), ..ada.clone() };
    assert_eq!(store.subscribe(&again, "ada@example.com").await?, ada.id, "each address is there once");
    let kept = store.subscription(ada.id).await?.ok_or("it is kept")?;
    assert_eq!(kept, Subscription { id: ada.id, ..again.clone() }, "with what was said last");
    store.subscribe(&Subscription { trusted: false, ..ada.clone() }, "ada@example.com").await?;
    let kept = store.subscription(ada.id).await?.ok_or("it is kept")?;
    assert_eq!(kept, Subscription { trusted: true, ..ada.clone() }, "who was trusted once stays so");
    let browser = subscription(store, 12, slug, "web_push", "");
    store.subscribe(&browser, "ada@example.com").await?;
    let elsewhere = subscription(store, 13, "elsewhere", "email", "ada@example.com");
    store.subscribe(&elsewhere, "ada@example.com").await?;
    let found = store.subscription_at(target, "email", "ada@example.com").await?;
    assert_eq!(found.map(|one| one.id), Some(ada.id));
    assert!(store.subscription_at(target, "email", "eve@example.com").await?.is_none());
    let both = [(Target::Provider("elsewhere".into()), 1), (target.clone(), 2)];
    assert_eq!(store.subscribed().await?, both);
    let ids = |rows: Vec<Subscription>| rows.iter().map(|one| one.id.as_u128()).collect::<Vec<_>>();
    assert_eq!(ids(store.subscriptions(None, None, 2).await?), [13, 12], "newest first");
    assert_eq!(ids(store.subscriptions(None, Some(Uuid::from_u128(12)), 2).await?), [10]);
    assert_eq!(ids(store.subscriptions(Some(target), None, 9).await?), [12, 10]);
    on_boards(store, circular, &ada).await?;
    circulated(store, circular, &[ada.clone(), browser.clone()]).await?;
    assert!(store.end_subscription(ada.id).await? && !store.end_subscription(ada.id).await?);
    let mine = DeliveryFilter { channel: Some(ada.id), limit: 9, ..DeliveryFilter::default() };
    let [one] = store.deliveries(&mine).await?.try_into().map_err(|_| "one message")?;
    assert_eq!((one.state, one.why.as_deref()), (DeliveryState::Suppressed, Some("The subscription has ended.")));
    assert!(store.end_subscription(browser.id).await? && store.end_subscription(elsewhere.id).await?);
    assert!(store.subscribed().await?.is_empty());
    Ok(())
}

/// Who subscribed to a board as well is told by the last circular of an event alone.
async fn on_boards(store: &Store, circular: &Circular, ada: &Subscription) -> Told {
    let target = Target::Board(Uuid::from_u128(77));
    let twice = Subscription { id: Uuid::from_u128(21), target: target.clone(), ..ada.clone() };
    store.subscribe(&twice, "ada@example.com").await?;
    let other_kind = Subscription { id: Uuid::from_u128(22), kind: "webhook".into(), ..twice.clone() };
    store.subscribe(&other_kind, "ada@example.com").await?;
    let other_address = Subscription { id: Uuid::from_u128(23), ..twice.clone() };
    store.subscribe(&other_address, "eve@example.com").await?;
    let last = Uuid::from_u128(23);
    let of_board = Circular { target: target.clone(), ..circular.clone() };
    let found = store.doubles(&of_board, None, last).await?;
    assert_eq!(found, [(twice.id, Subscription { trusted: true, ..ada.clone() })]);
    assert!(store.doubles(&of_board, Some(twice.id), last).await?.is_empty(), "only those it reaches now");
    assert!(store.doubles(circular, None, last).await?.is_empty(), "the provider's comes last");
    let another = Circular { sequence: circular.sequence + 1, ..of_board };
    assert!(store.doubles(&another, None, last).await?.is_empty(), "another event is told by itself");
    for one in [&twice, &other_kind, &other_address] {
        let kept = store.subscription(one.id).await?.map(|found| found.target);
        assert_eq!(kept.as_ref(), Some(&target));
        assert!(store.end_subscription(one.id).await?);
    }
    Ok(())
}

/// Some at a time: what was written down before a crash is not made again, and what is left is not lost.
async fn circulated(store: &Store, circular: &Circular, both: &[Subscription; 2]) -> Told {
    let next = store.next_circular().await?.ok_or("it waits with its event")?;
    assert_eq!((&next.circular, next.reached, next.event.incident().is_some()), (circular, None, true));
    let first = store.subscribers_after(&circular.target, None, 1).await?;
    assert_eq!(first.first().map(|one| one.id), Some(both[0].id));
    let row = |to: &Subscription| message(store, to, circular.sequence);
    store.circulate(circular, &[row(&both[0])], Some(both[0].id)).await?;
    let next = store.next_circular().await?.ok_or("it goes on")?;
    assert_eq!(next.reached, Some(both[0].id));
    let rest = store.subscribers_after(&circular.target, next.reached, 9).await?;
    assert_eq!(rest.iter().map(|one| one.id).collect::<Vec<_>>(), [both[1].id]);
    store.circulate(circular, &[row(&both[0]), row(&both[1])], None).await?;
    assert!(store.next_circular().await?.is_none());
    let team = DeliveryFilter { to_team: true, limit: 99, ..DeliveryFilter::default() };
    let all = DeliveryFilter { to_team: false, ..team.clone() };
    let of_them =
        |rows: &[tocsin_store::Delivery]| rows.iter().filter(|row| row.channel_name.starts_with("subscribers")).count();
    assert_eq!((of_them(&store.deliveries(&all).await?), of_them(&store.deliveries(&team).await?)), (2, 0));
    Ok(())
}
