//! What was, of the platforms whose bodies are each read whole: further parts of their lists, and single incidents.

use tocsin_domain::{HttpAsk, Reading, Timestamp};

use super::answers::{self, Worth};
use super::simple::{Body, Simple, read_all};
use super::{back, late, past};
use crate::{Answered, Memory, PageAddress, Payload};

/// What a poll asks of what was, once now is read.
pub(super) struct Past<'a, 'b> {
    pub page: &'a PageAddress,
    pub bodies: &'a [(Payload, Body<'b>)],
    /// Bodies of the past.
    pub gone: &'a [(Payload, Body<'b>)],
    pub answers: &'a [Answered],
    pub now: Timestamp,
}

/// The first part behind what every poll reads.
const FIRST: usize = 2;

impl Past<'_, '_> {
    fn part<P: Simple>(&self, platform: &P, memory: &Memory, number: usize) -> Option<HttpAsk> {
        let url = platform.further(self.page, memory, self.bodies, number)?;
        Some(HttpAsk::get(format!("{}{number}", back::KEY), url))
    }

    fn alone<P: Simple>(&self, platform: &P, memory: &Memory, id: &str) -> Option<HttpAsk> {
        Some(HttpAsk::get(format!("{}{id}", late::KEY), platform.alone(self.page, memory, id)?))
    }

    /// None where they were made already in this poll.
    pub fn asks<P: Simple>(&self, platform: &P, memory: &Memory, reading: &Reading) -> Vec<HttpAsk> {
        if past::was_asked(self.answers) {
            return Vec::new();
        }
        let room = past::room(self.answers);
        let left = back::left(memory, reading, FIRST, self.now);
        let parts = left.into_iter().flat_map(|left| left.parts(room));
        let mut asks: Vec<HttpAsk> = parts.map_while(|number| self.part(platform, memory, number)).collect();
        let due = late::due(memory, reading, self.now, room.saturating_sub(asks.len()));
        asks.extend(due.iter().filter_map(|id| self.alone(platform, memory, id)));
        asks
    }

    /// The reading with what was, and what is remembered of that.
    pub fn joined<P: Simple>(&self, platform: &P, memory: &mut Memory, reading: Reading) -> Reading {
        let left = back::left(memory, &reading, FIRST, self.now);
        let mut parts = Vec::new();
        let numbers = left.map_or(0..0, |left| left.next..usize::MAX);
        let came: Vec<back::Came> = numbers.map_while(|number| self.came(platform, number, &mut parts)).collect();
        let goes_on = left.filter(|left| !came.is_empty() || self.part(platform, memory, left.next).is_some());
        let left = goes_on.and_then(|left| left.after(came, FIRST, 1));
        if left.is_some() || goes_on.is_some() || memory.0.contains_key(back::BACK) {
            back::remember(memory, left, self.now);
        }
        let reading = self.with_the_past(platform, reading, parts);
        // Nothing is remembered of incidents that stand nowhere by themselves.
        if platform.alone(self.page, memory, "id").is_some() {
            late::remember(memory, &reading, &past::late_ids(self.answers), self.now);
        }
        reading
    }

    /// What came of a part; `None` where it was not asked. Since when all is told with it goes to `parts`.
    fn came<P: Simple>(&self, platform: &P, number: usize, parts: &mut Vec<Timestamp>) -> Option<back::Came> {
        let key = format!("{}{number}", back::KEY);
        let is_ours = |payload: &Payload| self.gone.iter().any(|(ours, _)| ours.key == payload.key);
        Some(match answers::worth_by(self.answers, &key, is_ours)? {
            Worth::Trouble(_) | Worth::Same => back::Came::Trouble,
            Worth::Absent(_) => back::Came::Absent,
            Worth::Body => {
                let read = read_all(platform, self.gone.iter().filter(|(payload, _)| payload.key == key), self.now);
                // The first part follows on what every poll reads, each other one on the one before it.
                parts.extend(read.covers.history_since.filter(|_| parts.len() + FIRST == number));
                let starts = read.incidents.iter().map(|one| one.started_at);
                let first = starts.chain(read.maintenances.iter().map(|one| one.starts_at)).flatten().min();
                first.map_or(back::Came::Empty, back::Came::Until)
            }
        })
    }

    fn with_the_past<P: Simple>(&self, platform: &P, reading: Reading, parts: Vec<Timestamp>) -> Reading {
        if self.gone.is_empty() {
            return reading;
        }
        let all = self.bodies.iter().chain(self.gone);
        let mut joined = past::joined(reading, read_all(platform, all, self.now));
        let since = joined.covers.history_since;
        joined.covers.history_since = since.map(|since| parts.into_iter().fold(since, Timestamp::min));
        joined
    }
}
