//! The past of the simulated world, played through the same readers and the same step as every poll, with the clock of
//! then. Nobody is told of it any more; what was decided is kept.

use std::collections::HashMap;
use std::sync::Arc;

use tocsin_domain::compare::Recalled;
use tocsin_domain::exchange::{Failure, FailureKind};
use tocsin_domain::step::Decided;
use tocsin_domain::uptime::Span;
use tocsin_domain::{Answer, HttpAnswer, HttpAsk, Input, PageState, Reading, Timestamp, ids, step};
use tocsin_platforms::{Done, Platform};
use tocsin_store::{EventRow, Observation, Packed};
use tocsin_world::model::Vendor;
use tocsin_world::reply::{Answer as Whole, How};
use tocsin_world::{Stage, When};
use tokio::task::JoinSet;

use crate::app::App;
use crate::clock;
use crate::net::{Fetched, Validators};
use crate::work::ask::{self, Asked, Fetch, Known};
use crate::work::compose::{self, Desk};
use crate::work::poll;
use crate::work::watch::{Kept, Page};

/// So far back the past is played (seconds).
const PAST_S: i64 = 90 * 86_400;
/// After a page breaks it is looked at as a poll's cadence would (seconds).
const AFTER_A_FAULT_S: [i64; 5] = [60, 360, 960, 1860, 2760];
/// A change is seen after so long at the latest (seconds), and a minute earlier at the soonest.
const LATEST_S: i64 = 80;
/// Observations that share a transaction.
const TOGETHER: usize = 200;

/// Plays the past of every page and commits it.
///
/// # Errors
/// If the store cannot be written.
pub async fn play(app: &Arc<App>, stage: &Arc<Stage>) -> anyhow::Result<()> {
    let now = clock::now();
    let mut living = JoinSet::new();
    for page in &app.watch.pages().all {
        let (app, stage, page) = (Arc::clone(app), Arc::clone(stage), Arc::clone(page));
        living.spawn(async move { live(&app, &stage, page, now).await });
    }
    let mut lives: Vec<Life> = living.join_all().await.into_iter().flatten().collect();
    let spans: Vec<_> = lives.iter().flat_map(|life| life.spans.iter().map(|span| (life.page.id, *span))).collect();
    app.store.cover(&spans).await?;
    commit(app, &mut lives).await?;
    for life in lives {
        if let Some((platform, evidence)) = &life.platform {
            app.store.set_platform(life.page.id, platform.name(), evidence).await?;
        }
        life.hand_over();
    }
    Ok(())
}

/// Every observation of all pages in the order of its time, many in one transaction.
async fn commit(app: &App, lives: &mut [Life]) -> anyhow::Result<()> {
    let mut all: Vec<(Observation, Vec<Decided>)> =
        lives.iter_mut().flat_map(|life| std::mem::take(&mut life.seen)).collect();
    all.sort_by_key(|(observation, _)| observation.at);
    let events = all.iter().map(|(_, decided)| decided.len()).sum();
    let mut sequence = app.store.reserve(events).await?;
    let directory = app.directory();
    let complete = |(mut observation, decided): (Observation, Vec<Decided>)| {
        let desk = Desk {
            directory: &directory,
            sender: &app.sender,
            time_zone: &app.config.server.time_zone,
            now: observation.at,
            now_ms: observation.at.as_second() * 1000,
        };
        for decided in decided {
            observation.decisions.extend(compose::decisions(&desk, &decided, sequence));
            observation.events.push(EventRow { sequence, event: decided.event });
            sequence += 1;
        }
        observation
    };
    let all: Vec<Observation> = all.into_iter().map(complete).collect();
    for some in all.chunks(TOGETHER) {
        for result in app.store.commit(some).await {
            result?;
        }
    }
    Ok(())
}

/// What we lived through with one page.
struct Life {
    page: Arc<Page>,
    state: PageState,
    wake_at: Option<Timestamp>,
    records: Recalled,
    platform: Option<(Platform, Vec<String>)>,
    moved: Option<String>,
    known: Known,
    seen: Vec<(Observation, Vec<Decided>)>,
    spans: Vec<Span>,
    was_blind: bool,
}

async fn live(app: &App, stage: &Stage, page: Arc<Page>, now: Timestamp) -> Option<Life> {
    let vendor = stage.world.vendor(&page.provider.slug)?;
    let state = PageState::new(page.id.to_string(), page.address.url.as_str());
    let mut life = Life {
        page,
        state,
        wake_at: None,
        records: Recalled::new(),
        platform: None,
        moved: None,
        known: Known::default(),
        seen: Vec::new(),
        spans: Vec::new(),
        was_blind: false,
    };
    for at in looks(vendor, stage, now) {
        while let Some(moment) = life.wake_at.filter(|moment| *moment < at) {
            life.step(app, Input::Tick, moment);
            // What waits for a reading cannot be hurried by time alone.
            life.wake_at = life.wake_at.filter(|next| *next > moment);
        }
        life.look(app, stage, at).await;
    }
    Some(life)
}

/// When we looked: soon after every change, again and again after the page broke, and just now.
fn looks(vendor: &Vendor, stage: &Stage, now: Timestamp) -> Vec<Timestamp> {
    let course = &stage.world.course;
    let dated = vendor.incidents.iter().filter(|incident| matches!(incident.at, When::Absolute(_)));
    let first = dated.map(|incident| course.at(incident.at).plus(-86_400)).min();
    let begin = first.map_or(now.plus(-PAST_S), |first| first.min(now.plus(-PAST_S)));
    let drawn = |at: Timestamp| ids::hash64(&[vendor.slug.as_bytes(), &at.as_second().to_be_bytes()]);
    let late = |at: Timestamp| LATEST_S - i64::try_from(drawn(at) % 60).unwrap_or(0);
    let changes = vendor.moments(course, begin, now);
    let faults = vendor.faults.iter().map(|fault| course.at(fault.from));
    let again = faults.flat_map(|from| AFTER_A_FAULT_S.map(|after| from.plus(after)));
    let mut looks: Vec<Timestamp> = changes.into_iter().map(|at| at.plus(late(at))).chain(again).collect();
    looks.retain(|at| *at > begin && *at < now.plus(-2));
    looks.extend([begin, now.plus(-1)]);
    looks.sort_unstable();
    looks.dedup();
    looks
}

impl Life {
    /// One poll of then.
    async fn look(&mut self, app: &App, stage: &Stage, at: Timestamp) {
        if self.state.failures == 0 {
            // Between two changes the page was asked all the time.
            self.state.still_says_so(at.plus(-60));
        }
        let past = Past { stage, at };
        self.detect(&past).await;
        let Some((platform, _)) = &self.platform else { return };
        let platform = *platform;
        let asked =
            ask::page(&past, &self.page.address, self.page.reader(platform), std::mem::take(&mut self.known), at).await;
        let Asked { done, known, .. } = asked;
        self.known = known;
        match done {
            Done::Unreadable { reason, .. } => self.step(app, Input::Unreadable(&reason), at),
            Done::Unchanged => self.step(app, Input::Unchanged, at),
            Done::Read(reading) => {
                let reading = Reading { platform: Some(platform.name().to_owned()), ..*reading };
                match self.moved.take() {
                    Some(why) => self.step(app, Input::Moved(&reading, &why), at),
                    None => self.step(app, Input::Reading(&reading), at),
                }
            }
        }
        self.cover(at);
    }

    /// Which software the page is made with, the first time and after it could not be read twice. Notes a move.
    async fn detect(&mut self, past: &Past<'_>) {
        let known = self.platform.as_ref().map(|(platform, _)| *platform);
        if known.is_some() && self.state.failures < 2 {
            return;
        }
        let findings = ask::detect(past, &self.page.address).await;
        let Some(best) = findings.best().filter(|best| known != Some(best.platform)) else { return };
        self.platform = Some((best.platform, best.evidence.clone()));
        self.known = Known::default();
        self.moved = known.map(|from| poll::moved_from(from, best.platform, &best.evidence));
    }

    fn step(&mut self, app: &App, input: Input<'_>, at: Timestamp) {
        let audience = app.directory().audience(&self.page.provider.slug);
        let next = step(self.state.clone(), &self.records, input, &audience, at);
        self.records.extend(next.incidents.iter().map(|one| (one.vendor_id.clone(), one.clone())));
        let said = match input {
            Input::Reading(reading) | Input::Moved(reading, _) if next.state.failures == 0 => Some(reading.health),
            _ => None,
        };
        let (memory, validators) = Kept::of(&self.known).stored();
        let observation = Observation {
            page: self.page.id,
            provider: self.page.provider.slug.clone(),
            at,
            wake_at: next.wake_at,
            memory,
            validators,
            said,
            // `cover` below knows better.
            looks: Vec::new(),
            // The bodies of a made-up past are not worth their place.
            payloads: Vec::new(),
            incidents: next.incidents,
            maintenances: next.maintenances,
            healths: next.healths,
            packed: Packed::json(&next.state),
            state: next.state.clone(),
            events: Vec::new(),
            decisions: Vec::new(),
            outbox: Vec::new(),
            kept: Vec::new(),
            circulars: Vec::new(),
            told_along: Vec::new(),
            asked_by: None,
        };
        self.state = next.state;
        self.wake_at = next.wake_at;
        self.seen.push((observation, next.decided));
    }

    /// Whoever could read the page saw everything since the last time, and until just before it broke.
    fn cover(&mut self, at: Timestamp) {
        let blind = self.state.failures > 0;
        match self.spans.last_mut() {
            Some(span) if !self.was_blind => span.to = if blind { at.plus(-LATEST_S).max(span.to) } else { at },
            _ if !blind => self.spans.push(Span { from: at, to: at }),
            _ => {}
        }
        self.was_blind = blind;
    }

    /// The live loops go on from here.
    fn hand_over(self) {
        self.page.follow(self.state, self.wake_at);
        let platform = self.platform.map(|(platform, _)| platform);
        self.page.with(|live| {
            live.platform = platform;
            live.kept = Kept::of(&self.known);
        });
    }
}

/// The network of then.
struct Past<'a> {
    stage: &'a Stage,
    at: Timestamp,
}

impl Fetch for Past<'_> {
    async fn fetch(&self, ask: &HttpAsk, known: &Validators) -> Fetched {
        let rest = ask.url.strip_prefix(&self.stage.base).unwrap_or_default();
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let reply = self.stage.reply(path, query, known.etag.as_deref(), self.at);
        let nothing = |answer| Fetched { answer, validators: Validators::default(), retry_after_s: None };
        match reply.map(|reply| reply.how) {
            Some(How::Whole(whole)) if whole.status == 304 => {
                Fetched { answer: Answer::NotModified, validators: known.clone(), retry_after_s: None }
            }
            Some(How::Whole(whole) | How::Drops(whole)) => fetched(&ask.url, &whole),
            Some(How::Reset | How::CutOff(_)) => {
                nothing(failed(FailureKind::Reset, &ask.url, "broke off the connection"))
            }
            Some(How::Endless) => nothing(failed(FailureKind::TooLarge, &ask.url, "answers with more than we read")),
            None => nothing(failed(FailureKind::Connect, &ask.url, "is not there")),
        }
    }
}

fn fetched(url: &str, whole: &Whole) -> Fetched {
    let headers: HashMap<&str, &String> = whole.headers.iter().map(|(name, value)| (*name, value)).collect();
    let etag = headers.get("etag").map(|tag| (*tag).clone());
    let answer = HttpAnswer {
        status: whole.status,
        headers: whole.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        body: whole.body.to_vec(),
        url: url.to_owned(),
    };
    Fetched { answer: Answer::Http(answer), validators: Validators { etag, last_modified: None }, retry_after_s: None }
}

fn failed(kind: FailureKind, url: &str, what: &str) -> Answer {
    Answer::Failed(Failure { kind, detail: format!("{url} {what}."), sent: true })
}
