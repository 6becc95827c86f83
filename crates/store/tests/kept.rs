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

#[tokio::test]
async fn the_keys_are_read_beside_an_instance_that_runs() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}/kept.db", folder.path().display());
    let key = folder.path().join("secret.key");
    assert!(Store::keys(&url, &key).await?.is_none(), "no instance was ever started here");
    assert!(std::fs::read_dir(folder.path())?.next().is_none(), "and nothing was made");

    let running = Store::open(&url, &key).await?;
    let before = Store::keys(&url, &key).await?.ok_or("there is a key file")?;
    assert_eq!((before.links, before.vapid.len()), (running.signing_key(), 0));
    let made = running.kept_secret("vapid", |_| true).await?;
    assert_eq!(Store::keys(&url, &key).await?.ok_or("there is a key file")?.vapid, made);
    running.prove_writable().await?;

    Store::open(&format!("sqlite://{}/other.db", folder.path().display()), &folder.path().join("another.key")).await?;
    assert!(
        Store::keys(&url, &folder.path().join("another.key")).await.is_err(),
        "with another key file it stays closed"
    );
    Ok(())
}
