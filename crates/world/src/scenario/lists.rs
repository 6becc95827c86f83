//! The closed lists of words that a scenario may use.

use serde::Deserialize;

/// What may be wrong with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultWord {
    Slow,
    Reset,
    Error,
    Busy,
    Html,
    Truncated,
    CutOff,
    Huge,
    GzipBomb,
    RedirectLoop,
    Moved,
    ChangedIds,
}
