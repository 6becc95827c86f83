//! The one list of channels. Adding one: a file, a word here, a case.

use crate::opsgenie::jsm;
use crate::twilio::{sms as twilio_sms, voice as twilio_voice};
use crate::{
    Channel, alertmanager, discord, email, firehydrant, github_issue, google_chat, gotify, grafana_irm, incident_io,
    jira, matrix, mattermost, ntfy, opsgenie, pagerduty, pushover, rocket_chat, rootly, servicenow, slack, slack_bot,
    sns, splunk_oncall, statuspage_webhook, teams, telegram, web_push, webex, webhook, webhook_template, zulip,
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
    slack_bot => SlackBot = "slack_bot", "Slack, through a bot";
    discord => Discord = "discord", "Discord";
    teams => Teams = "teams", "Microsoft Teams";
    google_chat => GoogleChat = "google_chat", "Google Chat";
    mattermost => Mattermost = "mattermost", "Mattermost";
    rocket_chat => RocketChat = "rocket_chat", "Rocket.Chat";
    telegram => Telegram = "telegram", "Telegram";
    matrix => Matrix = "matrix", "Matrix";
    webex => Webex = "webex", "Webex";
    zulip => Zulip = "zulip", "Zulip";
    pagerduty => PagerDuty = "pagerduty", "PagerDuty";
    opsgenie => Opsgenie = "opsgenie", "Opsgenie";
    jsm => Jsm = "jsm", "Jira Service Management";
    splunk_oncall => SplunkOnCall = "splunk_oncall", "Splunk On-Call";
    incident_io => IncidentIo = "incident_io", "incident.io";
    rootly => Rootly = "rootly", "Rootly";
    firehydrant => FireHydrant = "firehydrant", "FireHydrant";
    grafana_irm => GrafanaIrm = "grafana_irm", "Grafana IRM";
    alertmanager => Alertmanager = "alertmanager", "Alertmanager";
    ntfy => Ntfy = "ntfy", "ntfy";
    pushover => Pushover = "pushover", "Pushover";
    gotify => Gotify = "gotify", "Gotify";
    twilio_sms => TwilioSms = "twilio_sms", "Text message (Twilio)";
    twilio_voice => TwilioVoice = "twilio_voice", "Call (Twilio)";
    sns => Sns = "sns", "Amazon SNS";
    web_push => WebPush = "web_push", "Browser (Web Push)";
    webhook_template => WebhookTemplate = "webhook_template", "Webhook with a template";
    statuspage_webhook => StatuspageWebhook = "statuspage_webhook", "Webhook in Statuspage’s form";
    servicenow => ServiceNow = "servicenow", "ServiceNow";
    jira => Jira = "jira", "Jira";
    github_issue => GitHubIssue = "github_issue", "GitHub issues";
}
