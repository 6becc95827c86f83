//! The folded part of a group's form: what a rule can say beside its events, in sections of one plain sentence each.

use std::collections::BTreeMap;

use tocsin_domain::Impact;

use crate::form::{self, Choice, Field, Wrong};
use crate::group::Facts;
use crate::rule::Said;
use crate::words;

/// The texts of a form by the names of its fields; lists one a line; a tick is `yes`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed(pub BTreeMap<String, String>);

impl Typed {
    #[must_use]
    pub fn text(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }

    fn has(&self, key: &str, line: &str) -> bool {
        self.text(key).lines().any(|one| one.trim() == line)
    }
}

/// Name and label of every field, in the order of the form.
pub(crate) const LABELS: [(&str, &str); 22] = [
    ("name", "Name"),
    ("channels", "Channels"),
    ("min_impact", "Least impact"),
    ("events", "Events"),
    ("dwell", MINOR),
    ("longer_than", LONGER),
    ("maintenance", "Maintenance"),
    ("reminders", "Reminders"),
    ("quiet_hours", QUIET),
    ("business_hours", BUSINESS),
    ("break_quiet", "What wakes it"),
    ("providers", "Providers"),
    ("categories", "Categories"),
    ("tags", "Tags of monitors"),
    ("components", "Components"),
    ("words", WORDS),
    ("repeat", REPEAT),
    ("escalate_to", "Group to tell then"),
    ("escalate_after", AFTER),
    ("promises", "Promises of vendors"),
    ("digest", "Digest"),
    ("storm", STORM),
];

const MINOR: &str = "Wait before telling a minor incident";
const LONGER: &str = "Wait before telling any but a critical one";
const QUIET: &str = "It rests at these times";
const BUSINESS: &str = "Or: it is awake only at these times";
const WORDS: &str = "Environments and regions";
const REPEAT: &str = "Remind it every";
const AFTER: &str = "After how long";
const STORM: &str = "Gather from how many on";

/// A folded part of the form.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) title: &'static str,
    /// One sentence: what it is good for.
    pub(crate) about: &'static str,
    /// What is set, in sight while it is folded; empty: as usual.
    pub(crate) set: String,
    pub(crate) open: bool,
    pub(crate) items: Vec<Item>,
}

#[derive(Clone, Debug)]
pub(crate) enum Item {
    Text(Field),
    Choice(Pick),
}

/// Several things to tick, or one to choose.
#[derive(Clone, Debug)]
pub(crate) struct Pick {
    pub(crate) name: &'static str,
    pub(crate) legend: &'static str,
    /// `checkbox` or `radio`.
    pub(crate) kind: &'static str,
    pub(crate) choices: Vec<Choice>,
    pub(crate) errors: Vec<String>,
}

impl Pick {
    /// The field of the first choice is where a mistake points to.
    pub(crate) fn is_wrong(&self) -> bool {
        !self.errors.is_empty()
    }
}

impl Item {
    fn is_wrong(&self) -> bool {
        match self {
            Self::Text(field) => field.is_wrong(),
            Self::Choice(pick) => pick.is_wrong(),
        }
    }
}

/// The sections in the order to show them.
pub(crate) fn sections(facts: &Facts, said: &Said) -> Vec<Section> {
    let form = Form { typed: &facts.typed, wrong: &facts.wrong };
    let section = |title, about, set: &str, items: Vec<Item>| Section {
        title,
        about,
        set: set.to_owned(),
        open: items.iter().any(Item::is_wrong),
        items,
    };
    vec![
        section(
            "Not every small thing",
            "What is over again soon need not disturb anybody; it can still be found here.",
            &said.wait,
            vec![
                form.text("dwell", MINOR, "Like 10m. Nothing typed: at once."),
                form.text("longer_than", LONGER, "Like 5m. Critical ones are always told at once."),
            ],
        ),
        section(
            "When to rest",
            "At night or on weekends messages wait, and come in one piece afterwards; what is over by then comes as one line.",
            &said.rest,
            vec![
                form.lines("quiet_hours", QUIET, "One span a line: 22:00-07:00, or sat,sun. On the clock of the team."),
                form.lines("business_hours", BUSINESS, "Like mon-fri 09:00-17:30. Then it rests at all others."),
                form.choice("break_quiet", "What wakes it all the same?", &breaks(facts.typed.text("break_quiet"))),
            ],
        ),
        section(
            "Only some of it",
            "Of what its monitors watch, this group may want a part. Every list that is filled must agree.",
            &said.scope,
            scope(facts, &form),
        ),
        section(
            "If nobody answers",
            "Whoever is told can say “I take care of it”. As long as nobody does, others can be told.",
            &said.answer,
            vec![
                form.text("repeat", REPEAT, "Like 1h, while the incident is open and nobody takes care of it."),
                form.choice("escalate_to", "Which group is told then?", &others(facts)),
                form.text("escalate_after", AFTER, "Like 15m after the first message."),
                form.ticks(
                    "promises",
                    "And if the vendor says nothing?",
                    &[("yes", "Tell when it does not keep its promise of a next update")],
                ),
            ],
        ),
        section(
            "Read later in one message",
            "For those who want to know, and need not know now.",
            &said.digest,
            vec![form.choice(
                "digest",
                "How are messages read?",
                &[
                    ("", "One by one, as they come"),
                    ("hourly", "One message every hour"),
                    ("daily", "One message every day at nine"),
                    ("weekly", "One message every Monday at nine"),
                ],
            )],
        ),
        section(
            "Too much at once",
            "When a large provider falls, many others follow: then one message is easier to read than thirty.",
            &said.storm,
            vec![form.text(
                "storm",
                STORM,
                "Like 5 in 10m. Nothing typed: where people read along, more than 10 within 5 minutes. never: each by itself.",
            )],
        ),
        section(
            "Maintenance",
            "Announced work, its start and its end.",
            &said.maintenance,
            vec![
                form.ticks("maintenance", "Is it told of maintenance?", &[("yes", "Yes, of announced work too")]),
                form.ticks(
                    "reminders",
                    "When is it reminded of it?",
                    &[("24h", "A day before"), ("1h", "An hour before")],
                ),
            ],
        ),
    ]
}

fn scope(facts: &Facts, form: &Form<'_>) -> Vec<Item> {
    let tags: Vec<&str> = facts.tags.iter().map(String::as_str).collect();
    let tags = match tags.as_slice() {
        [] => "One a line. A monitor gets its tags on its own page.".to_owned(),
        tags => format!("One a line. There are {}.", words::names(tags, 8)),
    };
    let categories: Vec<(&str, String)> =
        facts.categories.iter().map(|word| (word.as_str(), words::category(Some(word)))).collect();
    let categories: Vec<(&str, &str)> = categories.iter().map(|(word, title)| (*word, title.as_str())).collect();
    vec![
        form.lines("providers", "Providers", "One a line: their short names, or patterns like aws-*."),
        form.lines("tags", "Tags of monitors", &tags),
        form.lines("components", "Components", "One a line: names, or patterns like API *."),
        form.lines(
            "words",
            WORDS,
            "One a line, as titles name them: EU, PROD 1. What names none of that kind is told all the same.",
        ),
        form.ticks("categories", "Categories", &categories),
    ]
}

struct Form<'a> {
    typed: &'a Typed,
    wrong: &'a [Wrong],
}

impl Form<'_> {
    fn field(&self, name: &str, label: &str, kind: &'static str, hint: &str) -> Item {
        Item::Text(Field::new(name, label, kind).value(self.typed.text(name)).hint(hint).wrong(self.wrong))
    }

    fn text(&self, name: &str, label: &str, hint: &str) -> Item {
        self.field(name, label, "text", hint)
    }

    fn lines(&self, name: &str, label: &str, hint: &str) -> Item {
        self.field(name, label, "lines", hint)
    }

    fn choice(&self, name: &'static str, legend: &'static str, choices: &[(&str, &str)]) -> Item {
        self.pick(name, legend, "radio", choices, |word| self.typed.text(name) == word)
    }

    fn ticks(&self, name: &'static str, legend: &'static str, choices: &[(&str, &str)]) -> Item {
        self.pick(name, legend, "checkbox", choices, |word| self.typed.has(name, word))
    }

    fn pick(
        &self,
        name: &'static str,
        legend: &'static str,
        kind: &'static str,
        choices: &[(&str, &str)],
        chosen: impl Fn(&str) -> bool,
    ) -> Item {
        let choices = choices.iter().map(|(word, label)| Choice::new(word, label, chosen(word))).collect();
        Item::Choice(Pick { name, legend, kind, choices, errors: form::of(name, self.wrong) })
    }
}

/// How bad an incident must be.
pub(crate) fn impacts(chosen: &str) -> Vec<Choice> {
    let label = |impact: Impact| match impact {
        Impact::None => "Every incident",
        Impact::Minor => "Minor and worse",
        Impact::Major => "Major and worse",
        Impact::Critical => "Critical only",
    };
    Impact::ALL.into_iter().map(|impact| Choice::new(impact.word(), label(impact), impact.word() == chosen)).collect()
}

fn breaks(chosen: &str) -> Vec<(&'static str, &'static str)> {
    let all = [
        ("critical", "Critical incidents only"),
        ("major", "Major incidents and worse"),
        ("minor", "Minor incidents and worse"),
        ("never", "Nothing"),
    ];
    // Said in a file, it stays a choice; offered to a newcomer, it would be a riddle.
    let every = (chosen == "none").then_some(("none", "Every incident"));
    all.into_iter().chain(every).collect()
}

fn others(facts: &Facts) -> Vec<(&str, &str)> {
    let nobody = [("", "Nobody else")];
    nobody.into_iter().chain(facts.others.iter().map(|name| (name.as_str(), name.as_str()))).collect()
}
