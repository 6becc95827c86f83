//! `tocsin channels`: sends test messages to the channels of a configuration, and says which kinds there are.

use std::path::PathBuf;

use futures_util::{StreamExt as _, stream};
use serde::Serialize;
use tocsin_channels::{ALL, Kind, Sender, Setting};
use tocsin_store::{ChannelRow, Keys, Store};

use crate::config::{Config, Flags, did_you_mean, listed};
use crate::net::Net;
use crate::work::trial::{self, Answered};
use crate::{app, declare};

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Send a real test message to channels of a configuration, and print what each receiver answered.
    ///
    /// It needs no running service. Channels that were set up in the browser are tested there. Exit code: 0 all took it,
    /// 1 some did not, 2 the configuration is wrong or has no such channel.
    Test(Test),
    /// List the kinds of channels; of one kind, what it takes.
    Kinds {
        /// A kind, like slack.
        #[arg(value_name = "KIND")]
        kind: Option<String>,
        /// For machines.
        #[arg(long)]
        json: bool,
    },
}

#[derive(clap::Args, Debug)]
pub struct Test {
    /// Names of channels, as the configuration has them.
    #[arg(value_name = "NAME", required_unless_present = "all", conflicts_with = "all")]
    names: Vec<String>,
    /// Every channel of the configuration.
    #[arg(long)]
    all: bool,
    /// Configuration file (TOML).
    #[arg(long, env = "TOCSIN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of the service's data: mails and browsers' notifications are signed with the key that lies there
    /// [default: data].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// For machines.
    #[arg(long)]
    json: bool,
}

/// So many are tried at once.
const AT_ONCE: usize = 16;
/// Characters of an answer that a line of the table shows.
const ANSWER_CHARS: usize = 100;

/// What came of one test.
#[derive(Serialize)]
struct Row<'a> {
    channel: &'a str,
    kind: &'a str,
    #[serde(flatten)]
    answered: Answered,
}

pub fn run(command: Command) -> u8 {
    match command {
        Command::Test(args) => test(args),
        Command::Kinds { kind, json } => kinds(kind.as_deref(), json),
    }
}

fn test(args: Test) -> u8 {
    let flags = Flags { config: args.config.clone(), data: args.data.clone(), ..Flags::default() };
    let config = match super::load(&flags) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let declared = declare::setup(&config.declared, uuid::Uuid::nil()).channels;
    let chosen = match chosen(&args.names, &declared) {
        Ok(chosen) => chosen,
        Err(sentence) => return super::fail(super::USAGE, &sentence),
    };
    let net = match Net::new(app::net_config(&config)) {
        Ok(net) => net,
        Err(error) => return super::fail(super::USAGE, &error.to_string()),
    };
    let rows = super::block_on(async {
        let sender = sender(&config, &chosen).await;
        let tests = stream::iter(&chosen).map(async |channel| Row {
            channel: &channel.name,
            kind: &channel.kind,
            answered: trial::send_alone(&net, &sender, &config.server.time_zone, channel).await,
        });
        tests.buffered(AT_ONCE).collect::<Vec<_>>().await
    });
    match rows {
        Ok(rows) => report(&rows, args.json),
        Err(code) => code,
    }
}

/// The channels of these names (none: all), in the order of the configuration.
fn chosen<'a>(names: &[String], declared: &'a [ChannelRow]) -> Result<Vec<&'a ChannelRow>, String> {
    if declared.is_empty() {
        return Err("the configuration has no [[channel]]: name its file with --config".to_owned());
    }
    let known = || declared.iter().map(|channel| channel.name.as_str());
    if let Some(wrong) = names.iter().find(|name| !known().any(|one| one == name.as_str())) {
        let hint = match did_you_mean(wrong, known()) {
            near if !near.is_empty() => near,
            _ => format!("; choose {}", listed(known())),
        };
        return Err(format!("the configuration has no channel `{wrong}`{hint}"));
    }
    Ok(declared.iter().filter(|channel| names.is_empty() || names.contains(&channel.name)).collect())
}

/// Who speaks: this instance, with its keys where it was ever started.
async fn sender(config: &Config, chosen: &[&ChannelRow]) -> Sender {
    let keys = match Store::keys(&config.database_url, &config.key_file).await {
        Ok(keys) => keys.unwrap_or_default(),
        Err(error) => {
            eprintln!("tocsin: note: the instance's keys cannot be read: {error}");
            Keys::default()
        }
    };
    if keys.vapid.is_empty() && chosen.iter().any(|channel| channel.kind == Kind::WebPush.name()) {
        eprintln!(
            "tocsin: note: browsers take notifications of the instance alone that they subscribed to; name the directory of \
             its data with --data"
        );
    }
    Sender {
        base_url: config.server.base_url.clone(),
        mail_from: config.net.from.clone(),
        unsubscribe_key: keys.links,
        vapid: keys.vapid,
        ..Sender::default()
    }
}

fn report(rows: &[Row<'_>], json: bool) -> u8 {
    if json {
        super::print_json(&rows);
    } else {
        let head = ["CHANNEL", "KIND", "OUTCOME", "STATUS", "TIME", "ANSWER"].map(str::to_owned);
        let lines = rows.iter().map(|row| {
            let Answered { outcome, status, latency_ms, answer } = &row.answered;
            let status = status.map_or_else(|| "–".to_owned(), |status| status.to_string());
            let outcome = outcome.replace('_', " ");
            [row.channel.to_owned(), row.kind.to_owned(), outcome, status, format!("{latency_ms} ms"), short(answer)]
        });
        print_table(&std::iter::once(head).chain(lines).collect::<Vec<_>>());
    }
    let failed = rows.iter().filter(|row| !row.answered.is_success()).count();
    if failed == 0 {
        return super::OK;
    }
    super::fail(1, &format!("{failed} of {} did not take the message", rows.len()))
}

/// An answer on one line.
fn short(answer: &str) -> String {
    let line = answer.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|letter| !letter.is_control()).collect();
    if line.chars().count() <= ANSWER_CHARS {
        return line;
    }
    line.chars().take(ANSWER_CHARS - 1).chain(['…']).collect()
}

/// Columns as wide as what stands in them; the last one ends where it ends.
fn print_table<const N: usize>(lines: &[[String; N]]) {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..N).map(width).collect();
    for line in lines {
        let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        super::print_line(cells.join("  ").trim_end());
    }
}

/// One kind for machines.
#[derive(Serialize)]
struct Described {
    kind: &'static str,
    title: &'static str,
    settings: Vec<Key>,
}

#[derive(Serialize)]
struct Key {
    key: &'static str,
    required: bool,
    secret: bool,
    list: bool,
    help: &'static str,
}

fn described(kind: Kind) -> Described {
    let key = |one: &Setting| Key {
        key: one.key,
        required: one.required,
        secret: one.secret,
        list: one.list,
        help: one.help,
    };
    Described { kind: kind.name(), title: kind.title(), settings: kind.channel().settings().iter().map(key).collect() }
}

fn kinds(wanted: Option<&str>, json: bool) -> u8 {
    let all: Vec<Described> = match wanted {
        None => ALL.iter().map(|kind| described(*kind)).collect(),
        Some(name) => match Kind::named(name) {
            Some(kind) => vec![described(kind)],
            None => {
                let near = did_you_mean(name, ALL.iter().map(|kind| kind.name()));
                let hint = if near.is_empty() { "; `tocsin channels kinds` lists them" } else { &near };
                return super::fail(super::USAGE, &format!("there is no kind of channel `{name}`{hint}"));
            }
        },
    };
    match (json, wanted, all.as_slice()) {
        (true, ..) => super::print_json(&all),
        (false, Some(_), [one]) => print_one(one),
        _ => {
            let head = ["KIND", "NAME", "SETTINGS"].map(str::to_owned);
            let line = |one: &Described| [one.kind.to_owned(), one.title.to_owned(), keys(one)];
            print_table(&std::iter::once(head).chain(all.iter().map(line)).collect::<Vec<_>>());
            super::print_line(
                "\nWhat stands in brackets may be left out. `tocsin channels kinds KIND` says what each setting is.",
            );
        }
    }
    super::OK
}

/// `url, [secret]`
fn keys(one: &Described) -> String {
    let key = |one: &Key| if one.required { one.key.to_owned() } else { format!("[{}]", one.key) };
    one.settings.iter().map(key).collect::<Vec<_>>().join(", ")
}

/// What somebody may copy into a configuration, with what each key is.
fn print_one(one: &Described) {
    super::print_line(&format!("# {}\n[[channel]]\nname = \"…\"\nkind = \"{}\"", one.title, one.kind));
    for key in &one.settings {
        let value = if key.list { "[\"…\"]" } else { "\"…\"" };
        let secret = if key.secret {
            format!(" A secret: `{}_file` may name a file that holds it.", key.key)
        } else {
            String::new()
        };
        let sign = if key.required { "" } else { "# " };
        super::print_line(&format!("\n# {}{secret}\n{sign}{} = {value}", key.help, key.key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_shown_on_one_line() {
        assert_eq!(short("a\n b\u{1b}[31m\tc"), "a b[31m c");
        assert_eq!(short(&"ä".repeat(200)).chars().count(), ANSWER_CHARS);
    }
}
