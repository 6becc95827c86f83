//! Manner: how long the messages of a kind are news, and what is done where it is not known whether one arrived. All of
//! it in one table, so that it can be read and corrected in one place.

use crate::Kind;

/// What a repeat says of itself, where the receiver cannot tell it by an id.
pub(crate) const REPEAT: &str = "This may be a repeat: it is not known whether the first one arrived.";

/// How long a message is worth sending, and how soon it is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// A program or a mailbox: late is better than never, for days.
    Days,
    /// People who talk: after some hours old news does harm.
    Hours,
    /// It wakes somebody: soon and for a day; that it is over, for a week.
    Page,
    /// It buzzes in a pocket: for an hour.
    Hour,
}

/// What is done after an attempt that may have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// The receiver knows a repeat by its id: as after any failure.
    Freely,
    /// Once more, and no more.
    Once,
    /// Never: each one costs money or sleep.
    Never,
}

/// How the outbox deals with the messages of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    pub patience: Patience,
    pub repeat: Repeat,
}

/// By name, so that a kind that is not here yet is dealt with like a chat.
const MANNERS: &[(&[&str], Patience, Repeat)] = &[
    (&["webhook", "webhook_template", "statuspage_webhook", "email"], Patience::Days, Repeat::Freely),
    (&["servicenow", "jira", "github_issue"], Patience::Days, Repeat::Once),
    (
        &[
            "pagerduty",
            "opsgenie",
            "jsm",
            "splunk_oncall",
            "incident_io",
            "rootly",
            "firehydrant",
            "grafana_irm",
            "alertmanager",
        ],
        Patience::Page,
        Repeat::Freely,
    ),
    (&["twilio_sms", "twilio_voice"], Patience::Hour, Repeat::Never),
    (&["web_push"], Patience::Hour, Repeat::Freely),
    (&["matrix"], Patience::Hours, Repeat::Freely),
];

impl Kind {
    /// How the outbox deals with its messages.
    #[must_use]
    pub fn manner(self) -> Manner {
        let known = MANNERS.iter().find(|(names, ..)| names.contains(&self.name()));
        known.map_or(Manner { patience: Patience::Hours, repeat: Repeat::Once }, |(_, patience, repeat)| Manner {
            patience: *patience,
            repeat: *repeat,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_one_manner() {
        let mut names: Vec<&str> = MANNERS.iter().flat_map(|(names, ..)| names.iter().copied()).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        assert_eq!(Kind::Webhook.manner(), Manner { patience: Patience::Days, repeat: Repeat::Freely });
        assert_eq!(Kind::Slack.manner(), Manner { patience: Patience::Hours, repeat: Repeat::Once });
    }
}
