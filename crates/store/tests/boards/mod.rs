//! Boards: written, deleted, brought back; their addresses made anew.

use super::*;

pub fn row(slug: &str, declared: bool) -> BoardRow {
    BoardRow {
        id: Uuid::now_v7(),
        team: Uuid::nil(),
        slug: slug.to_owned(),
        name: "Build & “deploy” \u{1F6A8}".to_owned(),
        about: "What ships need.".to_owned(),
        visibility: Visibility::Link,
        entries: vec![
            Entry::all_of("github"),
            Entry {
                provider: "kustomer".to_owned(),
                components: vec!["Voice".to_owned(), "API *".to_owned()],
                section: "Support".to_owned(),
            },
        ],
        declared,
        renewed: 0,
    }
}

/// The set-up as a file would declare it again.
async fn declared(store: &Store) -> Result<Setup, tocsin_store::StoreError> {
    let mut setup = store.setup().await?;
    setup.boards.retain(|one| one.declared);
    setup.channels.retain(|one| one.declared);
    setup.groups.retain(|one| one.declared);
    setup.monitors.retain(|one| one.declared);
    setup.providers.retain(|one| one.declared);
    setup.descriptions.retain(|one| one.declared);
    Ok(setup)
}

pub async fn kept(store: &Store, now: Timestamp) -> Told {
    let find = |id: Uuid| async move {
        let setup = store.setup().await?;
        Ok::<_, tocsin_store::StoreError>(setup.boards.into_iter().find(|one| one.id == id))
    };
    let first = BoardRow { team: store.default_team(), ..row("build", false) };
    store.put_board(&first, now).await?;
    assert_eq!(find(first.id).await?.as_ref(), Some(&first));
    let changed =
        BoardRow { slug: "ship".into(), visibility: Visibility::Public, entries: Vec::new(), ..first.clone() };
    store.put_board(&changed, now).await?;
    assert_eq!(find(first.id).await?, Some(changed));
    store.put_board(&first, now).await?;

    let second = BoardRow { team: store.default_team(), ..row("build", false) };
    store.put_board(&second, now).await.expect_err("an address is given once");
    store.renew_board_address(first.id).await?;
    store.renew_board_address(first.id).await?;
    assert_eq!(find(first.id).await?.map(|one| one.renewed), Some(2));
    store.put_board(&first, now).await?;
    assert_eq!(
        find(first.id).await?.map(|one| one.renewed),
        Some(2),
        "an old copy does not bring the old address back"
    );

    assert!(store.remove(Table::Boards, first.id, now).await? && find(first.id).await?.is_none());
    assert!(!store.remove(Table::Boards, first.id, now).await?, "nothing is deleted twice");
    assert_eq!(store.removed_board(first.id, now).await?.map(|one| (one.slug, one.renewed)), Some(("build".into(), 2)));
    assert!(store.removed_board(first.id, now.plus(1)).await?.is_none(), "too late");
    store.put_board(&second, now).await?;
    store.restore(Table::Boards, first.id, now).await.expect_err("its address was given away");

    // A file that declares the address goes before what was made by hand, and the key of its board outlives a start.
    let mut setup = declared(store).await?;
    let third = BoardRow { team: store.default_team(), ..row("build", true) };
    setup.boards.push(third.clone());
    store.declare(&setup, now).await?;
    assert_eq!(find(second.id).await?.map(|one| one.slug).as_deref(), Some("build-2"));
    store.renew_board_address(third.id).await?;
    store.declare(&setup, now).await?;
    assert_eq!(find(third.id).await?.map(|one| one.renewed), Some(1));
    assert!(!store.remove(Table::Boards, third.id, now).await?, "what is declared is changed in its file");
    setup.boards.pop();
    store.declare(&setup, now).await?;
    assert_eq!(find(third.id).await?, None);
    assert!(store.remove(Table::Boards, second.id, now).await?);
    store.prune_removed(now.plus(1), now).await?;
    assert_eq!(store.removed_board(second.id, now).await?, None);
    Ok(())
}
