//! SMTP: where the relay is, how it is reached, and one connection to it.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use rustls::pki_types::CertificateDer;
use url::Url;

use super::NetError;

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protection {
    Plain,
    /// STARTTLS where offered.
    Opportunistic,
    /// STARTTLS or nothing.
    Required,
    /// TLS from the first byte.
    Implicit,
}

/// The relay of `net.smtp_url`.
pub struct Relay {
    pub host: String,
    port: u16,
    protection: Protection,
    credentials: Option<Credentials>,
    tls: TlsParameters,
    hello: ClientId,
}

/// At which point a conversation with the relay failed.
pub enum Trouble {
    /// Connecting, greeting, TLS.
    Opening(Error),
    /// The relay does not want us.
    SigningIn(Error),
    /// The password would travel in the clear.
    Unprotected,
    /// MAIL, RCPT, DATA and the message.
    Sending(Error),
    /// The relay cannot take an address beyond ASCII.
    NotAscii,
}

impl Relay {
    pub fn parse(text: &str, roots: Vec<CertificateDer<'static>>) -> Result<Self, NetError> {
        let wrong = |why: &str| NetError::Smtp { why: why.to_owned() };
        // The text may hold a password: it is not repeated.
        let url = Url::parse(text).map_err(|error| wrong(&format!("it is not an address ({error})")))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("it names no host"))?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let protection = protection(&url).map_err(|why| wrong(&why))?;
        let credentials = credentials(&url);
        if credentials.is_some() && protection == Protection::Plain && !is_loopback(&host) {
            return Err(wrong("a password would travel in the clear"));
        }
        let tls = tls(&host, roots).map_err(|error| wrong(&format!("TLS cannot be set up ({error})")))?;
        let port = url.port().unwrap_or(match protection {
            Protection::Plain | Protection::Opportunistic => 25,
            Protection::Required => 587,
            Protection::Implicit => 465,
        });
        let hello = match url.path().trim_matches('/') {
            "" => ClientId::default(),
            name => ClientId::Domain(name.to_owned()),
        };
        Ok(Self { host, port, protection, credentials, tls, hello })
    }

    /// A connection that is ready to take mail.
    pub async fn open(&self, timeout: Duration) -> Result<AsyncSmtpConnection, Trouble> {
        let at_once = (self.protection == Protection::Implicit).then(|| self.tls.clone());
        let server = (self.host.as_str(), self.port);
        let connection = AsyncSmtpConnection::connect_tokio1(server, Some(timeout), &self.hello, at_once, None).await;
        let mut connection = connection.map_err(Trouble::Opening)?;
        let wanted = match self.protection {
            Protection::Plain | Protection::Implicit => false,
            Protection::Opportunistic => connection.can_starttls(),
            Protection::Required => true,
        };
        if wanted {
            connection.starttls(self.tls.clone(), &self.hello).await.map_err(Trouble::Opening)?;
        }
        if let Some(credentials) = &self.credentials {
            if !connection.is_encrypted() && !is_loopback(&self.host) {
                return Err(Trouble::Unprotected);
            }
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(Trouble::SigningIn)?;
        }
        Ok(connection)
    }
}

/// Announces a mail: the first word on a connection, so this is where one that has grown stale shows it.
pub async fn announce(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    message: &[u8],
) -> Result<(), Trouble> {
    let server = connection.server_info();
    let mut parameters = Vec::new();
    if !envelope.from().into_iter().chain(envelope.to()).all(|address| AsRef::<str>::as_ref(address).is_ascii()) {
        if !server.supports_feature(Extension::SmtpUtfEight) {
            return Err(Trouble::NotAscii);
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !message.is_ascii() && server.supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let mail = Mail::new(envelope.from().cloned(), parameters);
    connection.command(mail).await.map(drop).map_err(Trouble::Sending)
}

/// Hands over recipient and message. `sent` becomes true when only the final dot is left to be written.
pub async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    message: &[u8],
    sent: &AtomicBool,
) -> Result<Response, Trouble> {
    for to in envelope.to() {
        connection.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(Trouble::Sending)?;
    }
    connection.command(Data).await.map_err(Trouble::Sending)?;
    // The end of the data brings its own line break.
    let message = message.strip_suffix(b"\r\n").unwrap_or(message);
    let end = std::iter::from_fn(|| {
        sent.store(true, Ordering::Release);
        None
    });
    connection.message_iter(std::iter::once(message).chain(end)).await.map_err(Trouble::Sending)
}

fn protection(url: &Url) -> Result<Protection, String> {
    let asked = url.query_pairs().find(|(key, _)| key == "tls").map(|(_, value)| value.into_owned());
    match (url.scheme(), asked.as_deref()) {
        ("smtps", None) => Ok(Protection::Implicit),
        ("smtp", None | Some("none")) => Ok(Protection::Plain),
        ("smtp", Some("opportunistic")) => Ok(Protection::Opportunistic),
        ("smtp", Some("required")) => Ok(Protection::Required),
        ("smtp" | "smtps", Some(other)) => Err(format!("`tls={other}` is not known here")),
        (scheme, _) => Err(format!("`{scheme}:` is neither `smtp:` nor `smtps:`")),
    }
}

fn credentials(url: &Url) -> Option<Credentials> {
    let plain = |text: &str| {
        let form = format!("x={}", text.replace('+', "%2B").replace('&', "%26"));
        let decoded = url::form_urlencoded::parse(form.as_bytes()).next();
        decoded.map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    (!url.username().is_empty())
        .then(|| Credentials::new(plain(url.username()), plain(url.password().unwrap_or_default())))
}

fn tls(host: &str, roots: Vec<CertificateDer<'static>>) -> Result<TlsParameters, Error> {
    let mut builder = TlsParameters::builder(host.to_owned());
    for root in roots {
        builder = builder.add_root_certificate(Certificate::from_der(root.to_vec())?);
    }
    builder.build_rustls()
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relay(text: &str) -> Result<(String, u16, Protection, bool), String> {
        let relay = Relay::parse(text, Vec::new()).map_err(|error| error.to_string())?;
        Ok((relay.host, relay.port, relay.protection, relay.credentials.is_some()))
    }

    #[test]
    fn relays_are_read() {
        let host = |name: &str| name.to_owned();
        assert_eq!(relay("smtp://127.0.0.1:2525"), Ok((host("127.0.0.1"), 2525, Protection::Plain, false)));
        assert_eq!(relay("smtp://mail.example"), Ok((host("mail.example"), 25, Protection::Plain, false)));
        assert_eq!(relay("smtps://u:p@mail.example"), Ok((host("mail.example"), 465, Protection::Implicit, true)));
        assert_eq!(
            relay("smtp://u:p@mail.example?tls=required"),
            Ok((host("mail.example"), 587, Protection::Required, true))
        );
        let opportunistic = relay("smtp://u:p@mail.example:587?tls=opportunistic");
        assert_eq!(opportunistic, Ok((host("mail.example"), 587, Protection::Opportunistic, true)));
        assert_eq!(relay("smtp://u:p@[::1]:2525"), Ok((host("::1"), 2525, Protection::Plain, true)));
    }

    #[test]
    fn what_cannot_work_is_refused_with_a_way_out_and_without_the_password() {
        let wrong = [
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtp://u:hush@mail.example",
            "smtp://mail.example?tls=maybe",
            "smtps://u:hush@mail.example?tls=required",
        ];
        for text in wrong {
            let error = relay(text).unwrap_err();
            assert!(error.starts_with("net.smtp_url: ") && error.contains("?tls=required"), "{error}");
            assert!(!error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn user_names_and_passwords_are_decoded() {
        let url = Url::parse("smtp://me%40example.com:a%2Fb+c&d%25@localhost").unwrap();
        assert_eq!(credentials(&url), Some(Credentials::new("me@example.com".to_owned(), "a/b+c&d%".to_owned())));
    }
}
