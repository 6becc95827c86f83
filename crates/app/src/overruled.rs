//! Overruled: the health that is shown where a team knows better than the page. Whoever is told is told by the page.

use tocsin_domain::{Component, Health, Timestamp};
use tocsin_store::OverrideRow;

/// What a team says of one provider.
#[derive(Clone, Copy, Debug)]
pub struct Overruled<'a> {
    rows: &'a [OverrideRow],
    now: Timestamp,
}

impl<'a> Overruled<'a> {
    #[must_use]
    pub fn new(rows: &'a [OverrideRow], now: Timestamp) -> Self {
        Self { rows, now }
    }

    /// Those that hold.
    pub fn holding(self) -> impl Iterator<Item = &'a OverrideRow> {
        self.rows.iter().filter(move |row| row.until.is_none_or(|until| self.now < until))
    }

    /// What is said of the provider as a whole.
    #[must_use]
    pub fn whole(self) -> Option<&'a OverrideRow> {
        self.holding().find(|row| row.component.is_empty())
    }

    /// What is said of one component.
    #[must_use]
    pub fn of(self, component: &Component) -> Option<&'a OverrideRow> {
        let named = |row: &&OverrideRow| {
            !row.component.is_empty() && (row.component == component.id || row.component == component.name)
        };
        self.holding().find(named)
    }

    /// Something is said of components alone: what is shown of the whole follows from them.
    #[must_use]
    pub fn in_part(self) -> bool {
        self.whole().is_none() && self.holding().next().is_some()
    }

    /// A component as it is shown.
    #[must_use]
    pub fn component(self, component: &Component) -> Health {
        self.of(component).map_or(component.health, |row| row.health)
    }

    /// A provider as it is shown: `said` is what its pages say, `parts` are their components, `open` what its open
    /// incidents amount to. A page that cannot be read is not better known for one component of it.
    #[must_use]
    pub fn provider(self, said: Health, parts: &[Component], open: impl Iterator<Item = Health>) -> Health {
        if let Some(row) = self.whole() {
            return row.health;
        }
        if said == Health::Unknown || !parts.iter().any(|part| self.of(part).is_some()) {
            return said;
        }
        Health::worst(parts.iter().map(|part| self.component(part)).chain(open)).unwrap_or(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn row(component: &str, health: Health, until: Option<i64>) -> OverrideRow {
        OverrideRow {
            team: Uuid::nil(),
            provider: "harbour".to_owned(),
            component: component.to_owned(),
            health,
            until_change: false,
            until: until.map(Timestamp::from_second),
            at: Timestamp::from_second(0),
            by: "Ada".to_owned(),
            why: String::new(),
        }
    }

    fn part(id: &str, health: Health) -> Component {
        Component {
            id: id.to_owned(),
            name: id.to_uppercase(),
            group: Vec::new(),
            health,
            hidden_while_operational: false,
        }
    }

    #[test]
    fn a_whole_goes_before_its_parts_and_parts_make_up_the_whole() {
        use Health::{Degraded, MajorOutage, Operational, Unknown};
        let parts = [part("api", Degraded), part("web", Operational)];
        let open = [Degraded];
        type Case<'a> = (&'a [OverrideRow], Health, &'a [Health], Health);
        let better = [row("api", Operational, None)];
        let worse = [row("WEB", MajorOutage, None)];
        let whole = [row("api", MajorOutage, None), row("", Operational, None)];
        let over = [row("", Operational, Some(10))];
        let foreign = [row("queue", MajorOutage, None)];
        let table: [Case<'_>; 8] = [
            (&[], Degraded, &open, Degraded),
            (&better, Degraded, &[], Operational),
            (&better, Degraded, &open, Degraded),
            (&worse, Degraded, &open, MajorOutage),
            (&whole, Degraded, &open, Operational),
            (&over, Degraded, &open, Degraded),
            (&better, Unknown, &[], Unknown),
            (&foreign, Degraded, &open, Degraded),
        ];
        for (rows, said, open, shown) in table {
            let overruled = Overruled::new(rows, Timestamp::from_second(10));
            assert_eq!(overruled.provider(said, &parts, open.iter().copied()), shown, "{rows:?}");
        }
        let overruled = Overruled::new(&over, Timestamp::from_second(9));
        assert_eq!(overruled.whole().map(|row| row.health), Some(Operational));
    }
}
