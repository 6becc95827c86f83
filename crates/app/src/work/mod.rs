//! The loops that act: poll, check, commit, deliver, refresh, prune, heartbeat. Each: what is due? → do → commit.

pub mod ask;
pub mod asked;
pub mod attempt;
pub mod check;
pub mod circulate;
pub mod commit;
pub mod compose;
pub mod deliver;
pub mod heartbeat;
pub mod keep;
pub mod later;
pub mod owner;
pub mod poll;
pub mod record;
pub mod refresh;
pub mod returned;
pub mod schedule;
pub mod settle;
pub mod summary;
pub mod tick;
pub mod trial;
pub mod turns;
pub mod upkeep;
pub mod watch;
