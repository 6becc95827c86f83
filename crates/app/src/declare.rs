//! What a configuration file declares becomes rows. Ids hang on names, so that they stay the same over restarts.

use tocsin_domain::{Timestamp, ids};
use tocsin_store::{BoardRow, ChannelRow, DescriptionRow, GroupRow, MonitorRow, ProviderRow, Setup};
use uuid::Uuid;

use crate::config::{Board, Channel, Declared, Group, Monitor, Provider};

/// The rows of everything declared, for the team it belongs to.
#[must_use]
pub fn setup(declared: &Declared, team: Uuid) -> Setup {
    Setup {
        providers: declared.providers.iter().map(provider).collect(),
        descriptions: declared.providers.iter().filter_map(description).collect(),
        channels: declared.channels.iter().map(|one| channel(one, team)).collect(),
        groups: declared.groups.iter().map(|one| group(one, team)).collect(),
        monitors: declared
            .monitors
            .iter()
            .enumerate()
            .map(|(index, one)| monitor(one, index, declared, team))
            .collect(),
        boards: declared.boards.iter().map(|one| board(one, team)).collect(),
    }
}

fn id(kind: &str, team: Uuid, name: &str) -> Uuid {
    ids::v7(Timestamp::from_second(0), &[b"declared", kind.as_bytes(), team.as_bytes(), name.as_bytes()])
}

fn provider(one: &Provider) -> ProviderRow {
    ProviderRow {
        slug: one.slug.clone(),
        name: one.name.clone(),
        page: one.page.clone(),
        platform: one.platform.clone(),
        interval_s: one.interval_s,
        declared: true,
    }
}

fn description(one: &Provider) -> Option<DescriptionRow> {
    let described = one.described.as_ref()?;
    Some(DescriptionRow {
        provider: one.slug.clone(),
        declared: true,
        platform: described.platform().name().to_owned(),
        body: serde_json::to_value(described.description()).unwrap_or_default(),
        source: String::new(),
        written_at: Timestamp::from_second(0),
    })
}

fn channel(one: &Channel, team: Uuid) -> ChannelRow {
    ChannelRow {
        id: id("channel", team, &one.name),
        team,
        name: one.name.clone(),
        kind: one.kind.name().to_owned(),
        settings: one.settings.clone(),
        declared: true,
        disabled: None,
    }
}

fn group(one: &Group, team: Uuid) -> GroupRow {
    GroupRow {
        id: id("group", team, &one.name),
        team,
        name: one.name.clone(),
        rule: one.rule.clone(),
        channels: one.channels.iter().map(|name| id("channel", team, name)).collect(),
        declared: true,
    }
}

/// Two monitors of one provider and the same components are told apart by their turn.
fn monitor(one: &Monitor, index: usize, declared: &Declared, team: Uuid) -> MonitorRow {
    let same = |other: &&Monitor| other.provider == one.provider && other.components == one.components;
    let turn = declared.monitors.iter().take(index).filter(same).count();
    let name = format!("{}\n{}\n{turn}", one.provider, one.components.join("\n"));
    MonitorRow {
        id: id("monitor", team, &name),
        team,
        provider: one.provider.clone(),
        components: one.components.clone(),
        groups: one.groups.iter().map(|name| id("group", team, name)).collect(),
        declared: true,
        paused: false,
        told_at: None,
        tags: one.tags.clone(),
        aware: one.aware,
    }
}

fn board(one: &Board, team: Uuid) -> BoardRow {
    BoardRow {
        id: id("board", team, &one.slug),
        team,
        slug: one.slug.clone(),
        name: one.name.clone(),
        about: one.about.clone(),
        visibility: one.visibility,
        entries: one.entries.clone(),
        declared: true,
        renewed: 0,
    }
}
