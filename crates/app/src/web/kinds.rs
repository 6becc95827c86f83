//! Kinds of channels in families, so that a newcomer finds the right one among many.

use tocsin_channels::{ALL, Keeping, Kind};

/// Title, one sentence, and the words of the kinds that belong there whatever else they say of themselves.
const FAMILIES: [(&str, &str, &[&str]); 6] = [
    (
        CHAT,
        "Where the team talks.",
        &[
            "slack",
            "slack_bot",
            "discord",
            "teams",
            "google_chat",
            "mattermost",
            "rocket_chat",
            "zulip",
            "webex",
            "matrix",
            "telegram",
        ],
    ),
    (
        ON_CALL,
        "Raises an alarm, and ends it when the vendor says that it is over.",
        &[
            "pagerduty",
            "opsgenie",
            "jsm",
            "splunk_oncall",
            "grafana_irm",
            "incident_io",
            "firehydrant",
            "rootly",
            "alertmanager",
        ],
    ),
    (
        "Push and phone",
        "For one person, wherever they are.",
        &["ntfy", "gotify", "pushover", "web_push", "twilio_sms", "twilio_voice"],
    ),
    ("Mail", "For one person or a list.", &["email"]),
    ("Tickets", "Opens a ticket, and closes it.", &["github_issue", "gitlab_issue", "jira", "servicenow", "zendesk"]),
    (
        PROGRAMS,
        "For what reads messages and acts on them.",
        &["webhook", "webhook_template", "statuspage_webhook", "sns"],
    ),
];

const CHAT: &str = "Chat";
const ON_CALL: &str = "On call";
const PROGRAMS: &str = "Programs";

/// A title, a sentence and kinds.
type Family = (&'static str, &'static str, Vec<Kind>);

/// Every kind that fits `query` (empty: all), in families.
#[must_use]
pub fn families(query: &str) -> Vec<Family> {
    let wanted: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let fits = |kind: &Kind, family: &str| {
        let said = format!("{} {} {family}", kind.name(), kind.title()).to_lowercase();
        wanted.iter().all(|word| said.contains(word.as_str()))
    };
    FAMILIES
        .iter()
        .map(|(title, about, _)| {
            let theirs = ALL.iter().copied().filter(|kind| family(*kind) == *title && fits(kind, title));
            (*title, *about, theirs.collect())
        })
        .collect()
}

/// Where a kind belongs: as listed, or else by how it keeps what it is sent.
fn family(kind: Kind) -> &'static str {
    let listed = FAMILIES.iter().find(|(_, _, kinds)| kinds.contains(&kind.name()));
    let channel = kind.channel();
    match listed {
        Some((title, ..)) => title,
        None if channel.keeping(&serde_json::Value::Null) == Keeping::Alarm => ON_CALL,
        None if channel.is_machine() => PROGRAMS,
        None => CHAT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_in_one_family_and_can_be_found() {
        let all: Vec<Kind> = families("").into_iter().flat_map(|(_, _, kinds)| kinds).collect();
        assert_eq!(all.len(), ALL.len());
        for kind in ALL {
            let found: Vec<Kind> = families(kind.title()).into_iter().flat_map(|(_, _, kinds)| kinds).collect();
            assert!(found.contains(kind), "{kind:?}");
        }
        let chats: Vec<Kind> = families("chat").into_iter().flat_map(|(_, _, kinds)| kinds).collect();
        assert!(chats.contains(&Kind::Slack) && !chats.contains(&Kind::Email));
        assert!(families("carrier pigeon").iter().all(|(_, _, kinds)| kinds.is_empty()));
    }
}
