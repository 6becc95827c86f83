//! Schemas: one folder a database, the same numbers and names in both.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

macro_rules! migrations {
    ($folder:literal: $($number:literal $name:literal),+) => {
        Migrator::with_migrations(vec![$(Migration::new(
            $number,
            $name.into(),
            MigrationType::Simple,
            include_str!(concat!("../migrations/", $folder, "/", $name, ".sql")).into_sql_str(),
            false,
        )),+])
    };
}

pub(crate) fn sqlite() -> Migrator {
    migrations!("sqlite": 1 "0001_begin", 2 "0002_people")
}

pub(crate) fn postgres() -> Migrator {
    migrations!("postgres": 1 "0001_begin", 2 "0002_people")
}
