//! Times of a story: `22:05`, `22:05:30` or `2026-02-20 22:05`, always UTC; spans like `2h` or `1h 30m`.

use tocsin_domain::Timestamp;

/// The first ten letters: `2026-02-20`.
pub fn date(at: Timestamp) -> String {
    at.to_string()[..10].to_owned()
}

/// `22:05`, or `22:05:30` where the seconds matter.
pub fn clock(at: Timestamp) -> String {
    let text = at.to_string();
    let clock = &text[11..19];
    clock.strip_suffix(":00").unwrap_or(clock).to_owned()
}

/// `2026-02-20 22:05`.
pub fn full(at: Timestamp) -> String {
    format!("{} {}", date(at), clock(at))
}

/// Reads a time; without a date it is on the day of `near`.
pub fn parse(text: &str, near: Option<Timestamp>) -> Result<Timestamp, String> {
    let text = text.trim();
    let (day, clock) = match text.split_once(' ') {
        Some((day, clock)) => (day.to_owned(), clock),
        None => (near.map(date).ok_or_else(|| format!("`{text}` needs a date"))?, text),
    };
    let seconds = if clock.len() == 5 { ":00" } else { "" };
    format!("{day}T{clock}{seconds}Z").parse().map_err(|_| format!("`{text}` is not a time"))
}

/// Takes a time from the front of a list of words: one word, or two where the first is a date.
pub fn take(words: &mut std::vec::IntoIter<String>, near: Option<Timestamp>) -> Result<Timestamp, String> {
    let first = words.next().ok_or("a time is missing here")?;
    if first.len() == 10 && first.contains('-') {
        let second = words.next().ok_or_else(|| format!("`{first}` needs a time of day"))?;
        return parse(&format!("{first} {second}"), near);
    }
    parse(&first, near)
}

/// `2h`, `1h 30m`, `90s` as seconds.
pub fn parse_span(text: &str) -> Result<i64, String> {
    text.split(' ').try_fold(0, |sum, part| {
        let wrong = || format!("`{text}` is not a span of time");
        let (number, unit) = part.split_at_checked(part.len().saturating_sub(1)).ok_or_else(wrong)?;
        let seconds = match unit {
            "d" => 86_400,
            "h" => 3_600,
            "m" => 60,
            "s" => 1,
            _ => return Err(wrong()),
        };
        Ok(sum + seconds * number.parse::<i64>().map_err(|_| wrong())?)
    })
}

/// `7200` → `2h`.
pub fn span(seconds: i64) -> String {
    let parts = [(seconds / 3600, "h"), (seconds % 3600 / 60, "m"), (seconds % 60, "s")];
    let said: Vec<String> = parts.into_iter().filter(|(n, _)| *n != 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if said.is_empty() { "0s".to_owned() } else { said.join(" ") }
}
