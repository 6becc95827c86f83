//! Numbers, spans and lists as words. British enough to be short, plain enough for three in the morning.

use jiff::tz::TimeZone;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A span of seconds as people say it: `45s`, `1m 30s`, `41m`, `2h`, `1h 30m`, `1d 1h`. Two units at most, rounded to
/// the smaller one (seconds are dropped from ten minutes on). A negative span reads `0s`.
#[must_use]
pub fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    if seconds < 10 * MINUTE {
        return two(seconds, MINUTE, "m", 1, "s");
    }
    let minutes = rounded(seconds, MINUTE) * MINUTE;
    if minutes < DAY {
        return two(minutes, HOUR, "h", MINUTE, "m");
    }
    two(rounded(seconds, HOUR) * HOUR, DAY, "d", HOUR, "h")
}

fn two(seconds: i64, large: i64, large_unit: &str, small: i64, small_unit: &str) -> String {
    match (seconds / large, seconds % large / small) {
        (0, few) => format!("{few}{small_unit}"),
        (many, 0) => format!("{}{large_unit}", grouped(many)),
        (many, few) => format!("{}{large_unit} {few}{small_unit}", grouped(many)),
    }
}

fn rounded(seconds: i64, unit: i64) -> i64 {
    (seconds.saturating_add(unit / 2)) / unit
}

/// How long ago, in one unit and never flattered: `just now`, `12s ago`, `3h ago`, `2d ago`. The future is `just now`
/// too, because clocks differ a little.
pub(crate) fn ago(seconds: i64) -> String {
    match seconds {
        ..5 => "just now".to_owned(),
        5..MINUTE => format!("{seconds}s ago"),
        MINUTE..HOUR => format!("{}m ago", seconds / MINUTE),
        HOUR..DAY => format!("{}h ago", seconds / HOUR),
        _ => format!("{}d ago", grouped(seconds / DAY)),
    }
}

/// How soon: `now`, `in 25m`, `in 3h`, `in 2d`.
pub(crate) fn ahead(seconds: i64) -> String {
    match seconds {
        ..MINUTE => "now".to_owned(),
        MINUTE..HOUR => format!("in {}m", rounded(seconds, MINUTE)),
        HOUR..DAY => format!("in {}h", rounded(seconds, HOUR)),
        _ => format!("in {}d", grouped(rounded(seconds, DAY))),
    }
}

/// A whole number with thousands apart: `5,000`.
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A length or count, grouped.
pub(crate) fn number(count: usize) -> String {
    grouped(i64::try_from(count).unwrap_or(i64::MAX))
}

/// `1 incident`, `5,000 incidents`.
pub(crate) fn count(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// `a`, `a and b`, `a, b and 3 more`: at most `most` names.
pub(crate) fn names(all: &[&str], most: usize) -> String {
    let shown = all.len().min(most.max(1));
    let mut parts: Vec<String> = all.iter().take(shown).map(|name| (*name).to_owned()).collect();
    if all.len() > shown {
        parts.push(format!("{} more", number(all.len() - shown)));
    }
    match parts.pop() {
        None => String::new(),
        Some(last) if parts.is_empty() => last,
        Some(last) => format!("{} and {last}", parts.join(", ")),
    }
}

/// Words of categories that are read letter by letter.
const LETTERS: [&str; 9] = ["ai", "cd", "cdn", "ci", "crm", "dns", "hr", "iot", "isp"];

/// A catalogue's category for people: `developer-tools` is "Developer tools", `support-crm` "Support CRM".
pub(crate) fn category(word: Option<&str>) -> String {
    // What no catalogue has: a configuration file or somebody's hand named it.
    if word == Some("own") {
        return "Your own".to_owned();
    }
    let parts = word.unwrap_or_default().split(['-', '_']);
    let parts = parts.map(|part| if LETTERS.contains(&part) { part.to_uppercase() } else { part.to_owned() });
    capitalised(&parts.collect::<Vec<_>>().join(" ").replace("CI CD", "CI/CD"))
}

/// A zone as people say it: "New York time"; UTC keeps its name.
pub(crate) fn zone(zone: &TimeZone) -> String {
    let name = zone.iana_name().unwrap_or("UTC");
    match name.rsplit_once('/') {
        None | Some(("Etc", _)) => name.trim_start_matches("Etc/").to_owned(),
        Some((_, place)) => format!("{} time", place.replace('_', " ")),
    }
}

/// The first letter in upper case, the rest as it is.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let table = [
            (-5, "0s"),
            (0, "0s"),
            (45, "45s"),
            (60, "1m"),
            (90, "1m 30s"),
            (599, "9m 59s"),
            (600, "10m"),
            (2_460, "41m"),
            (3_569, "59m"),
            (3_570, "1h"),
            (5_400, "1h 30m"),
            (7_200, "2h"),
            (13_050, "3h 38m"),
            (86_369, "23h 59m"),
            (86_399, "1d"),
            (90_061, "1d 1h"),
            (840_720, "9d 18h"),
            (100_000_000, "1,157d 10h"),
            (i64::MAX, "106,751,991,167,300d 15h"),
        ];
        for (seconds, text) in table {
            assert_eq!(duration(seconds), text, "{seconds} s");
        }
    }

    #[test]
    fn ages_and_what_is_ahead() {
        let table = [
            (-90, "just now", "now"),
            (4, "just now", "now"),
            (12, "12s ago", "now"),
            (119, "1m ago", "in 2m"),
            (3_600, "1h ago", "in 1h"),
            (86_399, "23h ago", "in 24h"),
            (190_000, "2d ago", "in 2d"),
        ];
        for (seconds, past, future) in table {
            assert_eq!(ago(seconds), past, "{seconds} s ago");
            assert_eq!(ahead(seconds), future, "{seconds} s ahead");
        }
    }

    #[test]
    fn counts_and_lists() {
        assert_eq!(count(1, "incident", "incidents"), "1 incident");
        assert_eq!(count(5_000, "monitor", "monitors"), "5,000 monitors");
        assert_eq!(grouped(-1_234_567), "-1,234,567");
        assert_eq!(names(&[], 3), "");
        assert_eq!(names(&["a"], 3), "a");
        assert_eq!(names(&["a", "b"], 3), "a and b");
        assert_eq!(names(&["a", "b", "c", "d", "e"], 3), "a, b, c and 2 more");
        let categories = [None, Some("ai"), Some("developer-tools"), Some("support-crm")].map(category);
        assert_eq!(categories, ["", "AI", "Developer tools", "Support CRM"]);
        let zones = ["UTC", "Etc/UTC", "America/New_York", "America/Argentina/Buenos_Aires"];
        let names = zones.map(|name| zone(&TimeZone::get(name).unwrap()));
        assert_eq!(names, ["UTC", "UTC", "New York time", "Buenos Aires time"]);
        assert_eq!(capitalised("écran noir"), "Écran noir");
    }
}
