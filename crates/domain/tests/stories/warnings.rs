//! What our own check warns of in a story.

use tocsin_domain::warning::{CheckRef, Confidence};
use tocsin_domain::{Component, ComponentRef, Health, ProviderRef, Timestamp, Warning, WarningKind, ids};

/// `no_audio touches voice`.
pub fn named(what: &str, components: &[Component], now: Timestamp) -> Result<Warning, String> {
    let (word, touched) = what.split_once(" touches ").map_or((what, None), |(word, touched)| (word, Some(touched)));
    let kind = match word {
        "no_audio" => WarningKind::NoAudio,
        "not_answered" => WarningKind::NotAnswered,
        "poor_calls" => WarningKind::PoorCalls,
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
        impact: kind.impact(),
        started_at: now,
        ended_at: None,
        page_says: Some(Health::Operational),
        evidence: Vec::new(),
        confidence: Confidence::of(2, 2),
        summary: kind.summary().to_owned(),
        ended_because: None,
    })
}
