//! Lasting: what somebody may take care of: an incident of a vendor, or a warning of our own.

use tocsin_domain::{Incident, Warning};
use tocsin_store::StoreError;
use uuid::Uuid;

use super::Refusal;
use crate::app::App;
use crate::checks::OWN;

pub const INCIDENT: &str = "incident";
pub const WARNING: &str = "warning";

/// One of them, as it is stored.
#[derive(Clone, Debug)]
pub enum Lasting {
    /// With the slug of its provider.
    Incident(String, Box<Incident>),
    Warning(Box<Warning>),
}

impl Lasting {
    /// `None`: nobody knows it (any more).
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn find(app: &App, id: Uuid) -> Result<Option<Self>, StoreError> {
        if let Some(stored) = app.store.incident(id).await? {
            return Ok(Some(Self::Incident(stored.provider, Box::new(stored.incident))));
        }
        Ok(app.store.warning(id).await?.map(|warning| Self::Warning(Box::new(warning))))
    }

    /// The same, where it has to be there and to be called so.
    ///
    /// # Errors
    /// If nobody knows it, or the store cannot be read.
    pub async fn need(app: &App, noun: &str, id: Uuid) -> Result<Self, Refusal> {
        let found = Self::find(app, id).await?.filter(|found| found.noun() == noun);
        found.ok_or_else(|| Refusal::Unknown(format!("There is no {noun} {id}.")))
    }

    /// Our id of it.
    #[must_use]
    pub fn id(&self) -> Uuid {
        match self {
            Self::Incident(_, incident) => incident.id,
            Self::Warning(warning) => warning.id,
        }
    }

    /// The slug under which what a team wishes of it is kept.
    #[must_use]
    pub fn provider(&self) -> &str {
        match self {
            Self::Incident(provider, _) => provider,
            Self::Warning(warning) => warning.provider.as_ref().map_or(OWN, |provider| provider.slug.as_str()),
        }
    }

    #[must_use]
    pub fn is_open(&self) -> bool {
        match self {
            Self::Incident(_, incident) => incident.is_open(),
            Self::Warning(warning) => warning.is_open(),
        }
    }

    /// What people call it: [`INCIDENT`] or [`WARNING`].
    #[must_use]
    pub const fn noun(&self) -> &'static str {
        match self {
            Self::Incident(..) => INCIDENT,
            Self::Warning(_) => WARNING,
        }
    }
}
