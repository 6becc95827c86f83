//! What a vendor's host answers to a request: the page, as the faults leave it. Pure; [`crate::server`] sends it.

use std::io::Write;
use std::sync::LazyLock;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use tocsin_domain::{Timestamp, ids::hash64};

use crate::course::Course;
use crate::model::{FaultKind, Vendor};
use crate::shape::{self, Place};

/// An answer, and how it comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Real milliseconds before the first byte.
    pub delay_ms: u64,
    pub how: How,
}

/// How an answer comes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    Whole(Answer),
    /// The connection breaks before a word was said.
    Reset,
    /// It breaks in the middle of this.
    CutOff(Answer),
    /// In drops, with pauses between them.
    Drops(Answer),
    /// Spaces without an announced end.
    Endless,
}

/// A complete HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
}

impl Answer {
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self { status, headers: vec![("content-type", content_type.to_owned())], body: body.into() }
    }
}

/// 64 MiB of spaces.
static BOMB: LazyLock<Bytes> = LazyLock::new(|| {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    let piece = vec![b' '; 1 << 20];
    for _ in 0..64 {
        // A vector takes everything.
        drop(packed.write_all(&piece));
    }
    packed.finish().unwrap_or_default().into()
});

/// What stands in between and wants to know who asks.
pub(crate) const SIGN_IN: &str =
    "<!doctype html><html><head><title>Sign in</title></head><body><form>Sign in to go on</form></body></html>";

impl Vendor {
    /// Answers a GET for a place below the page's address `base`. `known`: the tag of what the asker has already.
    #[must_use]
    pub fn reply(&self, course: &Course, base: &str, place: Place<'_>, known: Option<&str>, now: Timestamp) -> Reply {
        // What breaks bodies has none to break where nothing is sent.
        let breaks = |fault| matches!(fault, FaultKind::Truncated | FaultKind::CutOff);
        let known = known.filter(|_| !self.faults_at(course, now).any(breaks));
        let page = page(self, course, base, place, known, now);
        let faults = self.faults_at(course, now);
        faults.fold(Reply { delay_ms: 0, how: How::Whole(page) }, |reply, fault| with(fault, reply, base, place))
    }
}

fn page(vendor: &Vendor, course: &Course, base: &str, place: Place<'_>, known: Option<&str>, now: Timestamp) -> Answer {
    let Some(body) = shape::body(&vendor.shown(course, base, now), place) else {
        return Answer::new(404, "text/html; charset=utf-8", "<!doctype html><title>Not found</title>");
    };
    let tag = format!("W/\"{:016x}\"", hash64(&[&body.bytes]));
    let headers = vec![
        ("content-type", body.content_type.to_owned()),
        ("etag", tag.clone()),
        ("cache-control", "max-age=0, private, must-revalidate".to_owned()),
    ];
    if known == Some(tag.as_str()) {
        return Answer { status: 304, headers, body: Bytes::new() };
    }
    Answer { status: 200, headers, body: body.bytes.into() }
}

fn with(fault: FaultKind, reply: Reply, base: &str, place: Place<'_>) -> Reply {
    let instead = |answer: Answer| Reply { delay_ms: reply.delay_ms, how: How::Whole(answer) };
    match fault {
        FaultKind::Slow { delay_ms } => Reply { delay_ms, ..reply },
        FaultKind::Moved { .. } | FaultKind::ChangedIds => reply,
        FaultKind::Reset => Reply { how: How::Reset, ..reply },
        FaultKind::Huge => Reply { how: How::Endless, ..reply },
        FaultKind::Error => instead(Answer::new(500, "text/plain", "Something went wrong.")),
        FaultKind::Busy { retry_after_s } => {
            let mut answer = Answer::new(429, "text/plain", "Too many requests.");
            answer.headers.push(("retry-after", retry_after_s.to_string()));
            instead(answer)
        }
        FaultKind::Html => instead(Answer::new(200, "text/html; charset=utf-8", SIGN_IN)),
        FaultKind::GzipBomb => {
            let mut answer = Answer::new(200, "application/json", BOMB.clone());
            answer.headers.push(("content-encoding", "gzip".to_owned()));
            instead(answer)
        }
        FaultKind::RedirectLoop => {
            let mut answer = Answer::new(302, "text/plain", "");
            answer.headers.push(("location", format!("{}/{}", base.trim_end_matches('/'), place.path)));
            instead(answer)
        }
        FaultKind::Truncated | FaultKind::CutOff => match reply.how {
            How::Whole(mut answer) if answer.status == 200 => {
                let half = answer.body.len() / 2;
                let how = if fault == FaultKind::CutOff {
                    How::CutOff(answer)
                } else {
                    answer.body.truncate(half);
                    answer.headers.retain(|(name, _)| *name != "etag");
                    How::Whole(answer)
                };
                Reply { delay_ms: reply.delay_ms, how }
            }
            how => Reply { delay_ms: reply.delay_ms, how },
        },
    }
}
