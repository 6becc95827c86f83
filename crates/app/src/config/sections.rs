//! The plain tables: server, database, poll, net.

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use url::Url;

use super::table::Table;
use super::values;

/// `[server]`.
#[derive(Clone, Debug)]
pub struct Server {
    pub listen: SocketAddr,
    /// Public address of this instance, without a trailing slash.
    pub base_url: String,
    /// IANA name of the team's zone.
    pub time_zone: String,
    pub public_read: bool,
    /// Whoever may read may also subscribe to what they read of.
    pub subscriptions: bool,
    pub heartbeat_url: Option<String>,
}

impl Server {
    pub(super) fn read(mut table: Table<'_, '_>, listen_flag: Option<SocketAddr>) -> Self {
        let listen = table.take("listen", values::listen).map(|placed| placed.value);
        let listen = listen_flag.or(listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8400)));
        let base_url = table.take("base_url", values::web_address);
        let server = Self {
            listen,
            base_url: base_url
                .map_or_else(|| address_of(listen), |placed| placed.value.to_string())
                .trim_end_matches('/')
                .to_owned(),
            time_zone: table
                .take("time_zone", values::time_zone)
                .map_or_else(|| "UTC".to_owned(), |placed| placed.value),
            public_read: table.take("public_read", values::flag).is_some_and(|placed| placed.value),
            subscriptions: table.take("subscriptions", values::flag).is_none_or(|placed| placed.value),
            heartbeat_url: table.secret("heartbeat_url", values::web_address).map(|placed| placed.value.to_string()),
        };
        table.finish();
        server
    }
}

/// Where a browser on this machine finds a listener.
fn address_of(listen: SocketAddr) -> String {
    if listen.ip().is_unspecified() {
        format!("http://127.0.0.1:{}", listen.port())
    } else {
        format!("http://{listen}")
    }
}

/// `[database]`; `None`: a file in the data directory.
pub(super) fn database(mut table: Table<'_, '_>) -> Option<String> {
    let known = |raw| {
        let url = values::text(raw)?;
        let fits =
            ["sqlite://", "sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
        if fits { Ok(url) } else { Err("must be sqlite://PATH or postgres://USER@HOST/NAME".to_owned()) }
    };
    let url = table.secret("url", known).map(|placed| placed.value);
    table.finish();
    url
}

/// What is watched beside what somebody monitors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchWhat {
    Monitored,
    All,
    /// Monitored ones, and every provider of these categories.
    Categories(Vec<String>),
}

/// `[poll]`; all times in seconds.
#[derive(Clone, Debug)]
pub struct Poll {
    pub interval_s: i64,
    pub active_interval_s: i64,
    /// Polls under way at once.
    pub concurrency: usize,
    /// Requests at once to one host and port; `None`: 2, and no limit within `net.allow_private`.
    pub per_host: Option<usize>,
    pub spread_s: i64,
    pub watch: WatchWhat,
}

impl Poll {
    pub(super) fn read(mut table: Table<'_, '_>) -> Self {
        let at_least_a_second = |raw| match values::duration(raw)? {
            0 => Err("must be at least \"1s\"".to_owned()),
            seconds => Ok(seconds),
        };
        let poll = Self {
            interval_s: table.take("interval", at_least_a_second).map_or(300, |placed| placed.value),
            active_interval_s: table.take("active_interval", at_least_a_second).map_or(60, |placed| placed.value),
            concurrency: table.take("concurrency", values::count(1, 10_000)).map_or(64, |placed| placed.value),
            per_host: table.take("per_host", values::count(1, 10_000)).map(|placed| placed.value),
            spread_s: table.take("spread", values::duration).map_or(300, |placed| placed.value),
            watch: watch(&mut table),
        };
        table.finish();
        poll
    }
}

fn watch(table: &mut Table<'_, '_>) -> WatchWhat {
    let Some(placed) = table.take("watch", values::list) else { return WatchWhat::Monitored };
    match placed.value.as_slice() {
        [one] if one == "monitored" => return WatchWhat::Monitored,
        [one] if one == "all" => return WatchWhat::All,
        _ => {}
    }
    let known = crate::catalog::categories();
    for word in placed.value.iter().filter(|word| !known.contains(&word.as_str())) {
        let near = super::mistake::did_you_mean(word, known.iter().copied().chain(["monitored", "all"]));
        placed.wrong(
            table.notes,
            format!("`{word}` is neither \"monitored\", \"all\" nor a category of the catalogue{near}"),
        );
    }
    WatchWhat::Categories(placed.value)
}

/// `[net]`.
#[derive(Clone, Debug)]
pub struct Net {
    pub allow_private: Vec<IpNet>,
    pub proxy: Option<Url>,
    pub ca_file: Option<PathBuf>,
    pub smtp_url: Option<String>,
    /// `From:` of mails.
    pub from: String,
}

impl Net {
    pub(super) fn read(mut table: Table<'_, '_>) -> Self {
        let smtp = |raw| {
            let url = values::text(raw)?;
            if url.starts_with("smtp://") || url.starts_with("smtps://") {
                Ok(url)
            } else {
                Err("must begin with smtp:// or smtps://, like smtp://user:password@mail.example.com:587".to_owned())
            }
        };
        let mailbox = |raw| {
            let text = values::text(raw)?;
            match text.parse::<lettre::message::Mailbox>() {
                Ok(_) => Ok(text),
                Err(error) => {
                    Err(format!("`{text}` is not a mail address ({error}); write it like Tocsin <tocsin@example.com>"))
                }
            }
        };
        let net = Self {
            allow_private: table.take("allow_private", values::networks).map(|placed| placed.value).unwrap_or_default(),
            proxy: table.secret("proxy", values::web_address).map(|placed| placed.value),
            ca_file: table.take("ca_file", values::text).map(|placed| PathBuf::from(placed.value)),
            smtp_url: table.secret("smtp_url", smtp).map(|placed| placed.value),
            from: table
                .take("from", mailbox)
                .map_or_else(|| "Tocsin <tocsin@localhost>".to_owned(), |placed| placed.value),
        };
        table.finish();
        net
    }
}
