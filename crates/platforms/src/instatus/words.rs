//! Instatus's words: upper case without anything between them.

use tocsin_domain::{Health, Impact};

/// A component's status, which is also an incident's impact.
pub fn component_health(word: &str) -> Option<Health> {
    Some(match plain(word).as_str() {
        "OPERATIONAL" | "UP" => Health::Operational,
        "UNDERMAINTENANCE" => Health::Maintenance,
        "DEGRADEDPERFORMANCE" => Health::Degraded,
        "PARTIALOUTAGE" | "MINOROUTAGE" => Health::PartialOutage,
        "MAJOROUTAGE" => Health::MajorOutage,
        _ => return None,
    })
}

/// The page's own word: `UP`, `HASISSUES`, or how many components are how badly off (`SOMEDEGRADEDPERFORMANCE`).
pub fn page_health(word: &str) -> Option<Health> {
    let plain = plain(word);
    if plain == "HASISSUES" {
        return Some(Health::Degraded);
    }
    let counted = ["ALL", "SOME", "ONE"].iter().find_map(|count| plain.strip_prefix(count));
    component_health(counted.unwrap_or(&plain))
}

/// How bad an incident is.
pub fn impact(word: &str) -> Option<Impact> {
    Some(match component_health(word)? {
        Health::Operational | Health::Maintenance => Impact::None,
        Health::Degraded => Impact::Minor,
        Health::PartialOutage => Impact::Major,
        Health::MajorOutage => Impact::Critical,
        Health::Unknown => return None,
    })
}

fn plain(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_page() {
        let words = [
            ("UP", Some(Health::Operational)),
            ("HASISSUES", Some(Health::Degraded)),
            ("UNDERMAINTENANCE", Some(Health::Maintenance)),
            ("ALLUNDERMAINTENANCE", Some(Health::Maintenance)),
            ("ONEDEGRADEDPERFORMANCE", Some(Health::Degraded)),
            ("SOMEPARTIALOUTAGE", Some(Health::PartialOutage)),
            ("SOMEMINOROUTAGE", Some(Health::PartialOutage)),
            ("ONEMAJOROUTAGE", Some(Health::MajorOutage)),
            ("ALL_MAJOR_OUTAGE", Some(Health::MajorOutage)),
            ("MOSTLYFINE", None),
            ("", None),
        ];
        for (word, health) in words {
            assert_eq!(page_health(word), health, "{word}");
        }
    }

    #[test]
    fn an_incident_of_minor_outage_is_more_than_minor() {
        assert_eq!(impact("MINOROUTAGE"), Some(Impact::Major));
        assert_eq!(impact("OPERATIONAL"), Some(Impact::None));
        assert_eq!(impact("WHATEVER"), None);
    }
}
