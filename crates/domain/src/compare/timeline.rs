//! Two tellings of one timeline become one: nothing is lost, edits keep the earlier text.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::incident::{Revision, TimelineEntry, Update};
use crate::time::Timestamp;

/// An update that bears a time this long before a reading that did not show it was back-dated (seconds): a page and its
/// cache may be some minutes late.
const LATE_S: i64 = 10 * 60;

/// What became of a timeline.
pub(super) struct Merged {
    /// Oldest first.
    pub entries: Vec<TimelineEntry>,
    /// Entries nobody had seen before, oldest first.
    pub fresh: Vec<TimelineEntry>,
    /// The text, stage or time of a known entry changed.
    pub edited: bool,
}

/// Merges what the page tells now into what we remember. Entries the page no longer lists are kept and marked; of two
/// with one id the first counts. `listed_at`: when the page last told this timeline, if it did before.
pub(super) fn merge(known: &[TimelineEntry], told: &[Update], listed_at: Option<Timestamp>, now: Timestamp) -> Merged {
    let mut ids = BTreeSet::new();
    let told = told.iter().filter(|update| ids.insert(update.id.as_str()));
    let told: Vec<Cow<'_, Update>> = told.map(|update| timed(update, known)).collect();
    let mut left: Vec<Option<&TimelineEntry>> = known.iter().map(Some).collect();
    let pairs = pair(&mut left, &told);
    let mut edited = false;
    // An entry with the flag "nobody had seen it before".
    let mut entries: Vec<(bool, TimelineEntry)> = Vec::with_capacity(told.len().max(known.len()));
    for (update, entry) in told.iter().zip(pairs) {
        entries.push(match entry {
            Some((entry, Match::SameId)) => (false, revised(entry, update, now, &mut edited)),
            Some((entry, Match::SameMoment)) => (false, renamed(entry, update, now)),
            None => (true, fresh(update, listed_at, now)),
        });
    }
    sort(&mut entries);
    let oldest = entries.iter().filter_map(|(_, entry)| entry.at).min();
    for entry in left.into_iter().flatten() {
        if let Some(place) = beside_its_successor(entry, &entries) {
            entries.insert(place, (false, entry.clone()));
            continue;
        }
        let place = entries.iter().position(|(_, other)| other.at > entry.at).unwrap_or(entries.len());
        let mut entry = entry.clone();
        // A page that tells only the last updates does not take the earlier ones back.
        if oldest.is_some_and(|oldest| entry.at.is_some_and(|at| at >= oldest)) {
            entry.unlisted_since.get_or_insert(now);
        }
        entries.insert(place, (false, entry));
    }
    let fresh = entries.iter().filter(|(fresh, _)| *fresh).map(|(_, entry)| entry.clone()).collect();
    Merged { entries: entries.into_iter().map(|(_, entry)| entry).collect(), fresh, edited }
}

fn fresh(update: &Update, listed_at: Option<Timestamp>, now: Timestamp) -> TimelineEntry {
    TimelineEntry {
        id: update.id.clone(),
        stage: update.stage,
        at: update.at,
        body: update.body.clone(),
        first_seen_at: now,
        revisions: Vec::new(),
        left_out: 0,
        backdated: update.at.zip(listed_at).is_some_and(|(at, listed)| listed.since(at) > LATE_S),
        unlisted_since: None,
    }
}

/// A feed's entry that is edited in place has a derived id for each stage that it was seen in, all of one stem:
/// `~2026-02-20T22:01Z/identified`.
fn stem(id: &str) -> &str {
    id.split_once('/').filter(|_| looks_derived(id)).map_or(id, |(stem, _)| stem)
}

/// Two stages of one entry that is edited in place.
fn is_one_entry(one: &str, other: &str) -> bool {
    looks_derived(one) && stem(one) == stem(other)
}

/// An entry that was edited into another stage still bears the time of its first; when the stage changed it does not say.
fn timed<'a>(update: &'a Update, known: &[TimelineEntry]) -> Cow<'a, Update> {
    let follows = |entry: &TimelineEntry| {
        is_one_entry(&update.id, &entry.id) && entry.stage != update.stage && entry.at == update.at
    };
    let says_not = update.at.is_some() && known.iter().any(follows);
    if says_not { Cow::Owned(Update { at: None, ..update.clone() }) } else { Cow::Borrowed(update) }
}

/// Where an earlier stage of an entry belongs that was edited in place: nobody took it away.
fn beside_its_successor(entry: &TimelineEntry, entries: &[(bool, TimelineEntry)]) -> Option<usize> {
    let place = entries.iter().position(|(_, other)| is_one_entry(&entry.id, &other.id))?;
    let (_, other) = entries.get(place)?;
    Some(if entry.first_seen_at < other.first_seen_at { place } else { place + 1 })
}

/// Oldest first. What has no time stays behind what it followed; the page's order decides between equal times.
fn sort(entries: &mut Vec<(bool, TimelineEntry)>) {
    let mut last = None;
    let mut keyed: Vec<(Option<Timestamp>, (bool, TimelineEntry))> = std::mem::take(entries)
        .into_iter()
        .map(|entry| {
            last = entry.1.at.or(last);
            (last, entry)
        })
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    entries.extend(keyed.into_iter().map(|(_, entry)| entry));
}

enum Match {
    SameId,
    SameMoment,
}

/// For each told update the remembered entry it is: by id first, for all of them, then by stage and minute, then by stage
/// in a place that was edited.
fn pair<'a>(
    left: &mut [Option<&'a TimelineEntry>],
    told: &[Cow<'_, Update>],
) -> Vec<Option<(&'a TimelineEntry, Match)>> {
    let by_id: BTreeMap<&str, usize> =
        left.iter().enumerate().filter_map(|(place, entry)| entry.map(|entry| (entry.id.as_str(), place))).collect();
    let mut same_id = |update: &Update| left.get_mut(*by_id.get(update.id.as_str())?)?.take();
    let mut pairs: Vec<_> = told.iter().map(|update| same_id(update).map(|entry| (entry, Match::SameId))).collect();
    for (update, found) in told.iter().zip(pairs.iter_mut()) {
        if found.is_none() {
            *found = take(left.iter_mut(), |entry| same_moment(entry, update)).map(|entry| (entry, Match::SameMoment));
        }
        if found.is_none() {
            *found = take(left.iter_mut().rev(), |entry| same_place(entry, update)).map(|entry| (entry, Match::SameId));
        }
    }
    pairs
}

fn take<'a: 'b, 'b>(
    mut left: impl Iterator<Item = &'b mut Option<&'a TimelineEntry>>,
    is_it: impl Fn(&TimelineEntry) -> bool,
) -> Option<&'a TimelineEntry> {
    left.find(|entry| entry.is_some_and(&is_it)).and_then(Option::take)
}

/// Same stage in the same minute with the same words: feeds cut times to minutes and have ids of their own.
fn same_moment(entry: &TimelineEntry, update: &Update) -> bool {
    let minute = |at: Option<Timestamp>| at.map(|at| at.as_second().div_euclid(60));
    entry.at.is_some()
        && minute(entry.at) == minute(update.at)
        && entry.stage == update.stage
        && (same_text(&entry.body, &update.body) || looks_derived(&update.id) != looks_derived(&entry.id))
}

/// The same stage of the same entry. One that no longer says its stage is at the last that it said.
fn same_place(entry: &TimelineEntry, update: &Update) -> bool {
    let silent = stem(&update.id) == update.id;
    is_one_entry(&entry.id, &update.id) && (silent || entry.stage == update.stage)
}

/// Readers mark ids that they derived themselves (a feed has none) with a leading `~`.
fn looks_derived(id: &str) -> bool {
    id.starts_with('~')
}

fn same_text(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

/// Same words, whatever markup a surface wraps them in.
fn same_words(one: &str, other: &str) -> bool {
    let words = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    words(one) == words(other)
}

/// Texts that differed in nothing but numbers so many times before are a counter or a clock that runs on.
const COUNTED: usize = 3;

/// A counter or a clock that runs on says nothing new: `before` holds the earlier texts, newest first. A number that is
/// changed once, or twice, is an edit like any other.
pub(super) fn runs_on<'a>(mut before: impl Iterator<Item = &'a str>, was: &str, is: &str) -> bool {
    let alike = |text: &str| same_but_numbers(text, is);
    alike(was) && (0..COUNTED).all(|_| before.next().is_some_and(alike))
}

/// Same text but for its numbers.
fn same_but_numbers(one: &str, other: &str) -> bool {
    one.split_whitespace().map(numberless).eq(other.split_whitespace().map(numberless))
}

/// A word with one `0` for each number in it: `12:05`, `3.5` and `1,000` are one number each.
fn numberless(word: &str) -> String {
    let mut letters = word.chars().peekable();
    let mut out = String::with_capacity(word.len());
    while let Some(letter) = letters.next() {
        let digit = letter.is_ascii_digit();
        let goes_on = matches!(letter, '.' | ':' | ',') && letters.peek().is_some_and(char::is_ascii_digit);
        match (digit || goes_on, out.ends_with('0')) {
            (true, true) => {}
            (true, false) if digit => out.push('0'),
            _ => out.push(letter),
        }
    }
    out
}

fn earlier(entry: &TimelineEntry) -> impl Iterator<Item = &str> {
    entry.revisions.iter().rev().map(|revision| revision.body.as_str())
}

/// An entry under another id: of another surface, or after a migration. A native id is better than one that a reader
/// derived, because edits show under it; otherwise the page's present id counts, so that its next edit is recognised.
fn renamed(entry: &TimelineEntry, update: &Update, now: Timestamp) -> TimelineEntry {
    let mut entry = entry.clone();
    entry.unlisted_since = None;
    if looks_derived(&update.id) && !looks_derived(&entry.id) {
        return entry;
    }
    entry.id.clone_from(&update.id);
    entry.at = update.at.or(entry.at);
    if !same_text(&entry.body, &update.body) {
        let body = std::mem::replace(&mut entry.body, update.body.clone());
        if !same_words(&body, &entry.body) && !runs_on(earlier(&entry), &body, &entry.body) {
            entry.revise(Revision { seen_at: now, body, stage: None, at: None });
        }
    }
    entry
}

/// What the page leaves unsaid about a known entry is no change of it.
fn revised(entry: &TimelineEntry, update: &Update, now: Timestamp, edited: &mut bool) -> TimelineEntry {
    let (stage, at) = (update.stage.or(entry.stage), update.at.or(entry.at));
    let mut entry = entry.clone();
    entry.unlisted_since = None;
    if entry.id == stem(&update.id) {
        entry.id.clone_from(&update.id);
    }
    if same_text(&entry.body, &update.body) && entry.stage == stage && entry.at == at {
        return entry;
    }
    let body = std::mem::replace(&mut entry.body, update.body.clone());
    if entry.stage == stage && entry.at == at && runs_on(earlier(&entry), &body, &entry.body) {
        return entry;
    }
    *edited = true;
    entry.revise(Revision {
        seen_at: now,
        body,
        stage: entry.stage.filter(|_| entry.stage != stage),
        at: entry.at.filter(|_| entry.at != at),
    });
    entry.stage = stage;
    entry.at = at;
    entry
}
