//! A group's rule as people write it: the same keys in a file, in the API and behind the form.

use serde_json::{Map, Value, json};
use tocsin_domain::Impact;
use tocsin_domain::alert::{Digesting, Escalation, Hours, Interest, Rule, Scope, Span, Storm};

use super::table::{Raw, Table};
use super::values;

/// Somewhere keys are read from, one by one.
pub trait Keys {
    /// The value of a key: `before` where it is not there (or wrong, which is noted), `default` where it is taken back.
    fn take<T>(&mut self, key: &'static str, before: T, default: T, read: impl FnOnce(Raw) -> Result<T, String>) -> T;

    /// Notes a mistake at a key.
    fn wrong(&mut self, key: &'static str, text: &str);
}

impl Keys for Table<'_, '_> {
    fn take<T>(&mut self, key: &'static str, before: T, _default: T, read: impl FnOnce(Raw) -> Result<T, String>) -> T {
        Table::take(self, key, read).map_or(before, |placed| placed.value)
    }

    fn wrong(&mut self, key: &'static str, text: &str) {
        self.whole(format!("{key}: {text}"));
    }
}

/// Shortest time between reminders of one incident, and before somebody else is told (seconds).
const LEAST_S: i64 = 60;

/// Everything of a rule but its events, which are listed one by one.
pub fn read(keys: &mut impl Keys, before: Rule) -> Rule {
    let Rule { events, min_impact, dwell_s, longer_than_s, scope, maintenance, reminders_s, hours, .. } = before;
    let min_impact = keys.take("min_impact", min_impact, Impact::None, values::impact);
    let dwell_s = keys.take("dwell", dwell_s, 0, values::duration);
    let longer_than_s = keys.take("longer_than", longer_than_s, 0, values::duration);
    let scope = Scope {
        providers: keys.take("providers", scope.providers, Vec::new(), words),
        categories: keys.take("categories", scope.categories, Vec::new(), categories),
        tags: keys.take("tags", scope.tags, Vec::new(), words),
        components: Interest(keys.take("components", scope.components.0, Vec::new(), words)),
        words: keys.take("words", scope.words, Vec::new(), words),
    };
    let maintenance = keys.take("maintenance", maintenance, true, values::flag);
    let reminders_s = keys.take("reminders", reminders_s, None, reminders);
    let hours = Hours {
        quiet: keys.take("quiet_hours", hours.quiet, Vec::new(), spans),
        business: keys.take("business_hours", hours.business, Vec::new(), spans),
        breaks: keys.take("break_quiet", hours.breaks, Some(Impact::Critical), breaks),
    };
    let digest = keys.take("digest", before.digest, None, digest);
    let repeat_s = keys.take("repeat", before.repeat_s, None, |raw| spaced(raw).map(Some));
    let escalate = escalation(keys, before.escalate);
    let promises = keys.take("promises", before.promises, false, values::flag);
    let storm = keys.take("storm", before.storm, None, |raw| storm(raw).map(Some));
    if digest.is_some() && (repeat_s.is_some() || escalate.is_some()) {
        let text =
            "a group that reads digests is neither reminded nor asked to acknowledge; make a second group for that";
        keys.wrong("digest", text);
    }
    Rule {
        events,
        min_impact,
        dwell_s,
        longer_than_s,
        scope,
        maintenance,
        reminders_s,
        hours,
        digest,
        repeat_s,
        escalate,
        promises,
        storm,
    }
}

/// Two keys that need each other.
fn escalation(keys: &mut impl Keys, before: Option<Escalation>) -> Option<Escalation> {
    let (to, after_s) = before.map_or((None, None), |one| (Some(one.to), Some(one.after_s)));
    let to = keys.take("escalate_to", to, None, |raw| values::text(raw).map(|name| Some(name.trim().to_owned())));
    let after_s = keys.take("escalate_after", after_s, None, |raw| spaced(raw).map(Some));
    match (to, after_s) {
        (Some(to), Some(after_s)) => Some(Escalation { to, after_s }),
        (Some(_), None) => {
            keys.wrong("escalate_after", "is needed beside `escalate_to`; write it like \"15m\"");
            None
        }
        (None, Some(_)) => {
            keys.wrong("escalate_to", "is needed beside `escalate_after`: the name of a group");
            None
        }
        (None, None) => None,
    }
}

fn words(raw: Raw) -> Result<Vec<String>, String> {
    let list = values::list(raw)?;
    Ok(list.iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect())
}

fn categories(raw: Raw) -> Result<Vec<String>, String> {
    let known = crate::catalog::categories();
    let list = words(raw)?;
    for word in &list {
        if word != "own" && !known.contains(&word.as_str()) {
            let near = super::did_you_mean(word, known.iter().copied());
            return Err(format!("`{word}` is no category of the catalogue{near}"));
        }
    }
    Ok(list)
}

/// Reminders that there are, in seconds.
const REMINDERS_S: [i64; 2] = [24 * 3600, 3600];

fn reminders(raw: Raw) -> Result<Option<Vec<i64>>, String> {
    let seconds = |one: String| match values::duration(Raw::Text(one.clone())) {
        Ok(seconds) if REMINDERS_S.contains(&seconds) => Ok(seconds),
        _ => Err(format!("`{one}` is no reminder; there are \"24h\" and \"1h\" (the start itself is an event)")),
    };
    words(raw)?.into_iter().map(seconds).collect::<Result<_, _>>().map(Some)
}

fn spans(raw: Raw) -> Result<Vec<Span>, String> {
    words(raw)?.iter().map(|one| one.parse()).collect()
}

/// `minor`, `major`, `critical` or `never`.
fn breaks(raw: Raw) -> Result<Option<Impact>, String> {
    match &raw {
        Raw::Text(word) | Raw::Variable(word) if word.trim() == "never" => Ok(None),
        _ => values::impact(raw).map(Some).map_err(|text| format!("{text}, or \"never\"")),
    }
}

fn digest(raw: Raw) -> Result<Option<Digesting>, String> {
    let all = Digesting::ALL.iter().map(|one| one.word()).collect();
    values::one_of("digest", all, |word| Digesting::ALL.into_iter().find(|one| one.word() == word))(raw).map(Some)
}

/// A duration of at least a minute.
fn spaced(raw: Raw) -> Result<i64, String> {
    match values::duration(raw)? {
        seconds if seconds >= LEAST_S => Ok(seconds),
        _ => Err("must be at least \"1m\"".to_owned()),
    }
}

/// `10 in 5m`, or `never`.
fn storm(raw: Raw) -> Result<Storm, String> {
    let text = values::text(raw)?;
    if text.trim() == "never" {
        return Ok(Storm { more_than: 0, ..Storm::default() });
    }
    let read = || {
        let (number, span) = text.split_once(" in ")?;
        let within_s = values::duration(Raw::Text(span.to_owned())).ok().filter(|seconds| *seconds >= LEAST_S)?;
        let more_than = number.trim().parse().ok().filter(|number| *number >= 1)?;
        Some(Storm { more_than, within_s })
    };
    read().ok_or_else(|| format!("`{text}` is no storm; write it like \"10 in 5m\", or \"never\""))
}

/// The rule in its keys, as they can be given back.
#[must_use]
pub fn written(rule: &Rule) -> Map<String, Value> {
    let spans = |spans: &[Span]| spans.iter().map(ToString::to_string).collect::<Vec<_>>();
    let words = json!({
        "events": rule.events.as_ref().map(|events| events.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "min_impact": rule.min_impact.word(),
        "dwell": duration(rule.dwell_s),
        "longer_than": duration(rule.longer_than_s),
        "providers": rule.scope.providers,
        "categories": rule.scope.categories,
        "tags": rule.scope.tags,
        "components": rule.scope.components.0,
        "words": rule.scope.words,
        "maintenance": rule.maintenance,
        "reminders": rule.reminders_s.as_ref().map(|all| all.iter().map(|one| duration(*one)).collect::<Vec<_>>()),
        "quiet_hours": spans(&rule.hours.quiet),
        "business_hours": spans(&rule.hours.business),
        "break_quiet": rule.hours.breaks.map_or("never", Impact::word),
        "digest": rule.digest.map(Digesting::word),
        "repeat": rule.repeat_s.map(duration),
        "escalate_to": rule.escalate.as_ref().map(|one| one.to.as_str()),
        "escalate_after": rule.escalate.as_ref().map(|one| duration(one.after_s)),
        "promises": rule.promises,
        "storm": rule.storm.map(|one| match one.more_than {
            0 => "never".to_owned(),
            number => format!("{number} in {}", duration(one.within_s)),
        }),
    });
    match words {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// `90s`, `10m`, `2h`, `1d`: the largest unit that gives a whole number.
#[must_use]
pub fn duration(seconds: i64) -> String {
    match seconds {
        0 => "0s".to_owned(),
        whole if whole % 86_400 == 0 => format!("{}d", whole / 86_400),
        whole if whole % 3_600 == 0 => format!("{}h", whole / 3_600),
        whole if whole % 60 == 0 => format!("{}m", whole / 60),
        other => format!("{other}s"),
    }
}
