//! The dashboard's first sentence: the answer, before any evidence for it.

use std::collections::BTreeMap;

use tocsin_domain::Health;

use crate::dashboard::{Blank, Monitor};
use crate::sign::Sign;
use crate::words;

/// A run of words; `class` is the colour of a health, empty for ink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) text: String,
    pub(crate) class: &'static str,
}

/// How many vendors (not monitors) are how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) all: usize,
    pub(crate) trouble: usize,
    /// The worst health among those in trouble.
    pub(crate) worst: Option<Health>,
    pub(crate) unreadable: usize,
    /// Read, and without a word on how they are.
    pub(crate) silent: usize,
    /// Not asked yet: nothing went wrong, nothing is known.
    pub(crate) pending: usize,
    pub(crate) maintenance: usize,
}

impl Tally {
    /// A vendor with several monitors counts once, with its worst.
    pub(crate) fn of(monitors: &[Monitor]) -> Self {
        let mut vendors: BTreeMap<&str, (Health, Option<Blank>)> = BTreeMap::new();
        for monitor in monitors {
            let seen = (monitor.health, monitor.blank());
            let entry = vendors.entry(&monitor.provider.slug).or_insert(seen);
            *entry = (*entry).max(seen);
        }
        let mut tally = Self { all: vendors.len(), ..Self::default() };
        for (health, blank) in vendors.into_values() {
            match health {
                Health::Operational => {}
                Health::Maintenance => tally.maintenance += 1,
                Health::Unknown => match blank {
                    Some(Blank::Unreadable) => tally.unreadable += 1,
                    Some(Blank::Silent) => tally.silent += 1,
                    Some(Blank::Pending) | None => tally.pending += 1,
                },
                Health::Degraded | Health::PartialOutage | Health::MajorOutage => {
                    tally.trouble += 1;
                    tally.worst = tally.worst.max(Some(health));
                }
            }
        }
        tally
    }

    /// The sentence, number by number.
    pub(crate) fn sentence(self) -> Vec<Run> {
        let mut runs = match self.all {
            0 => return vec![ink("No vendor is being watched yet")],
            1 => return vec![ink(self.only())],
            _ => self.first(),
        };
        if self.trouble > 0 && self.unreadable > 0 {
            runs.extend([ink(", "), number(self.unreadable, Health::Unknown), ink(" cannot be read")]);
        }
        if self.silent > 0 && self.silent < self.all {
            runs.push(ink(format!(", {} {}", words::number(self.silent), says_nothing(self.silent))));
        }
        if self.pending > 0 && self.pending < self.all {
            runs.push(ink(format!(", {} not read yet", words::number(self.pending))));
        }
        runs
    }

    /// The same for a board: `2 of 14 have trouble, 1 cannot be read`. `only`: the name of the one that is on it.
    pub(crate) fn on_board(self, only: &str) -> Vec<Run> {
        let all = words::number(self.all);
        if self.all == 0 {
            return vec![ink("Nothing is on this board yet")];
        }
        if self.all == 1 {
            return vec![ink(format!("{only} {}", self.one_is()))];
        }
        let mut runs = if self.trouble > 0 {
            let verb = if self.trouble == 1 { "has" } else { "have" };
            let worst = self.worst.unwrap_or(Health::Degraded);
            let mut runs = vec![number(self.trouble, worst), ink(format!(" of {all} {verb} trouble"))];
            if self.unreadable > 0 {
                runs.extend([ink(", "), number(self.unreadable, Health::Unknown), ink(" cannot be read")]);
            }
            runs
        } else if self.unreadable > 0 {
            let known = self.unreadable + self.silent + self.pending < self.all;
            let rest = if known { ", none is known to have trouble" } else { "" };
            vec![number(self.unreadable, Health::Unknown), ink(format!(" of {all} cannot be read{rest}"))]
        } else if self.maintenance > 0 {
            let count = number(self.maintenance, Health::Maintenance);
            vec![ink(format!("None of {all} has trouble, ")), count, ink(" under maintenance")]
        } else {
            vec![ink(match self.all - self.pending - self.silent {
                well if well == self.all => format!("All {all} are well"),
                0 if self.pending == self.all => format!("All {all} are about to be read for the first time"),
                0 if self.silent == self.all => format!("None of {all} says how it is"),
                1 => format!("1 of {all} is well"),
                well => format!("{} of {all} are well", words::number(well)),
            })]
        };
        if self.silent > 0 && self.silent < self.all {
            runs.push(ink(format!(", {} {}", words::number(self.silent), says_nothing(self.silent))));
        }
        if self.pending > 0 && self.pending < self.all {
            runs.push(ink(format!(", {} not read yet", words::number(self.pending))));
        }
        runs
    }

    fn one_is(self) -> &'static str {
        if self.trouble > 0 {
            "has trouble"
        } else if self.unreadable > 0 {
            "cannot be read"
        } else if self.silent > 0 {
            "does not say how it is"
        } else if self.pending > 0 {
            "is about to be read for the first time"
        } else if self.maintenance > 0 {
            "is under maintenance"
        } else {
            "is well"
        }
    }

    fn first(self) -> Vec<Run> {
        let vendors = format!("{} vendors", words::number(self.all));
        if self.trouble > 0 {
            let verb = if self.trouble == 1 { "is" } else { "are" };
            let worst = self.worst.unwrap_or(Health::Degraded);
            return vec![number(self.trouble, worst), ink(format!(" of your {vendors} {verb} in trouble"))];
        }
        if self.unreadable > 0 {
            let rest = if self.unreadable + self.silent == self.all || self.silent > 0 {
                ""
            } else {
                ", none is known to be in trouble"
            };
            return vec![
                number(self.unreadable, Health::Unknown),
                ink(format!(" of your {vendors} cannot be read{rest}")),
            ];
        }
        if self.maintenance > 0 {
            let count = number(self.maintenance, Health::Maintenance);
            return vec![ink(format!("No trouble at your {vendors}, ")), count, ink(" under maintenance")];
        }
        vec![ink(match self.all - self.pending - self.silent {
            well if well == self.all => format!("All {vendors} are well"),
            0 if self.pending == self.all => format!("Your {vendors} are about to be read for the first time"),
            0 if self.silent == self.all => format!("Your {vendors} {}", says_nothing(self.all)),
            1 => format!("1 of your {vendors} is well"),
            well => format!("{} of your {vendors} are well", words::number(well)),
        })]
    }

    /// For a team with a single vendor.
    fn only(self) -> &'static str {
        if self.trouble > 0 {
            "Your one vendor is in trouble"
        } else if self.unreadable > 0 {
            "Your one vendor cannot be read"
        } else if self.silent > 0 {
            "Your one vendor does not say how it is"
        } else if self.pending > 0 {
            "Your one vendor is about to be read for the first time"
        } else if self.maintenance > 0 {
            "Your one vendor is under maintenance"
        } else {
            "Your one vendor is well"
        }
    }
}

/// What so many vendors do.
fn says_nothing(vendors: usize) -> &'static str {
    if vendors == 1 { "does not say how it is" } else { "do not say how they are" }
}

fn ink(text: impl Into<String>) -> Run {
    Run { text: text.into(), class: "" }
}

fn number(count: usize, health: Health) -> Run {
    Run { text: words::number(count), class: Sign::from(health).class }
}

/// The sentence without its colours.
pub(crate) fn plain(runs: &[Run]) -> String {
    runs.iter().map(|run| run.text.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tocsin_domain::{ProviderRef, Timestamp};

    /// What is known of a page.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Known {
        Read,
        Failed,
        Nothing,
    }
    use Known::{Failed, Nothing, Read};

    fn monitors(mix: &[(Health, Known, usize)]) -> Vec<Monitor> {
        let mut list = Vec::new();
        for (health, known, count) in mix {
            for _ in 0..*count {
                let slug = format!("vendor-{}", list.len());
                list.push(Monitor {
                    id: slug.clone(),
                    provider: ProviderRef { name: slug.clone(), slug },
                    components: Vec::new(),
                    health: *health,
                    last_known: None,
                    reason: (*known == Failed).then(|| "HTTP 500.".to_owned()),
                    read_at: (*known == Read).then(|| Timestamp::from_second(1_000)),
                    wishes: Default::default(),
                });
            }
        }
        list
    }

    #[test]
    fn the_sentence_for_many_mixes() {
        use Health::{Degraded, Maintenance, MajorOutage, Operational, PartialOutage, Unknown};
        type Mix = (Health, Known, usize);
        let table: &[(&[Mix], &str)] = &[
            (&[], "No vendor is being watched yet"),
            (&[(Operational, Read, 1)], "Your one vendor is well"),
            (&[(Degraded, Read, 1)], "Your one vendor is in trouble"),
            (&[(Unknown, Failed, 1)], "Your one vendor cannot be read"),
            (&[(Unknown, Nothing, 1)], "Your one vendor is about to be read for the first time"),
            (&[(Maintenance, Read, 1)], "Your one vendor is under maintenance"),
            (&[(Operational, Read, 25)], "All 25 vendors are well"),
            (&[(Unknown, Nothing, 25)], "Your 25 vendors are about to be read for the first time"),
            (&[(Operational, Read, 20), (Unknown, Nothing, 5)], "20 of your 25 vendors are well, 5 not read yet"),
            (&[(Operational, Read, 24), (Maintenance, Read, 1)], "No trouble at your 25 vendors, 1 under maintenance"),
            (
                &[(Operational, Read, 24), (Unknown, Failed, 1)],
                "1 of your 25 vendors cannot be read, none is known to be in trouble",
            ),
            (&[(Unknown, Read, 1)], "Your one vendor does not say how it is"),
            (&[(Unknown, Read, 3)], "Your 3 vendors do not say how they are"),
            (
                &[(Operational, Read, 24), (Unknown, Read, 1)],
                "24 of your 25 vendors are well, 1 does not say how it is",
            ),
            (
                &[(Operational, Read, 1), (Unknown, Read, 2), (Unknown, Nothing, 1)],
                "1 of your 4 vendors is well, 2 do not say how they are, 1 not read yet",
            ),
            (
                &[(Unknown, Read, 2), (Unknown, Nothing, 1)],
                "0 of your 3 vendors are well, 2 do not say how they are, 1 not read yet",
            ),
            (
                &[(Operational, Read, 20), (Unknown, Read, 2), (Unknown, Failed, 1)],
                "1 of your 23 vendors cannot be read, 2 do not say how they are",
            ),
            (
                &[(Operational, Read, 20), (Unknown, Read, 2), (Maintenance, Read, 1)],
                "No trouble at your 23 vendors, 1 under maintenance, 2 do not say how they are",
            ),
            (
                &[(Degraded, Read, 2), (Unknown, Failed, 1), (Unknown, Read, 1)],
                "2 of your 4 vendors are in trouble, 1 cannot be read, 1 does not say how it is",
            ),
            (&[(Unknown, Failed, 3)], "3 of your 3 vendors cannot be read"),
            (&[(Operational, Read, 24), (Degraded, Read, 1)], "1 of your 25 vendors is in trouble"),
            (
                &[(Operational, Read, 4_990), (MajorOutage, Read, 1), (PartialOutage, Read, 2), (Unknown, Failed, 7)],
                "3 of your 5,000 vendors are in trouble, 7 cannot be read",
            ),
            (
                &[(Degraded, Read, 2), (Unknown, Failed, 1), (Unknown, Nothing, 1)],
                "2 of your 4 vendors are in trouble, 1 cannot be read, 1 not read yet",
            ),
            (
                &[(Maintenance, Read, 1), (Unknown, Nothing, 2)],
                "No trouble at your 3 vendors, 1 under maintenance, 2 not read yet",
            ),
        ];
        for (mix, sentence) in table {
            assert_eq!(plain(&Tally::of(&monitors(mix)).sentence()), *sentence, "{mix:?}");
        }
    }

    #[test]
    fn the_sentence_of_a_board() {
        use Health::{Degraded, Maintenance, Operational, Unknown};
        type Mix = (Health, Known, usize);
        let table: &[(&[Mix], &str)] = &[
            (&[], "Nothing is on this board yet"),
            (&[(Operational, Read, 1)], "vendor-0 is well"),
            (&[(Degraded, Read, 1)], "vendor-0 has trouble"),
            (&[(Unknown, Failed, 1)], "vendor-0 cannot be read"),
            (&[(Unknown, Read, 1)], "vendor-0 does not say how it is"),
            (&[(Unknown, Nothing, 1)], "vendor-0 is about to be read for the first time"),
            (&[(Maintenance, Read, 1)], "vendor-0 is under maintenance"),
            (&[(Operational, Read, 500)], "All 500 are well"),
            (&[(Operational, Read, 12), (Degraded, Read, 2)], "2 of 14 have trouble"),
            (&[(Degraded, Read, 1), (Unknown, Failed, 2)], "1 of 3 has trouble, 2 cannot be read"),
            (&[(Operational, Read, 2), (Unknown, Failed, 1)], "1 of 3 cannot be read, none is known to have trouble"),
            (&[(Unknown, Failed, 3)], "3 of 3 cannot be read"),
            (&[(Unknown, Failed, 1), (Unknown, Nothing, 1)], "1 of 2 cannot be read, 1 not read yet"),
            (&[(Operational, Read, 2), (Maintenance, Read, 1)], "None of 3 has trouble, 1 under maintenance"),
            (&[(Operational, Read, 1), (Unknown, Nothing, 2)], "1 of 3 is well, 2 not read yet"),
            (&[(Operational, Read, 2), (Unknown, Read, 1)], "2 of 3 are well, 1 does not say how it is"),
            (&[(Unknown, Nothing, 3)], "All 3 are about to be read for the first time"),
            (&[(Unknown, Read, 3)], "None of 3 says how it is"),
            (
                &[(Unknown, Read, 2), (Unknown, Nothing, 1)],
                "0 of 3 are well, 2 do not say how they are, 1 not read yet",
            ),
        ];
        for (mix, sentence) in table {
            assert_eq!(plain(&Tally::of(&monitors(mix)).on_board("vendor-0")), *sentence, "{mix:?}");
        }
    }

    #[test]
    fn two_monitors_of_one_vendor_count_once_with_the_worst() {
        let mut list =
            monitors(&[(Health::Operational, Read, 1), (Health::MajorOutage, Read, 1), (Health::Operational, Read, 1)]);
        list[0].provider = list[1].provider.clone();
        let runs = Tally::of(&list).sentence();
        assert_eq!(plain(&runs), "1 of your 2 vendors is in trouble");
        assert_eq!(runs[0].class, "major");
    }
}
