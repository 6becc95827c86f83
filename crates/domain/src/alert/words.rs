//! Words: does a text speak of the environment or region that somebody has, or only of others? In doubt it does.

/// What a text says of a wanted environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Speaks {
    /// Of others of its kind, and not of it.
    OfOthers,
    /// Of none of its kind, or not clearly.
    Unclear,
    OfIt,
}

/// Areas of the world as vendors write them: any word of a row means the area of its first.
const AREAS: [&[&str]; 9] = [
    &["eu", "europe", "european", "emea", "ireland", "frankfurt", "dublin", "germany", "london", "paris", "stockholm"],
    &["us", "usa", "america", "virginia", "oregon", "ohio", "california", "iowa"],
    &["uk", "britain", "england"],
    &["ap", "apac", "asia", "singapore", "tokyo", "japan", "seoul", "mumbai", "india", "hongkong"],
    &["au", "australia", "sydney", "melbourne", "oceania"],
    &["ca", "canada", "montreal", "toronto"],
    &["sa", "latam", "brazil", "paulo"],
    &["me", "bahrain", "uae", "dubai"],
    &["af", "africa", "johannesburg"],
];

/// Kinds of environments: any word of a row means the same.
const STAGES: [&[&str]; 6] = [
    &["prod", "production", "live"],
    &["staging", "stage"],
    &["sandbox"],
    &["dev", "development"],
    &["test", "testing", "qa", "uat"],
    &["preview", "beta"],
];

/// What `text` says of `wanted`: "PROD 1" is spoken of by "PROD 1 & 2", not by "PROD 12"; "us-east-1" by "US", in doubt;
/// "EU" not by "us-east-1". A text that names no environment of that kind is unclear.
#[must_use]
pub fn speaks(text: &str, wanted: &str) -> Speaks {
    let (text, wanted) = (tokens(text), tokens(wanted));
    let [words @ .., last] = wanted.as_slice() else { return Speaks::Unclear };
    if says(&text, &wanted) {
        return Speaks::OfIt;
    }
    match (words, last) {
        ([stem], Token::Number(number)) => numbered(&text, stem.word(), *number),
        ([], Token::Word(word)) => match word.split_once(|letter: char| letter.is_ascii_digit()) {
            // "NA123" in one piece.
            Some((stem, _)) if stem.len() > 1 && !word.contains('-') => Speaks::Unclear,
            _ => alone(&text, word),
        },
        _ => Speaks::Unclear,
    }
}

/// The best that a text says of any of `wanted`; nothing wanted means all is.
#[must_use]
pub fn speaks_of_any(text: &str, wanted: &[String]) -> Speaks {
    wanted.iter().map(|one| speaks(text, one)).max().unwrap_or(Speaks::OfIt)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// Lower-case; a region's code keeps its hyphens.
    Word(String),
    Number(u32),
    /// `&`, `and`, `,`, `/`, `+`.
    And,
    /// `-`, `–`, `to`.
    To,
    Break,
}

impl Token {
    fn word(&self) -> &str {
        match self {
            Self::Word(word) => word,
            _ => "",
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let lower = text.to_lowercase();
    for piece in lower.split_whitespace().flat_map(pieces) {
        match piece {
            "&" | "," | "/" | "+" | "and" => tokens.push(Token::And),
            "-" | "–" | "—" | "to" => tokens.push(Token::To),
            other if other.chars().all(char::is_alphanumeric) || is_region(other) => tokens.extend(split_digits(other)),
            _ => tokens.push(Token::Break),
        }
    }
    tokens
}

/// A word between white space, cut at punctuation; codes such as `us-east-1` stay whole.
fn pieces(word: &str) -> Vec<&str> {
    let core = word.trim_matches(|letter: char| !letter.is_alphanumeric());
    if is_region(core) {
        return vec![core];
    }
    let mut pieces = Vec::new();
    let mut from = 0;
    for (at, letter) in word.char_indices() {
        if !letter.is_alphanumeric() {
            pieces.extend(word.get(from..at).filter(|piece| !piece.is_empty()));
            pieces.extend(word.get(at..at + letter.len_utf8()));
            from = at + letter.len_utf8();
        }
    }
    pieces.extend(word.get(from..).filter(|piece| !piece.is_empty()));
    pieces
}

/// `us-east-1`, `europe-west3`, `ap-southeast-2`.
fn is_region(word: &str) -> bool {
    let mut parts = word.split('-');
    let area = parts.next().is_some_and(|first| area(first).is_some() || first == "cn");
    let rest: Vec<&str> = parts.collect();
    let directions = ["north", "south", "east", "west", "central", "gov"];
    area && rest.first().is_some_and(|part| directions.iter().any(|one| part.starts_with(one)))
        && rest.iter().all(|part| part.chars().all(char::is_alphanumeric) && !part.is_empty())
}

/// `prod1` is `prod` and `1`; letters after digits (`3rd`) leave the word whole.
fn split_digits(word: &str) -> Vec<Token> {
    let stem = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let digits = word.strip_prefix(stem).unwrap_or_default();
    match digits.parse() {
        Ok(number) if stem.is_empty() => vec![Token::Number(number)],
        Ok(number) if !stem.contains(|letter: char| letter.is_ascii_digit() || letter == '-') => {
            vec![Token::Word(stem.to_owned()), Token::Number(number)]
        }
        _ => vec![Token::Word(word.to_owned())],
    }
}

/// The wanted words stand there as they are, and no row of numbers goes on into another number.
fn says(text: &[Token], wanted: &[Token]) -> bool {
    !wanted.is_empty() && text.windows(wanted.len()).any(|part| part == wanted)
}

/// "prod 1 & 2", "prod 1-3", "prod 1, prod 2", "all prod".
fn numbered(text: &[Token], stem: &str, number: u32) -> Speaks {
    let mut speaks = Speaks::Unclear;
    for (place, _) in text.iter().enumerate().filter(|(_, token)| same_stem(token.word(), stem)) {
        let numbers = row(text.get(place + 1..).unwrap_or_default());
        if numbers.iter().any(|(from, to)| (*from..=*to).contains(&number)) {
            return Speaks::OfIt;
        }
        let all = place.checked_sub(1).and_then(|before| text.get(before)).is_some_and(|token| token.word() == "all");
        if numbers.is_empty() || all {
            // "PROD is slow": which one?
            return Speaks::Unclear;
        }
        speaks = Speaks::OfOthers;
    }
    speaks
}

/// "prod", "prods" and "production" are one.
fn same_stem(word: &str, stem: &str) -> bool {
    let kind = |word: &str| STAGES.iter().position(|row| row.contains(&word));
    word == stem || word.strip_suffix('s') == Some(stem) || kind(word).is_some_and(|one| kind(stem) == Some(one))
}

/// The numbers at the start of `text`, as spans.
fn row(text: &[Token]) -> Vec<(u32, u32)> {
    let mut spans: Vec<(u32, u32)> = Vec::new();
    let mut to = false;
    for token in text {
        match token {
            Token::Number(number) if to => {
                if let Some(last) = spans.last_mut() {
                    last.1 = (*number).max(last.0);
                }
                to = false;
            }
            Token::Number(number) => spans.push((*number, *number)),
            Token::And => {}
            Token::To if !spans.is_empty() => to = true,
            _ => break,
        }
    }
    spans
}

/// A word that stands for a region or a kind of environment.
fn alone(text: &[Token], wanted: &str) -> Speaks {
    let words = || text.iter().map(Token::word).filter(|word| !word.is_empty());
    if let Some(kind) = STAGES.iter().position(|row| row.contains(&wanted)) {
        let mut named = words().filter_map(|word| STAGES.iter().position(|row| row.contains(&word))).peekable();
        if named.peek().is_none() {
            return Speaks::Unclear;
        }
        return if named.any(|one| one == kind) { Speaks::OfIt } else { Speaks::OfOthers };
    }
    let Some(mine) = area(wanted) else { return Speaks::Unclear };
    let mut best = None;
    for word in words() {
        let Some(theirs) = area(word) else { continue };
        let said = match (theirs == mine, is_region(wanted), is_region(word)) {
            (false, ..) => Speaks::OfOthers,
            // "US" where "us-east-1" is wanted, and the other way round: it may be.
            (true, true, true) => {
                if word == wanted {
                    Speaks::OfIt
                } else {
                    Speaks::OfOthers
                }
            }
            (true, true, false) => Speaks::Unclear,
            (true, false, _) => Speaks::OfIt,
        };
        best = best.max(Some(said));
    }
    best.unwrap_or(Speaks::Unclear)
}

/// Which area of the world a word or a region's code names.
fn area(word: &str) -> Option<usize> {
    let first = word.split('-').next().unwrap_or(word);
    AREAS.iter().position(|row| row.contains(&first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Speaks::{OfIt, OfOthers, Unclear};

    #[test]
    fn a_doubtful_case_is_never_taken_for_somebody_elses() {
        // (text, wanted, speaks)
        let table = [
            ("[Voice] Calls fail [PROD 1]", "PROD 1", OfIt),
            ("[Voice] Calls fail [PROD 1 & 2]", "PROD 1", OfIt),
            ("[Voice] Calls fail [PROD 1 & 2]", "prod 2", OfIt),
            ("Calls fail in PROD1 and PROD2", "PROD 2", OfIt),
            ("Calls fail (PROD 1, 2, 4)", "PROD 4", OfIt),
            ("Calls fail (PROD 1-3)", "PROD 2", OfIt),
            ("Calls fail (PROD 1 – 3)", "PROD 5", OfOthers),
            ("Calls fail [PROD 2]", "PROD 1", OfOthers),
            ("Calls fail [PROD 12]", "PROD 1", OfOthers),
            ("Calls fail in production", "PROD 1", Unclear),
            ("All PROD 1 and 2 instances", "PROD 3", Unclear),
            ("Calls fail", "PROD 1", Unclear),
            ("2 calls of 3 fail", "PROD 1", Unclear),
            ("Production 2 is slow", "PROD 2", OfIt),
            ("Errors in us-east-1", "us-east-1", OfIt),
            ("Errors in us-east-1, us-west-2", "us-west-2", OfIt),
            ("Errors in eu-west-1", "us-east-1", OfOthers),
            ("Errors in us-west-2", "us-east-1", OfOthers),
            ("Errors in the US", "us-east-1", Unclear),
            ("[EU] Logins fail", "EU", OfIt),
            ("Logins fail in Frankfurt", "EU", OfIt),
            ("Logins fail in eu-central-1", "EU", OfIt),
            ("[US] Logins fail", "EU", OfOthers),
            ("[US] [EU] Logins fail", "EU", OfIt),
            ("Logins fail", "EU", Unclear),
            ("Sandbox is slow", "production", OfOthers),
            ("Production and sandbox are slow", "production", OfIt),
            ("Something is slow", "production", Unclear),
            ("NA123 is down", "NA123", OfIt),
            ("NA124 is down", "NA123", OfOthers),
            ("EU2 is down", "EU1", OfOthers),
            ("Shard 4 is down", "shard 4", OfIt),
            ("Anything", "", Unclear),
            ("Big customer cluster down", "big customer", OfIt),
            ("Anything", "big customer", Unclear),
        ];
        let wrong: Vec<String> = table
            .iter()
            .filter(|(text, wanted, speaks)| super::speaks(text, wanted) != *speaks)
            .map(|(text, wanted, _)| format!("{text:?} of {wanted:?}: {:?}", super::speaks(text, wanted)))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn one_of_several_is_enough() {
        let wanted = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(speaks_of_any("Down in PROD 2", &wanted(&["PROD 1", "PROD 2"])), OfIt);
        assert_eq!(speaks_of_any("Down in PROD 3", &wanted(&["PROD 1", "PROD 2"])), OfOthers);
        assert_eq!(speaks_of_any("Down in PROD 3", &wanted(&["PROD 1", "EU"])), Unclear);
        assert_eq!(speaks_of_any("Down in PROD 3", &[]), OfIt);
    }
}
