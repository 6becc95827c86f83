//! Web Push: a notification in a browser that somebody allowed to be woken. A channel is one browser.

mod seal;
mod vapid;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::digest::Gathered;
use tocsin_domain::exchange::Method;
use tocsin_domain::{Answer, Ask, HttpAnswer, HttpAsk, Subject, Timestamp};
use url::{Host, Url};

pub use vapid::public_key as vapid_public_key;

use crate::limits::{WEB_PUSH_BYTES, WEB_PUSH_TITLE_CHARS, WEB_PUSH_TOPIC_CHARS};
use crate::say::{Said, Tone, told};
use crate::settings::{self, problem};
use crate::text::{QUIET, Unit, neutral, truncate};
use crate::wakes::{Wake, wakes};
use crate::{Attempt, Channel, Composed, Keeping, Outcome, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: WebPush = WebPush;

pub(crate) struct WebPush;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "endpoint",
        required: true,
        secret: true,
        list: false,
        help: "where the browser takes messages: `endpoint` of its subscription.",
    },
    Setting {
        key: "p256dh",
        required: true,
        secret: true,
        list: false,
        help: "the browser's public key: `keys.p256dh` of its subscription.",
    },
    Setting {
        key: "auth",
        required: true,
        secret: true,
        list: false,
        help: "the browser's secret: `keys.auth` of its subscription.",
    },
];

/// Browsers' own push services; one name stands for those below it.
const SERVICES: [&str; 4] = ["fcm.googleapis.com", "push.services.mozilla.com", "push.apple.com", "notify.windows.com"];

/// Seconds for which a push service keeps a message for a browser that is away.
const TTL_S: u32 = 3_600;
/// The same for announced work.
const TTL_WORK_S: u32 = 86_400;

/// As browsers write keys, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Channel for WebPush {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        match settings::address(settings, "endpoint") {
            Err(wrong) => problems.push(wrong),
            Ok(Some(url)) if !settings::is_private(&url) && !is_service(&url) => {
                let how = "`endpoint` is at no push service of a browser; take it from the browser's subscription";
                problems.push(problem("endpoint", how));
            }
            Ok(_) => {}
        }
        if !settings::string(settings, "p256dh").is_empty() && receiver(settings).is_none() {
            problems
                .push(problem("p256dh", "`p256dh` is no key of a browser: 65 bytes of a P-256 point, in base64url"));
        }
        if !settings::string(settings, "auth").is_empty() && auth(settings).is_none() {
            problems.push(problem("auth", "`auth` must be 16 bytes in base64url"));
        }
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        vec![crate::json_body(&envelope(notice, &Said::new(notice)))]
    }

    fn ask(&self, settings: &Value, composed: &Composed, attempt: &Attempt<'_>, sender: &Sender) -> Ask {
        let envelope: Value = serde_json::from_slice(&composed.body).unwrap_or_default();
        let message = envelope.get("message").map(Value::to_string).unwrap_or_default();
        let endpoint = settings::string(settings, "endpoint").trim();
        let text = |key: &str| match envelope.get(key) {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => String::new(),
        };
        let mut headers = vec![
            ("content-type".to_owned(), "application/octet-stream".to_owned()),
            ("content-encoding".to_owned(), "aes128gcm".to_owned()),
            ("user-agent".to_owned(), crate::USER_AGENT.to_owned()),
            ("ttl".to_owned(), text("ttl")),
            ("urgency".to_owned(), text("urgency")),
        ];
        if envelope.get("topic").is_some() {
            headers.push(("topic".to_owned(), text("topic")));
        }
        let authorization = vapid::authorization(&sender.vapid, endpoint, &contact(sender), attempt.now);
        headers.extend(authorization.map(|value| ("authorization".to_owned(), value)));
        let once = format!("{}/{}/{endpoint}", attempt.delivery, attempt.number);
        let sealed = receiver(settings).zip(auth(settings)).and_then(|(receiver, auth)| {
            let secret = [sender.vapid.as_slice(), &auth].concat();
            seal::sealed(message.as_bytes(), &receiver, &auth, &secret, once.as_bytes())
        });
        Ask::Http(HttpAsk {
            key: "deliver".to_owned(),
            method: Method::Post,
            url: endpoint.to_owned(),
            headers,
            body: sealed.unwrap_or_default(),
        })
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, by_answer)
    }

    fn redacted(&self, settings: &Value) -> Value {
        let mut shown = settings::redacted(settings, SETTINGS, |url| settings::cut(url, 0));
        // Which browser it is can be told by its maker's service.
        if let Ok(url) = Url::parse(settings::string(settings, "endpoint")) {
            shown["endpoint"] = Value::from(settings::cut(&url, 0));
        }
        shown
    }

    fn keeping(&self, _settings: &Value) -> Keeping {
        Keeping::State
    }
}

fn is_service(url: &Url) -> bool {
    let Some(Host::Domain(host)) = url.host() else { return false };
    SERVICES
        .iter()
        .any(|service| host == *service || host.strip_suffix(service).is_some_and(|rest| rest.ends_with('.')))
}

fn receiver(settings: &Value) -> Option<p256::PublicKey> {
    let bytes = BASE64.decode(settings::string(settings, "p256dh").trim()).ok()?;
    (bytes.len() == 65).then(|| p256::PublicKey::from_sec1_bytes(&bytes).ok()).flatten()
}

fn auth(settings: &Value) -> Option<Vec<u8>> {
    BASE64.decode(settings::string(settings, "auth").trim()).ok().filter(|bytes| bytes.len() == 16)
}

/// Whom a push service may write to about us.
fn contact(sender: &Sender) -> String {
    let address = sender.mail_from.rsplit('<').next().unwrap_or_default().trim_end_matches('>').trim();
    if address.contains('@') && address.bytes().all(|byte| byte.is_ascii_graphic()) {
        format!("mailto:{address}")
    } else if sender.base_url.starts_with("https://") {
        sender.base_url.clone()
    } else {
        "mailto:tocsin@localhost".to_owned()
    }
}

/// A refusal of 400, 401 or 403 is about who we are, never about the browser.
fn by_answer(http: &HttpAnswer) -> Option<Outcome> {
    let detail = judge::detail(http);
    match http.status {
        400 => {
            let word = detail.to_ascii_lowercase();
            let ours =
                ["vapid", "jwt", "authorization", "unauthorized", "badwebpush"].iter().any(|one| word.contains(one));
            Some(if ours { Outcome::EndpointAuth { detail } } else { Outcome::RejectPayload { detail } })
        }
        403 => Some(Outcome::EndpointAuth {
            detail: format!("{detail} (if the key of this instance changed, subscribe again)"),
        }),
        _ => None,
    }
}

/// What is sealed, and what the push service itself reads: how long to keep it, how much it matters, and what it replaces.
fn envelope(notice: &Notice, said: &Said) -> Value {
    let title = format!("{} {}: {}", said.tone.sign(), said.vendor, said.state);
    let links: Vec<Value> =
        said.links.iter().map(|link| json!({ "label": neutral(&link.label), "url": link.url })).collect();
    let mut message = json!({
        "title": truncate(&neutral(&title), WEB_PUSH_TITLE_CHARS, Unit::Chars),
        "url": said.links.first().map(|link| link.url.as_str()),
        "links": links,
        "tag": notice.thread,
        "event": notice.event.kind,
        "at": notice.event.at,
        "rings": matches!(wakes(notice), Some(Wake::Raise | Wake::Worse)),
    });
    // In JSON a text may take more room than it has letters.
    for share in [1, 2, 4, 8] {
        let room = WEB_PUSH_BYTES.saturating_sub(message.to_string().len() + 20) / share;
        message["body"] = Value::from(told(said, &QUIET, room, Unit::Bytes));
        if message.to_string().len() <= WEB_PUSH_BYTES {
            break;
        }
        message["body"] = Value::from("");
    }
    if message.to_string().len() > WEB_PUSH_BYTES {
        message["links"] = json!([]);
    }
    let is_work = matches!(notice.event.subject, Subject::Maintenance(_));
    let mut envelope = json!({
        "ttl": if is_work { TTL_WORK_S } else { TTL_S },
        "urgency": urgency(notice, said.tone),
        "message": message,
    });
    if !matches!(notice.event.subject, Subject::Test | Subject::Digest(_)) {
        envelope["topic"] = Value::from(notice.thread.chars().take(WEB_PUSH_TOPIC_CHARS).collect::<String>());
    }
    envelope
}

fn urgency(notice: &Notice, tone: Tone) -> &'static str {
    if let Subject::Digest(digest) = &notice.event.subject {
        return if digest.gathered == Gathered::Storm { "high" } else { "low" };
    }
    match (wakes(notice), tone) {
        (Some(Wake::Test), _) | (Some(Wake::Raise | Wake::Worse), Tone::Critical | Tone::Major) => "high",
        (Some(_), _) => "normal",
        (None, _) => "low",
    }
}

#[cfg(test)]
mod tests;
