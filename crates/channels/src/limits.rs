//! What the other sides accept, in one table, each number with its unit, so that one place is corrected when a
//! vendor moves. Ours are a little lower where the vendor counts in ways that we cannot see.

/// Webhook body (bytes): what the Standard Webhooks text advises.
pub const WEBHOOK_BODY_BYTES: usize = 20_000;

/// Slack: characters of a header block.
pub const SLACK_HEADER_CHARS: usize = 150;
/// Slack: characters of a section's text.
pub const SLACK_SECTION_CHARS: usize = 3_000;
/// Slack: fields of one section.
pub const SLACK_FIELDS: usize = 10;
/// Slack: characters of one field.
pub const SLACK_FIELD_CHARS: usize = 2_000;
/// Slack: blocks of one message.
pub const SLACK_BLOCKS: usize = 50;
/// Slack: characters of the top-level text that still show whole.
pub const SLACK_TEXT_CHARS: usize = 4_000;
/// Slack: characters of all blocks together. Undocumented; messages of some 13,200 were refused.
pub const SLACK_ALL_CHARS: usize = 12_000;

/// Discord: UTF-16 units of a message's content.
pub const DISCORD_CONTENT: usize = 2_000;
/// Discord: UTF-16 units of an embed's title.
pub const DISCORD_TITLE: usize = 256;
/// Discord: UTF-16 units of an embed's description.
pub const DISCORD_DESCRIPTION: usize = 4_096;
/// Discord: fields of an embed.
pub const DISCORD_FIELDS: usize = 25;
/// Discord: UTF-16 units of a field's name.
pub const DISCORD_FIELD_NAME: usize = 256;
/// Discord: UTF-16 units of a field's value.
pub const DISCORD_FIELD_VALUE: usize = 1_024;
/// Discord: UTF-16 units of a footer.
pub const DISCORD_FOOTER: usize = 2_048;
/// Discord: UTF-16 units of all embeds' texts together.
pub const DISCORD_ALL: usize = 6_000;

/// Teams: bytes of the whole message; the service refuses 28 KB.
pub const TEAMS_BODY_BYTES: usize = 25_000;

/// Google Chat: bytes of the whole message with its cards; the service refuses 32,000.
pub const GOOGLE_CHAT_BYTES: usize = 28_000;

/// Mattermost: characters of a post.
pub const MATTERMOST_CHARS: usize = 16_383;
/// Mattermost: fields of an attachment that still read well.
pub const MATTERMOST_FIELDS: usize = 12;

/// Rocket.Chat: characters of a message, unless the server was set up otherwise.
pub const ROCKET_CHAT_CHARS: usize = 5_000;

/// Telegram: UTF-16 units of a message's text; marks are counted here, though not there.
pub const TELEGRAM_UTF16: usize = 4_096;
/// Telegram: characters of a button that still show.
pub const TELEGRAM_BUTTON_CHARS: usize = 40;

/// Matrix: bytes of a message as HTML. An event has 65,536 for everything, and an edit says everything twice.
pub const MATRIX_HTML_BYTES: usize = 7_000;
/// Matrix: bytes of a message as plain text.
pub const MATRIX_PLAIN_BYTES: usize = 6_000;
/// Matrix: bytes of a whole event.
pub const MATRIX_EVENT_BYTES: usize = 65_536;

/// Webex: bytes of a message's Markdown.
pub const WEBEX_BYTES: usize = 7_439;

/// Zulip: characters of a message, unless the server was set up otherwise.
pub const ZULIP_CHARS: usize = 10_000;
/// Zulip: characters of a topic.
pub const ZULIP_TOPIC_CHARS: usize = 60;
/// PagerDuty: bytes of an event.
pub const PAGERDUTY_BODY_BYTES: usize = 512_000;
/// PagerDuty: characters of a summary.
pub const PAGERDUTY_SUMMARY_CHARS: usize = 1_024;

/// Splunk On-Call: characters of a state message.
pub const SPLUNK_MESSAGE_CHARS: usize = 20_000;
/// Splunk On-Call: characters of a display name. Ours.
pub const SPLUNK_NAME_CHARS: usize = 250;

/// incident.io: characters of a title. Ours.
pub const INCIDENT_IO_TITLE_CHARS: usize = 250;
/// incident.io: characters of a description; the whole may have 512 KiB.
pub const INCIDENT_IO_DESCRIPTION_CHARS: usize = 20_000;

/// Rootly: characters of a title. Ours.
pub const ROOTLY_TITLE_CHARS: usize = 250;
/// Rootly: characters of a description. Ours.
pub const ROOTLY_DESCRIPTION_CHARS: usize = 15_000;

/// FireHydrant: characters of a summary. Ours.
pub const FIREHYDRANT_SUMMARY_CHARS: usize = 250;
/// FireHydrant: characters of a body. Ours.
pub const FIREHYDRANT_BODY_CHARS: usize = 15_000;

/// Grafana IRM: characters of a title. Ours.
pub const GRAFANA_TITLE_CHARS: usize = 250;
/// Grafana IRM: characters of a message. Ours.
pub const GRAFANA_MESSAGE_CHARS: usize = 15_000;

/// Alertmanager: characters of one annotation or label that templates still show well. Ours.
pub const ALERTMANAGER_TEXT_CHARS: usize = 4_000;
/// Alertmanager: labels that somebody may add. Ours.
pub const ALERTMANAGER_LABELS: usize = 30;

/// Opsgenie and JSM: characters of an alert's message.
pub const OPSGENIE_MESSAGE_CHARS: usize = 130;
/// Opsgenie and JSM: characters of a description.
pub const OPSGENIE_DESCRIPTION_CHARS: usize = 15_000;
/// Opsgenie and JSM: characters of a note; they take 25,000.
pub const OPSGENIE_NOTE_CHARS: usize = 15_000;
/// Opsgenie and JSM: characters of the entity.
pub const OPSGENIE_ENTITY_CHARS: usize = 512;
/// Opsgenie and JSM: characters of the source.
pub const OPSGENIE_SOURCE_CHARS: usize = 100;
/// Opsgenie and JSM: tags of one alert.
pub const OPSGENIE_TAGS: usize = 20;
/// Opsgenie and JSM: characters of one tag.
pub const OPSGENIE_TAG_CHARS: usize = 50;

/// SNS: characters of a subject, all ASCII.
pub const SNS_SUBJECT_CHARS: usize = 99;
/// SNS: characters of the text for people; all texts together may have 256 KiB.
pub const SNS_TEXT_CHARS: usize = 8_000;
/// SNS: characters of a text message, without the link behind it. Ours: two segments.
pub const SNS_SHORT_CHARS: usize = 160;

/// ServiceNow: characters of a short description.
pub const SERVICENOW_SHORT_CHARS: usize = 160;
/// ServiceNow: characters of a description or note; more is cut over there without a word.
pub const SERVICENOW_TEXT_CHARS: usize = 4_000;

/// Jira: characters of a summary.
pub const JIRA_SUMMARY_CHARS: usize = 255;
/// Jira: characters of a description or comment; it takes 32,767.
pub const JIRA_TEXT_CHARS: usize = 30_000;

/// GitHub: characters of an issue's title.
pub const GITHUB_TITLE_CHARS: usize = 250;
/// GitHub: characters of an issue or comment; it takes 65,536.
pub const GITHUB_BODY_CHARS: usize = 60_000;

/// Mail: octets of a line without its CRLF.
pub const MAIL_LINE_OCTETS: usize = 998;
/// Mail: characters of a subject that programs still show.
pub const MAIL_SUBJECT_CHARS: usize = 200;

/// ntfy: bytes of a message; what is longer becomes an attachment.
pub const NTFY_MESSAGE_BYTES: usize = 4_000;
/// ntfy: characters of a title that notifications show.
pub const NTFY_TITLE_CHARS: usize = 200;
/// ntfy: actions of one message.
pub const NTFY_ACTIONS: usize = 3;

/// Pushover: characters of a title.
pub const PUSHOVER_TITLE_CHARS: usize = 250;
/// Pushover: characters of a message.
pub const PUSHOVER_MESSAGE_CHARS: usize = 1_024;
/// Pushover: characters of an address.
pub const PUSHOVER_URL_CHARS: usize = 512;
/// Pushover: characters of an address's title.
pub const PUSHOVER_URL_TITLE_CHARS: usize = 100;
/// Pushover: seconds between repetitions of an emergency, at least.
pub const PUSHOVER_RETRY_S: i64 = 30;
/// Pushover: seconds for which an emergency is repeated, at most.
pub const PUSHOVER_EXPIRE_S: i64 = 10_800;

/// Gotify: characters of a message; the server sets no limit, a phone does.
pub const GOTIFY_MESSAGE_CHARS: usize = 6_000;
/// Gotify: characters of a title that notifications show.
pub const GOTIFY_TITLE_CHARS: usize = 200;

/// Text messages: places of the GSM alphabet in two segments of 153, less one where a double letter crosses between them.
pub const SMS_PLACES: usize = 305;
/// Text messages: seconds after which one that could not be handed over is given up.
pub const SMS_VALID_S: u32 = 3_600;
/// Calls: characters that a voice says at most; said twice, escaped, they stay below Twilio's 4,000.
pub const VOICE_CHARS: usize = 700;

/// Templates: bytes of what somebody may write.
pub const TEMPLATE_BYTES: usize = 16_384;
/// Templates: bytes of what one may make.
pub const TEMPLATE_BODY_BYTES: usize = 65_536;
/// Templates: steps of the engine for one body.
pub const TEMPLATE_FUEL: u64 = 100_000;

/// Statuspage's webhook: newest updates told.
pub const STATUSPAGE_UPDATES: usize = 20;
/// Statuspage's webhook: characters of one update.
pub const STATUSPAGE_BODY_CHARS: usize = 4_000;
/// Statuspage's webhook: components told.
pub const STATUSPAGE_COMPONENTS: usize = 100;

/// Web Push: bytes of a message before it is sealed; a record of 4,096 has room for 3,993.
pub const WEB_PUSH_BYTES: usize = 3_000;
/// Web Push: characters of a title that notifications show.
pub const WEB_PUSH_TITLE_CHARS: usize = 200;
/// Web Push: letters of a topic.
pub const WEB_PUSH_TOPIC_CHARS: usize = 32;

/// Longest address we send to or link to (characters).
pub const URL_CHARS: usize = 2_048;
/// Vendor text beyond this is not even parsed for a message (bytes).
pub const VENDOR_TEXT_BYTES: usize = 48_000;
