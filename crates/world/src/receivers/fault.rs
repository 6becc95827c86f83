//! What goes wrong at a receiver when a test asks for it.

use std::time::Duration;

use bytes::Bytes;

use super::Kind;
use crate::reply::{Answer, How, Reply, SIGN_IN};

/// What one request meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// None: it is answered as it should be.
    Well,
    /// 500.
    Error,
    /// 429 with `Retry-After` in seconds.
    Busy(u32),
    /// The request is read, and nothing is ever said.
    Hang,
    /// The connection breaks before a word was said; nothing was kept.
    Reset,
    /// It was kept, and the connection breaks before that is said.
    Lost,
    /// It is kept, and the answer comes in drops.
    Slow,
    /// 200 with a sign-in page: something in between answered.
    Html,
    /// 200, and the service says no in its own words.
    No,
}

/// Longer than anybody waits for an answer.
const HANGS: Duration = Duration::from_secs(120);

impl Fault {
    /// `error`, `busy`, `busy-3`, …
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "well" => Self::Well,
            "error" => Self::Error,
            "busy" => Self::Busy(1),
            "hang" => Self::Hang,
            "reset" => Self::Reset,
            "lost" => Self::Lost,
            "slow" => Self::Slow,
            "html" => Self::Html,
            "no" => Self::No,
            _ => Self::Busy(word.strip_prefix("busy-")?.parse().ok()?),
        })
    }

    /// As it is written in an address.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Well => "well".to_owned(),
            Self::Error => "error".to_owned(),
            Self::Busy(seconds) => format!("busy-{seconds}"),
            Self::Hang => "hang".to_owned(),
            Self::Reset => "reset".to_owned(),
            Self::Lost => "lost".to_owned(),
            Self::Slow => "slow".to_owned(),
            Self::Html => "html".to_owned(),
            Self::No => "no".to_owned(),
        }
    }

    /// The service never sees the request: what is answered in its place.
    #[must_use]
    pub fn instead(self, kind: Kind) -> Option<Reply> {
        let whole = |answer| Some(Reply { delay_ms: 0, how: How::Whole(answer) });
        match self {
            Self::Well | Self::Lost | Self::Slow => None,
            Self::Error => whole(Answer::new(500, "text/plain", "Something went wrong.")),
            Self::Busy(seconds) => {
                let mut answer = Answer::new(429, "text/plain", "Too many requests.");
                answer.headers.push(("retry-after", seconds.to_string()));
                whole(answer)
            }
            Self::Hang => {
                let delay_ms = u64::try_from(HANGS.as_millis()).unwrap_or(u64::MAX);
                Some(Reply { delay_ms, how: How::Reset })
            }
            Self::Reset => Some(Reply { delay_ms: 0, how: How::Reset }),
            Self::Html => whole(Answer::new(200, "text/html; charset=utf-8", SIGN_IN)),
            Self::No => whole(no(kind)),
        }
    }

    /// How the service's own answer comes.
    #[must_use]
    pub fn over(self, answer: Answer) -> Reply {
        let how = match self {
            Self::Lost => How::Reset,
            Self::Slow => How::Drops(answer),
            _ => How::Whole(answer),
        };
        Reply { delay_ms: 0, how }
    }
}

/// 200, and in the body that it is busy or broken: some services do that.
fn no(kind: Kind) -> Answer {
    let (content_type, body) = match kind {
        Kind::Slack => ("text/html", "rollup_error"),
        Kind::SlackBot => ("application/json", r#"{"ok":false,"error":"internal_error"}"#),
        Kind::Telegram => (
            "application/json",
            r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}"#,
        ),
        Kind::RocketChat => ("application/json", r#"{"success":false,"error":"error-too-many-requests"}"#),
        Kind::Zulip => (
            "application/json",
            r#"{"result":"error","msg":"API usage exceeded rate limit","code":"RATE_LIMIT_HIT","retry-after":1.5}"#,
        ),
        Kind::Matrix => ("application/json", r#"{"errcode":"M_LIMIT_EXCEEDED","error":"Too Many Requests"}"#),
        Kind::Teams => (
            "text/plain",
            "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429",
        ),
        _ => ("application/json", r#"{"ok":false}"#),
    };
    Answer::new(200, content_type, Bytes::from_static(body.as_bytes()))
}

/// The faults that requests to one address meet, one after the other: `error,busy-2,hang`. A star at the end means that
/// the last one stays.
#[must_use]
pub fn list(words: &str) -> Option<(Vec<Fault>, bool)> {
    let stays = words.ends_with('*');
    let all: Option<Vec<Fault>> = words.trim_end_matches('*').split(',').map(Fault::named).collect();
    Some((all?, stays))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_written_as_they_are_read() {
        let (all, stays) = list("well,error,busy-3,hang,reset,lost,slow,html,no*").unwrap();
        let words: Vec<String> = all.iter().map(|fault| fault.word()).collect();
        assert_eq!((words.join(","), stays), ("well,error,busy-3,hang,reset,lost,slow,html,no".to_owned(), true));
        assert_eq!(list("eror"), None);
        assert_eq!(list("busy"), Some((vec![Fault::Busy(1)], false)));
    }
}
