//! Why a call ended, as the network says it (RFC 3326).

use std::fmt;

/// A `Reason` header. A network of ISDN's descent says `Q.850`, others `SIP`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    pub protocol: String,
    pub code: Option<u16>,
    pub text: Option<String>,
}

impl Cause {
    /// The causes that a header's value names.
    #[must_use]
    pub fn all(value: &str) -> Vec<Cause> {
        outside_quotes(value, ',').into_iter().filter_map(Cause::read).collect()
    }

    fn read(value: &str) -> Option<Cause> {
        let mut parts = outside_quotes(value, ';').into_iter();
        let protocol = parts.next().map(str::trim).filter(|protocol| !protocol.is_empty())?;
        let mut cause = Cause { protocol: protocol.to_owned(), code: None, text: None };
        for part in parts {
            let Some((name, value)) = part.split_once('=') else { continue };
            let value = value.trim().trim_matches('"');
            match name.trim() {
                "cause" => cause.code = value.parse().ok(),
                "text" => cause.text = Some(value.to_owned()),
                _ => {}
            }
        }
        Some(cause)
    }

    /// The cause of ITU-T Q.850, where it is one.
    #[must_use]
    pub fn q850(&self) -> Option<u16> {
        self.code.filter(|_| self.protocol.eq_ignore_ascii_case("Q.850"))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.protocol)?;
        if let Some(code) = self.code {
            write!(out, " {code}")?;
        }
        match &self.text {
            Some(text) => write!(out, " ({text})"),
            None => Ok(()),
        }
    }
}

/// Parts between such letters, those within quotes left out.
fn outside_quotes(value: &str, between: char) -> Vec<&str> {
    let mut quoted = false;
    value
        .split(move |letter| {
            quoted ^= letter == '"';
            letter == between && !quoted
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_as_networks_write_them() {
        for (value, protocol, code, text, q850) in [
            ("Q.850;cause=16;text=\"Terminated\"", "Q.850", Some(16), Some("Terminated"), Some(16)),
            ("q.850 ; cause=17", "q.850", Some(17), None, Some(17)),
            (
                "SIP;cause=200;text=\"Call completed; elsewhere, there\"",
                "SIP",
                Some(200),
                Some("Call completed; elsewhere, there"),
                None,
            ),
            ("Q.850;cause=many", "Q.850", None, None, None),
            ("preemption", "preemption", None, None, None),
        ] {
            let cause = Cause::all(value).remove(0);
            assert_eq!((cause.protocol.as_str(), cause.code, cause.text.as_deref()), (protocol, code, text), "{value}");
            assert_eq!(cause.q850(), q850, "{value}");
        }
        assert_eq!(Cause::all(" "), []);
        let both = Cause::all("SIP ;cause=580 ;text=\"x, y\", Q.850;cause=31");
        assert_eq!(both.iter().map(|cause| cause.code).collect::<Vec<_>>(), [Some(580), Some(31)]);
        assert_eq!(both[1].q850(), Some(31));
        assert_eq!(Cause::all("Q.850;cause=16;text=\"Normal\"")[0].to_string(), "Q.850 16 (Normal)");
    }
}
