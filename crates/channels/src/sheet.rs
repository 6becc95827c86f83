//! A whole message as one text: for places that take Markdown or HTML rather than blocks.

use crate::say::Said;
use crate::text::{self, Dialect, Unit, truncate};

/// How one place writes a message down, and how long it may be.
pub(crate) struct Sheet {
    pub(crate) dialect: &'static Dialect,
    pub(crate) most: usize,
    pub(crate) unit: Unit,
    /// Between two lines of one paragraph.
    pub(crate) line: &'static str,
    pub(crate) quoting: Quoting,
    /// Links stand in the text; false where they are buttons beside it.
    pub(crate) links: bool,
}

/// How the vendor's words are kept apart from ours.
#[derive(Clone, Copy)]
pub(crate) enum Quoting {
    /// A mark before every line.
    Lines(&'static str),
    /// Something around all of them.
    Around(&'static str, &'static str),
}

/// What of a message is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything.
    Whole,
    /// What is new: for an answer below a message that has the facts and the reason.
    News,
    /// The vendor's words, our remarks and the links: where headline and facts have places of their own.
    Words,
}

impl Sheet {
    /// The richest text that fits: what is at the end of the vendor's words goes first, then older words, then the rest.
    pub(crate) fn written(&self, said: &Said, extent: Extent) -> String {
        for (quotes, facts) in [(5, 200), (3, 200), (1, 120), (1, 60), (0, 60)] {
            let text = self.attempt(said, extent, quotes, facts);
            if self.unit.of(&text) <= self.most {
                return text;
            }
        }
        let plain = self.dialect.escaped(&truncate(&said.headline, self.most / 8, Unit::Chars));
        truncate(&plain, self.most, self.unit)
    }

    fn attempt(&self, said: &Said, extent: Extent, quotes: usize, facts: usize) -> String {
        let mut before = Vec::new();
        if extent != Extent::Words {
            let headline = truncate(&said.headline, 400, Unit::Chars);
            before.push(format!("{} {}", said.tone.sign(), self.dialect.strong(&headline)));
        }
        if extent == Extent::Whole {
            before.push(self.facts(said, facts));
        }
        let after = self.after(said, extent);
        let used = |parts: &[String]| parts.iter().map(|part| self.unit.of(part) + 2).sum::<usize>();
        let mut left = self.most.saturating_sub(used(&before) + used(&after));
        for (index, quote) in said.quotes.iter().take(quotes).enumerate() {
            // The newest words may take two thirds of the room where there are older ones.
            let share = if index + 1 == said.quotes.len().min(quotes) { left } else { left * 2 / 3 };
            let Some(part) = self.quote(&quote.label(), &quote.markdown, share.saturating_sub(2)) else { break };
            left = left.saturating_sub(self.unit.of(&part) + 2);
            before.push(part);
        }
        before.extend(after);
        before.retain(|part| !part.is_empty());
        before.join("\n\n")
    }

    fn facts(&self, said: &Said, most: usize) -> String {
        let line = |(label, value): &(&'static str, String)| {
            format!(
                "{} {}",
                self.dialect.strong(&format!("{label}:")),
                self.dialect.escaped(&truncate(value, most, Unit::Chars))
            )
        };
        said.facts.iter().map(line).collect::<Vec<_>>().join(self.line)
    }

    /// Our remarks, the links, and why it is said.
    fn after(&self, said: &Said, extent: Extent) -> Vec<String> {
        let mut parts: Vec<String> = said
            .notes
            .iter()
            .map(|note| format!("{} {}", self.dialect.strong("Tocsin notes:"), self.dialect.escaped(note)))
            .collect();
        if self.links {
            let links: Vec<String> =
                said.links.iter().map(|link| self.dialect.linked(&link.label, &link.url)).collect();
            parts.push(links.join(" · "));
        }
        if extent == Extent::Whole && !said.reason.is_empty() {
            parts.push(self.dialect.emphasis(&format!("Why you read this: {}", said.reason)));
        }
        parts
    }

    /// The label and the vendor's words in `room`; `None` where not even a few of them fit.
    fn quote(&self, label: &str, markdown: &str, room: usize) -> Option<String> {
        let label = self.dialect.strong(label);
        let room = room.checked_sub(self.unit.of(&label) + 40)?;
        // Marks at line starts take room too: a body of many short lines is rendered into less.
        (1..=6)
            .map(|part| self.quoted(&text::render(markdown, self.dialect, room / part, self.unit)))
            .find_map(|body| (self.unit.of(&body) <= room).then(|| format!("{label}{}{body}", self.line)))
    }

    fn quoted(&self, body: &str) -> String {
        match self.quoting {
            Quoting::Around(open, close) => format!("{open}{body}{close}"),
            Quoting::Lines(mark) => {
                let line = |line: &str| if line.starts_with(mark) { line.to_owned() } else { format!("{mark}{line}") };
                body.lines().map(line).collect::<Vec<_>>().join(self.line)
            }
        }
    }
}
