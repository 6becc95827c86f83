//! The one list of channels. Adding one: a file, a word here, a case.

use crate::twilio::{sms as twilio_sms, voice as twilio_voice};
use crate::{Channel, discord, email, google_chat, gotify, matrix, mattermost, ntfy, pushover, rocket_chat, slack, slack_bot, statuspage_webhook, teams, telegram, web_push, webex, webhook, webhook_template, zulip};

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
    ntfy => Ntfy = "ntfy", "ntfy";
    pushover => Pushover = "pushover", "Pushover";
    gotify => Gotify = "gotify", "Gotify";
    twilio_sms => TwilioSms = "twilio_sms", "Text message (Twilio)";
    twilio_voice => TwilioVoice = "twilio_voice", "Call (Twilio)";
    web_push => WebPush = "web_push", "Browser (Web Push)";
    webhook_template => WebhookTemplate = "webhook_template", "Webhook with a template";
    statuspage_webhook => StatuspageWebhook = "statuspage_webhook", "Webhook in Statuspage’s form";
}
