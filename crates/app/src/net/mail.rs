//! Mail: messages to the relay over a few connections that are kept for a moment.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use lettre::address::{Address, Envelope};
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use tocsin_domain::{Answer, Failure, FailureKind, MailAsk};
use tokio::sync::Semaphore;

use super::exchange::Deadline;
use super::failure::{failure, is_tls};
use super::smtp::{Relay, Trouble, announce, hand_over};
use super::{Limits, NetConfig, NetError, client};
use crate::clock;

/// Connections to the relay at once.
const CONNECTIONS: usize = 8;
/// Mails per connection: some relays close it after as many.
const MAILS_PER_CONNECTION: u32 = 100;
/// An idle connection is dropped after this.
const IDLE: Duration = Duration::from_secs(30);
/// Replies that speak of us, not of the mail: the set-up is wrong, and the mail may go once it is put right.
const ABOUT_US: [u16; 4] = [530, 534, 535, 538];
/// What a relay would say to an address that is none.
const BAD_ADDRESS: u16 = 553;

/// A connection between two mails.
struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
    mails: u32,
}

/// Sends mail.
pub struct Mailer {
    relay: Relay,
    idle: Mutex<Vec<Idle>>,
    turns: Semaphore,
    limits: Limits,
}

/// There is nowhere to send mail to.
pub fn no_relay() -> Failure {
    let detail = "Mail cannot be sent: set net.smtp_url to the mail relay, for example \"smtp://127.0.0.1:25\".";
    failure(FailureKind::Connect, detail)
}

impl Mailer {
    pub fn new(url: &str, config: &NetConfig, limits: Limits) -> Result<Self, NetError> {
        let relay = Relay::parse(url, client::company_roots(config.ca_file.as_deref())?)?;
        Ok(Self { relay, idle: Mutex::default(), turns: Semaphore::new(CONNECTIONS), limits })
    }

    /// Hands one mail over. A reply of the relay to the mail is an answer, good or bad.
    pub async fn send(&self, mail: &MailAsk) -> Result<Answer, Failure> {
        let Some(envelope) = envelope(mail) else {
            return Ok(Answer::Mail {
                code: BAD_ADDRESS,
                text: "the address of sender or recipient is not valid".to_owned(),
            });
        };
        let mut deadline = Deadline::after(self.limits.mail);
        let _turn = deadline.wait(self.turns.acquire()).await;
        let sent = AtomicBool::new(false);
        // A connection that is dropped half-way is closed, never kept: the next mail must not read this one's reply.
        let result = deadline.limit(self.converse(&envelope, &mail.message, &sent)).await;
        match result {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(trouble)) => self.read(trouble, sent.load(Ordering::Acquire)),
            None => Err(Failure {
                sent: sent.load(Ordering::Acquire),
                ..failure(FailureKind::Timeout, format!("The mail relay {} took too long to answer.", self.relay.host))
            }),
        }
    }

    async fn converse(&self, envelope: &Envelope, message: &[u8], sent: &AtomicBool) -> Result<Answer, Trouble> {
        let mut idle = match self.kept(envelope, message).await? {
            Some(idle) => idle,
            None => {
                let mut connection = self.relay.open(self.limits.connect).await?;
                announce(&mut connection, envelope, message).await?;
                Idle { connection, since: clock::steady(), mails: 0 }
            }
        };
        let response = hand_over(&mut idle.connection, envelope, message, sent).await?;
        let text = response.message().last().unwrap_or_default().to_owned();
        self.keep(idle);
        Ok(Answer::Mail { code: u16::from(response.code()), text })
    }

    /// A kept connection on which the mail has been announced; those that have grown stale are dropped.
    async fn kept(&self, envelope: &Envelope, message: &[u8]) -> Result<Option<Idle>, Trouble> {
        while let Some(mut idle) = self.take() {
            match announce(&mut idle.connection, envelope, message).await {
                Ok(()) => return Ok(Some(idle)),
                Err(Trouble::Sending(error)) if stale(&error) => {}
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(None)
    }

    fn take(&self) -> Option<Idle> {
        let mut kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|idle| idle.since.elapsed() < IDLE);
        kept.pop()
    }

    fn keep(&self, idle: Idle) {
        let mails = idle.mails + 1;
        if mails < MAILS_PER_CONNECTION {
            let mut kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push(Idle { since: clock::steady(), mails, ..idle });
        }
    }

    fn read(&self, trouble: Trouble, sent: bool) -> Result<Answer, Failure> {
        let host = &self.relay.host;
        match trouble {
            Trouble::NotAscii => {
                let text = format!("{host} takes no addresses beyond ASCII (SMTPUTF8)");
                Ok(Answer::Mail { code: BAD_ADDRESS, text })
            }
            Trouble::Unprotected => {
                let detail =
                    format!("The mail relay {host} offers no encryption, so the password of net.smtp_url is not sent.");
                Err(failure(FailureKind::Tls, detail))
            }
            Trouble::SigningIn(error) if error.status().is_some() => Err(about_us(host, &error)),
            Trouble::Opening(error) | Trouble::SigningIn(error) => {
                Err(broken(host, &error, FailureKind::Connect, false))
            }
            Trouble::Sending(error) => match error.status().map(u16::from) {
                Some(code) if ABOUT_US.contains(&code) => Err(about_us(host, &error)),
                Some(code) => Ok(Answer::Mail { code, text: said(&error) }),
                None => Err(broken(host, &error, FailureKind::Reset, sent)),
            },
        }
    }
}

fn envelope(mail: &MailAsk) -> Option<Envelope> {
    Envelope::new(Some(address(&mail.from)?), vec![address(&mail.to)?]).ok()
}

/// `a@example.com` or `Name <a@example.com>`.
fn address(text: &str) -> Option<Address> {
    text.parse().ok().or_else(|| text.parse::<Mailbox>().ok().map(|mailbox| mailbox.email))
}

/// True where the relay has closed a connection that we had kept: nothing was lost, a new one will do.
fn stale(error: &Error) -> bool {
    error.status().map_or_else(|| !error.is_client(), |code| u16::from(code) == 421)
}

fn about_us(host: &str, error: &Error) -> Failure {
    let code = error.status().map(u16::from).unwrap_or_default();
    let detail = format!("The mail relay {host} does not let us in ({code} {}); see net.smtp_url.", said(error));
    failure(FailureKind::Protocol, detail)
}

fn broken(host: &str, error: &Error, otherwise: FailureKind, sent: bool) -> Failure {
    let closed = error.is_response() && said(error) == "incomplete response";
    let kind = if error.is_timeout() {
        FailureKind::Timeout
    } else if error.is_tls() || is_tls(error) {
        FailureKind::Tls
    } else if (error.is_response() && !closed) || error.is_client() {
        FailureKind::Protocol
    } else if closed {
        FailureKind::Reset
    } else {
        otherwise
    };
    Failure { sent, ..failure(kind, format!("The mail relay {host} failed: {}.", said(error))) }
}

/// What the relay or the system said: the last of the causes.
fn said(error: &Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string().trim_end_matches('.').to_owned()
}
