//! `/groups`: what is told, and to which channels.

use askama::Template;
use tocsin_domain::alert::EventPattern;
use tocsin_domain::{EventKind, Impact};
use uuid::Uuid;

use crate::layout::{Chrome, Layout, Nav, finish};
use crate::monitors::Gone;
use crate::origin::Origin;
use crate::words;

/// Names that a row shows.
const NAMED: usize = 4;

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    /// In the order to show them.
    pub groups: Vec<Group>,
    /// What was deleted just now, and can come back.
    pub gone: Option<Gone>,
    /// Why something was not done.
    pub refused: Option<String>,
}

/// One group.
#[derive(Clone, Debug)]
pub struct Group {
    pub id: Uuid,
    pub name: String,
    /// Names.
    pub channels: Vec<String>,
    /// How many monitors tell it.
    pub monitors: usize,
    /// `None`: the defaults.
    pub events: Option<Vec<String>>,
    pub min_impact: Impact,
    /// Seconds.
    pub dwell_s: i64,
    pub declared: bool,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::Groups, None, "Groups", String::new()),
        rows: facts.groups.iter().map(Row::new).collect(),
        origin: Origin::of(facts.groups.iter().map(|group| group.declared)),
        gone: facts.gone.clone(),
        refused: facts.refused.clone(),
    })
}

#[derive(Template, Debug)]
#[template(path = "pages/groups.html")]
struct Page {
    layout: Layout,
    rows: Vec<Row>,
    origin: Origin,
    gone: Option<Gone>,
    refused: Option<String>,
}

#[derive(Clone, Debug)]
struct Row {
    id: Uuid,
    name: String,
    rule: String,
    channels: String,
    monitors: String,
    declared: bool,
}

impl Row {
    fn new(group: &Group) -> Self {
        let channels: Vec<&str> = group.channels.iter().map(String::as_str).collect();
        Self {
            id: group.id,
            name: group.name.clone(),
            rule: rule(group.events.as_deref(), group.min_impact, group.dwell_s),
            channels: words::names(&channels, NAMED),
            monitors: match group.monitors {
                0 => "no monitor".to_owned(),
                some => words::count(some, "monitor", "monitors"),
            },
            declared: group.declared,
        }
    }
}

/// "the usual events, minor and above, after 10m"
pub(crate) fn rule(events: Option<&[String]>, min_impact: Impact, dwell_s: i64) -> String {
    let mut parts = vec![match events {
        None => "the usual events".to_owned(),
        Some([]) => "no events".to_owned(),
        Some(events) => {
            let heard: Vec<&str> = events.iter().map(|pattern| heard(pattern)).collect();
            words::names(&heard, NAMED)
        }
    }];
    if min_impact != Impact::None {
        parts.push(least(min_impact).to_owned());
    }
    if dwell_s > 0 {
        parts.push(format!("minor ones after {}", words::duration(dwell_s)));
    }
    parts.join(", ")
}

/// What a pattern lets through, in words; one of no event is shown as it is.
fn heard(pattern: &str) -> &str {
    match pattern.parse() {
        Ok(EventPattern::All) => "everything",
        Ok(EventPattern::One(kind)) => EventKind::plural(kind),
        Ok(EventPattern::Family(family)) => match family.as_str() {
            "incident" => "everything about incidents",
            "maintenance" => "everything about maintenance",
            "component" => EventKind::ComponentChanged.plural(),
            "page" => "everything about status pages",
            "warning" => "early warnings and their end",
            _ => EventKind::TestPing.plural(),
        },
        Err(_) => pattern,
    }
}

const fn least(impact: Impact) -> &'static str {
    match impact {
        Impact::None => "every incident",
        Impact::Minor => "minor and worse",
        Impact::Major => "major and worse",
        Impact::Critical => "only critical ones",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_said_in_words() {
        let patterns = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let said = |all: &[&str], impact, dwell_s| rule(Some(&patterns(all)), impact, dwell_s);
        assert_eq!(rule(None, Impact::None, 0), "the usual events");
        assert_eq!(said(&[], Impact::None, 0), "no events");
        assert_eq!(
            said(&["incident.*", "page.moved"], Impact::Minor, 600),
            "everything about incidents and status pages that moved, minor and worse, minor ones after 10m"
        );
        for kind in EventKind::ALL {
            let family = format!("{}.*", kind.word().split('.').next().unwrap());
            let all = said(&[kind.word(), &family], Impact::Critical, 0);
            assert!(!all.contains(kind.word()) && !all.contains(".*"), "{all}");
        }
    }
}
