//! When to try a delivery again, and when to give up: pure, so that it can be read and tested as a table.

use tocsin_channels::{Manner, Outcome, Patience, Repeat};
use tocsin_domain::ids;
use uuid::Uuid;

/// What an attempt came to, with everything that the next step depends on.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    pub delivery: Uuid,
    pub manner: Manner,
    /// The message says that what it is about is over.
    pub ends: bool,
    pub outcome: &'a Outcome,
    pub status: Option<i64>,
    /// The receiver asked us to stop this message.
    pub stopped: bool,
    /// There is a plainer message.
    pub has_plainer: bool,
    /// What earlier attempts came to, in the API's words.
    pub past: &'a [&'a str],
    /// From when on its age counts.
    pub since_ms: i64,
    pub now_ms: i64,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    Sent,
    /// At this moment (milliseconds since 1970), so.
    Again(i64, Dress),
    /// This message is final; why, where the answer does not say it.
    Failed(Option<String>),
    /// The recipient does not want to hear.
    Suppressed,
    /// Given up: why.
    Dead(String),
    /// Given up because it is news no more.
    Expired(String),
}

/// What the next attempt sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dress {
    /// The same bytes.
    Same,
    /// A plainer message in place of this one, from now on.
    Plainer,
    /// The same as the first of a new thread.
    NewRoot,
    /// The same with a word that it may be there twice.
    Marked,
}

/// Seconds between attempts, by patience; the last one repeats where it may.
const DAYS_S: &[i64] = &[5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
const HOURS_S: &[i64] = &[5, 30, 120, 300, 600, 1_200, 1_800];
const PAGE_S: &[i64] = &[5, 15, 30, 60, 120, 300, 600, 900];
const HOUR_S: &[i64] = &[5, 30, 120, 300, 600];
/// A credential that is refused is tried again this often (seconds).
const AUTH_RETRY_S: i64 = 1_800;
/// A receiver that is not found is tried again this often (seconds): some say so under load.
const GONE_RETRY_S: i64 = 1_200;
/// First and longest wait after a 429 that does not say how long (seconds).
const BUSY_S: (i64, i64) = (30, 3_600);
/// Settings that move may move once more; a third time somebody plays with us.
const MOVES: usize = 2;

/// Seconds after which a message is news no more.
#[must_use]
pub const fn max_age_s(patience: Patience, ends: bool) -> i64 {
    const HOUR: i64 = 3_600;
    match patience {
        Patience::Days => 4 * 24 * HOUR,
        Patience::Hours => 6 * HOUR,
        // Nobody should stay woken by something that is over.
        Patience::Page if ends => 7 * 24 * HOUR,
        Patience::Page => 24 * HOUR,
        Patience::Hour => HOUR,
    }
}

/// True where a message is too old to be sent at all.
#[must_use]
pub const fn is_expired(patience: Patience, ends: bool, since_ms: i64, now_ms: i64) -> bool {
    now_ms - since_ms > max_age_s(patience, ends) * 1_000
}

/// Why an old message is not sent any more.
#[must_use]
pub fn expired(patience: Patience, ends: bool) -> String {
    let age = match max_age_s(patience, ends) / 3_600 {
        1 => "an hour".to_owned(),
        hours if hours > 24 => format!("{} days", hours / 24),
        hours => format!("{hours} hours"),
    };
    format!("It could not be delivered within {age}: it is news no more.")
}

/// What follows from an attempt.
#[must_use]
pub fn next(case: &Case<'_>) -> Next {
    let before = |word: &str| case.past.iter().filter(|past| **past == word).count();
    // Whoever was asked to wait, and waited, is no further in the plan for failures.
    let number = case.past.len() - before("retry_after");
    if case.stopped {
        return Next::Failed(Some("The receiver asked us to stop this message.".to_owned()));
    }
    match case.outcome {
        Outcome::Delivered { .. } | Outcome::Superseded => Next::Sent,
        Outcome::RejectPayload { .. } if case.has_plainer && before("reject_payload") == 0 => {
            Next::Again(case.now_ms, Dress::Plainer)
        }
        Outcome::RejectPayload { .. } => Next::Failed(None),
        Outcome::RecipientGone { .. } => Next::Suppressed,
        Outcome::RootGone { .. } if before("root_gone") == 0 => Next::Again(case.now_ms, Dress::NewRoot),
        Outcome::RootGone { .. } => Next::Dead("The receiver lost the new thread, too.".to_owned()),
        Outcome::Changed { .. } if before("changed") < MOVES => Next::Again(case.now_ms, Dress::Same),
        Outcome::Changed { .. } => Next::Dead("The receiver names a new place each time.".to_owned()),
        Outcome::RetryAfter { seconds } => {
            let wait_ms = i64::from(*seconds) * 1_000;
            let spread_ms = wait_ms / 10 + 1;
            wait(case, Some(wait_ms + share(case, number, spread_ms)), Dress::Same)
        }
        Outcome::Retry { .. } if case.status == Some(429) => {
            let wait_s = BUSY_S.0.saturating_mul(1 << number.min(10)).min(BUSY_S.1);
            wait(case, Some(jittered(case, number, wait_s)), Dress::Same)
        }
        Outcome::Retry { slow, .. } => planned(case, number + usize::from(*slow), Dress::Same),
        Outcome::Ambiguous { .. } => match case.manner.repeat {
            Repeat::Freely => planned(case, number, Dress::Same),
            Repeat::Once if before("ambiguous") == 0 => planned(case, number, Dress::Marked),
            Repeat::Once => Next::Dead("It may have arrived, perhaps twice: it is not repeated any more.".to_owned()),
            Repeat::Never => Next::Dead(MAY_HAVE_ARRIVED.to_owned()),
        },
        Outcome::EndpointAuth { .. } => wait(case, Some(jittered(case, number, AUTH_RETRY_S)), Dress::Same),
        Outcome::EndpointGone { .. } => wait(case, Some(jittered(case, number, GONE_RETRY_S)), Dress::Same),
    }
}

/// Why a message of a kind that is never repeated is not sent again.
pub const MAY_HAVE_ARRIVED: &str = "It may have arrived: messages of this kind are not repeated.";

fn planned(case: &Case<'_>, turn: usize, dress: Dress) -> Next {
    let (plan, repeats) = match case.manner.patience {
        Patience::Days => (DAYS_S, false),
        Patience::Hours => (HOURS_S, true),
        Patience::Page => (PAGE_S, true),
        Patience::Hour => (HOUR_S, true),
    };
    let seconds = plan.get(turn).or(plan.last().filter(|_| repeats));
    wait(case, seconds.map(|seconds| jittered(case, turn, *seconds)), dress)
}

/// `None`: every attempt that was planned was made.
fn wait(case: &Case<'_>, wait_ms: Option<i64>, dress: Dress) -> Next {
    let Manner { patience, .. } = case.manner;
    let at_ms = wait_ms.map(|wait_ms| case.now_ms + wait_ms);
    match at_ms.filter(|at_ms| !is_expired(patience, case.ends, case.since_ms, *at_ms)) {
        Some(at_ms) => Next::Again(at_ms, dress),
        None => Next::Expired(expired(patience, case.ends)),
    }
}

/// Milliseconds, a fifth more or less: receivers that fell together are not asked together.
fn jittered(case: &Case<'_>, turn: usize, seconds: i64) -> i64 {
    let ms = seconds * 1_000;
    ms - ms / 5 + share(case, turn, ms * 2 / 5)
}

/// A part of `span` that follows from delivery and turn.
fn share(case: &Case<'_>, turn: usize, span: i64) -> i64 {
    let hash = ids::hash64(&[b"retry", case.delivery.as_bytes(), &turn.to_be_bytes()]);
    let span = u64::try_from(span.max(1)).unwrap_or(1);
    i64::try_from(hash % span).unwrap_or(0)
}

/// Failures in a row after which a channel's breaker opens.
const OPEN_AFTER: u32 = 5;
/// The failures must also span this long (milliseconds).
const OPEN_SPAN_MS: i64 = 120_000;
/// First and longest rest of an open breaker (milliseconds).
const REST_MS: (i64, i64) = (30_000, 1_800_000);

/// Pauses a channel whose receiver is down or asked for patience, without burning attempts.
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

    /// When its rest is over (milliseconds since 1970).
    #[must_use]
    pub const fn open_until_ms(&self) -> i64 {
        self.open_until_ms
    }

    /// True while the next attempt is a probe.
    #[must_use]
    pub fn is_probing(&self) -> bool {
        self.opened > 0
    }

    /// Takes notice of an attempt.
    pub fn note(&mut self, outcome: &Outcome, now_ms: i64) {
        match outcome {
            // The whole endpoint is to wait, whatever else there is for it.
            Outcome::RetryAfter { seconds } => {
                let open_until_ms = self.open_until_ms.max(now_ms + i64::from(*seconds) * 1_000);
                *self = Self { open_until_ms, ..Self::default() };
            }
            Outcome::Retry { .. } | Outcome::Ambiguous { .. } => self.failed(now_ms),
            _ => *self = Self { open_until_ms: self.open_until_ms, ..Self::default() },
        }
        if !self.is_open(now_ms) && self.opened == 0 {
            self.open_until_ms = 0;
        }
    }

    fn failed(&mut self, now_ms: i64) {
        if self.failures == 0 {
            self.first_failure_ms = now_ms;
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures >= OPEN_AFTER && now_ms - self.first_failure_ms >= OPEN_SPAN_MS {
            let rest = REST_MS.0.saturating_mul(1 << self.opened.min(10)).min(REST_MS.1);
            self.open_until_ms = self.open_until_ms.max(now_ms + rest);
            self.opened = self.opened.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use tocsin_channels::Kind;

    use super::*;

    const NOW: i64 = 1_000_000_000_000;
    const HOUR: i64 = 3_600_000;

    fn retry() -> Outcome {
        Outcome::Retry { detail: "503".into(), slow: false }
    }

    fn ambiguous() -> Outcome {
        Outcome::Ambiguous { detail: String::new() }
    }

    const DAYS: Manner = Manner { patience: Patience::Days, repeat: Repeat::Freely };
    const CHAT: Manner = Manner { patience: Patience::Hours, repeat: Repeat::Once };
    const PAGER: Manner = Manner { patience: Patience::Page, repeat: Repeat::Freely };
    const SMS: Manner = Manner { patience: Patience::Hour, repeat: Repeat::Never };

    fn case<'a>(manner: Manner, outcome: &'a Outcome, past: &'a [&'a str], age_ms: i64) -> Case<'a> {
        Case {
            delivery: Uuid::from_u128(7),
            manner,
            ends: false,
            outcome,
            status: None,
            stopped: false,
            has_plainer: false,
            past,
            since_ms: NOW - age_ms,
            now_ms: NOW,
        }
    }

    /// What follows as one word, with the wait in whole seconds where there is one.
    fn told(next: &Next) -> String {
        match next {
            Next::Sent => "sent".into(),
            Next::Again(at_ms, dress) => {
                let dress = match dress {
                    Dress::Same => "",
                    Dress::Plainer => " plainer",
                    Dress::NewRoot => " new root",
                    Dress::Marked => " marked",
                };
                format!("{} ms{dress}", at_ms - NOW)
            }
            Next::Failed(_) => "failed".into(),
            Next::Suppressed => "suppressed".into(),
            Next::Dead(_) => "dead".into(),
            Next::Expired(_) => "expired".into(),
        }
    }

    #[test]
    fn a_table_of_ends() {
        let detail = String::new;
        let reject = Outcome::RejectPayload { detail: detail() };
        let root = Outcome::RootGone { detail: detail() };
        let changed = Outcome::Changed { key: "chat".into(), value: "7".into(), detail: detail() };
        let many = ["retry"; 9];
        let table: &[(Manner, Outcome, &[&str], i64, &str)] = &[
            (CHAT, Outcome::Delivered { remote: None }, &[], 0, "sent"),
            (CHAT, Outcome::Superseded, &[], 0, "sent"),
            (CHAT, reject.clone(), &[], 0, "failed"),
            (CHAT, Outcome::RecipientGone { detail: detail() }, &[], 0, "suppressed"),
            (CHAT, root.clone(), &[], 0, "0 ms new root"),
            (CHAT, root.clone(), &["retry"], 0, "0 ms new root"),
            (CHAT, root, &["root_gone"], 0, "dead"),
            (CHAT, changed.clone(), &[], 0, "0 ms"),
            (CHAT, changed.clone(), &["changed"], 0, "0 ms"),
            (CHAT, changed, &["changed", "changed"], 0, "dead"),
            (DAYS, retry(), &many, 80 * HOUR, "expired"),
            (CHAT, retry(), &["retry"; 30], 6 * HOUR, "expired"),
            (CHAT, Outcome::RetryAfter { seconds: 3600 }, &[], 6 * HOUR - 60_000, "expired"),
            (PAGER, retry(), &["retry"; 30], 24 * HOUR, "expired"),
            (SMS, retry(), &["retry"; 30], HOUR, "expired"),
            (SMS, ambiguous(), &[], 0, "dead"),
            (CHAT, ambiguous(), &["ambiguous"], 0, "dead"),
        ];
        for (manner, outcome, past, age_ms, expected) in table {
            assert_eq!(told(&next(&case(*manner, outcome, past, *age_ms))), *expected, "{outcome:?} after {past:?}");
        }
        let plainer = Case { has_plainer: true, ..case(CHAT, &reject, &["retry"], 0) };
        assert_eq!(told(&next(&plainer)), "0 ms plainer");
        assert_eq!(told(&next(&Case { past: &["reject_payload"], ..plainer })), "failed", "once");
        let slow = retry();
        assert_eq!(told(&next(&Case { stopped: true, ..case(DAYS, &slow, &[], 0) })), "failed");
        let ends = Case { ends: true, ..case(PAGER, &slow, &["retry"; 30], 6 * 24 * HOUR) };
        assert!(matches!(next(&ends), Next::Again(..)), "an alarm is ended for a week");
    }

    #[test]
    fn waits_follow_the_plan_give_or_take_a_fifth() {
        let slow = Outcome::Retry { detail: "502".into(), slow: true };
        let auth = Outcome::EndpointAuth { detail: String::new() };
        let gone = Outcome::EndpointGone { detail: String::new() };
        let table: &[(Manner, &Outcome, usize, i64)] = &[
            (DAYS, &retry(), 0, 5),
            (DAYS, &retry(), 1, 300),
            (DAYS, &slow, 0, 300),
            (DAYS, &ambiguous(), 3, 7_200),
            (CHAT, &retry(), 1, 30),
            (CHAT, &retry(), 9, 1_800),
            (PAGER, &retry(), 40, 900),
            (SMS, &retry(), 1, 30),
            (CHAT, &ambiguous(), 0, 5),
            (CHAT, &auth, 0, 1_800),
            (CHAT, &gone, 2, 1_200),
        ];
        for (manner, outcome, attempts, seconds) in table {
            let past = vec!["retry"; *attempts];
            let mut waits: Vec<i64> = (0..200)
                .map(|delivery| {
                    let case = Case { delivery: Uuid::from_u128(delivery), ..case(*manner, outcome, &past, 0) };
                    match next(&case) {
                        Next::Again(at_ms, _) => at_ms - NOW,
                        other => panic!("{outcome:?}: {other:?}"),
                    }
                })
                .collect();
            waits.sort_unstable();
            let (least, most) = (waits[0], waits[199]);
            assert!(least >= seconds * 800 && most <= seconds * 1_200, "{outcome:?}: {least} … {most}");
            assert!(most - least > seconds * 300, "they are spread: {least} … {most}");
        }
        let again = next(&case(DAYS, &retry(), &[], 0));
        assert_eq!(again, next(&case(DAYS, &retry(), &[], 0)), "nothing is drawn");
        let waited = next(&case(DAYS, &retry(), &["retry_after", "retry_after"], 0));
        assert_eq!(again, waited, "who waited as long as they were asked to has not failed");
    }

    #[test]
    fn a_receiver_that_is_busy_is_left_alone_for_longer_each_time() {
        let wanted = |outcome: &Outcome, attempts: usize| {
            let past = vec!["retry"; attempts];
            match next(&Case { status: Some(429), ..case(DAYS, outcome, &past, 0) }) {
                Next::Again(at_ms, _) => at_ms - NOW,
                other => panic!("{other:?}"),
            }
        };
        let slow = Outcome::Retry { detail: "429".into(), slow: true };
        for (attempts, seconds) in [(0, 30), (1, 60), (3, 240), (9, 3_600)] {
            let ms = wanted(&slow, attempts);
            assert!(ms >= seconds * 800 && ms <= seconds * 1_200, "{ms}");
        }
        let ms = wanted(&Outcome::RetryAfter { seconds: 7 }, 0);
        assert!((7_000..7_800).contains(&ms), "at least as long as it asked for: {ms}");
    }

    #[test]
    fn every_kind_has_a_schedule_that_ends() {
        for kind in tocsin_channels::ALL {
            let manner = Kind::manner(*kind);
            let outcome = retry();
            let (mut past, mut now_ms) = (Vec::new(), NOW);
            loop {
                match next(&Case { since_ms: NOW, now_ms, ..case(manner, &outcome, &past, 0) }) {
                    Next::Again(at_ms, _) => now_ms = at_ms,
                    other => break assert!(matches!(other, Next::Expired(_)), "{other:?}"),
                }
                past.push("retry");
                assert!(past.len() < 1_000, "{}", kind.name());
            }
            let lasted_h = (now_ms - NOW) / HOUR;
            let expected = match manner.patience {
                Patience::Days => 60..96,
                Patience::Hours => 5..6,
                Patience::Page => 23..24,
                Patience::Hour => 0..1,
            };
            assert!(expected.contains(&lasted_h), "{}: {lasted_h} h", kind.name());
        }
        assert_eq!(expired(Patience::Hours, false), "It could not be delivered within 6 hours: it is news no more.");
        assert_eq!(expired(Patience::Page, true), "It could not be delivered within 7 days: it is news no more.");
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

    #[test]
    fn an_endpoint_that_asks_for_patience_rests_whole() {
        let mut breaker = Breaker::default();
        breaker.note(&Outcome::RetryAfter { seconds: 60 }, 1_000);
        assert!(breaker.is_open(60_999) && !breaker.is_open(61_000) && !breaker.is_probing());
        breaker.note(&Outcome::Delivered { remote: None }, 2_000);
        assert!(breaker.is_open(3_000), "what was under way meanwhile changes nothing");
        breaker.note(&Outcome::Delivered { remote: None }, 61_000);
        assert_eq!(breaker, Breaker::default());
    }
}
