//! The configuration of a desk: always whole, numbered by its server, and sealed by a hash.
//!
//! A snapshot travels as text, so that its hash is of the very bytes that are read, and nobody has to agree on how to
//! write JSON. The flags that choose the path of a call have no defaults: where one is missing, or is not among the paths
//! that exist, the snapshot is incomplete, and [`Snapshot::read`] says which.

use std::cmp::Ordering;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// A build of the widget. Later ones have greater numbers.
pub type Build = u32;

/// Which configuration: the server's epoch (greater after each of its starts), the version within it, the seal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    pub epoch: u64,
    pub version: u64,
    /// SHA-256, 64 hexadecimal digits.
    pub hash: String,
}

impl Stamp {
    /// Which of two is later. Equal says nothing of the hash.
    #[must_use]
    pub fn order(&self, other: &Stamp) -> Ordering {
        (self.epoch, self.version).cmp(&(other.epoch, other.version))
    }
}

/// A whole configuration as it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    #[serde(flatten)]
    pub stamp: Stamp,
    /// For how many milliseconds it holds without having been confirmed. A span and no date: browsers' clocks are wrong.
    pub expires: u64,
    /// The oldest build that may take calls.
    pub min_build: Build,
    /// The JSON of a [`Content`].
    #[serde(rename = "snapshot")]
    pub text: String,
}

/// What a snapshot says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Content {
    pub flags: Flags,
    /// What changes no call's path: labels, times of wrap-up and the like.
    #[serde(default)]
    pub settings: Map<String, Value>,
}

/// What chooses the path of a call. No field has a default, here or in the widget.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Flags {
    pub bridge: Bridge,
    pub codec: Codec,
    pub ice: Ice,
    /// Where the widget talks to the desk about calls: a path on the desk's own origin.
    pub signalling: String,
}

/// Which bridge carries the audio; both are tested at each gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bridge {
    V1,
    V2,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    Pcmu,
    Opus,
}

/// Which ways through the network a call may try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ice {
    All,
    Relay,
}

/// What is wrong with a snapshot: names of flags (`flags.codec`), or `hash`, or `snapshot` where it cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incomplete {
    pub missing: Vec<String>,
}

/// A flag's name, and whether a value is one of its paths.
type Required = (&'static str, fn(&Value) -> bool);

/// The flags that a snapshot must hold.
const REQUIRED: [Required; 4] = [
    ("bridge", |value| matches!(value.as_str(), Some("v1" | "v2"))),
    ("codec", |value| matches!(value.as_str(), Some("pcmu" | "opus"))),
    ("ice", |value| matches!(value.as_str(), Some("all" | "relay"))),
    ("signalling", |value| value.as_str().is_some_and(|path| path.starts_with('/') && !path.starts_with("//"))),
];

impl Snapshot {
    /// Seals a text. It is not read: what is wrong with it is for whoever receives it to find.
    #[must_use]
    pub fn seal(epoch: u64, version: u64, expires: u64, min_build: Build, text: String) -> Snapshot {
        let hash = hash(epoch, version, expires, min_build, &text);
        Snapshot { stamp: Stamp { epoch, version, hash }, expires, min_build, text }
    }

    /// What it says.
    ///
    /// # Errors
    /// The seal is broken, it is no JSON object, or flags are missing or name a path that does not exist.
    pub fn read(&self) -> Result<Content, Incomplete> {
        let one = |word: &str| Incomplete { missing: vec![word.to_owned()] };
        let Stamp { epoch, version, hash: seal } = &self.stamp;
        if *seal != hash(*epoch, *version, self.expires, self.min_build, &self.text) {
            return Err(one("hash"));
        }
        let Ok(Value::Object(all)) = serde_json::from_str::<Value>(&self.text) else {
            return Err(one("snapshot"));
        };
        let flags = all.get("flags").and_then(Value::as_object);
        let missing: Vec<String> = REQUIRED
            .iter()
            .filter(|(name, fits)| !flags.and_then(|flags| flags.get(*name)).is_some_and(fits))
            .map(|(name, _)| format!("flags.{name}"))
            .collect();
        if !missing.is_empty() {
            return Err(Incomplete { missing });
        }
        serde_json::from_value(Value::Object(all)).map_err(|_| one("snapshot"))
    }
}

/// The seal covers all that travels beside the text, too.
fn hash(epoch: u64, version: u64, expires: u64, min_build: Build, text: &str) -> String {
    let digest = Sha256::digest(format!("{epoch}.{version}\n{expires}\n{min_build}\n{text}"));
    digest.iter().fold(String::with_capacity(64), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The server's own: what holds now. It can only issue what is complete.
#[derive(Clone, Debug)]
pub struct Issuer {
    content: Content,
    current: Snapshot,
}

impl Issuer {
    /// `epoch` must be greater than at every start before, whichever machine it was: of a stored counter, say.
    #[must_use]
    pub fn new(epoch: u64, content: Content, expires: u64, min_build: Build) -> Issuer {
        let current = Snapshot::seal(epoch, 1, expires, min_build, text(&content));
        Issuer { content, current }
    }

    #[must_use]
    pub fn current(&self) -> &Snapshot {
        &self.current
    }

    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// The next version. What is as it was is not issued again.
    pub fn publish(&mut self, content: Content, min_build: Build) -> &Snapshot {
        if content != self.content || min_build != self.current.min_build {
            let Stamp { epoch, version, .. } = self.current.stamp;
            self.current = Snapshot::seal(epoch, version + 1, self.current.expires, min_build, text(&content));
            self.content = content;
        }
        &self.current
    }
}

fn text(content: &Content) -> String {
    serde_json::to_string(content).unwrap_or_default()
}
