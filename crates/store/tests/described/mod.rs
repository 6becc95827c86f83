//! Descriptions of pages, kept by hand and by file.

use tocsin_domain::Timestamp;
use tocsin_store::{DescriptionRow, Store};

pub fn row(provider: &str, declared: bool, now: Timestamp) -> DescriptionRow {
    DescriptionRow {
        provider: provider.to_owned(),
        declared,
        platform: "json".to_owned(),
        body: serde_json::json!({"anchor": "$.a", "declared": declared}),
        source: if declared { String::new() } else { "anchor = '$.a' # here".to_owned() },
        written_at: now,
    }
}

/// What was written by hand stays beside what a file declares, and comes before it.
pub async fn kept(store: &Store, now: Timestamp) -> Result<(), Box<dyn std::error::Error>> {
    for row in [row("mine", false, now), row("kustomer", false, now)] {
        store.put_description(&row).await?;
        store.put_description(&row).await?;
    }
    let mut declared = store.setup().await?;
    declared.providers.retain(|row| row.declared);
    declared.channels.retain(|row| row.declared);
    declared.groups.retain(|row| row.declared);
    declared.monitors.retain(|row| row.declared);
    declared.descriptions = vec![row("kustomer", true, now)];
    store.declare(&declared, now).await?;
    let expected = [row("kustomer", false, now), row("kustomer", true, now), row("mine", false, now)];
    assert_eq!(store.setup().await?.descriptions, expected);
    assert!(store.remove_description("kustomer").await? && !store.remove_description("kustomer").await?);
    declared.descriptions.clear();
    store.declare(&declared, now).await?;
    assert_eq!(store.descriptions().await?, [row("mine", false, now)]);
    Ok(())
}
