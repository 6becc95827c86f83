//! Headers and parts of a mail. Nothing in it is drawn: the same notice gives the same bytes.

use std::str::FromStr;
use std::time::{Duration, SystemTime};

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, Message};
use tocsin_domain::alert::Notice;
use tocsin_domain::{EventKind, Subject, Timestamp, ids};
use url::Url;

use super::page;
use crate::limits::{MAIL_LINE_OCTETS, MAIL_SUBJECT_CHARS};
use crate::say::Said;
use crate::text::{Unit, one_line, truncate};
use crate::{Composed, Sender, unsubscribe_token};

/// Last second a mail's date can say.
const LAST_SECOND: i64 = 253_402_300_799;

/// The mail for one recipient. `None` only for what no mail can hold.
pub(super) fn message(notice: &Notice, sender: &Sender, to: Mailbox) -> Option<Composed> {
    let recipient = to.email.to_string();
    let from = from(sender);
    let said = Said::new(notice);
    let unsubscribe = unsubscribe(sender, &recipient);
    let names = Names::new(notice, sender, &recipient, from.email.domain());
    let builder = Message::builder()
        .from(from)
        .to(to)
        .date(date(notice.event.at))
        .message_id(Some(names.own.clone()))
        .subject(subject(notice, &said));
    let builder = thread(builder, &names);
    let builder = automatic(builder, notice, &names, unsubscribe.as_deref())?;
    let dressed = page::Dressed { said: &said, sender, unsubscribe: unsubscribe.as_deref() };
    let parts = MultiPart::alternative()
        .boundary(format!("tocsin-{}", names.short))
        .singlepart(SinglePart::plain(page::plain(&dressed)))
        .singlepart(SinglePart::html(page::html(&dressed)));
    let body = builder.multipart(parts).ok()?.formatted();
    Some(Composed { content_type: "message/rfc822".to_owned(), body, to: recipient, part: crate::Part::Root })
}

/// Who writes. An unusable setting is replaced, because a mail from a plain name is better than none.
pub(super) fn from(sender: &Sender) -> Mailbox {
    super::mailbox(&sender.mail_from).unwrap_or_else(|| {
        let domain = Url::parse(&sender.base_url).ok().and_then(|url| url.domain().map(str::to_owned));
        let email = domain.and_then(|domain| Address::new("tocsin", domain).ok());
        let email = email.or_else(|| Address::from_str("tocsin@localhost").ok());
        Mailbox::new(Some("Tocsin".to_owned()), email.unwrap_or_else(|| Address::new_dangerous("tocsin", "localhost")))
    })
}

/// The same for all mails of one thread, because a changed subject splits it.
fn subject(notice: &Notice, said: &Said) -> String {
    let subject = match notice.event.subject {
        Subject::Test => "[Tocsin] Test message".to_owned(),
        _ => format!("[{}] {}", said.vendor, said.title),
    };
    truncate(&one_line(&subject), MAIL_SUBJECT_CHARS, Unit::Chars)
}

/// What this mail is called, and which it answers.
struct Names {
    /// `<…@domain>`
    own: String,
    /// The first mail's name, where this is not it.
    root: Option<String>,
    /// Sixteen hex digits of this mail alone.
    short: String,
    domain: String,
}

impl Names {
    fn new(notice: &Notice, sender: &Sender, recipient: &str, domain: &str) -> Self {
        let domain = ascii_domain(domain);
        let key = |name: &str| {
            let parts = [name.as_bytes(), sender.channel.as_bytes(), recipient.as_bytes()];
            format!("{:016x}", ids::hash64(&parts))
        };
        let short = key(&notice.id.to_string());
        // Only what opens once may carry the root's name: two mails of one name would be shown as one.
        let opens = matches!(notice.event.kind, EventKind::IncidentOpened | EventKind::MaintenanceScheduled)
            || (notice.event.also_opened && notice.event.incident().is_some());
        let root = format!("<thread.{}@{domain}>", key(&notice.thread));
        if notice.first_of_thread && opens {
            Self { own: root, root: None, short, domain }
        } else if matches!(notice.event.subject, Subject::Test | Subject::Digest(_) | Subject::Channel(_)) {
            Self { own: format!("<{}.{short}@{domain}>", notice.id), root: None, short, domain }
        } else {
            Self { own: format!("<{}.{short}@{domain}>", notice.id), root: Some(root), short, domain }
        }
    }
}

/// A domain that may stand in a message id.
pub(super) fn ascii_domain(domain: &str) -> String {
    let ascii = Url::parse(&format!("https://{domain}/")).ok().and_then(|url| url.host_str().map(str::to_owned));
    let sound = ascii.filter(|host| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)));
    sound.unwrap_or_else(|| "localhost".to_owned())
}

fn thread(builder: MessageBuilder, names: &Names) -> MessageBuilder {
    match &names.root {
        Some(root) => builder.in_reply_to(root.clone()).references(root.clone()),
        None => builder,
    }
}

/// Headers that say that a program writes, and how to make it stop.
fn automatic(
    builder: MessageBuilder,
    notice: &Notice,
    names: &Names,
    unsubscribe: Option<&str>,
) -> Option<MessageBuilder> {
    let mut headers = vec![
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", "All".to_owned()),
        ("Precedence", "list".to_owned()),
        ("List-Id", format!("<notices.tocsin.{}>", names.domain)),
        ("X-Tocsin-Event", notice.event.kind.word().to_owned()),
    ];
    if let Some(url) = unsubscribe {
        headers.push(("List-Unsubscribe", format!("<{url}>")));
    }
    // RFC 8058 knows one click over https only.
    if unsubscribe.is_some_and(|url| url.starts_with("https://")) {
        headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    headers.into_iter().try_fold(builder, |builder, (name, value)| {
        let name = HeaderName::new_from_ascii(name.to_owned()).ok()?;
        // Ours and plain ASCII throughout; an address must not be folded.
        let plain = value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        plain.then(|| builder.raw_header(HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value)))
    })
}

/// The one-click address. `None` without a key or a public address.
fn unsubscribe(sender: &Sender, recipient: &str) -> Option<String> {
    if sender.unsubscribe_key.is_empty() {
        return None;
    }
    let token = unsubscribe_token(&sender.unsubscribe_key, &sender.channel, recipient);
    let base = sender.base_url.trim_end_matches('/');
    let url = Url::parse(&format!("{base}/unsubscribe/{token}")).ok()?;
    let room = MAIL_LINE_OCTETS - "List-Unsubscribe: <>".len();
    (matches!(url.scheme(), "http" | "https") && url.as_str().len() <= room).then(|| url.to_string())
}

pub(super) fn date(at: Timestamp) -> SystemTime {
    let seconds = u64::try_from(at.as_second().clamp(0, LAST_SECOND)).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}
