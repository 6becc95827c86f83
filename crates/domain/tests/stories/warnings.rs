//! What our own check warns of in a story.

use tocsin_domain::warning::{CheckRef, Confidence};
use tocsin_domain::{Component, ComponentRef, Health, Impact, ProviderRef, Timestamp, Warning, WarningKind, ids};

/// `no_audio touches voice`.
pub fn named(what: &str, components: &[Component], now: Timestamp) -> Result<Warning, String> {
    let (word, touched) = what.split_once(" touches ").map_or((what, None), |(word, touched)| (word, Some(touched)));
    let (kind, summary, impact) = match word {
        "no_audio" => (WarningKind::NoAudio, "Calls are answerable but audio does not connect", Impact::Major),
        "not_answered" => (WarningKind::NotAnswered, "Calls do not connect", Impact::Major),
        "poor_calls" => (WarningKind::PoorCalls, "Calls connect, but are hard to follow", Impact::Minor),
        other => return Err(format!("our check does not warn of `{other}`")),
    };
    let touched = touched.map(|id| {
        let found = components.iter().find(|one| one.id == id);
        let one = found.ok_or_else(|| format!("the page has no component `{id}`"))?;
        Ok::<_, String>(ComponentRef { id: one.id.clone(), name: one.name.clone() })
    });
    Ok(Warning {
        id: ids::v7(now, &[b"warning"]),
        kind,
        check: CheckRef { id: ids::v7(now, &[b"check"]), slug: "line".to_owned(), name: "line".to_owned() },
        provider: Some(ProviderRef { slug: "northwind".to_owned(), name: "Northwind".to_owned() }),
        components: touched.transpose()?.into_iter().collect(),
        impact,
        started_at: now,
        ended_at: None,
        page_says: Some(Health::Operational),
        evidence: Vec::new(),
        confidence: Confidence::of(2, 2),
        summary: summary.to_owned(),
        ended_because: None,
    })
}
