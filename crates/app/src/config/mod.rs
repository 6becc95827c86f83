//! Configuration: a file, the environment over it, flags over both. Every mistake is reported at once.

pub mod board;
pub mod describe;
mod entries;
mod mistake;
mod numbers;
mod robot;
pub mod rule;
mod sections;
mod table;
pub mod values;
pub mod voice;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use board::Board;
pub use entries::{Channel, Declared, Group, Monitor, Provider};
pub use mistake::{Mistake, Mistakes, Place, did_you_mean, listed};
pub use sections::{Net, Poll, Server, WatchWhat};
pub use table::Raw;
pub use voice::{Check, Voice};

use entries::Names;
use table::{Notes, Table, Variables};

/// Everything that can be configured.
#[derive(Clone, Debug)]
pub struct Config {
    pub server: Server,
    /// `sqlite://…` or `postgres://…`.
    pub database_url: String,
    pub key_file: PathBuf,
    /// Where recorded calls lie.
    pub recordings: PathBuf,
    pub poll: Poll,
    pub net: Net,
    pub declared: Declared,
    pub voice: Voice,
    pub checks: Vec<Check>,
    /// There was a configuration file.
    pub from_file: bool,
    /// `TOCSIN_ADMIN_TOKEN`.
    pub admin_token: Option<String>,
    /// Set by `serve --demo` alone, never by a file.
    pub simulated: Option<Simulated>,
}

/// The world of `serve --demo`, where nothing is real.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// Where what arrived is shown.
    pub arrived: String,
    /// The vendors' categories by slug; the catalogue is switched off.
    pub categories: BTreeMap<String, String>,
    /// The vendor whose page moved.
    pub moved: Option<String>,
    /// The vendor whose public record is replayed.
    pub replay: String,
}

/// What flags say.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub config: Option<PathBuf>,
    pub data: Option<PathBuf>,
    pub listen: Option<SocketAddr>,
}

/// The environment, read once.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Every variable whose name begins with `TOCSIN_`.
    #[must_use]
    pub fn read() -> Self {
        Self::of(
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// Those of `variables` that concern us.
    pub fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(variables.into_iter().filter(|(name, _)| name.starts_with("TOCSIN_")).collect())
    }

    /// Without anything but the admin token.
    #[must_use]
    pub fn token_only(mut self) -> Self {
        self.0.retain(|name, _| name.starts_with("TOCSIN_ADMIN_TOKEN"));
        self
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// `TOCSIN_POLL__INTERVAL` of section `poll` → `interval`.
    fn section(&self, section: &str) -> Variables {
        let prefix = format!("TOCSIN_{}__", section.to_uppercase());
        let ours = self.0.iter().filter_map(|(name, value)| {
            let key = name.strip_prefix(&prefix)?.to_lowercase();
            Some((key, (name.clone(), value.clone())))
        });
        ours.collect()
    }

    /// Variables that look like ours but belong to no section.
    fn strangers(&self) -> impl Iterator<Item = (&String, &str)> {
        self.0.keys().filter_map(|name| {
            let (section, _) = name.strip_prefix("TOCSIN_")?.split_once("__")?;
            (!SECTIONS.contains(&section.to_lowercase().as_str())).then_some((name, section))
        })
    }
}

const SECTIONS: [&str; 5] = ["server", "database", "poll", "net", "voice"];
const LISTS: [&str; 6] = ["provider", "monitor", "group", "channel", "board", "check"];

/// Reads the configuration.
///
/// # Errors
/// Every mistake, with its place and what to do.
pub fn load(flags: &Flags, environment: &Environment) -> Result<Config, Mistakes> {
    let file = flags.config.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
    let whole = |text: String| Mistakes {
        file: String::new(),
        all: vec![Mistake { place: Place::Whole, key: String::new(), text }],
    };
    let source = match &flags.config {
        None => String::new(),
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| whole(format!("the configuration file {file} cannot be read: {error}")))?,
    };
    parse(&source, flags, environment).map_err(|all| Mistakes { file, all })
}

pub(crate) fn parse(source: &str, flags: &Flags, environment: &Environment) -> Result<Config, Vec<Mistake>> {
    let notes = Notes::new(source);
    let (root, errors) = DeTable::parse_recoverable(source);
    for error in &errors {
        let place = error.span().map_or(Place::Whole, |span| notes.line(span.start));
        notes.add(place, "", error.message());
    }
    let root = root.get_ref();
    strange_tables(root, environment, &notes);
    let section = |name: &str| {
        let found = root.get(name);
        let place = found.map_or(Place::Whole, |value| notes.line(value.span().start));
        let table = found.and_then(|value| value.get_ref().as_table());
        if table.is_none() && found.is_some() {
            notes.add(place.clone(), name, format!("must be a table: write [{name}]"));
        }
        Table::new(name, table, place, environment.section(name), &notes)
    };
    let server = Server::read(section("server"), flags.listen);
    let database_url = sections::database(section("database"));
    let poll = Poll::read(section("poll"));
    let net = Net::read(section("net"));
    let voice = Voice::read(section("voice"));
    let (declared, checks) = declared(root, &net, &voice, &notes);
    let data = flags.data.clone().or_else(|| environment.get("TOCSIN_DATA").map(PathBuf::from));
    let data = data.unwrap_or_else(|| PathBuf::from("data"));
    let key_file = environment.get("TOCSIN_KEY_FILE").map_or_else(|| data.join("secret.key"), PathBuf::from);
    let admin_token = admin_token(environment, &notes);
    let mistakes = notes.into_all();
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    Ok(Config {
        server,
        database_url: database_url.unwrap_or_else(|| sqlite_in(&data)),
        key_file,
        recordings: data.join("recordings"),
        poll,
        net,
        declared,
        voice,
        checks,
        from_file: flags.config.is_some(),
        admin_token,
        simulated: None,
    })
}

fn sqlite_in(data: &Path) -> String {
    format!("sqlite://{}", data.join("tocsin.db").display())
}

/// The admin token from the environment or a file named there; one that can be guessed is refused.
fn admin_token(environment: &Environment, notes: &Notes) -> Option<String> {
    let (name, token) = match (environment.get("TOCSIN_ADMIN_TOKEN"), environment.get("TOCSIN_ADMIN_TOKEN_FILE")) {
        (Some(token), _) => ("TOCSIN_ADMIN_TOKEN", token.to_owned()),
        (None, Some(path)) => match std::fs::read_to_string(path) {
            Ok(text) => ("TOCSIN_ADMIN_TOKEN_FILE", text.trim().to_owned()),
            Err(error) => {
                let text = format!("the file `{path}` cannot be read: {error}");
                notes.add(Place::Variable("TOCSIN_ADMIN_TOKEN_FILE".to_owned()), "", text);
                return None;
            }
        },
        (None, None) => return None,
    };
    if token.len() < 8 {
        let text = "the admin token is shorter than 8 characters; make a longer one, e.g. with `openssl rand -hex 24`";
        notes.add(Place::Variable(name.to_owned()), "", text);
    }
    Some(token)
}

fn strange_tables(root: &DeTable<'_>, environment: &Environment, notes: &Notes) {
    let known = || SECTIONS.into_iter().chain(LISTS);
    for (key, _) in root {
        let name: &str = key.get_ref();
        if !known().any(|one| one == name) {
            let near = did_you_mean(name, known());
            let hint = if near.is_empty() { format!("; there are {}", listed(known())) } else { near };
            notes.add(notes.line(key.span().start), name, format!("is not a table of this file{hint}"));
        }
    }
    for (variable, section) in environment.strangers() {
        let text = format!("there is no section `{}`{}", section.to_lowercase(), did_you_mean(section, SECTIONS));
        notes.add(Place::Variable(variable.clone()), "", text);
    }
}

fn declared(root: &DeTable<'_>, net: &Net, voice: &Voice, notes: &Notes) -> (Declared, Vec<Check>) {
    let mut providers = Names::of("provider");
    let mut channels = Names::of("channel");
    let mut groups = Names::of("group");
    let declared_providers =
        each(root, "provider", notes).filter_map(|table| entries::provider(table, &mut providers)).collect();
    let declared_channels: Vec<Channel> =
        each(root, "channel", notes).filter_map(|table| entries::channel(table, &mut channels)).collect();
    if net.smtp_url.is_none()
        && let Some(mail) = declared_channels.iter().find(|channel| channel.kind == tocsin_channels::Kind::Email)
    {
        let text = format!(
            "the channel `{}` sends mail, so `net.smtp_url` must name a server, like smtp://127.0.0.1:25",
            mail.name
        );
        notes.add(Place::Whole, "", text);
    }
    let declared_groups: Vec<Group> =
        each(root, "group", notes).filter_map(|table| entries::group(table, &mut groups, &channels)).collect();
    entries::check_escalations(&declared_groups, notes);
    let monitors =
        each(root, "monitor", notes).filter_map(|table| entries::monitor(table, &providers, &groups)).collect();
    let mut boards = Names::of("board");
    let declared_boards =
        each(root, "board", notes).filter_map(|table| entries::board(table, &providers, &mut boards)).collect();
    let mut checks = Names::of("check");
    let declared_checks = each(root, "check", notes)
        .filter_map(|table| voice::check(table, voice, &mut checks, &providers, &groups))
        .collect();
    let declared = Declared {
        providers: declared_providers,
        monitors,
        groups: declared_groups,
        channels: declared_channels,
        boards: declared_boards,
    };
    (declared, declared_checks)
}

/// The tables of a list `[[name]]`, each called `name[1]`, `name[2]`, ….
fn each<'a, 'n>(root: &'a DeTable<'a>, name: &'static str, notes: &'n Notes) -> impl Iterator<Item = Table<'a, 'n>> {
    let found: Option<&'a Spanned<DeValue<'a>>> = root.get(name);
    let array = found.and_then(|value| value.get_ref().as_array());
    if let (Some(value), None) = (found, array) {
        notes.add(notes.line(value.span().start), name, format!("is a list: write [[{name}]]"));
    }
    array.into_iter().flat_map(|array| array.iter()).enumerate().filter_map(move |(index, value)| {
        let place = notes.line(value.span().start);
        match value.get_ref().as_table() {
            Some(table) => {
                Some(Table::new(format!("{name}[{}]", index + 1), Some(table), place, Variables::new(), notes))
            }
            None => {
                notes.add(place, name, format!("each entry is a table: write [[{name}]]"));
                None
            }
        }
    })
}

#[cfg(test)]
mod tests;
