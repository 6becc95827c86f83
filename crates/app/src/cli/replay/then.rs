//! Then: what a run made of a page at the time, held beside what today's readers and rules make of the same captures.

use std::collections::{HashMap, HashSet};

use tocsin_domain::alert::{Interest, Member};
use tocsin_domain::step::Decided;
use tocsin_domain::{Event, Subject, Timestamp};
use tocsin_store::{Store, StoreError};
use uuid::Uuid;

/// What was set up to be told, and what was decided.
#[derive(Debug, Default)]
pub struct Then {
    /// Whoever listened to the provider, as it is set up now.
    pub members: Vec<Member>,
    /// Oldest first.
    events: Vec<Judged>,
}

/// One event, and whether anybody was to be told of it.
#[derive(Debug)]
pub struct Judged {
    at: Timestamp,
    key: Key,
    title: String,
    told: bool,
}

/// What makes an event of then and one of now the same: its type, and the vendor's id of what it is about.
type Key = (&'static str, String);

impl Judged {
    fn new(event: &Event, told: bool) -> Self {
        let about = match &event.subject {
            Subject::Incident(incident) => incident.vendor_id.clone(),
            Subject::Maintenance(maintenance) => maintenance.vendor_id.clone(),
            Subject::Component(change) => change.component.id.clone(),
            Subject::Warning(warning) => warning.id.to_string(),
            Subject::Page(_) | Subject::Channel(_) | Subject::Digest(_) | Subject::Test => String::new(),
        };
        Self { at: event.at, key: (event.kind.word(), about), title: event.title(), told }
    }

    /// As today's rules decide it for `members`.
    pub fn now(decided: &Decided, members: &[Member]) -> Self {
        let ours = |group: &str| members.iter().any(|member| member.group == group);
        let told = decided.verdicts.iter().any(|verdict| verdict.told && ours(&verdict.group));
        Self::new(&decided.event, told)
    }
}

impl Then {
    /// What a store knows of a page.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn of(store: &Store, page: Uuid, provider: &str) -> Result<Self, StoreError> {
        let (monitors, groups) = store.listeners().await?;
        let monitors = monitors.iter().filter(|monitor| monitor.provider == provider && !monitor.paused);
        let members = monitors.flat_map(|monitor| {
            let theirs = groups.iter().filter(|group| monitor.groups.contains(&group.id));
            theirs.map(|group| Member {
                monitor: monitor.id.to_string(),
                interest: Interest(monitor.components.clone()),
                group: group.id.to_string(),
                group_name: group.name.clone(),
                rule: group.rule.clone(),
                channels: group.channels.iter().map(Uuid::to_string).collect(),
                tags: monitor.tags.clone(),
                aware: monitor.aware,
                ..Member::default()
            })
        });
        let told: HashSet<i64> = store.told_sequences().await?.into_iter().collect();
        let entries = store.events_of(page).await?;
        let events = entries.iter().map(|entry| Judged::new(&entry.event, told.contains(&entry.sequence)));
        Ok(Self { members: members.collect(), events: events.collect() })
    }

    /// One sentence for each difference, in the order of time, and one that counts what is as it was.
    pub fn against(&self, provider: &str, now: &[Judged], since: Timestamp) -> Vec<String> {
        let mut left: HashMap<&Key, Vec<&Judged>> = HashMap::new();
        for event in now.iter().rev() {
            left.entry(&event.key).or_default().push(event);
        }
        let (mut same, mut found) = (0_usize, Vec::new());
        for then in self.events.iter().filter(|event| event.at >= since) {
            match left.get_mut(&then.key).and_then(Vec::pop) {
                None => found.push((then.at, sentence(then, "was an event then, and is none now"))),
                Some(now) if now.told != then.told => {
                    let words = if then.told {
                        "was told then, and would be silent now"
                    } else {
                        "was silent then, and would be told now"
                    };
                    found.push((then.at, sentence(then, words)));
                }
                Some(_) => same += 1,
            }
        }
        let rest = left.into_values().flatten().filter(|event| event.at >= since);
        found.extend(rest.map(|now| (now.at, sentence(now, "is an event now, and was none then"))));
        found.sort();
        let count = format!("{provider}: {same} as then, {} otherwise", found.len());
        found.into_iter().map(|(_, text)| text).chain([count]).collect()
    }
}

fn sentence(event: &Judged, words: &str) -> String {
    format!("{}  {} {words}: {}", event.at, event.key.0, event.title)
}
