//! What can be changed while calls come in. Each switch stops, drains, or chooses among paths that were tested; none falls
//! back to another path by itself.
//!
//! | switch | off, or raised | calls that are on |
//! |---|---|---|
//! | `calls.accept` | no call is taken | go on |
//! | `routing.queue.<id>` | the queue's callers are sent to voicemail | go on |
//! | `bridge.v2` | the first bridge carries new calls | keep theirs |
//! | `codec.opus` | new calls are PCMU | keep theirs |
//! | `widget.min_build` | older widgets get no lease and load again | go on |
//! | `calls.terminate_all` | every call is ended, once | end |
//!
//! What chooses a path becomes a new version of the configuration, so that every session acknowledges it, and
//! [`share`] says how far that is. Every change is written down with who and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::lease::Session;
use crate::snapshot::{Bridge, Build, Codec, Content, Stamp};

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Switch {
    CallsAccept,
    BridgeV2,
    CodecOpus,
    WidgetMinBuild,
    RoutingQueue(String),
    CallsTerminateAll,
}

impl fmt::Display for Switch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Switch::CallsAccept => out.write_str("calls.accept"),
            Switch::BridgeV2 => out.write_str("bridge.v2"),
            Switch::CodecOpus => out.write_str("codec.opus"),
            Switch::WidgetMinBuild => out.write_str("widget.min_build"),
            Switch::RoutingQueue(queue) => write!(out, "routing.queue.{queue}"),
            Switch::CallsTerminateAll => out.write_str("calls.terminate_all"),
        }
    }
}

impl FromStr for Switch {
    type Err = Refused;

    fn from_str(word: &str) -> Result<Switch, Refused> {
        Ok(match word {
            "calls.accept" => Switch::CallsAccept,
            "bridge.v2" => Switch::BridgeV2,
            "codec.opus" => Switch::CodecOpus,
            "widget.min_build" => Switch::WidgetMinBuild,
            "calls.terminate_all" => Switch::CallsTerminateAll,
            _ => match word.strip_prefix("routing.queue.") {
                Some(queue) if !queue.is_empty() => Switch::RoutingQueue(queue.to_owned()),
                _ => return Err(Refused::Unknown(word.to_owned())),
            },
        })
    }
}

impl Serialize for Switch {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Setting {
    On(bool),
    Build(Build),
}

/// A change, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub at: Duration,
    pub who: String,
    pub why: String,
    pub switch: Switch,
    pub from: Setting,
    pub to: Setting,
}

/// What a change asks of the desk at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It was so already.
    Nothing,
    /// Publish what [`Switches::content`] and [`Switches::min_build`] now say.
    Publish,
    AcceptCalls(bool),
    CloseQueue {
        queue: String,
        closed: bool,
    },
    TerminateAll,
}

/// Why a switch is not turned; each says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    Unknown(String),
    UnknownQueue(String),
    /// A number where on or off is meant, or the other way round.
    WrongSetting(Switch),
    /// No gate has passed on that path.
    Untested(Switch),
    /// No such build is published: nobody could take calls.
    BuildTooHigh {
        newest: Build,
    },
    NoReason,
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Unknown(word) => write!(
                out,
                "`{word}` is no switch; there are calls.accept, bridge.v2, codec.opus, widget.min_build, \
                 routing.queue.<id> and calls.terminate_all"
            ),
            Refused::UnknownQueue(queue) => write!(out, "there is no queue `{queue}`"),
            Refused::WrongSetting(Switch::WidgetMinBuild) => {
                out.write_str("widget.min_build takes the number of a build")
            }
            Refused::WrongSetting(Switch::CallsTerminateAll) => {
                out.write_str("calls.terminate_all can only be turned on")
            }
            Refused::WrongSetting(switch) => write!(out, "{switch} is on or off"),
            Refused::Untested(switch) => {
                write!(
                    out,
                    "{switch} chooses a path that this version of the desk was not tested on; it can only be off"
                )
            }
            Refused::BuildTooHigh { newest } => {
                write!(out, "no widget could take calls: the newest build is {newest}; publish the other one first")
            }
            Refused::NoReason => out.write_str("say why: it is written down with the change"),
        }
    }
}

impl std::error::Error for Refused {}

/// What somebody wants changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub switch: Switch,
    pub to: Setting,
    pub who: String,
    pub why: String,
}

/// What gates have passed.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tested {
    pub bridges: BTreeSet<Bridge>,
    pub codecs: BTreeSet<Codec>,
    /// The newest build that is published.
    pub newest: Build,
}

#[derive(Clone, Debug)]
pub struct Switches {
    content: Content,
    min_build: Build,
    accept: bool,
    /// Queues, and whether they are open.
    queues: BTreeMap<String, bool>,
    audit: Vec<Entry>,
}

impl Switches {
    /// Everything open, on the paths of that content.
    #[must_use]
    pub fn new(content: Content, min_build: Build, queues: impl IntoIterator<Item = String>) -> Switches {
        let queues = queues.into_iter().map(|queue| (queue, true)).collect();
        Switches { content, min_build, accept: true, queues, audit: Vec::new() }
    }

    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }

    #[must_use]
    pub fn min_build(&self) -> Build {
        self.min_build
    }

    /// Whether calls are taken at all.
    #[must_use]
    pub fn accepts(&self) -> bool {
        self.accept
    }

    /// What was changed, the latest last.
    #[must_use]
    pub fn audit(&self) -> &[Entry] {
        &self.audit
    }

    /// How a switch stands. Ending all calls is an act, and never stands.
    #[must_use]
    pub fn get(&self, switch: &Switch) -> Option<Setting> {
        Some(match switch {
            Switch::CallsAccept => Setting::On(self.accept),
            Switch::BridgeV2 => Setting::On(self.content.flags.bridge == Bridge::V2),
            Switch::CodecOpus => Setting::On(self.content.flags.codec == Codec::Opus),
            Switch::WidgetMinBuild => Setting::Build(self.min_build),
            Switch::RoutingQueue(queue) => Setting::On(*self.queues.get(queue)?),
            Switch::CallsTerminateAll => Setting::On(false),
        })
    }

    /// Turns one, and writes it down.
    ///
    /// # Errors
    /// What to do instead; nothing has changed.
    pub fn set(&mut self, now: Duration, change: Change, tested: &Tested) -> Result<Effect, Refused> {
        let Change { switch, to, who, why } = change;
        if why.trim().is_empty() {
            return Err(Refused::NoReason);
        }
        let unknown = || Refused::UnknownQueue(switch.to_string().split_off("routing.queue.".len()));
        let from = self.get(&switch).ok_or_else(unknown)?;
        let wrong = || Err(Refused::WrongSetting(switch.clone()));
        let untested = || Err(Refused::Untested(switch.clone()));
        let effect = match (&switch, to) {
            (Switch::WidgetMinBuild, Setting::Build(build)) if build > tested.newest => {
                return Err(Refused::BuildTooHigh { newest: tested.newest });
            }
            (Switch::WidgetMinBuild, Setting::Build(build)) => {
                self.min_build = build;
                Effect::Publish
            }
            (Switch::WidgetMinBuild, Setting::On(_)) | (_, Setting::Build(_)) => return wrong(),
            (Switch::CallsAccept, Setting::On(on)) => {
                self.accept = on;
                Effect::AcceptCalls(on)
            }
            (Switch::BridgeV2, Setting::On(on)) => {
                let bridge = if on { Bridge::V2 } else { Bridge::V1 };
                if !tested.bridges.contains(&bridge) {
                    return untested();
                }
                self.content.flags.bridge = bridge;
                Effect::Publish
            }
            (Switch::CodecOpus, Setting::On(on)) => {
                let codec = if on { Codec::Opus } else { Codec::Pcmu };
                if !tested.codecs.contains(&codec) {
                    return untested();
                }
                self.content.flags.codec = codec;
                Effect::Publish
            }
            (Switch::RoutingQueue(queue), Setting::On(on)) => {
                self.queues.insert(queue.clone(), on);
                Effect::CloseQueue { queue: queue.clone(), closed: !on }
            }
            (Switch::CallsTerminateAll, Setting::On(true)) => Effect::TerminateAll,
            (Switch::CallsTerminateAll, Setting::On(false)) => return wrong(),
        };
        if from == to {
            return Ok(Effect::Nothing);
        }
        self.audit.push(Entry { at: now, who, why, switch, from, to });
        Ok(effect)
    }
}

/// How many sessions are on the current configuration, of how many.
#[must_use]
pub fn share(sessions: &[Session], current: &Stamp) -> (usize, usize) {
    (sessions.iter().filter(|session| session.stamp == *current).count(), sessions.len())
}
