//! Which platform an address or some bytes belong to, with the evidence. All that match are told, best first.
//!
//! Bytes decide, never an HTTP status: nearly every host answers every path with something.

mod looks;
mod probes;

use serde::Serialize;
use tocsin_domain::Answer;
use url::Url;

use crate::kit::answers::what_came;
use crate::kit::decode;
use crate::kit::simple::Body;
use crate::{ALL, Answered, Evidence, PageAddress, Payload, Platform};
pub use probes::{more, plan};

/// Less than this (0 to 100) is never taken for a page.
const ENOUGH: u8 = 50;
/// From here on nothing else need be asked.
const CERTAIN: u8 = 90;

/// A platform that the address could be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    #[serde(serialize_with = "by_name")]
    pub platform: Platform,
    /// 0 to 100, see [`Evidence::confidence`].
    pub confidence: u8,
    /// What was seen, strongest first.
    pub evidence: Vec<String>,
    /// The address under which it would be polled as this platform.
    pub page: String,
}

fn by_name<S: serde::Serializer>(platform: &Platform, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(platform.name())
}

/// An address that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    pub url: String,
    /// One sentence for people: what came back.
    pub came: String,
    /// Somebody answered over HTTP, with whatever status.
    pub answered: bool,
}

/// What the answers prove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Best first.
    pub candidates: Vec<Candidate>,
    /// In the order of asking.
    pub tried: Vec<Tried>,
}

impl Findings {
    /// The best candidate that is sure enough to be polled.
    #[must_use]
    pub fn best(&self) -> Option<&Candidate> {
        self.candidates.first().filter(|candidate| candidate.confidence >= ENOUGH)
    }

    /// Somebody is there, whatever they said.
    #[must_use]
    pub fn reachable(&self) -> bool {
        self.tried.iter().any(|tried| tried.answered)
    }

    /// A sentence or two for people.
    #[must_use]
    pub fn summary(&self) -> String {
        if let Some(best) = self.best() {
            let seen = best.evidence.first().map(String::as_str).unwrap_or_default();
            return format!("{} is {}: {seen}.", best.page, best.platform.title());
        }
        let Some(first) = self.tried.first() else { return "Nothing was asked.".to_owned() };
        if !self.reachable() {
            return format!("Nobody could be reached: {}", first.came);
        }
        let came: Vec<&str> = self.tried.iter().take(3).map(|tried| tried.came.as_str()).collect();
        let left = self.tried.len() - came.len();
        let rest = if left == 0 { String::new() } else { format!(" {left} more addresses gave nothing else.") };
        format!("No status page that we know was recognised there. {}{rest}", came.join(" "))
    }
}

/// Looks at every answer of all rounds.
#[must_use]
pub fn judge(page: &PageAddress, answers: &[Answered]) -> Findings {
    let mut findings = Findings::default();
    for answered in answers {
        findings.tried.push(tried(answered));
        let Some(payload) = answered.payload() else { continue };
        let moved = base_of(page, answered);
        for (platform, evidence) in of_one(&payload) {
            let page = match platform {
                Platform::Feed => payload.url.clone(),
                // Its page stands elsewhere on the host than its events.
                Platform::Aws if payload.url == answered.ask.url => page.url.to_string(),
                vendor if page.url.host_str().is_some_and(|host| vendor.reader().hosts().contains(&host)) => {
                    page.url.to_string()
                }
                _ => moved.clone(),
            };
            add(
                &mut findings.candidates,
                Candidate { platform, confidence: evidence.confidence, evidence: vec![evidence.seen], page },
            );
        }
    }
    findings.candidates.sort_by_key(|candidate| (std::cmp::Reverse(candidate.confidence), candidate.platform));
    findings
}

/// One candidate for each platform; of its addresses the one with the best evidence stays.
fn add(candidates: &mut Vec<Candidate>, found: Candidate) {
    let Some(known) = candidates.iter_mut().find(|known| known.platform == found.platform) else {
        candidates.push(found);
        return;
    };
    if found.confidence > known.confidence {
        known.confidence = found.confidence;
        known.page = found.page;
        known.evidence.splice(0..0, found.evidence);
    } else {
        known.evidence.extend(found.evidence);
    }
    let mut seen = Vec::new();
    known.evidence.retain(|text| {
        !seen.contains(text) && {
            seen.push(text.clone());
            true
        }
    });
}

fn tried(answered: &Answered) -> Tried {
    let answered_at_all = matches!(answered.answer, Answer::Http(_) | Answer::NotModified);
    Tried { url: answered.ask.url.clone(), came: what_came(answered), answered: answered_at_all }
}

/// Under which address the answer's platform lives: the final address without what the probe asked for below it.
fn base_of(page: &PageAddress, answered: &Answered) -> String {
    let given = page.url.to_string();
    let Answer::Http(http) = &answered.answer else { return given };
    let base = probes::without_surface(&http.url).unwrap_or_else(|| http.url.clone());
    if base.trim_end_matches('/') == given.trim_end_matches('/') { given } else { base }
}

/// The platform that most of the payloads of one page speak for. A payload speaks for the platform that is surest of it.
#[must_use]
pub fn of_payloads(payloads: &[Payload]) -> Option<(Platform, Evidence)> {
    all_of_payloads(payloads).into_iter().next().filter(|(_, evidence)| evidence.confidence >= ENOUGH)
}

/// Every platform that any of the payloads speaks for, most votes first, each with its strongest evidence.
#[must_use]
pub fn all_of_payloads(payloads: &[Payload]) -> Vec<(Platform, Evidence)> {
    let mut found: Vec<(Platform, Evidence, usize)> = Vec::new();
    for payload in payloads {
        for (rank, (platform, evidence)) in of_one(payload).into_iter().enumerate() {
            let vote = usize::from(rank == 0 && evidence.confidence >= ENOUGH);
            match found.iter_mut().find(|(known, ..)| *known == platform) {
                None => found.push((platform, evidence, vote)),
                Some((_, known, votes)) => {
                    *votes += vote;
                    if evidence.confidence > known.confidence {
                        *known = evidence;
                    }
                }
            }
        }
    }
    found.sort_by_key(|(platform, evidence, votes)| (std::cmp::Reverse((*votes, evidence.confidence)), *platform));
    found.into_iter().map(|(platform, evidence, _)| (platform, evidence)).collect()
}

/// Platforms that know this payload as theirs, surest first. That something is a feed says little: it must look like
/// a history of incidents as well.
fn of_one(payload: &Payload) -> Vec<(Platform, Evidence)> {
    let text = decode::text(payload);
    let body = Body::of(&text);
    let evidence = |platform: Platform| match platform {
        Platform::Feed => looks::of_feed(payload),
        other => other.reader().recognise_body(payload, &body),
    };
    let mut found: Vec<(Platform, Evidence)> =
        ALL.iter().filter_map(|platform| evidence(*platform).map(|evidence| (*platform, evidence))).collect();
    found.sort_by_key(|(platform, evidence)| (std::cmp::Reverse(evidence.confidence), *platform));
    found
}

/// True where any answer is certain.
fn is_certain(page: &PageAddress, answers: &[Answered]) -> bool {
    judge(page, answers).candidates.first().is_some_and(|best| best.confidence >= CERTAIN)
}

/// The address of the page itself after redirects, where it was asked.
fn moved_to(answers: &[Answered]) -> Option<Url> {
    let page = answers.iter().find(|answered| answered.ask.key == probes::PAGE)?;
    match &page.answer {
        Answer::Http(http) if http.status == 200 => Url::parse(&http.url).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
