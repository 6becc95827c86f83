//! docs/channels.md against the list of channels: its table is made from it (`INSTA_UPDATE=always` writes it anew), every
//! kind has a section in the list's order, and the examples pass as they stand there.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::{Map, Value};
use tocsin_channels::{ALL, Keeping, Kind};

const BEGIN: &str = "<!-- table: made from crates/channels/src/list.rs -->\n";
const END: &str = "<!-- end of table -->\n";

fn path() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/channels.md"))
}

fn document() -> String {
    std::fs::read_to_string(path()).unwrap()
}

/// `## Slack, through a bot (`slack_bot`)`
fn heading(kind: Kind) -> String {
    format!("\n## {} (`{}`)\n", kind.title(), kind.name())
}

fn table() -> String {
    let mut text =
        "| kind | name | settings (*may be left out*) | what overtaken messages become |\n|---|---|---|---|\n"
            .to_owned();
    for kind in ALL {
        let settings: Vec<String> = kind
            .channel()
            .settings()
            .iter()
            .map(|one| if one.required { format!("`{}`", one.key) } else { format!("*`{}`*", one.key) })
            .collect();
        let keeping = match kind.channel().keeping(&Value::Object(Map::new())) {
            Keeping::Log => "all are sent, in order",
            Keeping::State => "only the newest is sent",
            Keeping::Alarm => "only what holds now is sent; an alarm that is over before it was raised is not",
        };
        let _ = writeln!(text, "| {} | `{}` | {} | {keeping} |", kind.title(), kind.name(), settings.join(", "));
    }
    text
}

#[test]
fn the_table_is_the_list() {
    let found = document();
    let (before, rest) = found.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let wanted = format!("{before}{BEGIN}{}{END}{after}", table());
    #[expect(clippy::disallowed_methods, reason = "the same switch as for every other reviewed file")]
    if std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always") {
        std::fs::write(path(), &wanted).unwrap();
        return;
    }
    assert!(found == wanted, "docs/channels.md is out of date: run this test with INSTA_UPDATE=always");
}

#[test]
fn every_kind_has_a_section_in_the_order_of_the_list() {
    let document = document();
    let places: Vec<usize> = ALL
        .iter()
        .map(|kind| document.find(&heading(*kind)).unwrap_or_else(|| panic!("there is no {:?}", heading(*kind))))
        .collect();
    assert!(places.is_sorted(), "the sections are not in the order of the list");
}

/// `key = "value"` and `key = ["value"]`, as TOML and JSON both write them.
fn settings(example: &str) -> Value {
    // Lines between three apostrophes are one text.
    let mut parts = example.split("'''");
    let mut flat = parts.next().unwrap_or_default().to_owned();
    while let (Some(text), Some(rest)) = (parts.next(), parts.next()) {
        flat.push_str(&Value::from(text.trim_start_matches('\n')).to_string());
        flat.push_str(rest);
    }
    let example = flat.as_str();
    let lines = example.lines().filter(|line| !line.trim().is_empty() && !line.starts_with(['#', '[']));
    let pairs = lines.map(|line| {
        let (key, value) = line.split_once(" = ").unwrap_or_else(|| panic!("{line:?} is no setting"));
        let value = value.split("  #").next().unwrap_or_default().trim();
        (key.trim().to_owned(), serde_json::from_str(value).unwrap_or_else(|error| panic!("{line:?}: {error}")))
    });
    Value::Object(pairs.collect())
}

#[test]
fn the_examples_pass() {
    let document = document();
    for kind in ALL {
        let (_, rest) = document.split_once(&heading(*kind)).unwrap();
        let section = rest.split("\n## ").next().unwrap();
        let examples: Vec<&str> =
            section.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
        assert!(!examples.is_empty(), "{} has no example", kind.name());
        for example in examples {
            let mut settings = settings(example);
            let given = settings.as_object_mut().unwrap();
            assert!(given.remove("name").is_some_and(|name| name.is_string()), "{example}");
            assert_eq!(given.remove("kind"), Some(Value::from(kind.name())), "{example}");
            let problems = kind.channel().validate(&settings);
            assert!(problems.is_empty(), "{}: {problems:?}", kind.name());
        }
    }
}
