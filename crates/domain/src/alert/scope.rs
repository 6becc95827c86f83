//! Scope: is an event within what a group wants to hear of at all? In doubt it is.

use wildmatch::WildMatch;

use super::decide::{Audience, Member};
use super::places::Places;
use super::words::{Speaks, speaks_of_any};
use crate::event::{Event, Subject};

/// One sentence why it is outside; `None`: it is within.
pub(super) fn outside(event: &Event, places: &Places, audience: &Audience, member: &Member) -> Option<String> {
    let (group, scope) = (&member.group_name, &member.rule.scope);
    if matches!(event.subject, Subject::Test | Subject::Digest(_)) || scope.is_all() {
        return None;
    }
    let only = |what: &str, wanted: &[String]| Some(format!("Group {group} hears only of {what}{}.", listed(wanted)));
    let any = |wanted: &[String], has: &dyn Fn(&str) -> bool| wanted.is_empty() || wanted.iter().any(|one| has(one));
    if !any(&scope.providers, &|one| WildMatch::new_case_insensitive(one).matches(&audience.provider)) {
        return only("", &scope.providers);
    }
    if !any(&scope.categories, &|one| one.eq_ignore_ascii_case(&audience.category)) {
        return only("the categories ", &scope.categories);
    }
    if !any(&scope.tags, &|one| member.tags.iter().any(|tag| tag.eq_ignore_ascii_case(one))) {
        return only("monitors tagged ", &scope.tags);
    }
    let named = event.components();
    if !scope.components.is_all() && !named.is_empty() && scope.components.picks_at(named, places).is_none() {
        return only("", &scope.components.0);
    }
    (best(event, places, &scope.words) == Speaks::OfOthers)
        .then(|| format!("Group {group} hears only of {}; it names others of that kind.", listed(&scope.words)))
}

/// What title and components say of the wanted words: the title alone may name none of them.
fn best(event: &Event, places: &Places, wanted: &[String]) -> Speaks {
    let title = match &event.subject {
        Subject::Incident(incident) => incident.title.as_str(),
        Subject::Maintenance(maintenance) => maintenance.title.as_str(),
        _ => "",
    };
    let title = speaks_of_any(title, wanted);
    let names = event.components().iter().flat_map(|one| places.names(one));
    let components: Vec<Speaks> = names.map(|name| speaks_of_any(name, wanted)).collect();
    // One component of ours is enough; the title decides where no component does.
    match components.iter().max() {
        Some(Speaks::OfIt) => Speaks::OfIt,
        Some(Speaks::OfOthers) if title == Speaks::Unclear => Speaks::OfOthers,
        _ => title,
    }
}

/// `A, B and C`.
fn listed(words: &[String]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}
