//! What a channel must be set to, to be told here.

use serde_json::{Value, json};

use super::{Kind, alarms, chats, phones, programs, proof, rooms, tickets};

/// The settings of a channel of each way in which this kind can be told, the richest first. `host`: where the world is,
/// with whatever stands before the receiver's name: `http://127.0.0.1:9000/~at/second`.
#[must_use]
pub fn settings(kind: Kind, host: &str) -> Vec<Value> {
    let url = format!("{host}{}", kind.path());
    let server = format!("{host}/~{}", kind.name());
    let one = |settings: Value| vec![settings];
    match kind {
        Kind::Email => one(json!({ "to": ["oncall@example.com"] })),
        Kind::Webhook => one(json!({ "url": format!("{url}/signed"), "secret": proof::webhook_secret() })),
        Kind::Slack
        | Kind::Discord
        | Kind::Teams
        | Kind::GoogleChat
        | Kind::SplunkOnCall
        | Kind::FireHydrant
        | Kind::GrafanaIrm
        | Kind::StatuspageWebhook => one(json!({ "url": url })),
        Kind::SlackBot => one(json!({ "url": url, "token": chats::SLACK_TOKEN, "channel": chats::SLACK_CHANNEL })),
        Kind::Mattermost => vec![
            json!({ "url": server, "token": rooms::TOKEN, "channel_id": rooms::MATTERMOST_CHANNEL }),
            json!({ "url": format!("{server}/hooks/4xp9fdt77pncbef59f4k1simul") }),
        ],
        Kind::RocketChat => vec![
            json!({ "url": server, "token": rooms::TOKEN, "user_id": rooms::ROCKET_USER, "room_id": rooms::ROCKET_ROOM }),
            json!({ "url": format!("{server}/hooks/simulated/simulated") }),
        ],
        Kind::Telegram => {
            one(json!({ "url": url, "token": rooms::TELEGRAM_TOKEN, "chat_id": rooms::TELEGRAM_CHAT.to_string() }))
        }
        Kind::Matrix => one(json!({ "url": url, "token": rooms::TOKEN, "room_id": rooms::MATRIX_ROOM })),
        Kind::Webex => vec![
            json!({ "url": url, "token": rooms::TOKEN, "room_id": rooms::WEBEX_ROOM }),
            json!({ "url": format!("{url}/webhooks/incoming/simulated") }),
        ],
        Kind::Zulip => one(
            json!({ "url": url, "email": rooms::ZULIP_BOT, "api_key": rooms::TOKEN, "stream": rooms::ZULIP_STREAM }),
        ),
        Kind::PagerDuty => one(json!({ "url": url, "routing_key": alarms::ROUTING_KEY })),
        Kind::Opsgenie | Kind::Jsm => one(json!({ "url": url, "api_key": alarms::API_KEY })),
        Kind::IncidentIo | Kind::Rootly => one(json!({ "url": url, "token": alarms::TOKEN })),
        Kind::Alertmanager => one(json!({ "urls": [url] })),
        Kind::Ntfy => one(json!({ "url": url, "topic": phones::NTFY_TOPIC, "token": phones::NTFY_TOKEN })),
        Kind::Pushover => one(json!({ "url": url, "token": phones::PUSHOVER_TOKEN, "user": phones::PUSHOVER_USER })),
        Kind::Gotify => one(json!({ "url": url, "token": phones::GOTIFY_TOKEN })),
        Kind::TwilioSms | Kind::TwilioVoice => one(json!({
            "url": url, "account": phones::TWILIO_ACCOUNT, "secret": phones::TWILIO_SECRET, "from": "+15005550006",
            "to": ["+491701234567"],
        })),
        Kind::WebPush => {
            let (key, secret) = proof::browser();
            one(json!({ "endpoint": url, "p256dh": key, "auth": secret }))
        }
        Kind::Sns => one(json!({
            "url": url, "topic_arn": programs::TOPIC, "key_id": proof::AWS_KEY, "secret_key": proof::AWS_SECRET,
        })),
        Kind::WebhookTemplate => one(json!({
            "url": url, "method": "PUT", "headers": [format!("X-Api-Key: {}", programs::API_KEY)],
            "template": "{ \"summary\": {{ headline | tojson }}, \"status\": \"{{ 'firing' if is_open else 'resolved' }}\", \
                         \"key\": {{ thread | tojson }}, \"words\": \"{{ text | oneline | cut(500) | json }}\" }",
        })),
        Kind::ServiceNow => one(json!({ "url": url, "user": tickets::USER, "password": tickets::PASSWORD })),
        Kind::Jira => one(json!({
            "url": url, "project": tickets::JIRA_PROJECT, "user": tickets::JIRA_USER, "token": tickets::TOKEN,
        })),
        Kind::GitHubIssue => one(json!({ "url": url, "repository": tickets::REPOSITORY, "token": tickets::TOKEN })),
    }
}
