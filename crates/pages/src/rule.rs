//! What a group's rule says, in sentences for people.

use tocsin_domain::alert::{Digesting, EventPattern, Hours, Rule, Scope, Span};
use tocsin_domain::{EventKind, Impact};

use crate::words;

/// Names that a sentence lists.
const NAMED: usize = 6;

/// A rule in sentences, one for each part; a part that leaves things as usual says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Never empty.
    pub events: String,
    pub wait: String,
    pub maintenance: String,
    pub scope: String,
    pub rest: String,
    pub answer: String,
    pub digest: String,
    pub storm: String,
}

impl Said {
    #[must_use]
    pub fn of(rule: &Rule) -> Self {
        Self {
            events: events(rule),
            wait: wait(rule),
            maintenance: maintenance(rule),
            scope: scope(&rule.scope),
            rest: rest(&rule.hours),
            answer: answer(rule),
            digest: digest(rule).to_owned(),
            storm: storm(rule),
        }
    }

    fn parts(&self) -> [&str; 8] {
        let Self { events, wait, maintenance, scope, rest, answer, digest, storm } = self;
        [events, scope, wait, maintenance, rest, digest, answer, storm]
    }

    /// One text: "Hears of the usual events, major and worse. Rests 22:00–07:00 …".
    #[must_use]
    pub fn text(&self) -> String {
        self.parts().into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

fn events(rule: &Rule) -> String {
    let patterns = rule.events.as_deref();
    let what = match patterns {
        None => "the usual events".to_owned(),
        Some([]) => return "Hears of nothing: no event is chosen.".to_owned(),
        Some(patterns) => {
            let heard: Vec<&str> = patterns.iter().map(heard).collect();
            words::names(&heard, NAMED)
        }
    };
    let least = match rule.min_impact {
        Impact::None => "",
        Impact::Minor => "; of incidents, minor and worse ones",
        Impact::Major => "; of incidents, only major and critical ones",
        Impact::Critical => "; of incidents, only critical ones",
    };
    format!("Hears of {what}{least}.")
}

/// What a pattern lets through.
fn heard(pattern: &EventPattern) -> &'static str {
    match pattern {
        EventPattern::All => "everything",
        EventPattern::One(kind) => kind.plural(),
        EventPattern::Family(family) => match family.as_str() {
            "incident" => "everything about incidents",
            "maintenance" => "everything about maintenance",
            "component" => EventKind::ComponentChanged.plural(),
            "page" => "everything about status pages",
            "warning" => "early warnings and their end",
            "digest" => EventKind::DigestReady.plural(),
            "channel" => EventKind::ChannelDisabled.plural(),
            _ => EventKind::TestPing.plural(),
        },
    }
}

fn wait(rule: &Rule) -> String {
    let (minor, all) = (words::duration(rule.dwell_s), words::duration(rule.longer_than_s));
    match (rule.dwell_s > rule.longer_than_s, rule.longer_than_s > 0) {
        (false, false) => String::new(),
        (false, true) => format!("Hears of an incident once it has lasted {all}; of a critical one at once."),
        (true, false) => format!("Hears of a minor incident once it has lasted {minor}."),
        (true, true) => format!(
            "Hears of a minor incident once it has lasted {minor}, of a major one after {all}, of a critical one at once."
        ),
    }
}

fn maintenance(rule: &Rule) -> String {
    let text = match (rule.maintenance, rule.reminders_s.as_deref()) {
        (false, _) => "Hears nothing of maintenance.",
        (true, None) => "",
        (true, Some([])) => "Is not reminded of maintenance.",
        (true, Some(reminders)) => match (reminders.contains(&(24 * 3600)), reminders.contains(&3600)) {
            (true, true) => "",
            (true, false) => "Is reminded of maintenance a day before.",
            (false, _) => "Is reminded of maintenance an hour before.",
        },
    };
    text.to_owned()
}

fn scope(scope: &Scope) -> String {
    let list = |all: &[String]| words::names(&all.iter().map(String::as_str).collect::<Vec<_>>(), NAMED);
    let mut parts = Vec::new();
    if !scope.providers.is_empty() {
        parts.push(list(&scope.providers));
    }
    if !scope.categories.is_empty() {
        let names: Vec<String> = scope.categories.iter().map(|one| words::category(Some(one))).collect();
        let what = if names.len() == 1 { "the category" } else { "the categories" };
        parts.push(format!("{what} {}", list(&names)));
    }
    if !scope.tags.is_empty() {
        parts.push(format!("monitors tagged {}", any_of(&scope.tags)));
    }
    if !scope.components.is_all() {
        parts.push(format!("what concerns {}", any_of(&scope.components.0)));
    }
    if !scope.words.is_empty() {
        parts.push(format!("{} where a title names environments or regions", list(&scope.words)));
    }
    if parts.is_empty() { String::new() } else { format!("Only {}.", parts.join("; and of that, only ")) }
}

/// "a", "a or b", "a, b or c".
fn any_of(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().map(String::as_str).collect();
    match words::names(&shown, NAMED).rsplit_once(" and ") {
        Some((first, last)) => format!("{first} or {last}"),
        None => shown.join(""),
    }
}

fn rest(hours: &Hours) -> String {
    let list = |spans: &[Span]| {
        let texts: Vec<String> = spans.iter().map(span).collect();
        words::names(&texts.iter().map(String::as_str).collect::<Vec<_>>(), NAMED)
    };
    let when = match (hours.quiet.as_slice(), hours.business.as_slice()) {
        ([], []) => return String::new(),
        (quiet, []) => format!("Rests {}", list(quiet)),
        ([], business) => format!("Rests but for {}", list(business)),
        (quiet, business) => format!("Rests but for {}, and {}", list(business), list(quiet)),
    };
    let breaks = match hours.breaks {
        None => "nothing wakes it",
        Some(Impact::Critical) => "only a critical incident wakes it",
        Some(Impact::Major) => "a major incident wakes it",
        Some(Impact::Minor) => "a minor incident wakes it",
        Some(Impact::None) => "every incident wakes it",
    };
    format!("{when}, and is told afterwards; {breaks}.")
}

/// `mon-fri 09:00-17:30` → "Mon–Fri 09:00–17:30".
fn span(span: &Span) -> String {
    let written = span.to_string();
    let days = |part: &str| part.split(',').map(row).collect::<Vec<_>>().join(", ");
    match written.split_once(' ') {
        Some((names, hours)) => format!("{} {}", days(names), hours.replace('-', "–")),
        None if written.starts_with(|letter: char| letter.is_ascii_digit()) => written.replace('-', "–"),
        None => days(&written),
    }
}

fn row(days: &str) -> String {
    days.split('-').map(words::capitalised).collect::<Vec<_>>().join("–")
}

fn answer(rule: &Rule) -> String {
    let mut sentences = Vec::new();
    if let Some(seconds) = rule.repeat_s {
        let every = words::duration(seconds);
        sentences.push(format!("Is reminded every {every} while nobody takes care of an incident."));
    }
    if let Some(escalation) = &rule.escalate {
        let within = words::duration(escalation.after_s);
        sentences.push(format!("If nobody takes care of it within {within}, the group {} is told too.", escalation.to));
    }
    if rule.promises {
        sentences.push("Is told when a vendor does not keep its promise of a next update.".to_owned());
    }
    sentences.join(" ")
}

fn digest(rule: &Rule) -> &'static str {
    match rule.digest {
        None => "",
        Some(Digesting::Hourly) => "Reads it all in one message every hour.",
        Some(Digesting::Daily) => "Reads it all in one message every day at nine.",
        Some(Digesting::Weekly) => "Reads it all in one message every Monday at nine.",
    }
}

fn storm(rule: &Rule) -> String {
    match rule.storm {
        None => String::new(),
        Some(storm) if storm.more_than == 0 => "However many come at once, each is a message.".to_owned(),
        Some(storm) => {
            let within = words::duration(storm.within_s);
            format!("More than {} within {within} come in one message.", storm.more_than)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tocsin_domain::alert::{Escalation, Interest, Storm};

    fn texts(all: &[&str]) -> Vec<String> {
        all.iter().map(|one| (*one).to_owned()).collect()
    }

    fn hours(quiet: &[&str], business: &[&str], breaks: Option<Impact>) -> Rule {
        let spans = |all: &[&str]| all.iter().map(|one| one.parse().unwrap()).collect();
        Rule { hours: Hours { quiet: spans(quiet), business: spans(business), breaks }, ..Rule::default() }
    }

    #[test]
    fn rules_are_said_in_sentences() {
        let patterns = |all: &[&str]| Some(all.iter().map(|one| one.parse().unwrap()).collect());
        let plain = Rule::default;
        let scope = |scope| Rule { scope, ..Rule::default() };
        let usual = "Hears of the usual events.";
        let table = [
            (plain(), String::new()),
            (Rule { dwell_s: 600, ..plain() }, "Hears of a minor incident once it has lasted 10m.".to_owned()),
            (
                Rule { longer_than_s: 600, dwell_s: 300, ..plain() },
                "Hears of an incident once it has lasted 10m; of a critical one at once.".to_owned(),
            ),
            (Rule { maintenance: false, ..plain() }, "Hears nothing of maintenance.".to_owned()),
            (Rule { reminders_s: Some(vec![3600]), ..plain() }, "Is reminded of maintenance an hour before.".to_owned()),
            (
                scope(Scope { providers: texts(&["aws", "github"]), tags: texts(&["prod", "eu"]), ..Scope::default() }),
                "Only aws and github; and of that, only monitors tagged prod or eu.".to_owned(),
            ),
            (
                scope(Scope {
                    categories: texts(&["support-crm"]),
                    components: Interest(texts(&["API *"])),
                    words: texts(&["EU"]),
                    ..Scope::default()
                }),
                "Only the category Support CRM; and of that, only what concerns API *; and of that, only EU where a title \
                 names environments or regions."
                    .to_owned(),
            ),
            (
                hours(&["22:00-07:00", "sat,sun"], &[], Some(Impact::Critical)),
                "Rests 22:00–07:00 and Sat, Sun, and is told afterwards; only a critical incident wakes it.".to_owned(),
            ),
            (
                hours(&[], &["mon-fri 09:00-17:30"], None),
                "Rests but for Mon–Fri 09:00–17:30, and is told afterwards; nothing wakes it.".to_owned(),
            ),
            (
                Rule {
                    repeat_s: Some(1800),
                    escalate: Some(Escalation { to: "managers".to_owned(), after_s: 900 }),
                    ..plain()
                },
                "Is reminded every 30m while nobody takes care of an incident. If nobody takes care of it within 15m, the \
                 group managers is told too."
                    .to_owned(),
            ),
            (
                Rule { digest: Some(Digesting::Weekly), ..plain() },
                "Reads it all in one message every Monday at nine.".to_owned(),
            ),
            (
                Rule { storm: Some(Storm { more_than: 3, within_s: 600 }), ..plain() },
                "More than 3 within 10m come in one message.".to_owned(),
            ),
        ];
        for (rule, more) in table {
            let said = Said::of(&rule).text();
            let expected = if more.is_empty() { usual.to_owned() } else { format!("{usual} {more}") };
            assert_eq!(said, expected);
        }
        let rule = Rule { events: patterns(&["incident.*", "page.moved"]), min_impact: Impact::Major, ..plain() };
        assert_eq!(
            Said::of(&rule).text(),
            "Hears of everything about incidents and status pages that moved; of incidents, only major and critical ones."
        );
        assert!(Said::of(&Rule { events: patterns(&[]), ..plain() }).text().contains("no event is chosen"));
    }

    #[test]
    fn no_pattern_is_said_in_the_words_of_the_contract() {
        for kind in EventKind::ALL {
            let family = format!("{}.*", kind.word().split('.').next().unwrap());
            for pattern in [kind.word(), &family] {
                let said = heard(&pattern.parse().unwrap());
                assert!(!said.contains(kind.word()) && !said.contains(".*"), "{said}");
            }
        }
    }
}
