//! Blocks and words: what a story is made of before it means anything.

use std::ops::Range;

/// A fenced block: ```` ```page 22:05 ```` has the kind `page` and the head `22:05`.
pub struct Block<'a> {
    pub kind: &'a str,
    pub head: &'a str,
    /// Its lines without the fences.
    pub lines: Vec<&'a str>,
    /// Where these lines stand in the story, counted from 0.
    pub body: Range<usize>,
}

/// Every fenced block of a story, in order.
pub fn blocks<'a>(lines: &[&'a str]) -> Result<Vec<Block<'a>>, String> {
    let mut blocks = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let Some(info) = lines[at].strip_prefix("```") else {
            at += 1;
            continue;
        };
        let start = at + 1;
        let length = lines[start..].iter().position(|line| *line == "```");
        let end = start + length.ok_or_else(|| format!("line {}: this block is never closed", at + 1))?;
        let (kind, head) = info.split_once(' ').unwrap_or((info, ""));
        if !matches!(kind, "who" | "page" | "then" | "journal" | "facts" | "text") {
            return Err(format!("line {}: `{kind}` is not a kind of block", at + 1));
        }
        blocks.push(Block { kind, head, lines: lines[start..end].to_vec(), body: start..end });
        at = end + 1;
    }
    Ok(blocks)
}

/// The words of a line; `"a title"` is one word. Commas are no part of words.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (turn, part) in line.split('"').enumerate() {
        if turn % 2 == 1 {
            words.push(part.to_owned());
        } else {
            let plain = part.split([' ', ',']).filter(|word| !word.is_empty());
            words.extend(plain.map(str::to_owned));
        }
    }
    words
}

/// A list of things separated by commas.
pub fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// Blank lines and comments (`# …`) say nothing; update ids (`#2`) do.
pub fn says_something(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("# ")
}
