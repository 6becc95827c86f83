//! The one list of receivers: its kind, what people call it, where it is, and the service that answers there.

use super::desk::{Asked, Desk, Done};
use super::{alarms, chats, phones, programs, rooms, tickets};

macro_rules! kinds {
    ($($variant:ident = $name:literal, $title:literal, $path:literal, $service:path;)+) => {
        /// Which kind of receiver something came to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($variant,)+ }

        impl Kind {
            /// Every kind there is.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// As channels are called: `slack`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// As people call it.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// Where a channel sends to, below `/~name`, in the shape of the real one.
            const fn below(self) -> &'static str {
                match self { $(Self::$variant => $path,)+ }
            }

            /// What the service does about a request.
            pub(super) fn answer(self, asked: &Asked<'_>, desk: &mut Desk) -> Done {
                match self { $(Self::$variant => $service(asked, desk),)+ }
            }
        }
    };
}

kinds! {
    Slack = "slack", "Slack", "/services/T0WORLD/B0WORLD/simulated", chats::slack;
    Discord = "discord", "Discord", "/api/webhooks/100000000000000001/simulated", chats::discord;
    Teams = "teams", "Microsoft Teams", "/workflows/simulated/triggers/manual/paths/invoke?api-version=1&sig=simulated", chats::teams;
    Email = "email", "E-mail", "", programs::no_page;
    Webhook = "webhook", "Webhook", "", programs::webhook;
    SlackBot = "slack_bot", "Slack, through a bot", "/api", chats::slack_bot;
    GoogleChat = "google_chat", "Google Chat", "/v1/spaces/AAAAWORLD/messages?key=simulated&token=simulated", chats::google_chat;
    Mattermost = "mattermost", "Mattermost", "", rooms::mattermost;
    RocketChat = "rocket_chat", "Rocket.Chat", "", rooms::rocket_chat;
    Telegram = "telegram", "Telegram", "", rooms::telegram;
    Matrix = "matrix", "Matrix", "", rooms::matrix;
    Webex = "webex", "Webex", "/v1", rooms::webex;
    Zulip = "zulip", "Zulip", "", rooms::zulip;
    PagerDuty = "pagerduty", "PagerDuty", "", alarms::pagerduty;
    Opsgenie = "opsgenie", "Opsgenie", "", alarms::opsgenie;
    Jsm = "jsm", "Jira Service Management", "", alarms::jsm;
    SplunkOnCall = "splunk_oncall", "Splunk On-Call", "/integrations/generic/20131114/alert/simulated/desk", alarms::splunk_oncall;
    IncidentIo = "incident_io", "incident.io", "/v2/alert_events/http/01WORLD", alarms::incident_io;
    Rootly = "rootly", "Rootly", "/webhooks/incoming/generic_webhooks", alarms::rootly;
    FireHydrant = "firehydrant", "FireHydrant", "/v1/process/simulated", alarms::firehydrant;
    GrafanaIrm = "grafana_irm", "Grafana IRM", "/integrations/v1/formatted_webhook/simulated/", alarms::grafana_irm;
    Alertmanager = "alertmanager", "Alertmanager", "", alarms::alertmanager;
    Ntfy = "ntfy", "ntfy", "", phones::ntfy;
    Pushover = "pushover", "Pushover", "", phones::pushover;
    Gotify = "gotify", "Gotify", "", phones::gotify;
    TwilioSms = "twilio_sms", "Text message (Twilio)", "", phones::twilio;
    TwilioVoice = "twilio_voice", "Call (Twilio)", "", phones::twilio;
    WebPush = "web_push", "Browser (Web Push)", "/fcm/send/simulated", phones::web_push;
    Sns = "sns", "Amazon SNS", "", programs::sns;
    WebhookTemplate = "webhook_template", "Webhook with a template", "/api/alerts", programs::webhook_template;
    StatuspageWebhook = "statuspage_webhook", "Webhook in Statuspage’s form", "/hook", programs::statuspage_webhook;
    ServiceNow = "servicenow", "ServiceNow", "", tickets::servicenow;
    Jira = "jira", "Jira", "", tickets::jira;
    GitHubIssue = "github_issue", "GitHub issues", "", tickets::github_issue;
}

impl Kind {
    /// Its address below the world's. No vendor's slug begins with `~`. Mail has none.
    #[must_use]
    pub fn path(self) -> String {
        if self == Self::Email { String::new() } else { format!("/~{}{}", self.name(), self.below()) }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}
