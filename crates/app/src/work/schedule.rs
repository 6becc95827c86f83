//! When to try a delivery again, and when to give up: pure, so that it can be read and tested as a table.

use tocsin_channels::{Kind, Outcome};
use tocsin_store::DeliveryState;

/// Seconds between attempts: soon at first, then patiently, about three days in all.
const SCHEDULE_S: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// An ambiguous attempt is repeated this often; the id is the same, so a receiver can tell.
const AMBIGUOUS_TRIES: i64 = 4;
/// Seconds after which a chat message is harm rather than news.
const CHAT_MAX_AGE_S: i64 = 6 * 3600;
/// Seconds after which a mail or a webhook is given up.
const PATIENT_MAX_AGE_S: i64 = 4 * 24 * 3600;
/// A credential that is refused is tried again this often (seconds).
const AUTH_RETRY_S: i64 = 1_800;
/// A receiver that is not found is confirmed by attempts spread over this time before we give up (seconds): some say so
/// under load. One that says that it is gone (410) means it.
const GONE_CONFIRMED_S: i64 = 3_600;

/// What to do with a delivery after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    pub state: DeliveryState,
    /// For `due`: when, in milliseconds since 1970.
    pub at_ms: i64,
    /// The channel itself should rest: it does not exist any more.
    pub disable: bool,
}

/// The HTTP status of what is gone for good.
const GONE: i64 = 410;

/// What follows from `outcome` of attempt `number` (1 for the first) on a channel of `kind`.
#[must_use]
pub fn next(outcome: &Outcome, status: Option<i64>, kind: &str, number: i64, created_ms: i64, now_ms: i64) -> Next {
    let end = |state| Next { state, at_ms: now_ms, disable: false };
    let after = |seconds: i64| Next { state: DeliveryState::Due, at_ms: now_ms + seconds * 1000, disable: false };
    let age_s = (now_ms - created_ms) / 1000;
    let planned = |slow: bool| {
        let index = usize::try_from(number - 1).unwrap_or(0) + usize::from(slow);
        SCHEDULE_S.get(index).copied()
    };
    let wanted = match outcome {
        Outcome::Delivered { .. } | Outcome::Superseded => return end(DeliveryState::Sent),
        Outcome::RejectPayload { .. } | Outcome::RecipientGone { .. } => return end(DeliveryState::Failed),
        Outcome::RootGone { .. } | Outcome::Changed { .. } => Some(1),
        Outcome::RetryAfter { seconds } => Some(i64::from(*seconds)),
        Outcome::Retry { slow, .. } => planned(*slow),
        Outcome::Ambiguous { .. } if number < AMBIGUOUS_TRIES && may_repeat(kind) => planned(false),
        Outcome::Ambiguous { .. } => None,
        Outcome::EndpointAuth { .. } => Some(AUTH_RETRY_S),
        Outcome::EndpointGone { .. } if status != Some(GONE) && age_s < GONE_CONFIRMED_S => Some(GONE_CONFIRMED_S / 3),
        Outcome::EndpointGone { .. } => return Next { disable: true, ..end(DeliveryState::Dead) },
    };
    let max_age_s = if matches!(kind, "webhook" | "email") { PATIENT_MAX_AGE_S } else { CHAT_MAX_AGE_S };
    match wanted {
        Some(seconds) if age_s + seconds <= max_age_s => after(seconds),
        _ => end(DeliveryState::Dead),
    }
}

/// Some receivers cannot tell a repetition from another message, and each one wakes somebody.
fn may_repeat(kind: &str) -> bool {
    Kind::named(kind).is_none_or(|kind| kind.channel().repeats_ambiguous())
}

/// Failures in a row after which a channel's breaker opens.
const OPEN_AFTER: u32 = 5;
/// The failures must also span this long (milliseconds).
const OPEN_SPAN_MS: i64 = 120_000;
/// First and longest rest of an open breaker (milliseconds).
const REST_MS: (i64, i64) = (30_000, 1_800_000);

/// Pauses a channel whose receiver is down, without burning attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    first_failure_ms: i64,
    opened: u32,
    open_until_ms: i64,
}

impl Breaker {
    /// True while nothing should be sent. When the rest is over, one probe may go.
    #[must_use]
    pub fn is_open(&self, now_ms: i64) -> bool {
        now_ms < self.open_until_ms
    }

    /// True while the next attempt is a probe.
    #[must_use]
    pub fn is_probing(&self) -> bool {
        self.opened > 0
    }

    /// Takes notice of an attempt.
    pub fn note(&mut self, outcome: &Outcome, now_ms: i64) {
        let down = matches!(outcome, Outcome::Retry { .. } | Outcome::Ambiguous { .. });
        if !down {
            *self = Self::default();
            return;
        }
        if self.failures == 0 {
            self.first_failure_ms = now_ms;
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures >= OPEN_AFTER && now_ms - self.first_failure_ms >= OPEN_SPAN_MS {
            let rest = REST_MS.0.saturating_mul(1 << self.opened.min(10)).min(REST_MS.1);
            self.open_until_ms = now_ms + rest;
            self.opened = self.opened.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry() -> Outcome {
        Outcome::Retry { detail: "503".into(), slow: false }
    }

    #[test]
    fn a_table_of_answers() {
        let hour = 3_600_000;
        let cases = [
            (Outcome::Delivered { remote: None }, "slack", 1, 0, DeliveryState::Sent, 0),
            (retry(), "webhook", 1, 0, DeliveryState::Due, 5_000),
            (retry(), "webhook", 2, 6_000, DeliveryState::Due, 300_000),
            (Outcome::Retry { detail: "502".into(), slow: true }, "webhook", 1, 0, DeliveryState::Due, 300_000),
            (retry(), "webhook", 10, 80 * hour, DeliveryState::Dead, 0),
            (retry(), "slack", 4, 3 * hour, DeliveryState::Due, 7_200_000),
            (retry(), "slack", 5, 5 * hour, DeliveryState::Dead, 0),
            (Outcome::RetryAfter { seconds: 7 }, "discord", 1, 0, DeliveryState::Due, 7_000),
            (Outcome::RetryAfter { seconds: 3600 }, "discord", 9, 6 * hour, DeliveryState::Dead, 0),
            (Outcome::Ambiguous { detail: String::new() }, "webhook", 1, 0, DeliveryState::Due, 5_000),
            (Outcome::Ambiguous { detail: String::new() }, "webhook", 4, 0, DeliveryState::Dead, 0),
            (Outcome::Ambiguous { detail: String::new() }, "twilio_sms", 1, 0, DeliveryState::Dead, 0),
            (Outcome::RejectPayload { detail: String::new() }, "teams", 1, 0, DeliveryState::Failed, 0),
            (Outcome::EndpointAuth { detail: String::new() }, "slack", 1, 0, DeliveryState::Due, 1_800_000),
            (Outcome::EndpointGone { detail: String::new() }, "slack", 1, 0, DeliveryState::Due, 1_200_000),
        ];
        for (outcome, kind, number, age_ms, state, wait_ms) in cases {
            let now = 1_000_000_000_000;
            let got = next(&outcome, None, kind, number, now - age_ms, now);
            assert_eq!((got.state, got.at_ms - now, got.disable), (state, wait_ms, false), "{outcome:?} on {kind}");
        }
    }

    #[test]
    fn what_is_gone_rests() {
        let gone = Outcome::EndpointGone { detail: "no_service".into() };
        let got = next(&gone, None, "slack", 4, 0, 3_700_000);
        assert_eq!((got.state, got.disable), (DeliveryState::Dead, true));
        let got = next(&gone, Some(410), "webhook", 1, 0, 0);
        assert_eq!((got.state, got.disable), (DeliveryState::Dead, true), "410 needs no proof");
    }

    #[test]
    fn the_breaker_opens_probes_and_closes() {
        let mut breaker = Breaker::default();
        for second in 0..4 {
            breaker.note(&retry(), second * 60_000);
            assert!(!breaker.is_open(second * 60_000));
        }
        breaker.note(&retry(), 240_000);
        assert!(breaker.is_open(240_001) && !breaker.is_open(270_000));
        breaker.note(&retry(), 270_000);
        assert!(breaker.is_open(329_999) && !breaker.is_open(330_000), "the second rest is twice as long");
        breaker.note(&Outcome::Delivered { remote: None }, 330_000);
        assert_eq!(breaker, Breaker::default());
    }
}
