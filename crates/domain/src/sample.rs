//! Vendors' own examples and test incidents: recognised, marked, never told or counted.

use crate::incident::Update;

const TITLES: [&str; 6] = [
    "this is an example incident",
    "example incident",
    "this is an example maintenance",
    "test incident posted in error",
    "sample incident",
    "test incident - please ignore",
];

/// True where title or text is one of the samples that status-page software ships, or says of itself that it is a test.
/// The whole title must match, so that "Example Incident API down" stays an incident.
#[must_use]
pub fn is_sample<S>(title: &str, updates: &[Update<S>]) -> bool {
    let plain = title.trim().trim_end_matches(['.', '!']).to_lowercase();
    if TITLES.contains(&plain.as_str()) {
        return true;
    }
    let says_so = |body: &str| {
        let body = body.to_lowercase();
        body.contains("when your product or service isn\u{2019}t functioning as expected, let your customers know")
            || body.contains("when your product or service isn't functioning as expected, let your customers know")
    };
    !updates.is_empty() && updates.iter().any(|update| says_so(&update.body))
}
