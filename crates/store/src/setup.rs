//! What a team set up: channels, groups, monitors, boards, and providers beside the catalogue.

use tocsin_domain::Timestamp;
use tocsin_domain::alert::Rule;
use uuid::Uuid;

use crate::Store;
use crate::boards::{BOARD, BoardRow, board, put_board};
use crate::codec::{from_json, json};
use crate::db::{Db, Row, Writer};
use crate::descriptions::{DescriptionRow, put_description};
use crate::error::StoreError;
use crate::removal::{Table, make_way};

/// A channel; its settings are encrypted at rest.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelRow {
    pub id: Uuid,
    pub team: Uuid,
    pub name: String,
    pub kind: String,
    pub settings: serde_json::Value,
    /// It comes from a configuration file.
    pub declared: bool,
    /// Why nothing is sent to it any more.
    pub disabled: Option<String>,
}

/// A notification group. `channels` are ids.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupRow {
    pub id: Uuid,
    pub team: Uuid,
    pub name: String,
    pub rule: Rule,
    pub channels: Vec<Uuid>,
    pub declared: bool,
}

/// A monitor. `groups` are ids, `components` its filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitorRow {
    pub id: Uuid,
    pub team: Uuid,
    pub provider: String,
    pub components: Vec<String>,
    pub groups: Vec<Uuid>,
    pub declared: bool,
    /// Neither polled for nor told of.
    pub paused: bool,
    /// When its groups were told once of what was open already.
    pub told_at: Option<Timestamp>,
    /// What a group's rule may ask for.
    pub tags: Vec<String>,
    /// It only keeps people aware: boards show it, nobody is told.
    pub aware: bool,
}

/// A provider that somebody added beside the catalogue, or an override of one in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRow {
    pub slug: String,
    pub name: String,
    pub page: String,
    pub platform: Option<String>,
    pub interval_s: Option<i64>,
    pub declared: bool,
}

/// Everything that was set up and not deleted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Setup {
    pub providers: Vec<ProviderRow>,
    pub descriptions: Vec<DescriptionRow>,
    pub channels: Vec<ChannelRow>,
    pub groups: Vec<GroupRow>,
    pub monitors: Vec<MonitorRow>,
    pub boards: Vec<BoardRow>,
}

pub(crate) async fn default_team(db: &Db) -> Result<Uuid, StoreError> {
    let id = tocsin_domain::ids::v7(Timestamp::from_second(0), &[b"team", b"default"]);
    let sql = "INSERT INTO teams (id, slug, name) VALUES ($1, 'default', 'Default') ON CONFLICT (slug) DO NOTHING";
    db.write(sql, vec![id.into()]).await?;
    let rows = db.read("SELECT id FROM teams WHERE slug = 'default'", vec![]).await?;
    rows.first().map_or(Ok(id), |row| row.id(0))
}

pub(crate) const CHANNEL: &str = "SELECT id, team, name, kind, settings, declared, disabled FROM channels";
pub(crate) const GROUP: &str = "SELECT id, team, name, rule, channels, declared FROM groups";
pub(crate) const MONITOR: &str =
    "SELECT id, team, provider, components, groups, declared, paused, told_at, tags, aware FROM monitors";

/// Of a table, what was not removed.
fn there(select: &str, order: &str) -> String {
    format!("{select} WHERE removed_at IS NULL ORDER BY {order}")
}

impl Store {
    /// Everything that was set up and not deleted.
    ///
    /// # Errors
    /// If the store cannot be read, or was written with another key file.
    pub async fn setup(&self) -> Result<Setup, StoreError> {
        let providers = "SELECT slug, name, page, platform, interval_s, declared FROM providers ORDER BY slug";
        let providers = self.db.read(providers, vec![]).await?;
        let channels = self.db.read(&there(CHANNEL, "name"), vec![]).await?;
        let boards = self.db.read(&there(BOARD, "name, slug"), vec![]).await?;
        let (monitors, groups) = self.listeners().await?;
        let mut channels = channels.iter().map(|row| self.channel_of(row)).collect::<Result<Vec<_>, _>>()?;
        self.lay_changes(&mut channels).await?;
        Ok(Setup {
            providers: providers.iter().map(provider).collect::<Result<_, _>>()?,
            descriptions: self.descriptions().await?,
            channels,
            groups,
            monitors,
            boards: boards.iter().map(board).collect::<Result<_, _>>()?,
        })
    }

    /// Who listens to what, without where it is sent: that is sealed with a key.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn listeners(&self) -> Result<(Vec<MonitorRow>, Vec<GroupRow>), StoreError> {
        let groups = self.db.read(&there(GROUP, "name"), vec![]).await?;
        let monitors = self.db.read(&there(MONITOR, "provider, id"), vec![]).await?;
        let groups = groups.iter().map(group).collect::<Result<_, _>>()?;
        Ok((monitors.iter().map(monitor).collect::<Result<_, _>>()?, groups))
    }

    /// Makes the declared part of the set-up what a configuration file says; what was made by hand stays. Where a file
    /// declares a name that was given by hand, the latter gets a number: `mail (2)`, and a board's address `build-2`.
    ///
    /// # Errors
    /// If the store cannot be written; nothing is changed then.
    pub async fn declare(&self, setup: &Setup, now: Timestamp) -> Result<(), StoreError> {
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        for table in ["boards", "monitors", "groups", "channels", "providers", "descriptions"] {
            writer.run(&format!("DELETE FROM {table} WHERE declared = $1"), vec![true.into()]).await?;
        }
        let names = setup.channels.iter().map(|one| one.name.as_str()).collect();
        make_way(&mut writer, Table::Channels, names).await?;
        let names = setup.groups.iter().map(|one| one.name.as_str()).collect();
        make_way(&mut writer, Table::Groups, names).await?;
        let slugs = setup.boards.iter().map(|one| one.slug.as_str()).collect();
        make_way(&mut writer, Table::Boards, slugs).await?;
        for one in &setup.providers {
            put_provider(&mut writer, one).await?;
        }
        for one in &setup.descriptions {
            put_description(&mut writer, one).await?;
        }
        for one in &setup.channels {
            self.put_channel_with(&mut writer, one, now).await?;
        }
        for one in &setup.groups {
            put_group(&mut writer, one, now).await?;
        }
        for one in &setup.monitors {
            put_monitor(&mut writer, one, now).await?;
        }
        for one in &setup.boards {
            put_board(&mut writer, one, now).await?;
        }
        writer.commit().await
    }

    /// Adds or replaces a channel.
    ///
    /// # Errors
    /// If the store cannot be written (a name is taken within its team).
    pub async fn put_channel(&self, row: &ChannelRow, now: Timestamp) -> Result<(), StoreError> {
        let mut writer = self.db.writer().await?;
        self.put_channel_with(&mut writer, row, now).await
    }

    /// Adds or replaces a group.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn put_group(&self, row: &GroupRow, now: Timestamp) -> Result<(), StoreError> {
        put_group(&mut self.db.writer().await?, row, now).await
    }

    /// Adds or replaces a monitor.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn put_monitor(&self, row: &MonitorRow, now: Timestamp) -> Result<(), StoreError> {
        put_monitor(&mut self.db.writer().await?, row, now).await
    }

    /// Adds a provider beside the catalogue, or replaces it.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn put_provider(&self, row: &ProviderRow) -> Result<(), StoreError> {
        put_provider(&mut self.db.writer().await?, row).await
    }

    /// Removes a provider that was added by hand, with how it was described. False where there is none.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn remove_provider(&self, slug: &str) -> Result<bool, StoreError> {
        self.remove_description(slug).await?;
        let sql = "DELETE FROM providers WHERE slug = $1 AND declared = $2";
        Ok(self.db.write(sql, vec![slug.into(), false.into()]).await? > 0)
    }

    async fn put_channel_with(
        &self,
        writer: &mut Writer<'_>,
        row: &ChannelRow,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO channels (id, team, name, kind, settings, declared, disabled, created_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
                   kind = excluded.kind, settings = excluded.settings, disabled = excluded.disabled";
        let settings = self.key.seal(json(&row.settings).as_bytes());
        let values = vec![
            row.id.into(),
            row.team.into(),
            row.name.as_str().into(),
            row.kind.as_str().into(),
            settings.into(),
            row.declared.into(),
            row.disabled.clone().into(),
            now.into(),
        ];
        writer.run(sql, values).await.map(drop)
    }

    pub(crate) fn channel_of(&self, row: &Row) -> Result<ChannelRow, StoreError> {
        let plain = self.key.open(&row.bytes(4)?)?;
        Ok(ChannelRow {
            id: row.id(0)?,
            team: row.id(1)?,
            name: row.text(2)?,
            kind: row.text(3)?,
            settings: serde_json::from_slice(&plain).map_err(|why| StoreError::damaged("channel", why))?,
            declared: row.flag(5)?,
            disabled: row.maybe_text(6)?,
        })
    }
}

async fn put_provider(writer: &mut Writer<'_>, row: &ProviderRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO providers (slug, name, page, platform, interval_s, declared) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (slug) DO UPDATE SET name = excluded.name, page = excluded.page, \
               platform = excluded.platform, interval_s = excluded.interval_s, declared = excluded.declared";
    let values = vec![
        row.slug.as_str().into(),
        row.name.as_str().into(),
        row.page.as_str().into(),
        row.platform.clone().into(),
        row.interval_s.into(),
        row.declared.into(),
    ];
    writer.run(sql, values).await.map(drop)
}

async fn put_group(writer: &mut Writer<'_>, row: &GroupRow, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO groups (id, team, name, rule, channels, declared, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
               rule = excluded.rule, channels = excluded.channels";
    let values = vec![
        row.id.into(),
        row.team.into(),
        row.name.as_str().into(),
        json(&row.rule).into(),
        json(&row.channels).into(),
        row.declared.into(),
        now.into(),
    ];
    writer.run(sql, values).await.map(drop)
}

async fn put_monitor(writer: &mut Writer<'_>, row: &MonitorRow, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO monitors (id, team, provider, components, groups, declared, created_at, paused, \
               told_at, tags, aware) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO UPDATE \
               SET provider = excluded.provider, components = excluded.components, groups = excluded.groups, \
               paused = excluded.paused, told_at = excluded.told_at, tags = excluded.tags, aware = excluded.aware";
    let values = vec![
        row.id.into(),
        row.team.into(),
        row.provider.as_str().into(),
        json(&row.components).into(),
        json(&row.groups).into(),
        row.declared.into(),
        now.into(),
        row.paused.into(),
        row.told_at.into(),
        json(&row.tags).into(),
        row.aware.into(),
    ];
    writer.run(sql, values).await.map(drop)
}

fn provider(row: &Row) -> Result<ProviderRow, StoreError> {
    Ok(ProviderRow {
        slug: row.text(0)?,
        name: row.text(1)?,
        page: row.text(2)?,
        platform: row.maybe_text(3)?,
        interval_s: row.maybe_int(4)?,
        declared: row.flag(5)?,
    })
}

pub(crate) fn group(row: &Row) -> Result<GroupRow, StoreError> {
    Ok(GroupRow {
        id: row.id(0)?,
        team: row.id(1)?,
        name: row.text(2)?,
        rule: from_json("rule", &row.text(3)?)?,
        channels: from_json("channel list", &row.text(4)?)?,
        declared: row.flag(5)?,
    })
}

pub(crate) fn monitor(row: &Row) -> Result<MonitorRow, StoreError> {
    Ok(MonitorRow {
        id: row.id(0)?,
        team: row.id(1)?,
        provider: row.text(2)?,
        components: from_json("component filter", &row.text(3)?)?,
        groups: from_json("group list", &row.text(4)?)?,
        declared: row.flag(5)?,
        paused: row.flag(6)?,
        told_at: row.maybe_at(7)?,
        tags: from_json("tags", &row.text(8)?)?,
        aware: row.flag(9)?,
    })
}
