//! Wished: what the team wishes of incidents, providers and monitors, as pages show it.

use std::collections::HashMap;

use tocsin_domain::alert::{Acknowledgement, Interest, Silence, Silenced};
use tocsin_domain::{Component, ComponentRef, Health, Incident, Timestamp, Warning};
use tocsin_pages::check;
use tocsin_pages::wishes::{Instead, Muted, OfMonitor, OfOne, OfProvider, Taken, What};
use tocsin_store::{MonitorRow, OverrideRow, StoreError};
use uuid::Uuid;

use crate::access::Sight;
use crate::app::App;
use crate::checks::OWN;
use crate::directory::Directory;
use crate::overruled::Overruled;

/// Who looks, at what, and when.
#[derive(Clone, Copy, Debug)]
pub struct Wished<'a> {
    pub directory: &'a Directory,
    pub sight: Sight,
    pub now: Timestamp,
}

impl<'a> Wished<'a> {
    /// Silences of a provider that hold.
    pub fn silences(self, provider: &str) -> impl Iterator<Item = &'a Silence> {
        self.directory.silences(provider).iter().filter(move |one| one.holds(self.now))
    }

    #[must_use]
    pub fn overruled(self, provider: &str) -> Overruled<'a> {
        Overruled::new(self.directory.overrides(provider), self.now)
    }

    #[must_use]
    pub fn taken(self, one: &Acknowledgement) -> Taken {
        Taken { by: self.sight.name(&one.by), at: one.at }
    }

    /// What is wished of a warning of our own; `parts` are the components of the provider's page.
    #[must_use]
    pub fn warning(self, warning: &Warning, parts: &[Component]) -> OfOne {
        let slug = warning.provider.as_ref().map_or(OWN, |provider| provider.slug.as_str());
        self.one((slug, warning.id), (&warning.summary, &warning.components), parts)
    }

    /// What is wished of one incident; `parts` are the components of its page, where they are known.
    #[must_use]
    pub fn incident(self, provider: &str, incident: &Incident, parts: &[Component]) -> OfOne {
        self.one((provider, incident.id), (&incident.title, &incident.components), parts)
    }

    fn one(self, (provider, id): (&str, Uuid), (title, named): (&str, &[ComponentRef]), parts: &[Component]) -> OfOne {
        let taken = self.directory.acknowledged(provider).iter().find(|one| one.subject == id);
        let covering = self.silences(provider).filter(|one| covers(one, id, named, parts));
        // Its own comes first: that is the one that is ended on its page.
        let muted = covering.min_by_key(|one| one.what != Silenced::Subject(id));
        OfOne {
            taken: taken.map(|one| self.taken(one)),
            muted: muted.map(|one| self.muted(one, title.to_owned(), None)),
        }
    }

    /// What is wished of what a monitor watches; `said` is what its page says, `parts` are its components (needed where
    /// some of them are muted).
    #[must_use]
    pub fn monitor(self, row: &MonitorRow, said: Health, parts: &[Component]) -> OfMonitor {
        let mut wished = OfMonitor::default();
        let watches = Interest(row.components.clone());
        let watched: Vec<&Component> = parts.iter().filter(|part| watches.picks_component(part)).collect();
        for silence in self.silences(&row.provider) {
            match &silence.what {
                Silenced::Provider => wished.muted = true,
                Silenced::Components(interest) => {
                    let muted = |part: &&Component| interest.picks_component(part);
                    wished.muted |= !watched.is_empty() && watched.iter().all(muted);
                    wished.muted_in_part |= watched.iter().any(muted);
                }
                Silenced::Subject(_) => {}
            }
        }
        wished.instead = self.overruled(&row.provider).whole().map(|row| (self.sight.name(&row.by), said));
        wished
    }

    #[must_use]
    pub fn instead(self, row: &OverrideRow, said: Health, parts: &[Component]) -> Instead {
        let part = parts.iter().find(|part| part.id == row.component || part.name == row.component);
        Instead {
            component: row.component.clone(),
            name: part.map_or_else(|| row.component.clone(), |part| part.name.clone()),
            health: row.health,
            said: part.filter(|_| !row.component.is_empty()).map_or(said, |part| part.health),
            until: row.until,
            until_change: row.until_change,
            at: row.at,
            by: self.sight.name(&row.by),
            why: self.sight.note(&row.why),
        }
    }

    fn muted(self, silence: &Silence, title: String, href: Option<String>) -> Muted {
        let what = match &silence.what {
            Silenced::Provider => What::Everything,
            Silenced::Components(interest) => What::Components(interest.0.clone()),
            Silenced::Subject(_) => What::One { title, href },
        };
        Muted {
            id: silence.id.to_string(),
            what,
            until: silence.until,
            by: self.sight.name(&silence.by),
            why: self.sight.note(&silence.why),
        }
    }

    /// A silence with the words and the place of what it is about; `parts` give components their names.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn named(self, app: &App, silence: &Silence, parts: &[Component]) -> Result<Muted, StoreError> {
        let (title, href) = match silence.what {
            Silenced::Subject(id) => subject(app, id).await?,
            Silenced::Provider | Silenced::Components(_) => (String::new(), None),
        };
        let mut muted = self.muted(silence, title, href);
        if let What::Components(names) = &mut muted.what {
            let known: HashMap<&str, &str> = parts.iter().map(|part| (part.id.as_str(), part.name.as_str())).collect();
            for name in names {
                if let Some(called) = known.get(name.as_str()) {
                    *name = (*called).to_owned();
                }
            }
        }
        Ok(muted)
    }

    /// What is wished of a provider whose page says `said`.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn provider(
        self,
        app: &App,
        provider: &str,
        said: Health,
        parts: &[Component],
    ) -> Result<OfProvider, StoreError> {
        let mut muted = Vec::new();
        for silence in self.silences(provider) {
            muted.push(self.named(app, silence, parts).await?);
        }
        let instead = self.overruled(provider).holding().map(|row| self.instead(row, said, parts)).collect();
        let changes = |row: &OverrideRow| {
            row.component.is_empty() || parts.iter().any(|part| row.component == part.id || row.component == part.name)
        };
        let overruled = self.overruled(provider).holding().any(changes);
        Ok(OfProvider { said: Some(said).filter(|_| overruled), muted, instead })
    }
}

/// How an incident, a maintenance or a warning is called, and where our page of it is.
async fn subject(app: &App, id: Uuid) -> Result<(String, Option<String>), StoreError> {
    if let Some(stored) = app.store.incident(id).await? {
        return Ok((stored.incident.title, Some(format!("/incidents/{id}"))));
    }
    if let Some(warning) = app.store.warning(id).await? {
        return Ok((warning.summary, Some(check::path(&warning.check.slug))));
    }
    let work = app.store.maintenance(id).await?;
    Ok((work.map_or_else(|| "Something that is no longer known".to_owned(), |stored| stored.maintenance.title), None))
}

/// True where a silence hides what is said of an incident or a warning that names these components. Trouble that is wider
/// than some components is not hidden.
fn covers(silence: &Silence, subject: Uuid, named: &[ComponentRef], parts: &[Component]) -> bool {
    match &silence.what {
        Silenced::Provider => true,
        Silenced::Subject(id) => *id == subject,
        Silenced::Components(interest) => {
            let picked = |one| interest.picks(std::slice::from_ref(one), parts).is_some();
            !named.is_empty() && named.iter().all(picked)
        }
    }
}
