//! Calls: a voice says what is badly wrong. Only major and critical incidents ring, and only when they begin, grow worse
//! or nobody has answered.

use serde_json::Value;
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, Health, Impact, Subject, Timestamp};

use crate::limits::VOICE_CHARS;
use crate::say::{Said, title};
use crate::settings::{self, problem};
use crate::text::{self, Unit, truncate};
use crate::wakes::{Wake, wakes};
use crate::{Attempt, Channel, Composed, Keeping, Outcome, Sender, Setting, SettingProblem};

pub(crate) static CHANNEL: Voice = Voice;

pub(crate) struct Voice;

const SETTINGS: &[Setting] = &[
    super::ACCOUNT,
    super::SECRET,
    Setting {
        key: "from",
        required: true,
        secret: false,
        list: false,
        help: "the number that calls, one of your account, like +15005550006.",
    },
    super::TO,
    super::KEY,
    super::URL,
];

impl Channel for Voice {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = super::validate(settings, SETTINGS);
        let from = settings::string(settings, "from").trim();
        if !from.is_empty() && !super::is_number(from) {
            problems.push(problem("from", "`from` must be a number like +15005550006: + and country, digits only"));
        }
        problems
    }

    fn compose(&self, settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        if !rings(notice) {
            return Vec::new();
        }
        let twiml = twiml(&Said::new(notice));
        super::forms(settings, &[("From", settings::string(settings, "from").trim()), ("Twiml", &twiml)])
    }

    fn ask(&self, settings: &Value, composed: &Composed, _attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        super::ask(settings, composed, "Calls.json")
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        super::judged(answer, now)
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, usize::MAX))
    }

    fn keeping(&self, _settings: &Value) -> Keeping {
        Keeping::Alarm
    }
}

fn rings(notice: &Notice) -> bool {
    let bad = match &notice.event.subject {
        Subject::Incident(incident) => incident.impact >= Impact::Major,
        Subject::Component(change) => change.after >= Health::PartialOutage,
        _ => false,
    };
    match wakes(notice) {
        Some(Wake::Raise | Wake::Worse) => bad,
        Some(Wake::Test) => true,
        Some(Wake::End) | None => false,
    }
}

/// Said twice, because nobody is awake at the first word.
fn twiml(said: &Said) -> String {
    let about = [said.vendor.clone(), said.state.clone(), title::readable(&said.title)];
    let affected =
        said.facts.iter().find(|(label, _)| *label == "Affected").map(|(_, value)| format!("Affected: {value}"));
    let quote = said.quotes.iter().find(|quote| !quote.ours);
    let quote = quote.map(|quote| format!("{}: {}", quote.by, spoken(&text::plain(&quote.markdown, 600))));
    let parts: Vec<String> = about.into_iter().chain(affected).chain(quote).map(|part| sentence(&part)).collect();
    let words = truncate(&format!("This is Tocsin. {}", parts.join(" ")), VOICE_CHARS, Unit::Chars);
    let words = escaped(&words);
    format!(
        "<Response><Pause length=\"1\"/><Say>{words}</Say><Pause length=\"1\"/><Say>Again. {words}</Say></Response>"
    )
}

/// One line without addresses: nobody writes down what a voice spells.
fn spoken(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| !word.contains("://"));
    text::one_line(&words.collect::<Vec<_>>().join(" "))
}

fn sentence(text: &str) -> String {
    let text = spoken(text);
    let text = text.trim_end_matches(['.', '…', ' ']);
    format!("{text}.")
}

/// As text of an XML element, without what XML cannot hold.
fn escaped(text: &str) -> String {
    let sound = text.chars().filter(|letter| !letter.is_control() && !matches!(letter, '\u{fffe}' | '\u{ffff}'));
    let text: String = sound.collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
