//! The world of a story: a page, those who want to hear of it, and what we remember.

use std::collections::BTreeMap;

use tocsin_domain::alert::tray::{self, Kept, Trays};
use tocsin_domain::alert::{
    Acknowledgement, Audience, Digesting, Escalation, EventPattern, Fate, Interest, Member, Rule, Silence, Silenced,
    Span,
};
use tocsin_domain::compare::{Recalled, recall};
use tocsin_domain::step::Decided;
use tocsin_domain::warning::{Raised, clear, raise};
use tocsin_domain::{Impact, Incident, Input, PageState, ProviderRef, Reading, Step, Timestamp, step};

use crate::journal::Journal;
use crate::notation::{list, says_something};
use crate::shown::Shown;
use crate::time;
use crate::warnings;

pub struct World {
    pub state: PageState,
    /// What a store would hold.
    pub incidents: BTreeMap<String, Incident>,
    pub maintenances: BTreeMap<String, tocsin_domain::Maintenance>,
    wake_at: Option<Timestamp>,
    pub now: Option<Timestamp>,
    pub journal: Journal,
    audience: Audience,
    trays: Trays,
    shown: Shown,
    /// What our check warns of.
    warned: Option<Raised>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            state: PageState::new("page", "https://status.example.com"),
            incidents: BTreeMap::new(),
            maintenances: BTreeMap::new(),
            wake_at: None,
            now: None,
            journal: Journal::default(),
            audience: Audience::default(),
            trays: Trays::default(),
            shown: Shown::default(),
            warned: None,
        }
    }
}

impl World {
    /// Who wants to hear: one line for each monitor and the group it tells.
    pub fn who(&mut self, lines: &[&str]) -> Result<(), String> {
        let members = lines.iter().filter(|line| says_something(line)).map(|line| member(line));
        self.audience.members = members.collect::<Result<_, _>>()?;
        self.audience.provider = "northwind".to_owned();
        self.audience.category = "hosting".to_owned();
        let groups: Vec<Member> = self.audience.members.clone();
        for first in groups.iter().filter(|member| member.after.is_none()) {
            let behind = first.rule.escalate.as_ref().map(|escalation| escalation.to.as_str());
            for member in self.audience.members.iter_mut().filter(|member| Some(member.group.as_str()) == behind) {
                member.after = Some(first.group.clone());
            }
        }
        Ok(())
    }

    /// The page changes, and is read.
    pub fn page(&mut self, head: &str, lines: &[&str]) -> Result<(), String> {
        let now = time::parse(head, self.now)?;
        self.shown.change(lines, now)?;
        self.look(now);
        Ok(())
    }

    /// What happens besides: failures, time passing, the same page again.
    pub fn then(&mut self, lines: &[&str]) -> Result<(), String> {
        for line in lines.iter().filter(|line| says_something(line)) {
            let (at, what) = line.split_once("  ").ok_or_else(|| format!("two spaces follow the time in `{line}`"))?;
            let now = time::parse(at, self.now)?;
            let what = what.trim();
            if let Some(wish) = what.strip_prefix("the team ") {
                self.wish(wish, now)?;
                continue;
            }
            match what.split_once(": ").map_or((what, ""), |(what, why)| (what, why)) {
                ("the page cannot be read", why) => self.step(Input::Unreadable(why), None, now),
                ("the page has not changed", "") => self.step(Input::Unchanged, None, now),
                ("our check warns", what) => self.warns(what, now)?,
                ("our check passes", "") => self.passes(now),
                ("time passes", "") => self.time_passes(now),
                ("the same page again", "") => {
                    self.look(now);
                }
                _ => return Err(format!("`{what}` does not happen in stories")),
            }
        }
        Ok(())
    }

    /// `mutes a until 11:00`, `mutes everything`, `mutes api until 12:00`, `mutes nothing`, `acknowledges a`, `gives up a`;
    /// `the warning` in the place of an incident.
    fn wish(&mut self, wish: &str, now: Timestamp) -> Result<(), String> {
        self.now = Some(now);
        let warning = |world: &Self| world.warned.as_ref().map(|raised| raised.warning.id);
        let subject = |world: &Self, id: &str| match id {
            "the warning" => warning(world),
            id => world.incidents.get(id).map(|incident| incident.id),
        };
        let (verb, what) = wish.split_once(' ').ok_or_else(|| format!("a team does not wish `{wish}`"))?;
        let (what, until) = what.split_once(" until ").map_or((what, None), |(what, until)| (what, Some(until)));
        let until = until.map(|until| time::parse(until, self.now)).transpose()?;
        match (verb, what) {
            ("acknowledges", id) => {
                let subject = subject(self, id).ok_or_else(|| format!("there is no incident `{id}`"))?;
                let by = "Ada".to_owned();
                self.audience.acknowledged.push(Acknowledgement { team: String::new(), subject, at: now, by });
            }
            ("gives", what) => {
                let id = what.strip_prefix("up ").unwrap_or(what);
                let subject = subject(self, id).ok_or_else(|| format!("there is no incident `{id}`"))?;
                self.audience.acknowledged.retain(|one| one.subject != subject);
                self.time_passes(now);
            }
            ("mutes", "nothing") => {
                self.audience.silences.clear();
                self.time_passes(now);
            }
            ("mutes", what) => {
                let silenced = match (what, subject(self, what)) {
                    ("everything", _) => Silenced::Provider,
                    (_, Some(id)) => Silenced::Subject(id),
                    (components, None) => Silenced::Components(Interest(list(components))),
                };
                let (id, by) = (uuid::Uuid::nil(), "Ada".to_owned());
                let (team, why) = (String::new(), String::new());
                self.audience.silences.push(Silence { id, team, what: silenced, since: now, until, by, why });
            }
            _ => return Err(format!("a team does not wish `{wish}`")),
        }
        Ok(())
    }

    /// Reads the page; whoever finds it made with another platform says so.
    fn look(&mut self, now: Timestamp) {
        let reading = self.shown.reading();
        let (before, platform) = (self.state.platform.clone(), reading.platform.clone());
        let moved = before.filter(|before| platform.as_ref().is_some_and(|platform| platform != before));
        match moved {
            Some(before) => {
                let why = format!("The page moved from {before} to {}.", platform.unwrap_or_default());
                self.step(Input::Moved(&reading, &why), Some(&reading), now);
            }
            None => self.step(Input::Reading(&reading), Some(&reading), now),
        }
    }

    /// When time alone has something to say next.
    pub fn wakes(&self) -> Option<Timestamp> {
        self.wake_at.into_iter().chain(self.warned.as_ref().and_then(Raised::wakes)).min()
    }

    /// A story that leaves events unmentioned hides something.
    pub fn all_was_told(&mut self) -> Result<(), String> {
        if self.journal.is_empty() {
            Ok(())
        } else {
            Err(format!("untold at its end:\n{}", self.journal.take().join("\n")))
        }
    }

    /// As the real work loop does it: state and records make the trip through JSON, and only what is asked for is recalled.
    fn step(&mut self, input: Input<'_>, reading: Option<&Reading>, now: Timestamp) {
        self.now = Some(now);
        let stored = serde_json::to_string(&self.state).unwrap();
        let state: PageState = serde_json::from_str(&stored).unwrap();
        assert_eq!(state, self.state, "the state does not survive being stored");
        let wanted = recall(&state, reading, now);
        let known = wanted.iter().filter_map(|id| Some((id.clone(), self.incidents.get(id)?.clone())));
        let recalled: Recalled = known.collect();
        let Step { state, decided, incidents, maintenances, wake_at, .. } =
            step(state, &recalled, input, &self.audience, now);
        self.journal.note(&decided);
        self.keep(&decided, now);
        self.incidents.extend(incidents.into_iter().map(|one| (one.vendor_id.clone(), one)));
        self.maintenances.extend(maintenances.into_iter().map(|one| (one.vendor_id.clone(), one)));
        self.state = state;
        self.wake_at = wake_at;
    }
}

impl World {
    /// `no_audio touches voice`: our own check says so; a warning survives being stored.
    fn warns(&mut self, what: &str, now: Timestamp) -> Result<(), String> {
        self.now = Some(now);
        let warning = warnings::named(what, &self.state.components, now)?;
        let decided = raise(&mut self.warned, warning, &self.state.components, &self.audience, now);
        self.store_warning();
        self.journal.note(std::slice::from_ref(&decided));
        self.keep(&[decided], now);
        Ok(())
    }

    fn store_warning(&mut self) {
        let stored = serde_json::to_string(&self.warned).unwrap();
        self.warned = serde_json::from_str(&stored).unwrap();
    }

    /// Nothing happens, to the page or to what our check finds.
    fn time_passes(&mut self, now: Timestamp) {
        self.step(Input::Tick, None, now);
        let Some(raised) = &mut self.warned else { return };
        let decided = raised.due(&self.state.components, &self.audience, now);
        self.store_warning();
        self.journal.note(&decided);
        self.keep(&decided, now);
    }

    fn passes(&mut self, now: Timestamp) {
        self.now = Some(now);
        let ended = clear(&mut self.warned, "It works again", &self.state.components, &self.audience, now);
        let decided: Vec<Decided> = ended.into_iter().map(|(_, decided)| decided).collect();
        self.journal.note(&decided);
        self.keep(&decided, now);
    }
}

impl World {
    /// What is told later is kept; what is told at once takes along what was kept of it; what is due is told.
    fn keep(&mut self, decided: &[Decided], now: Timestamp) {
        let provider = ProviderRef { slug: self.audience.provider.clone(), name: "Northwind".to_owned() };
        for (Decided { event, .. }, verdict) in
            decided.iter().flat_map(|one| one.verdicts.iter().map(move |v| (one, v)))
        {
            let Some(channel) = verdict.channel.clone() else { continue };
            let about = tray::about("page", event);
            let along = || self.trays.along(&channel, &about);
            match Fate::of(event, &mut verdict.clone(), || None, along, now) {
                Fate::Silent => {}
                Fate::Told(told) if told.along.is_empty() => {}
                Fate::Told(told) => {
                    self.journal.kept(now, &channel, told.event.as_deref());
                    self.trays.forget(&told.along);
                }
                Fate::Kept(later) => self.trays.put(Kept {
                    id: tocsin_domain::ids::v7(now, &[event.id.as_bytes(), channel.as_bytes()]),
                    channel,
                    group: verdict.group.clone(),
                    monitor: verdict.monitor.clone(),
                    monitor_components: verdict.monitor_components.clone(),
                    provider: provider.clone(),
                    page: "page".to_owned(),
                    later,
                    reason: verdict.reason.text.clone(),
                    first: verdict.first,
                    sequence: 0,
                    event: event.clone(),
                }),
            }
        }
        for due in self.trays.due(now) {
            let told = due.told(now, |_, _| String::new());
            self.journal.kept(now, &due.those[0].channel, told.as_ref().map(|(_, event)| event));
            self.trays.forget(&due.ids());
        }
    }
}

/// `ops: Voice, api*; hears incident.*; from major; waits 10m; in chat, mail`
fn member(line: &str) -> Result<Member, String> {
    let (group, wishes) = line.split_once(": ").ok_or_else(|| format!("`{line}` names no group"))?;
    let mut wishes = wishes.split(';').map(str::trim);
    let follows = wishes.next().unwrap_or_default();
    let mut member = Member {
        monitor: follows.to_owned(),
        interest: Interest(if follows == "everything" { Vec::new() } else { list(follows) }),
        group: group.to_owned(),
        group_name: group.to_owned(),
        rule: Rule::default(),
        channels: vec![group.to_owned()],
        ..Member::default()
    };
    for wish in wishes {
        match wish.split_once(' ').unwrap_or((wish, "")) {
            ("hears", kinds) => {
                let patterns: Result<Vec<EventPattern>, String> = list(kinds).iter().map(|kind| kind.parse()).collect();
                member.rule.events = Some(patterns?);
            }
            ("from", impact) => {
                let known = Impact::ALL.into_iter().find(|one| one.word() == impact);
                member.rule.min_impact = known.ok_or_else(|| format!("`{impact}` is no impact"))?;
            }
            ("waits", span) => member.rule.dwell_s = time::parse_span(span)?,
            ("lasts", span) => member.rule.longer_than_s = time::parse_span(span)?,
            ("quiet", spans) => member.rule.hours.quiet = spans_of(spans)?,
            ("works", spans) => member.rule.hours.business = spans_of(spans)?,
            ("woken", impact) => {
                member.rule.hours.breaks = Impact::ALL.into_iter().find(|one| one.word() == impact);
            }
            ("lives", zone) => member.zone = zone.trim_start_matches("in ").to_owned(),
            ("digests", word) => {
                let known = Digesting::ALL.into_iter().find(|one| one.word() == word);
                member.rule.digest = Some(known.ok_or_else(|| format!("`{word}` is no digest"))?);
            }
            ("reminded", span) => member.rule.repeat_s = Some(time::parse_span(span)?),
            ("then", words) => {
                let (to, after) = words.split_once(" after ").ok_or_else(|| format!("`{words}` says not when"))?;
                member.rule.escalate = Some(Escalation { to: to.to_owned(), after_s: time::parse_span(after)? });
            }
            ("only", words) => member.rule.scope.words = list(words),
            ("of", components) => member.rule.scope.components = Interest(list(components)),
            ("tagged", tags) => member.tags = list(tags),
            ("wants", tags) => member.rule.scope.tags = list(tags),
            ("no", "maintenance") => member.rule.maintenance = false,
            ("reminders", spans) => {
                let spans: Result<Vec<i64>, String> = list(spans).iter().map(|span| time::parse_span(span)).collect();
                member.rule.reminders_s = Some(spans?);
            }
            ("promises", "") => member.rule.promises = true,
            ("aware", "") => member.aware = true,
            ("named", "") => member.named = true,
            ("alarms", channels) => member.alarms = list(channels).into_iter().collect(),
            ("in", "nothing") => member.channels.clear(),
            ("in", channels) => member.channels = list(channels),
            _ => return Err(format!("a group does not wish `{wish}`")),
        }
    }
    Ok(member)
}

fn spans_of(text: &str) -> Result<Vec<Span>, String> {
    text.split(" and ").map(|span| span.trim().parse()).collect()
}
