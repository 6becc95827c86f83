//! The one list of channels. Adding one: a file, a word here, a case.

use crate::opsgenie::jsm;
use crate::{
    Channel, alertmanager, discord, email, firehydrant, github_issue, grafana_irm, incident_io, jira, opsgenie,
    pagerduty, rootly, servicenow, slack, sns, splunk_oncall, teams, webhook,
};

macro_rules! channels {
    ($($module:ident => $variant:ident = $name:literal, $title:literal;)+) => {
        /// A kind of channel.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($variant,)+ }

        /// Every kind there is.
        pub const ALL: &[Kind] = &[$(Kind::$variant,)+];

        impl Kind {
            /// The contract's spelling: `webhook`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// For people: "Microsoft Teams".
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// How to speak to it.
            #[must_use]
            pub fn channel(self) -> &'static dyn Channel {
                match self { $(Self::$variant => &$module::CHANNEL,)+ }
            }

            /// The kind of that name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                ALL.iter().copied().find(|kind| kind.name() == name)
            }
        }
    };
}

channels! {
    webhook => Webhook = "webhook", "Webhook";
    email => Email = "email", "E-mail";
    slack => Slack = "slack", "Slack";
    discord => Discord = "discord", "Discord";
    teams => Teams = "teams", "Microsoft Teams";
    pagerduty => PagerDuty = "pagerduty", "PagerDuty";
    opsgenie => Opsgenie = "opsgenie", "Opsgenie";
    jsm => Jsm = "jsm", "Jira Service Management";
    splunk_oncall => SplunkOnCall = "splunk_oncall", "Splunk On-Call";
    incident_io => IncidentIo = "incident_io", "incident.io";
    rootly => Rootly = "rootly", "Rootly";
    firehydrant => FireHydrant = "firehydrant", "FireHydrant";
    grafana_irm => GrafanaIrm = "grafana_irm", "Grafana IRM";
    alertmanager => Alertmanager = "alertmanager", "Alertmanager";
    sns => Sns = "sns", "Amazon SNS";
    servicenow => ServiceNow = "servicenow", "ServiceNow";
    jira => Jira = "jira", "Jira";
    github_issue => GitHubIssue = "github_issue", "GitHub issues";
}
