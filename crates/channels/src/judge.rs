//! What an HTTP answer means, where a channel has no rule of its own.

use tocsin_domain::{Answer, Failure, FailureKind, HttpAnswer, Timestamp};

use crate::{Outcome, text};

/// Shortest and longest wait that we let a receiver ask for (seconds).
const WAIT_S: (f64, f64) = (1.0, 3_600.0);

/// The table for everything; `special` decides first.
pub(crate) fn http(answer: &Answer, now: Timestamp, special: impl Fn(&HttpAnswer) -> Option<Outcome>) -> Outcome {
    match answer {
        Answer::Http(http) => special(http).unwrap_or_else(|| by_status(http, now)),
        Answer::NotModified => Outcome::Retry { detail: "HTTP 304 is no answer to a message".to_owned(), slow: false },
        Answer::Mail { code, .. } => {
            Outcome::Retry { detail: format!("answered like a mail server ({code})"), slow: false }
        }
        Answer::Failed(failure) => failed(failure),
    }
}

/// No answer: whether the message may have arrived is what matters.
pub(crate) fn failed(failure: &Failure) -> Outcome {
    let detail = failure.detail.clone();
    match failure.kind {
        FailureKind::Forbidden => Outcome::EndpointAuth { detail },
        _ if failure.sent => Outcome::Ambiguous { detail },
        _ => Outcome::Retry { detail, slow: false },
    }
}

fn by_status(http: &HttpAnswer, now: Timestamp) -> Outcome {
    let detail = detail(http);
    match http.status {
        200..300 => Outcome::Delivered { remote: None },
        429 | 503 => {
            wait(http, now).map_or(Outcome::Retry { detail, slow: true }, |seconds| Outcome::RetryAfter { seconds })
        }
        502 | 504 => Outcome::Retry { detail, slow: true },
        401 | 403 | 407 => Outcome::EndpointAuth { detail },
        404 | 410 => Outcome::EndpointGone { detail },
        300..400 => {
            Outcome::Retry { detail: format!("{detail}; redirects are not followed: update the address"), slow: false }
        }
        400 | 405 | 406 | 411 | 413 | 414 | 415 | 422 | 431 => Outcome::RejectPayload { detail },
        _ => Outcome::Retry { detail, slow: false },
    }
}

/// `HTTP 404: no_service`, the body on one line and cut.
pub(crate) fn detail(http: &HttpAnswer) -> String {
    let start = http.body.get(..600).unwrap_or(&http.body);
    let body = text::truncate(&text::one_line(&String::from_utf8_lossy(start)), 200, text::Unit::Chars);
    if body.is_empty() { format!("HTTP {}", http.status) } else { format!("HTTP {}: {body}", http.status) }
}

/// `Retry-After` in seconds: a number (Discord sends fractions) or a date.
pub(crate) fn wait(http: &HttpAnswer, now: Timestamp) -> Option<u32> {
    let value = http.header("retry-after")?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return clamped(seconds);
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    #[expect(clippy::cast_precision_loss, reason = "clamped to an hour below")]
    let seconds = at.as_second().saturating_sub(now.as_second()) as f64;
    clamped(seconds)
}

/// Whole seconds, rounded up, within our bounds.
pub(crate) fn clamped(seconds: f64) -> Option<u32> {
    if !seconds.is_finite() {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1 … 3600")]
    let whole = seconds.ceil().clamp(WAIT_S.0, WAIT_S.1) as u32;
    Some(whole)
}

/// One word for an outcome, for tables of answers.
#[cfg(test)]
pub(crate) const fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Delivered { .. } => "delivered",
        Outcome::RetryAfter { .. } => "after",
        Outcome::Retry { .. } => "retry",
        Outcome::Ambiguous { .. } => "ambiguous",
        Outcome::RejectPayload { .. } => "reject",
        Outcome::EndpointAuth { .. } => "auth",
        Outcome::EndpointGone { .. } => "gone",
        Outcome::Superseded => "superseded",
        Outcome::RootGone { .. } => "root_gone",
        Outcome::RecipientGone { .. } => "recipient_gone",
        Outcome::Changed { .. } => "changed",
    }
}

/// What a channel makes of a status and a body, in one word.
#[cfg(test)]
pub(crate) fn judged(channel: &dyn crate::Channel, status: u16, body: &str) -> &'static str {
    let answer = Answer::Http(HttpAnswer { status, body: body.as_bytes().to_vec(), ..HttpAnswer::default() });
    word(&channel.judge(&answer, Timestamp::from_second(0)))
}
