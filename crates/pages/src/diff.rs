//! What differs between two texts, for people: words that went and words that came.

use similar::{Algorithm, ChangeTag, TextDiff};

/// Beyond this many characters lines are compared, not words.
const WORDS_UNTIL: usize = 20_000;

/// A stretch of text: in both, only before, or only after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    tag: ChangeTag,
    text: String,
}

impl Piece {
    pub fn went(&self) -> bool {
        self.tag == ChangeTag::Delete
    }

    pub fn came(&self) -> bool {
        self.tag == ChangeTag::Insert
    }

    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The stretches in order; neighbours of one kind are one.
pub fn pieces(before: &str, after: &str) -> Vec<Piece> {
    let mut config = TextDiff::configure();
    config.algorithm(Algorithm::Patience);
    let long = before.len().max(after.len()) > WORDS_UNTIL;
    let diff = if long { config.diff_lines(before, after) } else { config.diff_words(before, after) };
    let mut pieces: Vec<Piece> = Vec::new();
    for change in diff.iter_all_changes() {
        match pieces.last_mut() {
            Some(last) if last.tag == change.tag() => last.text.push_str(change.value()),
            _ => pieces.push(Piece { tag: change.tag(), text: change.value().to_owned() }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(before: &str, after: &str) -> String {
        let piece = |piece: Piece| match (piece.went(), piece.came()) {
            (true, _) => format!("[-{}-]", piece.text()),
            (_, true) => format!("{{+{}+}}", piece.text()),
            _ => piece.text().to_owned(),
        };
        pieces(before, after).into_iter().map(piece).collect()
    }

    #[test]
    fn words_go_and_come() {
        assert_eq!(written("All is well.", "All is well."), "All is well.");
        assert_eq!(
            written("Some users may see errors.", "All users see errors."),
            "[-Some-]{+All+} users [-may -]see errors."
        );
        assert_eq!(written("", "New."), "{+New.+}");
        assert_eq!(written("Gone.", ""), "[-Gone.-]");
    }

    #[test]
    fn long_texts_are_compared_by_lines() {
        let before = "A line of words.\n".repeat(2_000);
        let after = format!("{before}One more.\n");
        let pieces = pieces(&before, &after);
        assert_eq!(pieces.len(), 2);
        assert!(pieces[1].came() && pieces[1].text() == "One more.\n");
    }
}
