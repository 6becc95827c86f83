//! What the words of a described page mean.

use std::collections::BTreeMap;

use tocsin_domain::{Health, Impact, MaintenanceStage, Stage};

use super::description::Words;
use crate::kit::words::{self, Phase};

/// The vendor's words, as they are looked up, and ours.
#[derive(Clone, Debug, Default)]
pub(super) struct Meanings {
    health: BTreeMap<String, Health>,
    impact: BTreeMap<String, Impact>,
    stage: BTreeMap<String, Phase>,
}

impl Meanings {
    /// What the tables say; `wrong` is told of what is no word of ours, with its key.
    pub(super) fn new(words: &Words, mut wrong: impl FnMut(&str, &str)) -> Self {
        let impact = |word: &str| Impact::ALL.into_iter().find(|impact| impact.word() == word);
        Self {
            health: table("words.health", &words.health, HEALTHS, |word| word.parse().ok(), &mut wrong),
            impact: table("words.impact", &words.impact, IMPACTS, impact, &mut wrong),
            stage: table("words.stage", &words.stage, STAGES, phase, &mut wrong),
        }
    }

    /// What the table says; otherwise what everybody means by the word.
    pub(super) fn health(&self, word: &str) -> Option<Health> {
        let word = plain(word);
        self.health.get(&word).copied().or_else(|| words::component_health(&word.replace([' ', '-'], "_")))
    }

    pub(super) fn impact(&self, word: &str) -> Option<Impact> {
        let word = plain(word);
        self.impact.get(&word).copied().or_else(|| words::severity(&word))
    }

    pub(super) fn stage(&self, word: &str) -> Option<Phase> {
        let word = plain(word);
        self.stage.get(&word).copied().or_else(|| words::phase(&word))
    }
}

fn plain(word: &str) -> String {
    word.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn phase(word: &str) -> Option<Phase> {
    let incident = || Stage::ALL.into_iter().find(|stage| stage.word() == word).map(Phase::Incident);
    let work = || MaintenanceStage::ALL.into_iter().find(|stage| stage.word() == word).map(Phase::Work);
    if word == "update" { Some(Phase::Same) } else { incident().or_else(work) }
}

fn table<T: PartialEq + Copy>(
    name: &str,
    words: &BTreeMap<String, String>,
    known: &str,
    ours: impl Fn(&str) -> Option<T>,
    wrong: &mut impl FnMut(&str, &str),
) -> BTreeMap<String, T> {
    let mut meanings = BTreeMap::new();
    for (word, meaning) in words {
        let key = format!("{name}.{word}");
        let Some(meant) = ours(meaning.trim()) else {
            wrong(&key, &format!("`{meaning}` is none of our words; {known}"));
            continue;
        };
        if meanings.insert(plain(word), meant).is_some_and(|other| other != meant) {
            wrong(&key, "stands there twice, with another meaning; upper and lower case are the same");
        }
    }
    meanings
}

pub(super) const HEALTHS: &str =
    "there are `operational`, `maintenance`, `degraded`, `partial_outage`, `major_outage` and `unknown`";
const IMPACTS: &str = "there are `none`, `minor`, `major` and `critical`";
const STAGES: &str = "there are `investigating`, `identified`, `monitoring`, `resolved`, `postmortem` for incidents, \
                      `scheduled`, `in_progress`, `verifying`, `completed`, `cancelled` for maintenances, \
                      and `update` for what goes on as before";
