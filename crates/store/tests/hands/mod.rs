//! What was made by hand, its names, and people.

use super::*;

pub async fn by_hand(store: &Store, now: Timestamp) -> Told {
    let team = store.default_team();
    let row = MonitorRow {
        id: Uuid::now_v7(),
        team,
        provider: "github".into(),
        components: Vec::new(),
        groups: Vec::new(),
        declared: false,
        paused: true,
        told_at: None,
        tags: Vec::new(),
        aware: false,
    };
    store.put_monitor(&row, now).await?;
    store.declare(&Setup { channels: store.setup().await?.channels, ..Setup::default() }, now).await?;
    assert_eq!(
        store.setup().await?.monitors,
        std::slice::from_ref(&row),
        "what was made by hand survives a new configuration"
    );
    assert!(store.remove(Table::Monitors, row.id, now).await?);
    assert!(!store.remove(Table::Monitors, row.id, now).await?, "nothing is deleted twice");
    assert!(store.setup().await?.monitors.is_empty());
    assert_eq!(store.removed_monitor(row.id, now).await?.as_ref(), Some(&row));
    assert!(store.removed_monitor(row.id, now.plus(1)).await?.is_none(), "too late");
    assert!(!store.restore(Table::Monitors, row.id, now.plus(1)).await?);
    assert!(store.restore(Table::Monitors, row.id, now).await?);
    assert_eq!(store.setup().await?.monitors, std::slice::from_ref(&row));
    assert!(store.remove(Table::Monitors, row.id, now).await?);
    assert_eq!(store.prune_removed(now, now).await?, 0);
    assert_eq!(store.prune_removed(now.plus(1), now).await?, 1);
    let own = ProviderRow {
        slug: "mine".into(),
        name: "Mine".into(),
        page: "https://status.mine.example/".into(),
        platform: None,
        interval_s: None,
        declared: false,
    };
    store.put_provider(&own).await?;
    assert_eq!(store.setup().await?.providers, [own]);
    boards::kept(store, now).await?;
    described::kept(store, now).await?;
    hubs::renewed(store, now).await?;
    wishes::held(store, now).await?;
    checks::tries(store, now).await?;
    assert!(store.remove_provider("mine").await? && !store.remove_provider("mine").await?);
    assert!(store.descriptions().await?.iter().all(|row| row.provider != "mine"), "it goes with its provider");
    names(store, now).await?;
    people(store, now).await?;
    store.remember("starter", "added").await?;
    assert_eq!(store.fact("starter").await?.as_deref(), Some("added"));
    store.suppress(team, "mail", "a@example.com", "unsubscribed", now).await?;
    store.suppress(team, "mail", "a@example.com", "unsubscribed", now).await?;
    assert_eq!(store.suppressions().await?.iter().filter(|(_, channel, _)| channel == "mail").count(), 1);
    Ok(())
}

/// A name is free again once its bearer was deleted, and a file that declares it goes before what was named by hand.
pub async fn names(store: &Store, now: Timestamp) -> Told {
    let team = store.default_team();
    let channel = |name: &str, declared| ChannelRow {
        id: Uuid::now_v7(),
        team,
        name: name.into(),
        kind: "webhook".into(),
        settings: serde_json::json!({"url": "https://hooks.example/"}),
        declared,
        disabled: None,
    };
    let (first, second) = (channel("pager", false), channel("pager", false));
    store.put_channel(&first, now).await?;
    store.put_channel(&second, now).await.expect_err("a name is given once");
    assert!(store.remove(Table::Channels, first.id, now).await?);
    store.put_channel(&second, now).await?;
    store.restore(Table::Channels, first.id, now).await.expect_err("its name was given away");
    assert_eq!(store.removed_channel(first.id, now).await?.as_ref(), Some(&first));
    let before = store.setup().await?;
    let declared = vec![channel("pager", true)];
    let kept: Vec<_> = before.channels.iter().filter(|one| one.declared).cloned().chain(declared).collect();
    store.declare(&Setup { channels: kept, ..Setup::default() }, now).await?;
    let named = |id| async move {
        let setup = store.setup().await?;
        Ok::<_, tocsin_store::StoreError>(setup.channels.into_iter().find(|one| one.id == id).map(|one| one.name))
    };
    assert_eq!(named(second.id).await?.as_deref(), Some("pager (2)"));
    let group = GroupRow {
        id: Uuid::now_v7(),
        team,
        name: "night".into(),
        rule: Rule::default(),
        channels: vec![second.id],
        declared: false,
    };
    store.put_group(&group, now).await?;
    assert!(store.remove(Table::Groups, group.id, now).await?);
    assert_eq!(store.removed_group(group.id, now).await?.as_ref(), Some(&group));
    assert!(store.remove(Table::Channels, second.id, now).await?);
    store.declare(&Setup { channels: before.channels, ..Setup::default() }, now).await?;
    Ok(())
}

/// One link makes one owner; sessions end; a token is known until it is taken back.
pub async fn people(store: &Store, now: Timestamp) -> Told {
    let later = now.plus(60);
    let user = |email: &str| UserRow {
        id: Uuid::now_v7(),
        team: store.default_team(),
        email: email.into(),
        name: "Ada".into(),
        password: "$argon2id$…".into(),
        created_at: now,
    };
    let ada = user("ada@example.com");
    store.put_welcome("first", later).await?;
    store.put_welcome("second", later).await?;
    assert!(!store.is_welcome("first", now).await?, "a new link takes the place of the old one");
    assert!(store.is_welcome("second", now).await? && !store.is_welcome("second", later).await?);
    assert!(!store.create_owner("first", &ada, now).await? && !store.has_owner().await?);
    assert!(store.create_owner("second", &ada, now).await? && store.has_owner().await?);
    assert!(!store.create_owner("second", &user("eve@example.com"), now).await?, "a link is used once");
    store.put_welcome("third", later).await?;
    assert!(!store.create_owner("third", &user("eve@example.com"), now).await?, "there is one owner");
    assert_eq!(store.user_by_email("ada@example.com").await?.as_ref(), Some(&ada));
    assert_eq!(store.user_by_email("eve@example.com").await?, None);

    for hash in ["here", "there", "elsewhere"] {
        store.put_session(hash, ada.id, now, later).await?;
    }
    assert_eq!(store.session("here", now).await?, Some((ada.clone(), later)));
    assert_eq!(store.session("here", later).await?, None, "it has ended");
    store.extend_session("here", later.plus(60)).await?;
    assert!(store.session("here", later).await?.is_some());
    store.set_password(ada.id, "$argon2id$new", "here").await?;
    assert_eq!(store.count_sessions(ada.id, now).await?, 1, "a new password ends every other session");
    store.rename_user(ada.id, "ada@example.org", "Ada L.").await?;
    let (changed, _) = store.session("here", now).await?.ok_or("this one goes on")?;
    assert_eq!((changed.password.as_str(), changed.email.as_str()), ("$argon2id$new", "ada@example.org"));
    store.end_session("here").await?;
    store.put_session("again", ada.id, now, later).await?;
    store.end_sessions(ada.id).await?;
    assert_eq!(store.count_sessions(ada.id, now).await?, 0);

    let token = TokenRow {
        id: Uuid::now_v7(),
        team: ada.team,
        person: ada.id,
        name: "deploys".into(),
        hash: "token".into(),
        created_at: now,
        used_at: None,
    };
    store.put_token(&token).await?;
    store.use_token(token.id, later).await?;
    assert_eq!(store.token("token").await?.and_then(|token| token.used_at), Some(later));
    assert_eq!(store.tokens(ada.team).await?.len(), 1);
    assert!(store.revoke_token(ada.team, token.id).await? && !store.revoke_token(ada.team, token.id).await?);
    assert_eq!(store.token("token").await?, None);
    Ok(())
}
