//! Where somebody is called: `sip:alice@example.com:5060;transport=tcp`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// What carries signalling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    #[default]
    Udp,
    Tcp,
    Tls,
}

impl Transport {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
        }
    }

    /// The port that is meant where none is said.
    #[must_use]
    pub fn port(self) -> u16 {
        if self == Transport::Tls { 5061 } else { 5060 }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.word())
    }
}

impl FromStr for Transport {
    type Err = String;

    fn from_str(word: &str) -> Result<Transport, String> {
        [Transport::Udp, Transport::Tcp, Transport::Tls]
            .into_iter()
            .find(|transport| transport.word().eq_ignore_ascii_case(word))
            .ok_or_else(|| format!("`{word}` is no transport: say udp, tcp or tls"))
    }
}

/// A SIP URI, as far as a call needs it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    pub user: Option<String>,
    /// A name, or an address without brackets.
    pub host: String,
    pub port: Option<u16>,
    /// What the URI asks for; `sips:` asks for TLS.
    pub transport: Option<Transport>,
}

impl Address {
    /// The host, where it is an address and no name.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    fn host_and_port(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        match self.port {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("sip:")?;
        if let Some(user) = &self.user {
            write!(out, "{user}@")?;
        }
        out.write_str(&self.host_and_port())?;
        match self.transport {
            Some(transport) if transport != Transport::Udp => write!(out, ";transport={transport}"),
            _ => Ok(()),
        }
    }
}

impl FromStr for Address {
    type Err = String;

    /// The scheme may be left out.
    fn from_str(text: &str) -> Result<Address, String> {
        let text = text.trim();
        let wrong = |why: &str| format!("`{text}` is no SIP address: {why}; one looks like sip:alice@example.com");
        let lower = text.to_ascii_lowercase();
        let (rest, secure) = if lower.starts_with("sips:") {
            (&text[5..], true)
        } else if lower.starts_with("sip:") {
            (&text[4..], false)
        } else if lower.starts_with("tel:") {
            return Err(wrong(
                "a telephone number needs to be called through somebody, such as sip:+4930123@trunk.example",
            ));
        } else {
            (text, false)
        };
        // What follows a question mark are headers for the call, which are not ours to send.
        let rest = rest.split('?').next().unwrap_or(rest);
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, rest),
        };
        // A password in a URI is against all advice, and ours come from elsewhere.
        let user = user.map(|user| user.split(':').next().unwrap_or(user).to_owned());
        let mut parts = rest.split(';');
        let place = parts.next().unwrap_or("");
        let (host, port) = match place.strip_prefix('[') {
            Some(bracketed) => {
                let (host, after) = bracketed.split_once(']').ok_or_else(|| wrong("its bracket is not closed"))?;
                host.parse::<std::net::Ipv6Addr>().map_err(|_| wrong("what is in brackets is no IPv6 address"))?;
                (host, after.strip_prefix(':'))
            }
            None => match place.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
        };
        if host.is_empty() || user.as_deref() == Some("") {
            return Err(wrong("its host or its user is missing"));
        }
        let strange = |letter: char| !(letter.is_ascii_alphanumeric() || ".-_:".contains(letter));
        if host.contains(strange) {
            return Err(wrong("its host is none"));
        }
        if user
            .as_deref()
            .is_some_and(|user| user.contains(|letter: char| letter.is_whitespace() || "<>\"".contains(letter)))
        {
            return Err(wrong("its user holds what none may"));
        }
        let port = port
            .map(|port| port.parse().ok().filter(|port| *port != 0).ok_or_else(|| wrong("its port is none")))
            .transpose()?;
        let mut transport = secure.then_some(Transport::Tls);
        for part in parts {
            if let Some(("transport", word)) = part.to_ascii_lowercase().split_once('=') {
                let asked: Transport =
                    word.parse().map_err(|_| wrong("it asks for a transport that we do not speak"))?;
                // Whoever says sips and tcp means TLS over TCP.
                transport = Some(if secure { Transport::Tls } else { asked });
            }
        }
        Ok(Address { user, host: host.to_owned(), port, transport })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        for (text, user, host, port, transport, written) in [
            ("sip:alice@example.com", Some("alice"), "example.com", None, None, "sip:alice@example.com"),
            ("alice@example.com:5080", Some("alice"), "example.com", Some(5080), None, "sip:alice@example.com:5080"),
            ("SIP:127.0.0.1:5070", None, "127.0.0.1", Some(5070), None, "sip:127.0.0.1:5070"),
            (
                "sip:x@[::1]:5070;transport=TCP;lr",
                Some("x"),
                "::1",
                Some(5070),
                Some(Transport::Tcp),
                "sip:x@[::1]:5070;transport=tcp",
            ),
            (
                "sips:+49301@trunk.example;transport=tcp",
                Some("+49301"),
                "trunk.example",
                None,
                Some(Transport::Tls),
                "sip:+49301@trunk.example;transport=tls",
            ),
            ("sip:a:secret@host?Subject=x", Some("a"), "host", None, None, "sip:a@host"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(
                (address.user.as_deref(), address.host.as_str(), address.port, address.transport),
                (user, host, port, transport),
                "{text}"
            );
            assert_eq!(address.to_string(), written);
        }
    }

    #[test]
    fn what_is_none_says_why() {
        for text in [
            "",
            "sip:",
            "sip:@host",
            "sip:a@",
            "sip:a@host:0",
            "sip:a@host:70000",
            "sip:a@[::1",
            "sip:a@[nine]",
            "sip:a@ho st",
            "sip:a b@host",
            "tel:+4930",
            "sip:a@host;transport=sctp",
            "http://example.com/x",
        ] {
            let why = text.parse::<Address>().unwrap_err();
            assert!(why.contains("one looks like sip:alice@example.com"), "{text}: {why}");
        }
    }
}
