//! What a mail server's reply means: by its code, its enhanced code (RFC 3463) and, where there is none, its words.

use crate::text::{self, Unit};
use crate::{Outcome, judge};

/// Seconds to wait for a server that greylists and does not say how long.
const GREYLISTED_S: u32 = 300;

/// A recipient that does not exist ends this message for that recipient alone; the others of the channel are fine.
pub(super) fn judged(code: u16, reply: &str) -> Outcome {
    let line = text::truncate(&text::one_line(reply), 200, Unit::Chars);
    let detail = format!("{code} {line}");
    let enhanced = enhanced(&line);
    match code {
        200..300 => Outcome::Delivered { remote: queue_id(&line) },
        432 | 454 | 530 | 534 | 535 | 538 => Outcome::EndpointAuth { detail },
        421 => Outcome::Retry { detail, slow: true },
        400..500 if is_greylisted(&line) => Outcome::RetryAfter { seconds: asked(&line).unwrap_or(GREYLISTED_S) },
        500..600 if wants_password(enhanced, &line) => Outcome::EndpointAuth { detail },
        500..600 if is_nobody(code, enhanced, &line) => Outcome::RecipientGone { detail },
        500..600 => Outcome::RejectPayload { detail },
        _ => Outcome::Retry { detail, slow: false },
    }
}

/// `5.1.1 User unknown` → `(5, 1, 1)`
fn enhanced(line: &str) -> Option<(u16, u16, u16)> {
    let mut parts = line.split_whitespace().next()?.trim_end_matches(':').split('.').map(|part| part.parse().ok());
    let code = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(code)
}

fn wants_password(enhanced: Option<(u16, u16, u16)>, line: &str) -> bool {
    matches!(enhanced, Some((5, 7, 8 | 9 | 11 | 12 | 14)))
        || line.to_ascii_lowercase().contains("authentication required")
}

/// The address does not exist (5.1.1, 5.1.2, 5.1.3, 5.1.6, a domain that takes no mail: 5.1.10) or takes nothing any
/// more (5.2.1). A full mailbox (5.2.2), a refusal of what was written or of who writes it is none of that.
fn is_nobody(code: u16, enhanced: Option<(u16, u16, u16)>, line: &str) -> bool {
    match enhanced {
        Some((5, 1, 1 | 2 | 3 | 6 | 10) | (5, 2, 1)) => true,
        Some((5, 0 | 1, 0)) | None => matches!(code, 550 | 551 | 553 | 556) && says_nobody(line),
        Some(_) => false,
    }
}

/// Words of servers that say it without a code, or with one that says nothing.
fn says_nobody(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let words = [
        "user unknown",
        "unknown user",
        "unknown recipient",
        "recipient unknown",
        "no such user",
        "no such recipient",
        "no such mailbox",
        "no mailbox here",
        "user not found",
        "recipient not found",
        "mailbox not found",
        "mailbox does not exist",
        "mailbox unavailable",
        "invalid mailbox",
        "invalid recipient",
        "user does not exist",
        "user doesn't exist",
        "account does not exist",
        "account is disabled",
        "account has been disabled",
        "mailbox is disabled",
        "mailbox disabled",
        "address does not exist",
    ];
    !line.contains("sender") && words.iter().any(|word| line.contains(word))
}

fn is_greylisted(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    ["greylist", "graylist", "grey-list", "grey list"].iter().any(|word| line.contains(word))
}

/// How long it asks us to wait: `300 seconds`, `for 5 minutes`, `come back in 00:04:59`.
fn asked(line: &str) -> Option<u32> {
    let words: Vec<&str> = line.split(|letter: char| letter.is_whitespace() || "(),;!".contains(letter)).collect();
    words.iter().enumerate().find_map(|(index, word)| {
        let word = word.trim_end_matches('.');
        let next = words.get(index + 1).map_or("", |next| next.trim_end_matches('.'));
        let seconds = clock(word).or_else(|| counted(word, next))?;
        judge::clamped(seconds)
    })
}

/// `00:04:59` and `04:59` in seconds.
fn clock(word: &str) -> Option<f64> {
    let parts: Option<Vec<f64>> = word.split(':').map(|part| part.parse::<u16>().ok().map(f64::from)).collect();
    match parts?.as_slice() {
        [hours, minutes, seconds] => Some(hours * 3600.0 + minutes * 60.0 + seconds),
        [minutes, seconds] => Some(minutes * 60.0 + seconds),
        _ => None,
    }
}

/// `300 seconds`, `5 min`, `300s` in seconds.
fn counted(word: &str, next: &str) -> Option<f64> {
    let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
    let number = f64::from(digits.parse::<u32>().ok()?);
    let unit = word.get(digits.len()..).filter(|unit| !unit.is_empty()).unwrap_or(next).to_ascii_lowercase();
    match unit.as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => Some(number),
        "m" | "min" | "mins" | "minute" | "minutes" => Some(number * 60.0),
        "h" | "hour" | "hours" => Some(number * 3600.0),
        _ => None,
    }
}

/// `2.0.0 Ok: queued as 4XkQ9` → `4XkQ9`: what the mail server's log calls it.
fn queue_id(line: &str) -> Option<String> {
    let (_, id) = line.split_once("queued as ")?;
    id.split_whitespace().next().map(|id| id.trim_end_matches(['.', ',', ';', ')']).to_owned())
}
