//! Schemas: one folder a database, the same numbers and names in both.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

macro_rules! migrations {
    ($folder:literal: $($number:literal $name:literal),+ $(,)?) => {
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
    migrations!(
        "sqlite":
        1 "0001_begin",
        2 "0002_people",
        3 "0003_health",
        4 "0004_readings",
        5 "0005_push",
        6 "0006_doors",
        7 "0007_describe",
        8 "0008_hubs",
        9 "0009_hubs_renewed",
        10 "0010_outbox",
        11 "0011_monitors",
        13 "0013_wishes",
        12 "0012_works_of_a_page",
        16 "0016_bodies",
        14 "0014_subscriptions",
        15 "0015_boards",
        17 "0017_order",
        18 "0018_checks",
        19 "0019_turns",
        20 "0020_subjects",
    )
}

pub(crate) fn postgres() -> Migrator {
    migrations!(
        "postgres":
        1 "0001_begin",
        2 "0002_people",
        3 "0003_health",
        4 "0004_readings",
        5 "0005_push",
        6 "0006_doors",
        7 "0007_describe",
        8 "0008_hubs",
        9 "0009_hubs_renewed",
        10 "0010_outbox",
        11 "0011_monitors",
        13 "0013_wishes",
        12 "0012_works_of_a_page",
        16 "0016_bodies",
        14 "0014_subscriptions",
        15 "0015_boards",
        17 "0017_order",
        18 "0018_checks",
        19 "0019_turns",
        20 "0020_subjects",
    )
}

#[cfg(test)]
mod tests {
    use sqlx::migrate::{Migration, MigrationType, Migrator};
    use sqlx::sqlite::SqliteConnectOptions;
    use sqlx::{ConnectOptions as _, Row as _, SqlSafeStr as _};

    /// What the first schema held is still there after the second one, and names are free once their bearer is deleted.
    #[tokio::test]
    async fn what_was_set_up_before_is_kept() {
        let mut conn = SqliteConnectOptions::new().in_memory(true).connect().await.unwrap();
        migrations!("sqlite": 1 "0001_begin").run(&mut conn).await.unwrap();
        for sql in [
            "INSERT INTO channels VALUES (x'01', x'00', 'pager', 'webhook', x'0a0b', 0, 'gone', 7)",
            "INSERT INTO groups VALUES (x'02', x'00', 'desk', '{}', '[]', 0, 8)",
            "INSERT INTO monitors VALUES (x'03', x'00', 'github', '[]', '[]', 0, 9)",
            "INSERT INTO readings VALUES (x'0b', x'0a', 100, 'degraded', x'', '[]')",
            "INSERT INTO readings VALUES (x'0a', x'0a', 100, 'operational', x'', '[]')",
            "INSERT INTO decisions VALUES (41, 5, x'00', NULL, 'incident.opened', 6, \
             x'000102030405060708090A0B0C0D0E0F', x'02', 'desk', NULL, NULL, 0, 'impact', 'Too small.', '{}')",
        ] {
            sqlx::query(sql).execute(&mut conn).await.unwrap();
        }
        super::sqlite().run(&mut conn).await.unwrap();
        let row = sqlx::query("SELECT name, settings, disabled, created_at, removed_at FROM channels");
        let row = row.fetch_one(&mut conn).await.unwrap();
        assert_eq!((row.get::<&str, _>(0), row.get::<&[u8], _>(1)), ("pager", [10, 11].as_slice()));
        assert_eq!((row.get::<&str, _>(2), row.get::<i64, _>(3), row.get::<Option<i64>, _>(4)), ("gone", 7, None));
        let row = sqlx::query("SELECT paused, told_at FROM monitors").fetch_one(&mut conn).await.unwrap();
        assert_eq!((row.get::<bool, _>(0), row.get::<Option<i64>, _>(1)), (false, None));
        let row = sqlx::query("SELECT id, many, whom, sequence, told, text FROM decisions");
        let row = row.fetch_one(&mut conn).await.unwrap();
        assert_eq!((row.get::<i64, _>(0), row.get::<i64, _>(1), row.get::<i64, _>(3)), (41, 1, 5));
        assert_eq!(row.get::<&str, _>(2), r#"[["000102030405060708090A0B0C0D0E0F",null,null]]"#);
        assert_eq!((row.get::<bool, _>(4), row.get::<&str, _>(5)), (false, "Too small."));
        let rows = sqlx::query("SELECT turn, health FROM readings ORDER BY page, at, turn")
            .fetch_all(&mut conn)
            .await
            .unwrap();
        let turns: Vec<_> = rows.iter().map(|row| (row.get::<i64, _>(0), row.get::<&str, _>(1))).collect();
        assert_eq!(turns, [(0, "operational"), (1, "degraded")]);
        let again = "INSERT INTO groups (id, team, name, rule, channels, declared, created_at) \
                     VALUES (x'04', x'00', 'desk', '{}', '[]', 0, 8)";
        sqlx::query(again).execute(&mut conn).await.expect_err("a name is given once");
        sqlx::query("UPDATE groups SET removed_at = 9").execute(&mut conn).await.unwrap();
        sqlx::query(again).execute(&mut conn).await.unwrap();
    }
}
