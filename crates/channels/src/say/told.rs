//! A message as one text, for places that take nothing richer: what it is, the facts, the vendor's words, ours.

use super::{Said, title};
use crate::text::{self, Dialect, Unit, truncate};

/// Lines of one kind, blank lines between the kinds, in at most `most` units. Our notes and the reason come last and
/// are the first to go; the vendor's newest words get what room there is.
pub(crate) fn told(said: &Said, dialect: &Dialect, most: usize, unit: Unit) -> String {
    let facts: Vec<String> = said.facts.iter().map(|(label, value)| dialect.fact(label, value)).collect();
    let head = [dialect.escaped(&title::readable(&said.title)), facts.join("\n")];
    let head: Vec<String> = head.into_iter().filter(|part| !part.is_empty()).collect();
    let head = truncate(&head.join("\n\n"), most / 2, unit);
    let tail = tail(said, dialect, most / 4, unit);
    let taken = |text: &str| if text.is_empty() { 0 } else { unit.of(text) + 2 };
    let mut left = most.saturating_sub(unit.of(&head) + taken(&tail));
    let mut parts = vec![head];
    for (index, quote) in said.quotes.iter().enumerate() {
        let label = format!("{}:{}", dialect.escaped(&quote.label()), dialect.below());
        let share = if index + 1 == said.quotes.len() { left } else { left * 2 / 3 };
        let Some(room) = share.checked_sub(unit.of(&label) + 2).filter(|room| *room >= 20) else { break };
        let body = text::render(&quote.markdown, dialect, room, unit);
        let part = format!("{label}{body}");
        left = left.saturating_sub(taken(&part));
        parts.push(part);
    }
    parts.push(tail);
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

fn tail(said: &Said, dialect: &Dialect, most: usize, unit: Unit) -> String {
    let mut lines: Vec<String> = said.notes.iter().map(|note| dialect.fact("Tocsin notes", note)).collect();
    if !said.reason.is_empty() {
        lines.push(dialect.fact("Why you read this", &said.reason));
    }
    while unit.of(&lines.join("\n")) > most {
        lines.pop();
    }
    lines.join("\n")
}
