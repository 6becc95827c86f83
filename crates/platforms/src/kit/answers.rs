//! What the answers of a poll are worth: the same judgement for every platform.

use tocsin_domain::{Answer, HttpAsk};

use super::{decode, past};
use crate::{Answered, Done, Memory, Payload, Reader, Turn};

/// What an answer is worth.
pub(crate) enum Worth {
    Body,
    Same,
    /// The surface is not there, or is not what it should be: another one may serve.
    Absent(Why),
    /// Nothing was learned: try again later.
    Trouble(Why),
}

/// Why a page cannot be read: in a few words first, then what every address answered.
pub(crate) struct Why {
    short: String,
    whole: Vec<String>,
}

impl Why {
    /// What one answer was not.
    pub(crate) fn of(answered: &Answered) -> Self {
        Self { short: in_short(answered), whole: vec![what_came(answered)] }
    }

    /// A sentence that says it all.
    pub(crate) fn plain(sentence: &str) -> Self {
        Self { short: sentence.to_owned(), whole: vec![sentence.to_owned()] }
    }

    /// The same, and what another address answered.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.whole.extend(other.whole);
        self
    }

    /// The sentences for people. What the first one says already is not repeated.
    pub(crate) fn told(self) -> String {
        let more = self.whole.into_iter().filter(|sentence| *sentence != self.short);
        std::iter::once(self.short.clone()).chain(more).collect::<Vec<_>>().join(" ")
    }
}

/// The latest answer of that key.
pub(crate) fn latest<'a>(answers: &'a [Answered], key: &str) -> Option<&'a Answered> {
    answers.iter().rev().find(|answered| answered.ask.key == key)
}

/// The latest answer of that key, judged. A body counts only where the platform knows it as its own.
pub(crate) fn worth(reader: &dyn Reader, answers: &[Answered], key: &str) -> Option<Worth> {
    worth_by(answers, key, |payload| reader.recognise(payload).is_some())
}

/// The same, where `is_ours` says whether a body counts.
pub(crate) fn worth_by(answers: &[Answered], key: &str, is_ours: impl FnOnce(&Payload) -> bool) -> Option<Worth> {
    latest(answers, key).map(|answered| match &answered.answer {
        Answer::NotModified => Worth::Same,
        Answer::Http(http) if http.status == 200 => {
            let known = answered.payload().is_some_and(|payload| is_ours(&payload));
            if known { Worth::Body } else { Worth::Absent(Why::of(answered)) }
        }
        Answer::Http(http) if matches!(http.status, 408 | 425 | 429) || http.status >= 500 => {
            Worth::Trouble(Why::of(answered))
        }
        Answer::Http(_) => Worth::Absent(Why::of(answered)),
        Answer::Failed(_) | Answer::Mail { .. } => Worth::Trouble(Why::of(answered)),
    })
}

/// The latest bodies of all keys, as payloads.
pub(crate) fn payloads(answers: &[Answered]) -> Vec<Payload> {
    let is_latest =
        |answered: &&Answered| latest(answers, &answered.ask.key).is_some_and(|last| std::ptr::eq(last, *answered));
    answers.iter().filter(is_latest).filter_map(Answered::payload).collect()
}

/// Asks of now whose latest answer was "the same", although the body is needed now.
pub(crate) fn withheld(answers: &[Answered]) -> Vec<HttpAsk> {
    let is_latest =
        |answered: &&Answered| latest(answers, &answered.ask.key).is_some_and(|last| std::ptr::eq(last, *answered));
    let of_now = answers.iter().filter(is_latest).filter(|answered| !past::is_past(&answered.ask.key));
    let same = of_now.filter(|answered| answered.answer == Answer::NotModified);
    same.map(|answered| answered.ask.clone()).collect()
}

/// How often a key was asked in this poll.
pub(crate) fn times_asked(answers: &[Answered], key: &str) -> usize {
    answers.iter().filter(|answered| answered.ask.key == key).count()
}

pub(crate) fn unreadable(code: &'static str, why: Why, memory: &Memory) -> Turn {
    Turn::Done { done: Done::Unreadable { code, reason: why.told() }, memory: memory.clone() }
}

/// The same without the address, for whoever has to read it in a row of a list.
fn in_short(answered: &Answered) -> String {
    match &answered.answer {
        Answer::Http(http) if http.status == 200 => {
            let text = answered.payload().map(|payload| decode::describe(&decode::text(&payload))).unwrap_or_default();
            let instead = if text.starts_with("a web page") { " instead of data" } else { "" };
            format!("The page answers with {text}{instead}.")
        }
        _ => about(answered, "The page"),
    }
}

/// One sentence for people about an answer that was of no use.
pub(crate) fn what_came(answered: &Answered) -> String {
    about(answered, &shown(&answered.ask.url))
}

/// An address as it may stand in a sentence: what stands behind its path, or before its host, may be a secret.
pub(crate) fn shown(url: &str) -> String {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = plain.split_once("://") else { return plain.to_owned() };
    let host = rest.find('/').unwrap_or(rest.len());
    let from = rest.get(..host).and_then(|host| host.rfind('@')).map_or(0, |at| at + 1);
    format!("{scheme}://{}", rest.get(from..).unwrap_or_default())
}

fn about(answered: &Answered, url: &str) -> String {
    match &answered.answer {
        Answer::Http(http) if http.status == 200 => {
            let text = answered.payload().map(|payload| decode::describe(&decode::text(&payload))).unwrap_or_default();
            format!("{url} answers with {text}.")
        }
        Answer::Http(http) if matches!(http.status, 401 | 403) => {
            format!("{url} wants a login (HTTP {}).", http.status)
        }
        Answer::Http(http) => format!("{url} answers HTTP {}.", http.status),
        Answer::NotModified => format!("{url} says that nothing changed."),
        Answer::Failed(failure) => failure.detail.clone(),
        Answer::Mail { .. } => format!("{url} answered like a mail server."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_no_secret() {
        assert_eq!(shown("https://status.example.com/a?token=SECRET#x"), "https://status.example.com/a");
        assert_eq!(shown("https://keeper:SECRET@status.example.com/@a"), "https://status.example.com/@a");
        assert_eq!(shown("https://status.example.com"), "https://status.example.com");
        let ask = HttpAsk::get("page", "https://status.example.com/?token=SECRET");
        let answered = |answer| Answered { ask: ask.clone(), answer };
        let http = |status| {
            let body = b"{}".to_vec();
            Answer::Http(tocsin_domain::HttpAnswer { status, headers: Vec::new(), body, url: ask.url.clone() })
        };
        for answer in [http(200), http(403), http(404), Answer::NotModified] {
            let told = Why::of(&answered(answer)).told();
            assert!(told.contains("https://status.example.com/") && !told.contains("SECRET"), "{told}");
        }
    }
}
