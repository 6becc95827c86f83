//! Deleting by hand, and taking it back: what was deleted stays for a while.

use std::collections::HashSet;

use tocsin_domain::Timestamp;
use uuid::Uuid;

use crate::Store;
use crate::db::Writer;
use crate::error::StoreError;
use crate::setup::{CHANNEL, ChannelRow, GROUP, GroupRow, MONITOR, MonitorRow, group, monitor};

/// What can be deleted by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    Monitors,
    Groups,
    Channels,
    Boards,
}

impl Table {
    const fn name(self) -> &'static str {
        match self {
            Self::Monitors => "monitors",
            Self::Groups => "groups",
            Self::Channels => "channels",
            Self::Boards => "boards",
        }
    }

    /// What no two of them share.
    const fn unique(self) -> &'static str {
        match self {
            Self::Boards => "slug",
            Self::Monitors | Self::Groups | Self::Channels => "name",
        }
    }

    /// The same with a number.
    fn numbered(self, name: &str, number: u64) -> String {
        match self {
            Self::Boards => format!("{name}-{number}"),
            Self::Monitors | Self::Groups | Self::Channels => format!("{name} ({number})"),
        }
    }
}

impl Store {
    /// Deletes a monitor, a group, a channel or a board that was not declared; [`Store::restore`] takes it back. False where
    /// there is none.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn remove(&self, table: Table, id: Uuid, now: Timestamp) -> Result<bool, StoreError> {
        let sql = format!(
            "UPDATE {} SET removed_at = $1 WHERE id = $2 AND declared = $3 AND removed_at IS NULL",
            table.name()
        );
        Ok(self.db.write(&sql, vec![now.into(), id.into(), false.into()]).await? > 0)
    }

    /// Takes back what was deleted at `since` or later. False where there is none.
    ///
    /// # Errors
    /// If the store cannot be written, or its name was given away meanwhile.
    pub async fn restore(&self, table: Table, id: Uuid, since: Timestamp) -> Result<bool, StoreError> {
        let sql = format!("UPDATE {} SET removed_at = NULL WHERE id = $1 AND removed_at >= $2", table.name());
        Ok(self.db.write(&sql, vec![id.into(), since.into()]).await? > 0)
    }

    /// The monitor that was deleted at `since` or later under this id.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn removed_monitor(&self, id: Uuid, since: Timestamp) -> Result<Option<MonitorRow>, StoreError> {
        let sql = format!("{MONITOR} WHERE id = $1 AND removed_at >= $2");
        self.db.read(&sql, vec![id.into(), since.into()]).await?.first().map(monitor).transpose()
    }

    /// The group that was deleted at `since` or later under this id.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn removed_group(&self, id: Uuid, since: Timestamp) -> Result<Option<GroupRow>, StoreError> {
        let sql = format!("{GROUP} WHERE id = $1 AND removed_at >= $2");
        self.db.read(&sql, vec![id.into(), since.into()]).await?.first().map(group).transpose()
    }

    /// The channel that was deleted at `since` or later under this id.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn removed_channel(&self, id: Uuid, since: Timestamp) -> Result<Option<ChannelRow>, StoreError> {
        let sql = format!("{CHANNEL} WHERE id = $1 AND removed_at >= $2");
        let rows = self.db.read(&sql, vec![id.into(), since.into()]).await?;
        rows.first().map(|row| self.channel_of(row)).transpose()
    }

    /// Lets go for good of what was deleted before `before`, and of sessions that have ended by `now`. How many rows.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn prune_removed(&self, before: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        let mut gone = 0;
        for table in [Table::Monitors, Table::Groups, Table::Channels, Table::Boards] {
            let sql = format!("DELETE FROM {} WHERE removed_at < $1", table.name());
            gone += self.db.write(&sql, vec![before.into()]).await?;
        }
        Ok(gone + self.db.write("DELETE FROM sessions WHERE expires_at <= $1", vec![now.into()]).await?)
    }
}

/// Gives a number to what was named by hand as `names` are declared now.
pub(crate) async fn make_way(writer: &mut Writer<'_>, table: Table, names: HashSet<&str>) -> Result<(), StoreError> {
    let (kind, unique, table) = (table, table.unique(), table.name());
    let rows = writer.rows(&format!("SELECT id, {unique} FROM {table} WHERE removed_at IS NULL"), vec![]).await?;
    let given = rows.iter().map(|row| Ok((row.id(0)?, row.text(1)?))).collect::<Result<Vec<_>, StoreError>>()?;
    let mut taken: HashSet<String> = given.iter().map(|(_, name)| name.clone()).collect();
    taken.extend(names.iter().map(|name| (*name).to_owned()));
    for (id, name) in given.iter().filter(|(_, name)| names.contains(name.as_str())) {
        let free = (2_u64..).map(|number| kind.numbered(name, number)).find(|name| !taken.contains(name));
        let free = free.unwrap_or_else(|| id.to_string());
        let sql = format!("UPDATE {table} SET {unique} = $1 WHERE id = $2");
        writer.run(&sql, vec![free.as_str().into(), (*id).into()]).await?;
        taken.insert(free);
    }
    Ok(())
}
