//! Every request to a receiver, with what came of it: for programs that check in which order things were told.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::desk::Act;
use super::fault::Fault;
use super::{Kind, locked};

/// So many requests are kept.
const KEPT: usize = 4_000;

/// One request.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Microseconds since 1970 in UTC.
    pub at_us: i64,
    pub kind: Kind,
    /// Which receiver of that kind; empty for the usual one.
    pub name: String,
    pub method: String,
    pub path: String,
    /// `webhook-id`, or a mail's `Message-ID`; empty where the sender gives none.
    pub id: String,
    pub fault: Fault,
    /// `None`: nothing was said.
    pub status: Option<u16>,
    pub act: Act,
    /// What it made or changed.
    pub thing: String,
    /// What that belongs to.
    pub of: String,
    pub read: Value,
}

#[derive(Debug, Default)]
pub struct Journal {
    /// The number of the next one, and the last ones.
    entries: Mutex<(u64, VecDeque<(u64, Entry)>)>,
}

impl Journal {
    pub fn note(&self, entry: Entry) {
        let mut locked = locked(&self.entries);
        let (number, entries) = &mut *locked;
        *number += 1;
        entries.push_back((*number, entry));
        if entries.len() > KEPT {
            entries.pop_front();
        }
    }

    /// Oldest first.
    pub fn json(&self) -> Value {
        let locked = locked(&self.entries);
        let one = |(number, entry): &(u64, Entry)| {
            json!({
                "number": number, "at_us": entry.at_us, "kind": entry.kind.name(), "name": entry.name,
                "method": entry.method, "path": entry.path, "id": entry.id, "fault": entry.fault.word(),
                "status": entry.status, "act": entry.act.word(), "thing": entry.thing, "of": entry.of, "json": entry.read,
            })
        };
        locked.1.iter().map(one).collect()
    }
}
