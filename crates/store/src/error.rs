//! What can go wrong with the store: the operator's business, each with what to do.

/// One sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database address `{0}` is neither sqlite://PATH nor postgres://USER@HOST/NAME")]
    Address(String),
    #[error("the database cannot be opened ({0}); check `database.url` and that the directory may be written to")]
    Open(sqlx::Error),
    #[error("another Tocsin works on {path}; stop it, or give this one a directory of its own with --data")]
    Taken { path: String },
    #[error("the database schema cannot be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("the store is not available: {0}")]
    Unavailable(String),
    #[error("the database did not answer: {0}")]
    Sql(#[from] sqlx::Error),
    #[error("the key file {path} cannot be used: {why}")]
    Key { path: String, why: String },
    #[error("a stored {what} cannot be read back: {why}")]
    Damaged { what: &'static str, why: String },
}

impl StoreError {
    pub(crate) fn damaged(what: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Damaged { what, why: why.to_string() }
    }
}
