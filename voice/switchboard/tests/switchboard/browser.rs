//! The browser's half does as this one does: what happened to each machine in many schedules is played to
//! `web/handshake.js`, which must answer each event with the same acts, the same state and the same next moment.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::json;
use tocsin_switchboard::snapshot::Snapshot;

use crate::schedules::ours;
use crate::simulated::World;

const REPLAY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/switchboard/replay.mjs");

/// Lines in, one a trace; what `replay.mjs` counted.
fn replayed(lines: &[String]) -> (bool, String) {
    let mut node = Command::new("node")
        .arg(REPLAY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("node plays the browser's part: apt-get install nodejs");
    node.stdin.take().unwrap().write_all(lines.join("\n").as_bytes()).unwrap();
    let answer = node.wait_with_output().unwrap();
    let said = [answer.stdout, answer.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (answer.status.success(), said)
}

fn traces(seeds: std::ops::Range<u64>) -> Vec<String> {
    seeds.flat_map(|seed| World::new(seed, ours, true).play().traces).map(|trace| trace.to_string()).collect()
}

#[test]
fn the_browser_does_the_same() {
    let (fine, said) = replayed(&traces(0..200));
    assert!(fine, "{said}");
    let steps: u64 = said.split_whitespace().next().unwrap().parse().unwrap();
    assert!(steps > 40_000, "{said}");
}

#[test]
fn a_difference_is_found() {
    let mut lines = traces(3..4);
    lines[1] = lines[1].replacen("\"CONFIGURED\"", "\"CONFIRMED\"", 1).replacen("\"WAIT_HELLO\"", "\"SYNCED\"", 1);
    let (fine, said) = replayed(&lines);
    assert!(!fine, "{said}");
}

/// Seals and readings of texts of every kind.
#[test]
fn snapshots_are_read_alike() {
    let whole = r#"{"flags":{"bridge":"v1","codec":"pcmu","ice":"all","signalling":"/call"}}"#;
    let long = whole.replace("/call", &format!("/{}", "ß€𝄞".repeat(50)));
    let texts = [
        whole,
        long.as_str(),
        r#"{"flags":{"bridge":"v1","codec":"pcmu","ice":"all","signalling":"/call"},"settings":{"wrap":30},"more":1}"#,
        r#"{"flags":{"bridge":"v1","codec":"pcmu","ice":"all","signalling":"/call"},"settings":[1]}"#,
        r#"{"flags":{"bridge":"legacy","codec":"pcmu","ice":"all","signalling":"/call"}}"#,
        r#"{"flags":{"bridge":"v1","codec":null,"signalling":"//elsewhere"}}"#,
        r#"{"flags":[]}"#,
        "{}",
        "[]",
        "",
        "null",
        "{",
    ];
    let mut lines = Vec::new();
    for (number, text) in texts.into_iter().enumerate() {
        let sealed = Snapshot::seal(9, number as u64, 60_000, 3, text.to_owned());
        let broken = Snapshot { min_build: 0, ..sealed.clone() };
        for snapshot in [sealed, broken] {
            let missing = snapshot.read().err().map(|fault| fault.missing);
            lines.push(json!({"machine": "read", "snapshot": snapshot, "missing": missing}).to_string());
        }
    }
    let (fine, said) = replayed(&lines);
    assert!(fine, "{said}");
}
