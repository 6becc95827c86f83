//! A small world of addresses, and a poll played against it.

use std::collections::BTreeMap;

use tocsin_domain::{Answer, Failure, FailureKind, HttpAnswer, Reading, Timestamp};
use tocsin_platforms::{Answered, Done, Memory, PageAddress, Platform, Turn, detect};

/// What an address answers.
#[derive(Clone)]
pub enum Site {
    Body(Vec<u8>),
    Status(u16),
    /// 304, unless asked without validators.
    Same(Vec<u8>),
    Dead,
}

#[derive(Default)]
pub struct World(BTreeMap<String, Site>);

impl World {
    /// Addresses and the files of cases that they answer with; without a file they want a login.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let site = |file: &str| if file.is_empty() { Site::Status(401) } else { Site::Body(case(file)) };
        Self(files.iter().map(|(url, file)| ((*url).to_owned(), site(file))).collect())
    }

    pub fn with(mut self, url: &str, site: Site) -> Self {
        self.0.insert(url.to_owned(), site);
        self
    }

    /// Nothing that is there has changed.
    pub fn unchanged(mut self) -> Self {
        for site in self.0.values_mut() {
            if let Site::Body(body) = site {
                *site = Site::Same(std::mem::take(body));
            }
        }
        self
    }

    pub fn body(self, url: &str, file: &str) -> Self {
        self.with(url, Site::Body(case(file)))
    }

    fn answer(&self, url: &str, fresh: bool) -> Answer {
        let http = |status, body: &[u8]| {
            Answer::Http(HttpAnswer { status, headers: Vec::new(), body: body.to_vec(), url: url.to_owned() })
        };
        let known = self.0.get(url).or_else(|| self.0.get(url.split('?').next().unwrap_or_default()));
        match known {
            Some(Site::Body(body)) => http(200, body),
            Some(Site::Same(body)) if fresh => http(200, body),
            Some(Site::Same(_)) => Answer::NotModified,
            Some(Site::Status(status)) => http(*status, b"{}"),
            Some(Site::Dead) => Answer::Failed(Failure {
                kind: FailureKind::Connect,
                detail: "Nobody listens there.".to_owned(),
                sent: false,
            }),
            None => http(404, b"<!doctype html><html><body>Not here</body></html>"),
        }
    }
}

pub struct Played {
    pub done: Done,
    pub memory: Memory,
    /// Addresses in the order of asking; a fresh ask ends with `!`.
    pub asked: Vec<String>,
    /// How many asks each round had.
    pub rounds: Vec<usize>,
}

impl Played {
    pub fn reading(&self) -> &Reading {
        match &self.done {
            Done::Read(reading) => reading,
            other => panic!("not read: {other:?} after {:?}", self.asked),
        }
    }

    pub fn why_not(&self) -> &str {
        match &self.done {
            Done::Unreadable { code, .. } => code,
            other => panic!("not unreadable: {other:?} after {:?}", self.asked),
        }
    }
}

pub fn play(platform: &str, page: &str, memory: &Memory, world: &World) -> Played {
    play_at(now(), platform, page, memory, world)
}

pub fn play_at(now: Timestamp, platform: &str, page: &str, memory: &Memory, world: &World) -> Played {
    let reader = Platform::named(platform).unwrap().reader();
    let page = PageAddress { url: page.parse().unwrap() };
    let mut asks = reader.begin(&page, memory, now);
    let (mut fresh, mut answers, mut asked, mut rounds) = (false, Vec::new(), Vec::new(), Vec::new());
    for _ in 0..6 {
        assert!(!asks.is_empty(), "asks for nothing after {asked:?}");
        rounds.push(asks.len());
        for ask in asks {
            asked.push(format!("{}{}", ask.url, if fresh { "!" } else { "" }));
            let answer = world.answer(&ask.url, fresh);
            answers.push(Answered { ask, answer });
        }
        match reader.next(&page, memory, &answers, now) {
            Turn::Done { done, memory } => return Played { done, memory, asked, rounds },
            Turn::More { asks: more, fresh: now_fresh } => (asks, fresh) = (more, now_fresh),
        }
    }
    panic!("no end after six rounds: {asked:?}");
}

pub fn case(file: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(file)).unwrap()
}

pub fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// The platform that an unknown address is found to be, and the page it is polled under.
pub fn found(address: &str, world: &World) -> Option<(&'static str, String)> {
    let page = PageAddress { url: address.parse().unwrap() };
    let (mut asks, mut answers) = (detect::plan(&page), Vec::new());
    while !asks.is_empty() {
        answers.extend(asks.into_iter().map(|ask| Answered { answer: world.answer(&ask.url, false), ask }));
        asks = detect::more(&page, &answers);
    }
    let findings = detect::judge(&page, &answers);
    findings.best().map(|best| (best.platform.name(), best.page.clone()))
}
