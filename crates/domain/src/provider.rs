//! Provider: a company or service that somebody depends on.

use serde::{Deserialize, Serialize};

/// How events name a provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProviderRef {
    pub slug: String,
    pub name: String,
}
