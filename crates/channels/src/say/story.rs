//! A message as one running text, for places that have a field for it and nothing else.

use super::Said;
use crate::text::{self, Dialect, Unit, escape_markdown};

impl Said {
    /// Facts, the vendor's words, ours, and where to read on, in at most `most` units. The vendor's oldest words are
    /// what is cut.
    pub(crate) fn story(&self, dialect: &Dialect, most: usize, unit: Unit) -> String {
        let tail = text::render(&self.tail(), dialect, most, unit);
        let mut left = most.saturating_sub(unit.of(&tail) + 4);
        let mut parts = Vec::new();
        let mut part = |markdown: &str, left: &mut usize| {
            let rendered = text::render(markdown, dialect, *left, unit);
            *left = left.saturating_sub(unit.of(&rendered) + 2);
            parts.push(rendered);
        };
        let facts: Vec<String> =
            self.facts.iter().map(|(label, value)| format!("- **{label}:** {}", escape_markdown(value))).collect();
        part(&facts.join("\n"), &mut left);
        for quote in &self.quotes {
            part(&format!("**{}**", escape_markdown(&quote.label())), &mut left);
            part(&quote.markdown, &mut left);
        }
        parts.push(tail);
        parts.retain(|part| !part.is_empty());
        text::truncate(&parts.join("\n\n"), most, unit)
    }

    fn tail(&self) -> String {
        let mut lines: Vec<String> =
            self.notes.iter().map(|note| format!("**Tocsin notes:** {}", escape_markdown(note))).collect();
        if !self.reason.is_empty() {
            lines.push(format!("**Why you read this:** {}", escape_markdown(&self.reason)));
        }
        lines.extend(self.links.iter().map(|link| format!("[{}](<{}>)", escape_markdown(&link.label), link.url)));
        lines.join("\n\n")
    }
}
