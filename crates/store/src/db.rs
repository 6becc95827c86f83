//! The two databases behind one small surface: SQL text, values in, rows out.
//! Queries are written once, with `$1` places, which both understand; what differs is here.

use std::fs::{File, TryLockError};
use std::str::FromStr;
use std::sync::PoisonError;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Connection, Row as _};
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use crate::error::StoreError;
use crate::migrations;

/// Rows are written in statements of this many at most: one hand-over to the database instead of many.
const CHUNKS: [usize; 6] = [128, 64, 32, 16, 4, 1];
/// Names our place among nodes on one PostgreSQL database.
const ADVISORY_LOCK: i64 = 0x746f_6373_696e;
const READERS: u32 = 4;
/// Pages in the write-ahead log before they go into the database (64 MiB): leaves that are written again and again go
/// once. The log is cut to [`JOURNAL_BYTES`] afterwards.
const CHECKPOINT_PAGES: &str = "16000";
const JOURNAL_BYTES: &str = "67108864";
/// Page cache of the writing SQLite connection (negative: KiB).
const WRITER_CACHE: &str = "-4096";
/// Page cache of a reading SQLite connection (negative: KiB). The operating system caches the file anyway.
const READER_CACHE: &str = "-512";

/// A value for a place in a query.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    Id(Uuid),
    Flag(bool),
    MaybeInt(Option<i64>),
    MaybeText(Option<String>),
    MaybeId(Option<Uuid>),
}

macro_rules! from {
    ($($type:ty => $variant:ident),+ $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )+};
}
from! {
    i64 => Int, &str => Text, String => Text, Vec<u8> => Bytes, Uuid => Id, bool => Flag,
    Option<i64> => MaybeInt, Option<String> => MaybeText, Option<Uuid> => MaybeId,
}

impl From<tocsin_domain::Timestamp> for Value {
    fn from(at: tocsin_domain::Timestamp) -> Self {
        Self::Int(at.as_second())
    }
}

impl From<Option<tocsin_domain::Timestamp>> for Value {
    fn from(at: Option<tocsin_domain::Timestamp>) -> Self {
        Self::MaybeInt(at.map(tocsin_domain::Timestamp::as_second))
    }
}

/// A row of an answer; columns by their place.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

macro_rules! getters {
    ($($name:ident -> $type:ty),+ $(,)?) => {$(
        pub(crate) fn $name(&self, column: usize) -> Result<$type, StoreError> {
            Ok(match self {
                Self::Sqlite(row) => row.try_get_unchecked(column)?,
                Self::Postgres(row) => row.try_get_unchecked(column)?,
            })
        }
    )+};
}
impl Row {
    getters! {
        int -> i64, text -> String, bytes -> Vec<u8>, id -> Uuid, flag -> bool,
        maybe_bytes -> Option<Vec<u8>>, maybe_flag -> Option<bool>,
        maybe_int -> Option<i64>, maybe_text -> Option<String>, maybe_id -> Option<Uuid>,
    }

    pub(crate) fn at(&self, column: usize) -> Result<tocsin_domain::Timestamp, StoreError> {
        Ok(tocsin_domain::Timestamp::from_second(self.int(column)?))
    }

    pub(crate) fn maybe_at(&self, column: usize) -> Result<Option<tocsin_domain::Timestamp>, StoreError> {
        Ok(self.maybe_int(column)?.map(tocsin_domain::Timestamp::from_second))
    }
}

enum Conn {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

enum Readers {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

enum Address {
    Sqlite(Box<SqliteConnectOptions>),
    Postgres(Box<PgConnectOptions>),
}

/// One writer, several readers.
pub(crate) struct Db {
    address: Address,
    writer: Mutex<Option<Conn>>,
    readers: Readers,
    /// SQLite: says to other processes that the file is ours, until it is closed.
    claim: std::sync::Mutex<Option<File>>,
}

/// Binds values to a query of either database.
macro_rules! bind {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Int(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
                Value::Id(value) => query.bind(value),
                Value::Flag(value) => query.bind(value),
                Value::MaybeInt(value) => query.bind(value),
                Value::MaybeText(value) => query.bind(value),
                Value::MaybeId(value) => query.bind(value),
            };
        }
        query
    }};
}

impl Db {
    pub(crate) async fn open(url: &str) -> Result<Self, StoreError> {
        let db = Self::over(address(url)?);
        *db.claim.lock().unwrap_or_else(PoisonError::into_inner) = claim(&db.address)?;
        let mut conn = db.connect().await?;
        match &mut conn {
            Conn::Sqlite(conn) => migrations::sqlite().run(conn).await?,
            Conn::Postgres(conn) => migrations::postgres().run(conn).await?,
        }
        *db.writer.lock().await = Some(conn);
        Ok(db)
    }

    /// Without migrating and without a writer.
    pub(crate) fn open_to_read(url: &str) -> Result<Self, StoreError> {
        let address = match address(url)? {
            Address::Sqlite(options) => Address::Sqlite(Box::new(options.create_if_missing(false))),
            postgres => postgres,
        };
        Ok(Self::over(address))
    }

    fn over(address: Address) -> Self {
        let readers = match &address {
            Address::Sqlite(options) => Readers::Sqlite(
                SqlitePoolOptions::new()
                    .max_connections(READERS)
                    .min_connections(0)
                    .test_before_acquire(false)
                    .connect_lazy_with((**options).clone().pragma("cache_size", READER_CACHE)),
            ),
            Address::Postgres(options) => {
                let pool = PgPoolOptions::new().max_connections(READERS * 2).acquire_timeout(Duration::from_secs(10));
                Readers::Postgres(pool.connect_lazy_with((**options).clone()))
            }
        };
        Self { address, writer: Mutex::new(None), readers, claim: std::sync::Mutex::new(None) }
    }

    /// A new writing connection; on PostgreSQL it holds the advisory lock as long as it lives.
    async fn connect(&self) -> Result<Conn, StoreError> {
        match &self.address {
            Address::Sqlite(options) => {
                SqliteConnection::connect_with(options.as_ref()).await.map(Conn::Sqlite).map_err(StoreError::Open)
            }
            Address::Postgres(options) => {
                let mut conn = PgConnection::connect_with(options.as_ref()).await.map_err(StoreError::Open)?;
                sqlx::query("SELECT pg_advisory_lock($1)").bind(ADVISORY_LOCK).execute(&mut conn).await?;
                Ok(Conn::Postgres(conn))
            }
        }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.address, Address::Postgres(_))
    }

    /// Rows of a query that only reads.
    pub(crate) async fn read(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let text = AssertSqlSafe(sql.to_owned());
        Ok(match &self.readers {
            Readers::Sqlite(pool) => {
                let rows = bind!(sqlx::query(text), values).fetch_all(pool).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Readers::Postgres(pool) => {
                let rows = bind!(sqlx::query(text), values).fetch_all(pool).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// One writing statement of its own; answers the rows it touched.
    pub(crate) async fn write(&self, sql: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        self.writer().await?.run(sql, values).await
    }

    /// The writer, alone until the guard is dropped. A lost connection is replaced.
    pub(crate) async fn writer(&self) -> Result<Writer<'_>, StoreError> {
        let mut guard = self.writer.lock().await;
        if guard.is_none() {
            *guard = Some(self.connect().await?);
        }
        Ok(Writer { guard, open: false })
    }

    pub(crate) async fn close(&self) {
        if let Some(conn) = self.writer.lock().await.take() {
            let closed = match conn {
                Conn::Sqlite(mut conn) => {
                    let flushed = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut conn).await;
                    flushed.map(drop).and(conn.close().await)
                }
                Conn::Postgres(conn) => conn.close().await,
            };
            drop(closed);
        }
        match &self.readers {
            Readers::Sqlite(pool) => pool.close().await,
            Readers::Postgres(pool) => pool.close().await,
        }
        drop(self.claim.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// The one who writes. A transaction that is neither committed nor rolled back ends with its connection.
pub(crate) struct Writer<'a> {
    guard: MutexGuard<'a, Option<Conn>>,
    open: bool,
}

impl Writer<'_> {
    pub(crate) async fn begin(&mut self) -> Result<(), StoreError> {
        let sql = match self.guard.as_ref() {
            Some(Conn::Sqlite(_)) => "BEGIN IMMEDIATE",
            _ => "BEGIN",
        };
        self.open = true;
        self.run(sql, Vec::new()).await.map(drop)
    }

    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        self.run("COMMIT", Vec::new()).await?;
        self.open = false;
        Ok(())
    }

    pub(crate) async fn rollback(mut self) -> Result<(), StoreError> {
        self.run("ROLLBACK", Vec::new()).await?;
        self.open = false;
        Ok(())
    }

    pub(crate) async fn run(&mut self, sql: &str, values: Vec<Value>) -> Result<u64, StoreError> {
        let text = AssertSqlSafe(sql.to_owned());
        let done = match self.guard.as_mut() {
            Some(Conn::Sqlite(conn)) => {
                bind!(sqlx::query(text), values).execute(conn).await.map(|done| done.rows_affected())
            }
            Some(Conn::Postgres(conn)) => {
                bind!(sqlx::query(text), values).execute(conn).await.map(|done| done.rows_affected())
            }
            None => Err(sqlx::Error::PoolClosed),
        };
        self.survives(done)
    }

    pub(crate) async fn rows(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let text = AssertSqlSafe(sql.to_owned());
        let done = match self.guard.as_mut() {
            Some(Conn::Sqlite(conn)) => bind!(sqlx::query(text), values)
                .fetch_all(conn)
                .await
                .map(|rows| rows.into_iter().map(Row::Sqlite).collect()),
            Some(Conn::Postgres(conn)) => bind!(sqlx::query(text), values)
                .fetch_all(conn)
                .await
                .map(|rows| rows.into_iter().map(Row::Postgres).collect()),
            None => Err(sqlx::Error::PoolClosed),
        };
        self.survives(done)
    }

    /// Inserts many rows: `head` up to and with `VALUES`, `tail` from `ON CONFLICT` on.
    pub(crate) async fn insert(&mut self, head: &str, tail: &str, rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
        let mut rows = rows.into_iter();
        while let Some(size) = CHUNKS.into_iter().find(|size| *size <= rows.len()) {
            let chunk: Vec<Vec<Value>> = rows.by_ref().take(size).collect();
            let width = chunk.first().map_or(0, Vec::len);
            let sql = format!("{head} {} {tail}", self.places(size, width));
            self.run(&sql, chunk.into_iter().flatten().collect()).await?;
        }
        Ok(())
    }

    /// The places of many rows. SQLite searches its list of names for every numbered place, which is costly for a
    /// thousand of them; what has no name is bound in order.
    fn places(&self, rows: usize, width: usize) -> String {
        places(rows, width, matches!(self.guard.as_ref(), Some(Conn::Postgres(_))))
    }

    /// Runs a statement over many rows of values, some at a time: `sql` is given their places. Answers what all return.
    pub(crate) async fn each_chunk(
        &mut self,
        sql: impl Fn(&str) -> String,
        rows: Vec<Vec<Value>>,
    ) -> Result<Vec<Row>, StoreError> {
        let mut rows = rows.into_iter();
        let mut answers = Vec::new();
        while let Some(size) = CHUNKS.into_iter().find(|size| *size <= rows.len()) {
            let chunk: Vec<Vec<Value>> = rows.by_ref().take(size).collect();
            let width = chunk.first().map_or(0, Vec::len);
            let values = chunk.into_iter().flatten().collect();
            answers.extend(self.rows(&sql(&self.places(size, width)), values).await?);
        }
        Ok(answers)
    }

    /// A broken connection is dropped, so that the next writer makes a new one.
    fn survives<T>(&mut self, done: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        if matches!(done, Err(sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed)) {
            *self.guard = None;
        }
        Ok(done?)
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        if self.open {
            // Neither committed nor rolled back (a cancelled task, an error on the way): the connection goes, and the
            // database undoes what it began.
            *self.guard = None;
        }
    }
}

/// `($1, $2), ($3, $4)`, or `(?, ?), (?, ?)`.
fn places(rows: usize, width: usize, numbered: bool) -> String {
    let mut text = String::with_capacity(rows * width * 6);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..width {
            if column > 0 {
                text.push_str(", ");
            }
            if numbered {
                text.push('$');
                text.push_str(&(row * width + column + 1).to_string());
            } else {
                text.push('?');
            }
        }
        text.push(')');
    }
    text
}

/// Takes the lock beside a SQLite file, so that no two of us work on it and tell everything twice. It ends with the
/// process, however that ends. PostgreSQL has a lock of its own.
fn claim(address: &Address) -> Result<Option<File>, StoreError> {
    let Address::Sqlite(options) = address else { return Ok(None) };
    let database = options.get_filename();
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| StoreError::Open(sqlx::Error::Io(error)))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(StoreError::Taken { path: database.display().to_string() }),
        // A file system that knows no locks.
        Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => Ok(None),
        Err(TryLockError::Error(error)) => Err(StoreError::Open(sqlx::Error::Io(error))),
    }
}

fn address(url: &str) -> Result<Address, StoreError> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let options = PgConnectOptions::from_str(url).map_err(StoreError::Open)?;
        return Ok(Address::Postgres(Box::new(options.application_name("tocsin"))));
    }
    let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) else {
        return Err(StoreError::Address(url.to_owned()));
    };
    let path = path.split('?').next().unwrap_or(path);
    if let Some(folder) = std::path::Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| StoreError::Open(sqlx::Error::Io(error)))?;
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(false)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("journal_size_limit", JOURNAL_BYTES)
        .pragma("cache_size", WRITER_CACHE)
        .pragma("temp_store", "memory")
        .statement_cache_capacity(128);
    Ok(Address::Sqlite(Box::new(options)))
}
