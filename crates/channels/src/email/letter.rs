//! The mail that asks whoever reads a mailbox whether they want what somebody asked for in their name. It offers one link
//! and tells nothing else; whoever did not ask need not do anything.

use askama::Template;
use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{MultiPart, SinglePart};
use tocsin_domain::Timestamp;
use uuid::Uuid;

use super::page::FONT;
use super::parts;
use crate::limits::MAIL_SUBJECT_CHARS;
use crate::text::{Unit, one_line, truncate};
use crate::{Composed, Part, Sender};

/// What is to be confirmed.
#[derive(Clone, Copy, Debug)]
pub struct Confirmation<'a> {
    /// Names the mail.
    pub id: Uuid,
    pub at: Timestamp,
    /// A bare mail address.
    pub to: &'a str,
    /// Whose news they are: a vendor, or a board, as it is called within a sentence.
    pub vendor: &'a str,
    /// The page that confirms it.
    pub url: &'a str,
}

/// The mail. `None` only for what no mail can hold.
#[must_use]
pub fn confirmation(sender: &Sender, asked: &Confirmation<'_>) -> Option<Composed> {
    let to = super::mailbox(asked.to)?;
    let recipient = to.email.to_string();
    let from = parts::from(sender);
    let domain = parts::ascii_domain(from.email.domain());
    let subject = format!("Confirm: news of {}", asked.vendor);
    let mut builder = Message::builder()
        .from(from)
        .to(to)
        .date(parts::date(asked.at))
        .message_id(Some(format!("<{}@{domain}>", asked.id)))
        .subject(truncate(&one_line(&subject), MAIL_SUBJECT_CHARS, Unit::Chars));
    for (name, value) in [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")] {
        let name = HeaderName::new_from_ascii(name.to_owned()).ok()?;
        builder = builder.raw_header(HeaderValue::new(name, value.to_owned()));
    }
    let page = Page { vendor: asked.vendor, to: &recipient, url: asked.url, base_url: &sender.base_url };
    let html = page.render().ok()?;
    let whole = MultiPart::alternative()
        .boundary(format!("tocsin-{}", asked.id.simple()))
        .singlepart(SinglePart::plain(plain(&page)))
        .singlepart(SinglePart::html(html));
    let body = builder.multipart(whole).ok()?.formatted();
    Some(Composed { content_type: "message/rfc822".to_owned(), body, to: recipient, part: Part::Root })
}

fn plain(page: &Page<'_>) -> String {
    let Page { vendor, to, url, base_url } = page;
    format!(
        "Do you want to hear of {vendor}?\n\n\
         Somebody, probably you, asked for mails to {to} about incidents and maintenance of {vendor}, as the vendor's own \
         status page tells them.\n\n\
         Confirm it within 48 hours:\n{url}\n\n\
         If it was not you, you need not do anything: no other mail comes.\n\n\
         -- \nSent by Tocsin, {base_url}\n"
    )
}

#[derive(Template)]
#[template(path = "confirmation.html")]
struct Page<'a> {
    vendor: &'a str,
    to: &'a str,
    url: &'a str,
    base_url: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked<'a>(to: &'a str, vendor: &'a str) -> Confirmation<'a> {
        let url = "https://tocsin.example.com/subscribe/abc.def";
        Confirmation { id: Uuid::from_u128(7), at: Timestamp::from_second(1_800_000_000), to, vendor, url }
    }

    fn sender() -> Sender {
        let (base_url, mail_from) = ("https://tocsin.example.com".into(), "Tocsin <tocsin@example.com>".into());
        Sender { base_url, mail_from, ..Sender::default() }
    }

    #[test]
    fn it_names_what_was_asked_for_and_one_link() {
        let composed = confirmation(&sender(), &asked("ada@example.com", "Harbour <b>Cloud</b>")).unwrap();
        assert_eq!(composed.to, "ada@example.com");
        let text = String::from_utf8(composed.body).unwrap().replace("=\r\n", "");
        assert!(text.contains("Auto-Submitted: auto-generated"), "{text}");
        assert!(!text.contains("List-Unsubscribe"), "there is nothing to leave yet");
        assert_eq!(text.matches("/subscribe/abc.def").count(), 2, "once in each part: {text}");
        assert!(!text.split("text/html").nth(1).unwrap().contains("<b>Cloud"), "a name is no markup");
        let again = confirmation(&sender(), &asked("ada@example.com", "Harbour <b>Cloud</b>")).unwrap();
        assert_eq!(again.body, text_of(&again), "the same bytes each time");
    }

    fn text_of(composed: &Composed) -> Vec<u8> {
        let again = confirmation(&sender(), &asked(&composed.to, "Harbour <b>Cloud</b>")).unwrap();
        again.body
    }

    #[test]
    fn what_is_no_address_gets_none_and_no_name_becomes_a_header() {
        assert!(confirmation(&sender(), &asked("nobody", "Harbour")).is_none());
        assert!(confirmation(&sender(), &asked("a@example.com\r\nBcc: b@example.com", "Harbour")).is_none());
        let composed = confirmation(&sender(), &asked("ada@example.com", "Harbour\r\nBcc: eve@example.com")).unwrap();
        let text = String::from_utf8(composed.body).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
    }
}
