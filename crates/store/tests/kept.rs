//! Secrets that an instance makes once: the same for as long as store and key file stay, sealed, and nobody else's.

use std::cell::Cell;

use tocsin_store::Store;

#[tokio::test]
async fn a_kept_secret_outlives_the_process_and_is_sealed() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}/kept.db", folder.path().display());
    let key = folder.path().join("secret.key");
    let drawn = Cell::new(0);
    let second = |_: &[u8]| {
        drawn.set(drawn.get() + 1);
        drawn.get() == 2
    };
    let store = Store::open(&url, &key).await?;
    let made = store.kept_secret("vapid", second).await?;
    assert_eq!((made.len(), drawn.get()), (32, 2), "what is refused is drawn again");
    assert_eq!(store.kept_secret("vapid", |_| true).await?, made);
    assert_ne!(store.kept_secret("another", |_| true).await?, made);
    let kept = store.fact("secret.vapid").await?.unwrap_or_default();
    assert!(kept.len() > 60, "it is kept");
    store.close().await;

    let bytes = std::fs::read(folder.path().join("kept.db"))?;
    assert!(!bytes.windows(made.len()).any(|window| window == made), "and sealed");
    let store = Store::open(&url, &key).await?;
    assert_eq!(store.kept_secret("vapid", |_| true).await?, made);
    store.close().await;

    let stranger = Store::open(&url, &folder.path().join("another.key")).await?;
    let refused = stranger.kept_secret("vapid", |_| true).await;
    assert!(refused.is_err(), "with another key file it stays closed, and no new one takes its place");
    assert_eq!(stranger.fact("secret.vapid").await?.as_deref(), Some(kept.as_str()));
    Ok(())
}
