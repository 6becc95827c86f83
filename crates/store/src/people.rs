//! People and programs who may sign in. Of what they show us (passwords, cookies, tokens, the first link) only hashes are
//! kept.

use tocsin_domain::Timestamp;
use uuid::Uuid;

use crate::Store;
use crate::db::Row;
use crate::error::StoreError;

/// Somebody who may change things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    pub id: Uuid,
    pub team: Uuid,
    /// Lower case.
    pub email: String,
    pub name: String,
    /// Argon2id in PHC form.
    pub password: String,
    pub created_at: Timestamp,
}

/// A program's token, without the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    pub id: Uuid,
    pub team: Uuid,
    /// Who made it.
    pub person: Uuid,
    pub name: String,
    /// SHA-256 of it, hex.
    pub hash: String,
    pub created_at: Timestamp,
    /// When it was last shown to us, roughly.
    pub used_at: Option<Timestamp>,
}

const USER: &str = "SELECT users.id, users.team, users.email, users.name, users.password, users.created_at FROM users";
const TOKEN: &str = "SELECT id, team, person, name, hash, created_at, used_at FROM tokens";

impl Store {
    /// True once somebody may sign in.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn has_owner(&self) -> Result<bool, StoreError> {
        Ok(!self.db.read("SELECT 1 FROM users LIMIT 1", vec![]).await?.is_empty())
    }

    /// Makes this hash the only one of a link that creates the owner.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn put_welcome(&self, hash: &str, expires_at: Timestamp) -> Result<(), StoreError> {
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        writer.run("DELETE FROM welcome", vec![]).await?;
        let sql = "INSERT INTO welcome (hash, expires_at) VALUES ($1, $2)";
        writer.run(sql, vec![hash.into(), expires_at.into()]).await?;
        writer.commit().await
    }

    /// True while a link of this hash may create the owner.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn is_welcome(&self, hash: &str, now: Timestamp) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM welcome WHERE hash = $1 AND expires_at > $2";
        Ok(!self.db.read(sql, vec![hash.into(), now.into()]).await?.is_empty())
    }

    /// Creates the owner and uses the link up, both or neither. False where the link is none (any more), or somebody
    /// is there already.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn create_owner(&self, link: &str, user: &UserRow, now: Timestamp) -> Result<bool, StoreError> {
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        let sql = "DELETE FROM welcome WHERE hash = $1 AND expires_at > $2";
        let valid = writer.run(sql, vec![link.into(), now.into()]).await? > 0;
        if !valid || !writer.rows("SELECT 1 FROM users LIMIT 1", vec![]).await?.is_empty() {
            writer.rollback().await?;
            return Ok(false);
        }
        let sql = "INSERT INTO users (id, team, email, name, password, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
        let values = vec![
            user.id.into(),
            user.team.into(),
            user.email.as_str().into(),
            user.name.as_str().into(),
            user.password.as_str().into(),
            user.created_at.into(),
        ];
        writer.run(sql, values).await?;
        writer.commit().await?;
        Ok(true)
    }

    /// Whoever has this e-mail address (lower case).
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<UserRow>, StoreError> {
        let rows = self.db.read(&format!("{USER} WHERE email = $1"), vec![email.into()]).await?;
        rows.first().map(user).transpose()
    }

    /// Changes name and e-mail address of somebody.
    ///
    /// # Errors
    /// If the store cannot be written (the address is somebody else's).
    pub async fn rename_user(&self, id: Uuid, email: &str, name: &str) -> Result<(), StoreError> {
        let sql = "UPDATE users SET email = $1, name = $2 WHERE id = $3";
        self.db.write(sql, vec![email.into(), name.into(), id.into()]).await.map(drop)
    }

    /// Changes somebody's password and ends all sessions but `kept`.
    ///
    /// # Errors
    /// If the store cannot be written; nothing is changed then.
    pub async fn set_password(&self, id: Uuid, password: &str, kept: &str) -> Result<(), StoreError> {
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        writer.run("UPDATE users SET password = $1 WHERE id = $2", vec![password.into(), id.into()]).await?;
        writer.run("DELETE FROM sessions WHERE person = $1 AND hash <> $2", vec![id.into(), kept.into()]).await?;
        writer.commit().await
    }

    /// Begins a session.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn put_session(
        &self,
        hash: &str,
        person: Uuid,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO sessions (hash, person, created_at, expires_at) VALUES ($1, $2, $3, $4)";
        self.db.write(sql, vec![hash.into(), person.into(), now.into(), expires_at.into()]).await.map(drop)
    }

    /// Whose session this is, and when it ends.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn session(&self, hash: &str, now: Timestamp) -> Result<Option<(UserRow, Timestamp)>, StoreError> {
        let sql = "SELECT users.id, users.team, users.email, users.name, users.password, users.created_at, \
                   sessions.expires_at FROM sessions JOIN users ON users.id = sessions.person \
                   WHERE sessions.hash = $1 AND sessions.expires_at > $2";
        let rows = self.db.read(sql, vec![hash.into(), now.into()]).await?;
        rows.first().map(|row| Ok((user(row)?, row.at(6)?))).transpose()
    }

    /// Lets a session end later.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn extend_session(&self, hash: &str, expires_at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE sessions SET expires_at = $1 WHERE hash = $2";
        self.db.write(sql, vec![expires_at.into(), hash.into()]).await.map(drop)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn end_session(&self, hash: &str) -> Result<(), StoreError> {
        self.db.write("DELETE FROM sessions WHERE hash = $1", vec![hash.into()]).await.map(drop)
    }

    /// Ends every session of somebody.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn end_sessions(&self, person: Uuid) -> Result<(), StoreError> {
        self.db.write("DELETE FROM sessions WHERE person = $1", vec![person.into()]).await.map(drop)
    }

    /// How many browsers of somebody are signed in.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn count_sessions(&self, person: Uuid, now: Timestamp) -> Result<i64, StoreError> {
        let sql = "SELECT COUNT(*) FROM sessions WHERE person = $1 AND expires_at > $2";
        let rows = self.db.read(sql, vec![person.into(), now.into()]).await?;
        rows.first().map_or(Ok(0), |row| row.int(0))
    }

    /// Adds a program's token.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn put_token(&self, row: &TokenRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO tokens (id, team, person, name, hash, created_at, used_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let values = vec![
            row.id.into(),
            row.team.into(),
            row.person.into(),
            row.name.as_str().into(),
            row.hash.as_str().into(),
            row.created_at.into(),
            row.used_at.into(),
        ];
        self.db.write(sql, values).await.map(drop)
    }

    /// Every token of a team, newest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn tokens(&self, team: Uuid) -> Result<Vec<TokenRow>, StoreError> {
        let sql = format!("{TOKEN} WHERE team = $1 ORDER BY created_at DESC, id DESC");
        self.db.read(&sql, vec![team.into()]).await?.iter().map(token).collect()
    }

    /// The token of this hash.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn token(&self, hash: &str) -> Result<Option<TokenRow>, StoreError> {
        let rows = self.db.read(&format!("{TOKEN} WHERE hash = $1"), vec![hash.into()]).await?;
        rows.first().map(token).transpose()
    }

    /// Notes that a token was used.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn use_token(&self, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        self.db.write("UPDATE tokens SET used_at = $1 WHERE id = $2", vec![now.into(), id.into()]).await.map(drop)
    }

    /// Takes a token back. False where there is none.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn revoke_token(&self, team: Uuid, id: Uuid) -> Result<bool, StoreError> {
        let sql = "DELETE FROM tokens WHERE team = $1 AND id = $2";
        Ok(self.db.write(sql, vec![team.into(), id.into()]).await? > 0)
    }
}

fn user(row: &Row) -> Result<UserRow, StoreError> {
    Ok(UserRow {
        id: row.id(0)?,
        team: row.id(1)?,
        email: row.text(2)?,
        name: row.text(3)?,
        password: row.text(4)?,
        created_at: row.at(5)?,
    })
}

fn token(row: &Row) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        id: row.id(0)?,
        team: row.id(1)?,
        person: row.id(2)?,
        name: row.text(3)?,
        hash: row.text(4)?,
        created_at: row.at(5)?,
        used_at: row.maybe_at(6)?,
    })
}
