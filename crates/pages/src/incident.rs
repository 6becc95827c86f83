//! `/incidents/{id}`: what the vendor said, when, in its own words, and what our own clock adds.

use askama::Template;
use jiff::tz::TimeZone;
use tocsin_domain::promise::{self, Promise};
use tocsin_domain::title::{self, SplitTitle};
use tocsin_domain::{Edit, EventKind, Incident, ProviderRef, Revision, Stage, TimelineEntry, Timestamp, Was};

use crate::deliveries::{self, Delivery};
use crate::diff::{self, Piece};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::moment::{Form, Moment};
use crate::rows::{self, Who};
use crate::sign::Sign;
use crate::wishes::{MutedRow, OfOne, TakenRow};
use crate::{headings, json_ld, links, words};

/// An update that we saw this much later than its own time (seconds) says so.
const LATE_S: i64 = 15 * 60;

/// Affected components shown at once; the others are folded away.
const PARTS_SHOWN: usize = 12;

/// What an incident's page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub now: Timestamp,
    pub provider: ProviderRef,
    pub incident: Incident,
    /// One for each of `incident.updates`, in their order. Where one is missing, its text is shown as it is.
    pub bodies: Vec<Body>,
    pub told: Told,
    pub wishes: OfOne,
}

/// Who of us heard of it.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Messages, oldest first.
    pub deliveries: Vec<Delivery>,
    /// There are more than those.
    pub more: bool,
    /// Where nobody was told: why, one sentence; empty where nothing was decided.
    pub silence: String,
}

/// The texts of one update as HTML that is safe to show: the caller has sanitised it.
#[derive(Clone, Debug, Default)]
pub struct Body {
    pub html: String,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page::new(facts))
}

#[derive(Template, Debug)]
#[template(path = "pages/incident.html")]
struct Page {
    layout: Layout,
    json_ld: String,
    who: Who,
    title: SplitTitle,
    verbatim: String,
    impact: Sign,
    state: Sign,
    open: bool,
    vendor: Option<String>,
    has_postmortem: bool,
    sample: bool,
    facts: Times,
    components: Vec<String>,
    more_components: Vec<String>,
    notes: Vec<Remark>,
    entries: Vec<Entry>,
    update_count: String,
    /// What it said of itself before.
    before: Vec<Before>,
    before_left_out: String,
    postmortems: Vec<Entry>,
    heard: Vec<Heard>,
    heard_more: bool,
    silence: String,
    promised: Option<Promised>,
    taken: Option<TakenRow>,
    muted: Option<MutedRow>,
    /// Where what is done about it is sent to; `None`: this reader may do nothing, or there is nothing to do.
    path: Option<String>,
    /// All messages about it, and all decisions.
    deliveries: String,
    decisions: String,
}

/// When the vendor said that it would speak again; it has not yet.
#[derive(Clone, Debug)]
struct Promised {
    by: Moment,
    broken: bool,
    /// How long until then, or since.
    span: Moment,
}

impl Promised {
    fn of(incident: &Incident, now: Timestamp, zone: &TimeZone) -> Option<Self> {
        let at = incident.promised_at()?;
        let broken = incident.is_promise_broken(now);
        let span = if broken { Moment::lasting(at, now) } else { Moment::ahead(at, now) };
        Some(Self { by: Moment::near(at, now, zone), broken, span })
    }
}

/// What became of a promise: `Next update promised by 10:30 UTC, and it came in time` or `…, and it came 25m late`.
#[derive(Clone, Debug)]
struct Settled {
    by: Moment,
    /// Empty where it was kept.
    late: String,
}

impl Settled {
    fn new(promise: Promise, update: &TimelineEntry, zone: &TimeZone) -> Option<Self> {
        let came = promise.came?;
        let late = promise.late_s(came).map(words::duration).unwrap_or_default();
        Some(Self { by: Moment::near(promise.by, update.at.unwrap_or(came), zone), late })
    }
}

/// One message that went out.
#[derive(Clone, Debug)]
struct Heard {
    href: String,
    channel: String,
    kind: String,
    recipient: String,
    event: &'static str,
    sign: Sign,
    /// When it arrived, or was made where it has not.
    at: Moment,
}

/// The three clocks.
#[derive(Clone, Debug)]
struct Times {
    started: Option<Moment>,
    resolved: Option<Moment>,
    /// Its end was inferred: the page only stopped listing it.
    inferred: bool,
    duration: String,
    /// The vendor's end lies before its start.
    contradictory: bool,
    seen: Moment,
    imported: bool,
    /// A push of the vendor made us look.
    pushed: bool,
    /// `38s`: our first sight after the vendor's first word.
    delay: String,
}

/// One thing that our own records add.
#[derive(Clone, Debug)]
struct Remark {
    label: &'static str,
    value: String,
}

/// An entry of the timeline.
#[derive(Clone, Debug)]
struct Entry {
    sign: Sign,
    time: Option<Moment>,
    day: Option<Moment>,
    /// The entry before it bears the same day (in the team’s zone; the script looks again in the reader's zone).
    same_day: bool,
    full: Option<Moment>,
    html: String,
    /// Set where the update reached us long after its own time.
    late: String,
    /// We read the page at the time that it bears, and it was not there.
    backdated: bool,
    promise: Option<Settled>,
    /// Since when the page no longer lists it.
    gone: Option<Moment>,
    earlier: String,
    revisions: Vec<Earlier>,
    /// `12 earlier edits`, where not all were kept.
    left_out: String,
}

/// What the vendor has replaced.
#[derive(Clone, Debug)]
struct Earlier {
    until: Moment,
    /// Its stage and time, where those were others.
    bore: String,
    /// From its text to the one that followed; empty where that stayed.
    words: Vec<Piece>,
}

/// What a whole incident said before.
#[derive(Clone, Debug)]
struct Before {
    until: Moment,
    said: String,
}

impl Before {
    fn new(edit: &Edit, zone: &TimeZone) -> Self {
        let moment = |at: &Timestamp| Moment::new(*at, Form::Full, zone).text().to_owned();
        let said = match &edit.was {
            Was::Title(title) => format!("the title was “{title}”"),
            Was::Impact(impact) => format!("the impact was {}", impact.label().to_lowercase()),
            Was::StartedAt(at) => format!("it began at {}", moment(at)),
            Was::ResolvedAt(at) => format!("it ended at {}", moment(at)),
            Was::Components(components) => {
                let names: Vec<&str> = components.iter().map(|component| component.name.as_str()).collect();
                format!("it concerned {}", names.join(", "))
            }
        };
        Self { until: Moment::new(edit.seen_at, Form::Full, zone), said }
    }
}

impl Page {
    fn new(facts: &Facts) -> Self {
        let incident = &facts.incident;
        let zone = facts.chrome.zone();
        let title = title::split(&incident.title);
        let vendor = incident.url.as_deref().and_then(links::outward);
        let path = links::incident(incident.id);
        let layout = layout(facts, &path, &title);
        let (postmortems, mut entries): (Vec<_>, Vec<_>) =
            incident.updates.iter().enumerate().partition(|(_, update)| update.stage == Some(Stage::Postmortem));
        if incident.is_open() {
            entries.reverse();
        }
        let mut components: Vec<String> = incident.components.iter().map(|part| part.name.clone()).collect();
        let promises = promise::of(incident);
        let entry = |(at, update): (usize, &TimelineEntry), top| {
            let promise = promises.get(at).copied().flatten().and_then(|one| Settled::new(one, update, &zone));
            Entry { promise, ..Entry::new(update, facts.bodies.get(at), incident, top, &zone) }
        };
        Self {
            json_ld: json_ld::incident(
                &facts.provider,
                incident,
                layout.canonical.as_deref().unwrap_or_default(),
                vendor.as_deref(),
            ),
            layout,
            who: Who::from(&facts.provider),
            verbatim: incident.title.clone(),
            title,
            impact: incident.impact.into(),
            state: if incident.is_open() { incident.stage.into() } else { Stage::Resolved.into() },
            open: incident.is_open(),
            vendor,
            has_postmortem: !postmortems.is_empty(),
            sample: incident.sample,
            facts: Times::new(incident, facts.now, &zone),
            more_components: components.split_off(components.len().min(PARTS_SHOWN)),
            components,
            notes: remarks(incident, &promises, facts.now),
            update_count: words::count(entries.len(), "update", "updates"),
            entries: days_once(entries.into_iter().map(|pair| entry(pair, 4)).collect()),
            before: incident.edits.iter().map(|edit| Before::new(edit, &zone)).collect(),
            before_left_out: left_out(incident.left_out),
            heard: facts.told.deliveries.iter().map(|delivery| Heard::new(delivery, &zone)).collect(),
            promised: Promised::of(incident, facts.now, &zone),
            taken: facts.wishes.taken.as_ref().map(|taken| TakenRow::new(taken, &zone)),
            muted: facts
                .wishes
                .muted
                .as_ref()
                .filter(|_| incident.is_open())
                .map(|muted| MutedRow::new(muted, &facts.provider.name, facts.now, &zone)),
            path: (facts.chrome.signed_in.is_some() && incident.is_open()).then(|| path.clone()),
            heard_more: facts.told.more,
            silence: facts.told.silence.clone(),
            deliveries: links::query("/deliveries", &[("incident", &incident.id.to_string())]),
            decisions: links::query("/decisions", &[("incident", &incident.id.to_string())]),
            postmortems: postmortems.into_iter().map(|pair| entry(pair, 3)).collect(),
        }
    }
}

impl Heard {
    fn new(delivery: &Delivery, zone: &TimeZone) -> Self {
        let arrived = delivery.attempts.last().filter(|_| delivery.state == deliveries::State::Sent);
        let at = arrived.map_or(delivery.created_at, |attempt| attempt.at);
        Self {
            href: links::delivery(&delivery.id),
            channel: delivery.channel.clone(),
            kind: delivery.kind.clone(),
            recipient: delivery.recipient.clone(),
            event: delivery.event.parse::<EventKind>().map_or("Message", EventKind::label),
            sign: delivery.state.sign(),
            at: Moment::new(at, Form::DayTime, zone),
        }
    }
}

fn layout(facts: &Facts, path: &str, title: &SplitTitle) -> Layout {
    let incident = &facts.incident;
    let name = &facts.provider.name;
    let state = if incident.is_open() { incident.stage.label().to_lowercase() } else { "resolved".to_owned() };
    let lasted = incident.duration_s(facts.now).filter(|_| incident.is_open()).or_else(|| rows::lasted(incident));
    let lasted = lasted.map(|seconds| format!(" after {}", words::duration(seconds))).unwrap_or_default();
    let impact = incident.impact.label().to_lowercase();
    let description =
        format!("{name}: {}. {impact}, {state}{lasted}.", title.sentence, impact = words::capitalised(&impact));
    let heading = if incident.title.trim().is_empty() { &title.sentence } else { &incident.title };
    let mut layout = Layout::new(&facts.chrome, Nav::None, Some(path), &format!("{heading} · {name}"), description);
    layout = layout.live(format!("/live{path}"), facts.now);
    layout.kind = "article";
    heading.clone_into(&mut layout.preview);
    layout
}

impl Times {
    fn new(incident: &Incident, now: Timestamp, zone: &TimeZone) -> Self {
        let lasted = if incident.is_open() { incident.duration_s(now) } else { rows::lasted(incident) };
        let contradictory = match (incident.started_at, incident.resolved_at) {
            (Some(start), Some(end)) => end < start && !incident.is_open(),
            _ => false,
        };
        Self {
            started: incident.started_at.map(|at| Moment::new(at, Form::Full, zone)),
            resolved: incident.resolved_at.filter(|_| !incident.is_open()).map(|at| Moment::new(at, Form::Full, zone)),
            inferred: incident.inferred,
            duration: lasted.map(words::duration).unwrap_or_default(),
            contradictory,
            seen: Moment::new(incident.first_seen_at, Form::Exact, zone),
            imported: incident.imported,
            pushed: incident.pushed_at.is_some(),
            delay: incident.detection_s().map(words::duration).unwrap_or_default(),
        }
    }
}

/// What nobody but a watcher can say: silences, edits, and how late the explanation came.
fn remarks(incident: &Incident, promises: &[Option<Promise>], now: Timestamp) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let terminal = |update: &&TimelineEntry| update.stage.is_some_and(Stage::is_terminal);
    let mut spoken: Vec<Timestamp> = incident
        .updates
        .iter()
        .filter(|update| update.stage != Some(Stage::Postmortem))
        .filter_map(|update| update.at)
        .collect();
    if incident.is_open() && !spoken.is_empty() {
        spoken.push(now);
    }
    spoken.sort_unstable();
    let silence = spoken.windows(2).filter_map(|pair| Some(pair.get(1)?.since(*pair.first()?))).max();
    if let Some(seconds) = silence.filter(|seconds| *seconds > 0) {
        remarks.push(Remark { label: "Longest silence", value: words::duration(seconds) });
    }
    let settled = promises.iter().flatten().filter(|one| one.came.is_some() || one.late_s(now).is_some());
    let (kept, late): (Vec<&Promise>, Vec<&Promise>) = settled.partition(|promise| promise.late_s(now).is_none());
    if !(kept.is_empty() && late.is_empty()) {
        let value = format!("{} of {}", words::number(kept.len()), words::number(kept.len() + late.len()));
        remarks.push(Remark { label: "Promised updates on time", value });
    }
    let count = |such: &dyn Fn(&TimelineEntry) -> usize| incident.updates.iter().map(such).sum::<usize>();
    let tallies = [
        ("Texts changed later", count(&TimelineEntry::times_changed)),
        ("Updates dated back", count(&|update| usize::from(update.backdated))),
        ("Updates taken away", count(&|update| usize::from(update.unlisted_since.is_some()))),
    ];
    let told = tallies.into_iter().filter(|(_, count)| *count > 0);
    remarks.extend(told.map(|(label, count)| Remark { label, value: words::number(count) }));
    let published =
        incident.updates.iter().find(|update| update.stage == Some(Stage::Postmortem)).and_then(|update| update.at);
    let ended = incident.resolved_at.or_else(|| incident.updates.iter().find(terminal).and_then(|update| update.at));
    if let (Some(published), Some(ended)) = (published, ended)
        && published > ended
    {
        remarks.push(Remark { label: "Post-mortem after", value: words::duration(published.since(ended)) });
    }
    remarks
}

impl Entry {
    /// `top`: the level of heading that the vendor's first heading gets.
    fn new(update: &TimelineEntry, body: Option<&Body>, incident: &Incident, top: usize, zone: &TimeZone) -> Self {
        let late =
            update.at.map(|at| update.first_seen_at.since(at)).filter(|late| *late >= LATE_S && !incident.imported);
        let next = update.revisions.iter().skip(1).map(|later| later.body.as_str()).chain([update.body.as_str()]);
        let revisions = update.revisions.iter().zip(next).map(|(revision, next)| Earlier::new(revision, next, zone));
        Self {
            sign: update.stage.map_or(Sign { class: "note", word: "Update" }, Sign::from),
            time: update.at.map(|at| Moment::new(at, Form::Time, zone)),
            day: update.at.map(|at| Moment::new(at, Form::Day, zone)),
            same_day: false,
            full: update.at.map(|at| Moment::new(at, Form::Full, zone)),
            html: safe(body.map(|body| &body.html), &update.body, top),
            late: late.filter(|_| !update.backdated).map(words::duration).unwrap_or_default(),
            backdated: update.backdated,
            promise: None,
            gone: update.unlisted_since.map(|at| Moment::new(at, Form::Full, zone)),
            earlier: words::count(update.times_changed(), "earlier version", "earlier versions"),
            revisions: revisions.collect(),
            left_out: left_out(update.left_out),
        }
    }
}

/// Nothing where everything was kept.
fn left_out(count: u32) -> String {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if count == 0 { String::new() } else { words::count(count, "earlier edit", "earlier edits") }
}

impl Earlier {
    fn new(revision: &Revision, next: &str, zone: &TimeZone) -> Self {
        let stage = revision.stage.map(|stage| format!("it was called {}", stage.label().to_lowercase()));
        let time = revision.at.map(|at| format!("it bore the time {}", Moment::new(at, Form::Full, zone).text()));
        let bore: Vec<String> = [stage, time].into_iter().flatten().collect();
        let same = revision.body == next;
        Self {
            until: Moment::new(revision.seen_at, Form::Full, zone),
            bore: bore.join(", and "),
            words: if same { Vec::new() } else { diff::pieces(&revision.body, next) },
        }
    }
}

/// Marks the entries whose day the entry above already says.
fn days_once(mut entries: Vec<Entry>) -> Vec<Entry> {
    let mut above: Option<String> = None;
    for entry in &mut entries {
        let day = entry.day.as_ref().map(|day| day.text().to_owned());
        entry.same_day = day.is_some() && day == above;
        above = day.or(above);
    }
    entries
}

/// The caller's HTML with its headings fitted in; without it the bare text, escaped.
fn safe(html: Option<&String>, text: &str, top: usize) -> String {
    match html {
        Some(html) => headings::below(html, top),
        None if text.trim().is_empty() => String::new(),
        None => format!("<p>{}</p>", escaped(text)),
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(letter),
        }
    }
    out
}
