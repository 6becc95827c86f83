//! Facts that more than one page is made of.

use tocsin_domain::{Incident, Maintenance, ProviderRef};

use crate::wishes::OfOne;

/// An incident that still runs.
#[derive(Clone, Debug)]
pub struct OpenIncident {
    pub provider: ProviderRef,
    pub incident: Incident,
    /// The latest update as plain text; empty where there is none. Two lines of it are shown.
    pub excerpt: String,
    pub wishes: OfOne,
}

/// An incident that has ended.
#[derive(Clone, Debug)]
pub struct ClosedIncident {
    pub provider: ProviderRef,
    pub incident: Incident,
}

/// Announced work that is not over.
#[derive(Clone, Debug)]
pub struct PlannedWork {
    pub provider: ProviderRef,
    pub maintenance: Maintenance,
}
