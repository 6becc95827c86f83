//! `[voice]` and `[[check]]`: whom we call ourselves, how often, and what that may cost.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use tocsin_domain::alert::{Hours, Span};
use tocsin_media::g711::Law;
use tocsin_robot::Seat;
use tocsin_sip::{Address, Transport};

use super::entries::{Names, slug_of};
use super::mistake::listed;
use super::numbers::{self, Owned};
use super::table::{Notes, Placed, Raw, Table};
use super::{robot, values};

/// Parts of a unit of money.
pub const MICROS: i64 = 1_000_000;
/// A try takes a quarter of a minute, and nobody is called more often than this (seconds).
const LEAST_INTERVAL_S: i64 = 1;
/// Longest call there may be (seconds).
pub const LONGEST_S: i64 = 60;

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("…")
    }
}

/// How a line is used; each check may say otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Who calls; a number that is yours.
    pub from: Option<Address>,
    pub account: Option<(String, Secret)>,
    /// `None`: as the target says.
    pub transport: Option<Transport>,
    /// What is offered, the best first; empty: both.
    pub laws: Vec<Law>,
    /// Both sides are kept as files.
    pub record: bool,
    /// How long a packet waits before it is heard, where somebody chose: more for lines on which sound comes unevenly.
    pub buffer_ms: Option<u64>,
}

/// `[voice]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voice {
    pub allow: Vec<Owned>,
    /// To one target.
    pub calls_per_hour: usize,
    /// In millionths of whatever money it is; a minute that has begun counts whole.
    pub price_per_minute: i64,
    /// Of all checks together, on one day (UTC); `None`: no limit.
    pub spend_per_day: Option<i64>,
    pub longest_call_s: i64,
    /// Certificates of authorities to believe besides those that browsers do (PEM).
    pub authority_file: Option<PathBuf>,
    /// How this machine is reached from outside.
    pub public_address: Option<IpAddr>,
    pub line: Line,
    pub keep_calls_s: i64,
    pub keep_recordings_s: i64,
    /// Of each check.
    pub most_calls: usize,
}

impl Default for Voice {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            calls_per_hour: 120,
            price_per_minute: 0,
            spend_per_day: None,
            longest_call_s: LONGEST_S,
            authority_file: None,
            public_address: None,
            line: Line::default(),
            keep_calls_s: 30 * 86_400,
            keep_recordings_s: 7 * 86_400,
            most_calls: 5_000,
        }
    }
}

/// What a check does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// Calls a telephone that answers in tones, and listens whether both ends hear each other.
    SipCall,
    /// Calls our own desk, where an agent of ours accepts in a real browser.
    DeskE2e,
    /// Calls whatever an agent of ours takes calls at, in a real browser.
    WebrtcAgent,
}

impl CheckKind {
    pub const ALL: [Self; 3] = [Self::SipCall, Self::DeskE2e, Self::WebrtcAgent];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::SipCall => "sip_call",
            Self::DeskE2e => "desk_e2e",
            Self::WebrtcAgent => "webrtc_agent",
        }
    }
}

/// `[[check]]`; groups by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub name: String,
    /// In addresses.
    pub slug: String,
    pub kind: CheckKind,
    pub target: Address,
    pub interval_s: i64,
    pub provider: Option<String>,
    pub components: Vec<String>,
    pub groups: Vec<String>,
    /// When it calls; empty: always.
    pub hours: Hours,
    pub line: Line,
    /// Who takes the calls, where that is an agent of ours.
    pub agent: Option<Seat>,
}

fn kind(raw: Raw) -> Result<CheckKind, String> {
    let word = values::text(raw)?;
    let known = || CheckKind::ALL.into_iter().map(CheckKind::word);
    let found = CheckKind::ALL.into_iter().find(|kind| kind.word() == word);
    found.ok_or_else(|| {
        let near = super::did_you_mean(&word, known());
        let hint = if near.is_empty() { format!("; it must be {}", listed(known())) } else { near };
        format!("there is no check kind `{word}`{hint}")
    })
}

fn address(raw: Raw) -> Result<Address, String> {
    values::text(raw)?.parse()
}

/// `"0.012"`: millionths.
fn money(raw: Raw) -> Result<i64, String> {
    let text = match &raw {
        Raw::Text(text) | Raw::Variable(text) | Raw::Fraction(text) => text.trim().to_owned(),
        Raw::Int(whole) => whole.to_string(),
        _ => String::new(),
    };
    let wrong = || "is no sum of money; write it like \"0.012\"".to_owned();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 6 {
        return Err(wrong());
    }
    let whole: i64 = whole.parse().map_err(|_| wrong())?;
    let part: i64 = format!("{part:0<6}").parse().map_err(|_| wrong())?;
    whole.checked_mul(MICROS).and_then(|micros| micros.checked_add(part)).ok_or_else(wrong)
}

fn transport(raw: Raw) -> Result<Transport, String> {
    values::text(raw)?.parse()
}

/// `pcmu`, `pcma`, or both in the order in which they are offered.
fn laws(raw: Raw) -> Result<Vec<Law>, String> {
    let law = |word: &String| {
        let found = Law::BOTH.into_iter().find(|law| law.name().eq_ignore_ascii_case(word.trim()));
        found.ok_or_else(|| format!("`{word}` is no codec that a check speaks; there are pcmu and pcma"))
    };
    values::list(raw)?.iter().map(law).collect()
}

/// The keys that `[voice]` and each check share.
fn line(table: &mut Table<'_, '_>, before: &Line) -> Line {
    let from = table.take("from", address);
    if let Some(from) = &from
        && let Some(why) = from.value.user.as_deref().and_then(numbers::forbidden)
    {
        from.wrong(table.notes, why);
    }
    let user = table.take("user", values::text);
    let password = table.secret("password", values::text);
    let account = match (user, password) {
        (Some(user), Some(password)) => Some((user.value, Secret(password.value))),
        (Some(user), None) => {
            user.wrong(table.notes, "needs `password` (or `password_file`) beside it");
            None
        }
        (None, Some(password)) => {
            password.wrong(table.notes, "needs `user` beside it");
            None
        }
        (None, None) => before.account.clone(),
    };
    Line {
        from: from.map(|placed| placed.value).or_else(|| before.from.clone()),
        account,
        transport: table.take("transport", transport).map(|placed| placed.value).or(before.transport),
        laws: table.take("codec", laws).map_or_else(|| before.laws.clone(), |placed| placed.value),
        record: table.take("record", values::flag).map_or(before.record, |placed| placed.value),
        buffer_ms: table
            .take("buffer_ms", values::count(20, 1_000))
            .map_or(before.buffer_ms, |placed| Some(placed.value as u64)),
    }
}

impl Voice {
    pub(super) fn read(mut table: Table<'_, '_>) -> Self {
        let normal = Self::default();
        let allow = table.take("allow", values::list).map(|placed| list(&placed, table.notes)).unwrap_or_default();
        let longest = |raw| match values::duration(raw)? {
            seconds @ 10..=LONGEST_S => Ok(seconds),
            _ => Err(format!("must lie between \"10s\" and \"{LONGEST_S}s\"")),
        };
        let days = |raw| match values::duration(raw)? {
            seconds if seconds >= 86_400 => Ok(seconds),
            _ => Err("must be at least \"1d\"".to_owned()),
        };
        let public = |raw| {
            let text = values::text(raw)?;
            text.parse::<IpAddr>().map_err(|_| format!("`{text}` is not an IP address"))
        };
        let calls_per_hour = table.take("calls_per_hour", values::count(1, 3_600));
        let price = table.take("price_per_minute", money);
        let spend = table.take("spend_per_day", money);
        if let (Some(spend), None) = (&spend, &price) {
            spend.wrong(table.notes, "needs `price_per_minute` beside it: what a minute costs");
        }
        let voice = Self {
            allow,
            calls_per_hour: calls_per_hour.map_or(normal.calls_per_hour, |placed| placed.value),
            price_per_minute: price.map_or(0, |placed| placed.value),
            spend_per_day: spend.map(|placed| placed.value),
            longest_call_s: table.take("longest_call", longest).map_or(LONGEST_S, |placed| placed.value),
            authority_file: table.take("authority_file", values::text).map(|placed| PathBuf::from(placed.value)),
            public_address: table.take("public_address", public).map(|placed| placed.value),
            line: line(&mut table, &normal.line),
            keep_calls_s: table.take("keep_calls", days).map_or(normal.keep_calls_s, |placed| placed.value),
            keep_recordings_s: table
                .take("keep_recordings", days)
                .map_or(normal.keep_recordings_s, |placed| placed.value),
            most_calls: table
                .take("most_calls", values::count(10, 100_000))
                .map_or(normal.most_calls, |placed| placed.value),
        };
        table.finish();
        voice
    }
}

fn list(placed: &Placed<Vec<String>>, notes: &Notes) -> Vec<Owned> {
    let read = |text: &String| match numbers::owned(text) {
        Ok(owned) => {
            let user = match &owned {
                Owned::Number(number) => Some(format!("+{number}")),
                Owned::Address(address) => address.user.clone(),
            };
            match user.as_deref().and_then(numbers::forbidden) {
                Some(why) => {
                    placed.wrong(notes, why);
                    None
                }
                None => Some(owned),
            }
        }
        Err(why) => {
            placed.wrong(notes, why);
            None
        }
    };
    placed.value.iter().filter_map(read).collect()
}

/// `[[check]]`.
pub(super) fn check(
    mut table: Table<'_, '_>,
    voice: &Voice,
    names: &mut Names,
    providers: &Names,
    groups: &Names,
) -> Option<Check> {
    let name = table.required("name", values::text);
    let slug = name.as_ref().map(|name| values::slug_of(&name.value, "check"));
    if let (Some(name), Some(slug)) = (&name, &slug) {
        // Two names that give the same address are one name too many.
        let called = Placed { value: slug.clone(), place: name.place.clone(), key: name.key.clone() };
        names.add(&called, table.notes);
    }
    let kind = table.required("kind", kind);
    let target = table.required("target", address);
    if let Some(target) = &target {
        if let Some(why) = target.value.user.as_deref().and_then(numbers::forbidden) {
            target.wrong(table.notes, why);
        } else if !numbers::is_ours(&target.value, &voice.allow) {
            let text = format!(
                "`{}` is not on the list of what is yours, and nobody else is called: add \"{}\" to `allow` in [voice]",
                target.value, target.value
            );
            target.wrong(table.notes, text);
        }
    }
    let at_least = |raw| match values::duration(raw)? {
        seconds if seconds >= LEAST_INTERVAL_S => Ok(seconds),
        _ => Err("must be at least \"1s\"".to_owned()),
    };
    let interval = table.take("interval", at_least);
    if let Some(interval) = &interval {
        let hourly = usize::try_from(3_600 / interval.value).unwrap_or(0);
        if hourly > voice.calls_per_hour {
            let text = format!(
                "these are {hourly} calls an hour, and `calls_per_hour` in [voice] allows {}: call less often, or allow more",
                voice.calls_per_hour
            );
            interval.wrong(table.notes, text);
        }
    }
    let provider = table.take("provider", values::text).and_then(|written| match slug_of(&written.value, providers) {
        Ok(slug) => Some(slug),
        Err(text) => {
            written.wrong(table.notes, text);
            None
        }
    });
    let components = table.take("components", values::components).map(|placed| placed.value).unwrap_or_default();
    let told = table.take("groups", values::list);
    if let Some(told) = &told {
        groups.check(told, table.notes);
    }
    let spans = |raw| values::list(raw)?.iter().map(|one| one.parse::<Span>()).collect::<Result<Vec<_>, _>>();
    let business = table.take("business_hours", spans).map(|placed| placed.value).unwrap_or_default();
    let line = line(&mut table, &voice.line);
    // What a kind that nobody knows takes is not known either.
    let kind = kind?.value;
    let agent = robot::seat(&mut table, kind);
    table.finish();
    if kind != CheckKind::SipCall && agent.is_none() {
        return None;
    }
    Some(Check {
        name: name?.value,
        slug: slug?,
        kind,
        target: target?.value,
        interval_s: interval.map_or(60, |placed| placed.value),
        provider,
        components,
        groups: told.map(|placed| placed.value).unwrap_or_default(),
        hours: Hours { business, ..Hours::default() },
        line,
        agent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_money() {
        let table = [
            ("0.012", Some(12_000)),
            ("1", Some(MICROS)),
            ("2.5", Some(2_500_000)),
            ("0.0000001", None),
            ("-1", None),
            ("", None),
            ("1,5", None),
        ];
        for (text, micros) in table {
            assert_eq!(money(Raw::Text(text.to_owned())).ok(), micros, "{text}");
        }
        assert_eq!(money(Raw::Fraction("0.5".to_owned())), Ok(500_000));
        assert_eq!(money(Raw::Int(3)), Ok(3 * MICROS));
    }
}
