//! E-mail: one message a recipient, text and HTML, one incident one thread. The bytes are fixed when it is composed.

mod letter;
mod page;
mod parts;
mod reply;

use std::str::FromStr;

pub use letter::{Confirmation, confirmation};

use lettre::message::Mailbox;
use serde_json::Value;
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, MailAsk, Timestamp};

use crate::settings::{self, problem};
use crate::{Attempt, Channel, Composed, Outcome, Sender, Setting, SettingProblem, judge, text};

pub(crate) static CHANNEL: Email = Email;

pub(crate) struct Email;

const SETTINGS: &[Setting] = &[Setting {
    key: "to",
    required: true,
    secret: false,
    list: true,
    help: "who gets a mail each, like [\"oncall@example.com\"].",
}];

/// Octets of an address that mail servers carry.
const ADDRESS_OCTETS: usize = 254;

impl Channel for Email {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        let mut seen = Vec::new();
        for recipient in settings::strings(settings, "to") {
            match mailbox(&recipient) {
                None => {
                    problems.push(problem("to", format!("`{}` is not an e-mail address", text::one_line(&recipient))))
                }
                Some(mailbox) if seen.contains(&mailbox.email) => {
                    problems.push(problem("to", format!("`{}` is named twice", mailbox.email)));
                }
                Some(mailbox) => seen.push(mailbox.email),
            }
        }
        problems
    }

    fn compose(&self, settings: &Value, notice: &Notice, sender: &Sender) -> Vec<Composed> {
        let recipients = settings::strings(settings, "to");
        let mailboxes = recipients.iter().filter_map(|recipient| mailbox(recipient));
        mailboxes.filter_map(|to| parts::message(notice, sender, to)).collect()
    }

    fn ask(&self, _settings: &Value, composed: &Composed, _attempt: &Attempt<'_>, sender: &Sender) -> Ask {
        Ask::Mail(MailAsk {
            from: parts::from(sender).email.to_string(),
            to: composed.to.clone(),
            message: composed.body.clone(),
        })
    }

    fn judge(&self, answer: &Answer, _now: Timestamp) -> Outcome {
        match answer {
            Answer::Mail { code, text } => reply::judged(*code, text),
            Answer::Failed(failure) => judge::failed(failure),
            Answer::Http(_) | Answer::NotModified => {
                Outcome::Retry { detail: "answered like a web server".to_owned(), slow: false }
            }
        }
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, 0))
    }
}

/// An address, or `Name <address>`; `None` for what no mail server would take.
fn mailbox(text: &str) -> Option<Mailbox> {
    if text.chars().any(char::is_control) {
        return None;
    }
    let mailbox = Mailbox::from_str(text.trim()).ok()?;
    let address = &mailbox.email;
    // Few servers take other letters in an address; a domain has an ASCII spelling (xn--…).
    let sound = AsRef::<str>::as_ref(address).is_ascii()
        && AsRef::<str>::as_ref(address).len() <= ADDRESS_OCTETS
        && !address.user().is_empty()
        && address.user().len() <= 64
        && !address.domain().contains("..")
        && !address.domain().starts_with('.');
    sound.then_some(mailbox)
}

#[cfg(test)]
mod tests;
