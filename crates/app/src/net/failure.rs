//! Failure: one sentence for people out of what libraries report. Paths and queries of addresses may be secrets:
//! only host and port are ever named.

use std::error::Error;
use std::fmt;
use std::io;

use tocsin_domain::{Failure, FailureKind};
use url::Url;

/// A failure before anything was sent.
pub fn failure(kind: FailureKind, detail: impl Into<String>) -> Failure {
    Failure { kind, detail: detail.into(), sent: false }
}

/// An address that is refused.
pub fn forbidden(detail: impl Into<String>) -> Failure {
    failure(FailureKind::Forbidden, detail)
}

/// A [`Failure`] on its way through a library's error type.
#[derive(Debug)]
pub struct Carried(pub Failure);

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.detail)
    }
}

impl Error for Carried {}

/// `host` or `host:port` of an address: all of it that may be shown.
pub fn place_name(url: &Url) -> String {
    let host = url.host_str().unwrap_or("the address");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Reads a client error. `sent`: the request had been written completely.
pub fn read(error: &reqwest::Error, url: &Url, sent: bool) -> Failure {
    let name = place_name(url);
    let connecting = error.is_connect();
    let mut found = Found::default();
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = next {
        if let Some(Carried(failure)) = cause.downcast_ref::<Carried>() {
            return failure.clone();
        }
        found.look(cause);
        next = cause.source();
    }
    let (kind, detail) = found.judge(&name, connecting, error.is_timeout());
    Failure { kind, detail, sent: sent && !connecting }
}

/// True where TLS is among the causes.
pub fn is_tls(error: &(dyn Error + 'static)) -> bool {
    let mut found = Found::default();
    let mut next = Some(error);
    while let Some(cause) = next {
        found.look(cause);
        next = cause.source();
    }
    found.tls.is_some()
}

/// What the chain of causes has shown.
#[derive(Default)]
struct Found {
    tls: Option<String>,
    io: Option<io::ErrorKind>,
    broken: bool,
    nonsense: Option<String>,
    last: String,
}

impl Found {
    fn look(&mut self, cause: &(dyn Error + 'static)) {
        self.last = cause.to_string();
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            self.tls = Some(tls.to_string());
        } else if let Some(io) = cause.downcast_ref::<io::Error>() {
            self.io = Some(io.kind());
            // An io::Error does not name what it wraps as its source.
            if let Some(inner) = io.get_ref() {
                self.look(inner);
            }
        } else if let Some(http) = cause.downcast_ref::<hyper::Error>() {
            self.broken |= http.is_incomplete_message() || http.is_closed() || http.is_canceled();
            if http.is_parse() || http.is_parse_status() || http.is_parse_too_large() {
                self.nonsense = Some(http.to_string());
            }
        }
    }

    fn judge(self, name: &str, connecting: bool, timeout: bool) -> (FailureKind, String) {
        if let Some(tls) = self.tls {
            return (FailureKind::Tls, format!("No secure connection to {name} could be made: {tls}."));
        }
        if timeout || self.io == Some(io::ErrorKind::TimedOut) {
            let what = if connecting { "No connection to" } else { "No answer came from" };
            return (FailureKind::Timeout, format!("{what} {name} in time."));
        }
        if connecting {
            return (FailureKind::Connect, connect_sentence(name, self.io, &self.last));
        }
        if let Some(nonsense) = self.nonsense {
            return (FailureKind::Protocol, format!("{name} answered something that is not HTTP: {nonsense}."));
        }
        if self.broken || self.io.is_some() {
            return (FailureKind::Reset, format!("{name} closed the connection before its answer was complete."));
        }
        (FailureKind::Protocol, format!("The exchange with {name} failed: {}.", self.last))
    }
}

fn connect_sentence(name: &str, io: Option<io::ErrorKind>, last: &str) -> String {
    match io {
        Some(io::ErrorKind::ConnectionRefused) => format!("Nobody listens at {name}: the connection was refused."),
        Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => {
            format!("There is no route to {name}.")
        }
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof) => {
            format!("{name} closed the connection while it was being set up.")
        }
        _ => format!("No connection to {name} could be made: {last}."),
    }
}
