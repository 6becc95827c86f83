//! Subscriptions with hubs, renewed.

use tocsin_domain::Timestamp;
use tocsin_store::{HubSubscription, Store, StoreError};
use uuid::Uuid;

/// What a hub confirmed holds until it has confirmed what follows it.
pub async fn renewed(store: &Store, start: Timestamp) -> Result<(), StoreError> {
    let row = |hash: &str, after_s: i64| HubSubscription {
        page: Uuid::from_u128(1),
        hub: "https://hub.example.com/".to_owned(),
        topic: "https://status.example.com/feed".to_owned(),
        hash: hash.to_owned(),
        secret: format!("secret of {hash}"),
        asked_at: start.plus(after_s),
        lease_until: None,
    };
    let hashes = async || -> Result<Vec<String>, StoreError> {
        Ok(store.hubs(Uuid::from_u128(1)).await?.into_iter().map(|row| row.hash).collect())
    };
    store.put_hub(&row("one", 0)).await?;
    store.put_hub(&row("two", 10)).await?;
    assert_eq!(hashes().await?, ["two"], "what was never confirmed makes way");
    store.hub_said("two", Some(start.plus(1000))).await?;
    store.put_hub(&row("three", 900)).await?;
    assert_eq!(hashes().await?, ["two", "three"]);
    assert_eq!(store.hub_by_hash("two").await?.map(|row| row.secret).as_deref(), Some("secret of two"));
    store.hub_said("two", Some(start.plus(1100))).await?;
    store.hub_said("three", None).await?;
    assert_eq!(hashes().await?, ["two", "three"], "refused: the old one holds");
    store.put_hub(&row("four", 950)).await?;
    store.hub_said("four", Some(start.plus(9000))).await?;
    assert_eq!(hashes().await?, ["four"], "confirmed: it takes the place");
    store.put_hub(&row("five", 9001)).await?;
    assert_eq!(hashes().await?, ["five"], "what has run out makes way");
    Ok(())
}
