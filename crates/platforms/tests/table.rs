//! docs/platforms.md is made from the list of platforms. `INSTA_UPDATE=always` writes it anew.

mod common;

use std::fmt::Write;
use std::path::Path;

use tocsin_platforms::{ALL, Late, PageAddress, Platform, Proof};

#[test]
fn what_is_said_of_late_words_is_what_the_readers_do() {
    let page = PageAddress { url: "https://status.example.com/".parse().unwrap() };
    for one in ALL {
        let each = one.late() == Late::Each;
        assert_eq!(one.reader().looks_again(&page), each, "{}", one.name());
    }
    let mut histories = common::all();
    histories.retain(|case| case.reader().read(&case.payloads, case.now).covers.history_since.is_some());
    let knows = |one: &&&Platform| histories.iter().any(|case| case.platform == ***one);
    let mute: Vec<&str> =
        ALL.iter().filter(|one| one.late() == Late::List && !knows(&one)).map(|one| one.name()).collect();
    assert_eq!(mute, [""; 0], "they know no history");
    let told = histories.iter().filter(|case| case.platform.late() == Late::Nothing).map(|case| case.name.as_str());
    assert_eq!(told.collect::<Vec<_>>(), [""; 0], "there is a history");
}

#[test]
fn the_table_in_the_documents_is_the_list() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/platforms.md");
    let wanted = table();
    #[expect(clippy::disallowed_methods, reason = "the same switch as for every other reviewed file")]
    if std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always") {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "docs/platforms.md is out of date: run this test with INSTA_UPDATE=always");
}

fn table() -> String {
    let mut text = "# The platforms that are read\n\nMade from `crates/platforms/src/list.rs`. The name goes into \
                    `platform = \"…\"`; left out, it is detected. Whatever a reader does not know is `unknown`, never well \
                    ([how a page is read](reading.md)).\n"
        .to_owned();
    for proof in [Proof::Captures, Proof::Software, Proof::Documents] {
        let mut platforms: Vec<Platform> = ALL.iter().copied().filter(|one| one.proof() == proof).collect();
        platforms.sort_by_key(|one| one.title().to_lowercase());
        let _ = write!(
            text,
            "\n## Held against {}\n\n| platform | name | what is read | how far back | what is rewritten after the end is seen |\n\
             |---|---|---|---|---|\n",
            proof.words()
        );
        for one in platforms {
            let (title, name, reads, history) = (one.title(), one.name(), one.reads(), one.history());
            let _ = writeln!(text, "| {title} | `{name}` | {reads} | {history} | {} |", one.late().words());
        }
    }
    text
}
