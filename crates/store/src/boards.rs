//! Boards: named pages of some providers, for people to share.

use tocsin_domain::Timestamp;
use tocsin_domain::board::{Entry, Visibility};
use uuid::Uuid;

use crate::Store;
use crate::codec::{from_json, json};
use crate::db::{Row, Writer};
use crate::error::StoreError;

/// A board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardRow {
    pub id: Uuid,
    pub team: Uuid,
    /// Its name in addresses; no two boards have the same.
    pub slug: String,
    pub name: String,
    /// What it is about, in the team's words; may be empty.
    pub about: String,
    pub visibility: Visibility,
    /// In their order on the page.
    pub entries: Vec<Entry>,
    pub declared: bool,
    /// How often its unguessable address was made anew. Written by [`Store::renew_board_address`] alone.
    pub renewed: i64,
}

pub(crate) const BOARD: &str = "SELECT id, team, slug, name, about, visibility, entries, declared, \
    COALESCE((SELECT renewed FROM board_addresses WHERE board = boards.id), 0) FROM boards";

impl Store {
    /// Adds or replaces a board.
    ///
    /// # Errors
    /// If the store cannot be written (its slug is taken).
    pub async fn put_board(&self, row: &BoardRow, now: Timestamp) -> Result<(), StoreError> {
        put_board(&mut self.db.writer().await?, row, now).await
    }

    /// Whoever has the unguessable address of a board loses it: there is another one from now on.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn renew_board_address(&self, board: Uuid) -> Result<(), StoreError> {
        let sql = "INSERT INTO board_addresses (board, renewed) VALUES ($1, 1) \
                   ON CONFLICT (board) DO UPDATE SET renewed = board_addresses.renewed + 1";
        self.db.write(sql, vec![board.into()]).await.map(drop)
    }

    /// The board that was deleted at `since` or later under this id.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn removed_board(&self, id: Uuid, since: Timestamp) -> Result<Option<BoardRow>, StoreError> {
        let sql = format!("{BOARD} WHERE id = $1 AND removed_at >= $2");
        self.db.read(&sql, vec![id.into(), since.into()]).await?.first().map(board).transpose()
    }
}

pub(crate) async fn put_board(writer: &mut Writer<'_>, row: &BoardRow, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO boards (id, team, slug, name, about, visibility, entries, declared, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, \
               name = excluded.name, about = excluded.about, visibility = excluded.visibility, \
               entries = excluded.entries";
    let values = vec![
        row.id.into(),
        row.team.into(),
        row.slug.as_str().into(),
        row.name.as_str().into(),
        row.about.as_str().into(),
        row.visibility.word().into(),
        json(&row.entries).into(),
        row.declared.into(),
        now.into(),
    ];
    writer.run(sql, values).await.map(drop)
}

pub(crate) fn board(row: &Row) -> Result<BoardRow, StoreError> {
    let visibility = row.text(5)?;
    Ok(BoardRow {
        id: row.id(0)?,
        team: row.id(1)?,
        slug: row.text(2)?,
        name: row.text(3)?,
        about: row.text(4)?,
        // What this version does not know is shown to nobody but the team.
        visibility: visibility.parse().unwrap_or_default(),
        entries: from_json("entries of a board", &row.text(6)?)?,
        declared: row.flag(7)?,
        renewed: row.int(8)?,
    })
}
