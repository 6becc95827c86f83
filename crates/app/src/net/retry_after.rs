//! Retry-After: how long a server asks us to wait.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A wait beyond this is not believed (seconds): a day.
const LONGEST_S: i64 = 86_400;
/// HTTP dates after their day of the week: the form of today and the two that are older than most servers (RFC 9110,
/// section 5.6.7).
const FORMS: [&str; 3] = ["%d %b %Y %H:%M:%S GMT", "%d-%b-%y %H:%M:%S GMT", "%b %e %H:%M:%S %Y"];

/// Seconds to wait from `now_s` (Unix time): whole or fractional seconds, or a date. Rounded up, none below zero.
pub fn seconds(value: &str, now_s: i64) -> Option<i64> {
    let value = value.trim();
    let wait = match whole(value) {
        Some(seconds) => seconds,
        None => date(value)?.saturating_sub(now_s),
    };
    Some(wait.clamp(0, LONGEST_S))
}

fn whole(value: &str) -> Option<i64> {
    let (seconds, fraction) = value.split_once('.').unwrap_or((value, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if seconds.is_empty() || !digits(seconds) || !digits(fraction) {
        return None;
    }
    let more = i64::from(fraction.bytes().any(|digit| digit != b'0'));
    Some(seconds.parse::<i64>().unwrap_or(LONGEST_S).saturating_add(more))
}

fn date(value: &str) -> Option<i64> {
    // Whether the day of the week is right does not matter to us.
    let (_, value) = value.split_once(' ')?;
    let date = FORMS.iter().find_map(|form| DateTime::strptime(form, value.trim_start()).ok())?;
    Some(TimeZone::UTC.to_timestamp(date).ok()?.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sun, 06 Nov 1994 08:49:37 GMT.
    const EXAMPLE: i64 = 784_111_777;

    #[test]
    fn seconds_and_dates_are_read() {
        let cases = [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("0.35", Some(1)),
            ("1.000", Some(1)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(60)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(60)),
            ("Sun Nov  6 08:49:37 1994", Some(60)),
            ("Sun, 06 Nov 1994 08:48:37 GMT", Some(0)),
            ("Sun, 06 Nov 1984 08:48:37 GMT", Some(0)),
            ("99999999999999999999999", Some(LONGEST_S)),
            ("Fri, 31 Dec 9998 23:59:59 GMT", Some(LONGEST_S)),
            ("-5", None),
            ("soon", None),
            ("", None),
            (".5", None),
        ];
        for (value, expected) in cases {
            assert_eq!(seconds(value, EXAMPLE - 60), expected, "{value}");
        }
    }
}
