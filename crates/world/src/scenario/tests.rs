//! Scenarios and what is said of their mistakes.

use super::*;

const SMALL: &str = r#"
[[story]]
name = "queue"
updates = [
  { stage = "investigating", say = "{part} of {vendor} is slow." },
  { after = "10m", stage = "resolved", say = "{part} is well.", edits = [{ after = "1h", say = "It was a queue." }] },
]

[[vendor]]
slug = "quay"
name = "Quay"
category = "voice"
platform = "statuspage"
parts = ["Europe / Calls", "Chat"]

[[vendor.incident]]
title = "Calls are slow"
at = "-1h"
parts = ["Calls"]
story = "queue"
"#;

fn said(source: &str) -> String {
    Scenario::read("small.toml", source).map(|_| String::new()).unwrap_or_else(|mistakes| mistakes.to_string())
}

#[test]
fn a_story_is_told_with_the_names_of_its_vendor() {
    let start = Timestamp::from_second(2_000_000);
    let world = Scenario::read("small.toml", SMALL).unwrap().world(start, 1.0);
    let shown = world.vendors[0].shown(&world.course, "http://127.0.0.1/quay", start.plus(-3300));
    assert_eq!(shown.incidents[0].updates[0].body, "Calls of Quay is slow.");
    assert_eq!(shown.parts[0].health, Health::Degraded);
    let later = world.vendors[0].shown(&world.course, "http://127.0.0.1/quay", start.plus(3600));
    assert_eq!(later.incidents[0].updates[1].body, "It was a queue.");
    assert_eq!(later.incidents[0].resolved_at, Some(start.plus(-3000)));
    assert_eq!(later.parts[0].health, Health::Operational);
    assert_eq!(
        world.vendors[0].moments(&world.course, start.plus(-4000), start.plus(3600)),
        [start.plus(-3600), start.plus(-3000), start.plus(600)]
    );
}

#[test]
fn mistakes_have_a_line_and_the_nearest_word() {
    let table = [
        (
            "title = \"Calls are slow\"",
            "titel = \"x\"",
            "small.toml:17: unknown field `titel`",
            "did you mean `title`?",
        ),
        ("\"statuspage\"", "\"statuspag\"", "small.toml:13: unknown variant `statuspag`", "did you mean `statuspage`?"),
        (
            "parts = [\"Calls\"]",
            "parts = [\"Call\"]",
            "small.toml:19: there is no component `Call`",
            "did you mean `Calls`?",
        ),
        ("story = \"queue\"", "story = \"quue\"", "small.toml:20: there is no story `quue`", "did you mean `queue`?"),
        ("at = \"-1h\"", "at = \"yesterday\"", "small.toml:18: `yesterday` is no moment", "-3d4h"),
        ("slug = \"quay\"", "slug = \"The Quay\"", "small.toml:10: the slug `The Quay`", "a-z"),
    ];
    assert_eq!(said(SMALL), "");
    for (right, wrong, place, hint) in table {
        let said = said(&SMALL.replace(right, wrong));
        assert!(said.starts_with(place) && said.contains(hint), "{wrong}: {said}");
    }
}

#[test]
fn mistakes_of_sense_are_told_together() {
    let source =
        SMALL.replace("parts = [\"Calls\"]", "parts = [\"Call\"]").replace("story = \"queue\"", "story = \"quue\"");
    assert_eq!(said(&source).lines().count(), 2);
}
