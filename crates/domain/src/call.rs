//! Call: one try of a check that telephones, as it is kept and shown.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::reading::Reading;
use crate::time::Timestamp;

/// What a try proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    Passed,
    Failed,
    /// The probe itself was ill: it counts for nothing, neither for the target nor against it.
    Nothing,
}

/// Who did something in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Us,
    Them,
    /// An agent of ours at the far end.
    Agent,
    /// What we conclude, such as that nothing came in time.
    Nobody,
}

/// Something that happened in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Milliseconds after the call began.
    pub after_ms: u64,
    pub by: Side,
    /// Signalling, rather than something that was heard or said.
    pub signalling: bool,
    pub what: String,
}

/// How loud both directions were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loudness {
    /// Milliseconds after the call began at which both begin.
    pub from_ms: u64,
    /// Milliseconds for each value.
    pub step_ms: u64,
    /// dBFS, the lowest that is told apart from silence is -60.
    pub sent: Vec<i8>,
    pub heard: Vec<i8>,
    /// What the page of an agent of ours played, where there is one.
    #[serde(default)]
    pub agent: Option<Vec<i8>>,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    pub id: Uuid,
    pub check: Uuid,
    pub at: Timestamp,
    pub lasted_ms: u64,
    /// One of the words of `docs/voice.md`: `pass`, `one_way_in`, ….
    pub verdict: String,
    pub proof: Proof,
    /// Why that verdict, in one sentence.
    pub why: String,
    /// What went wrong below the call: a name that is unknown, a certificate.
    #[serde(default)]
    pub trouble: Option<String>,
    /// Codecs that were offered.
    pub offered: Vec<String>,
    /// What the call to our own far end said of the probe, where it was not well.
    #[serde(default)]
    pub control: Option<String>,
    pub ladder: Vec<Rung>,
    #[serde(default)]
    pub loudness: Option<Loudness>,
    /// What was measured, for programs.
    pub measures: serde_json::Value,
    /// The same for people: a name and a value with its unit.
    pub figures: Vec<(String, String)>,
    /// Both sides were recorded.
    #[serde(default)]
    pub recorded: bool,
    /// What this call and those before it say of what the check tests; `None` until they are read.
    #[serde(default)]
    pub reading: Option<Reading>,
}
