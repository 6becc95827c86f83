//! What a key takes: texts, lists, durations, addresses. Each says what to write instead.

use tocsin_channels::Kind;
use tocsin_domain::alert::EventPattern;
use tocsin_domain::{EventKind, Health, Impact, Timestamp};
use tocsin_platforms::Platform;
use uuid::Uuid;

use super::mistake::{did_you_mean, listed};
use super::table::Raw;

/// Bytes of a provider's slug at most.
pub const SLUG_BYTES: usize = 64;

fn not(wanted: &str, raw: &Raw) -> String {
    let found = match raw {
        Raw::Text(text) | Raw::Variable(text) => format!("`{text}`"),
        Raw::Int(number) => format!("the number {number}"),
        Raw::Flag(flag) => format!("`{flag}`"),
        Raw::List(_) => "a list".to_owned(),
        Raw::Fraction(number) => format!("the number {number}"),
        Raw::Other(what) => format!("a {what}"),
    };
    format!("{found} is not {wanted}")
}

/// A text that is not empty.
pub fn text(raw: Raw) -> Result<String, String> {
    match raw {
        Raw::Text(text) | Raw::Variable(text) if !text.trim().is_empty() => Ok(text),
        Raw::Text(_) | Raw::Variable(_) => Err("is empty".to_owned()),
        other => Err(not("a text; put it in quotes", &other)),
    }
}

/// A list of texts; from the environment, separated by commas. A single text is a list of one.
pub fn list(raw: Raw) -> Result<Vec<String>, String> {
    match raw {
        Raw::List(list) => Ok(list),
        Raw::Text(text) => Ok(vec![text]),
        Raw::Variable(text) => {
            Ok(text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect())
        }
        other => Err(not("a list of texts like [\"one\", \"two\"]", &other)),
    }
}

pub fn flag(raw: Raw) -> Result<bool, String> {
    match raw {
        Raw::Flag(flag) => Ok(flag),
        Raw::Variable(ref text) if text.eq_ignore_ascii_case("true") || text == "1" => Ok(true),
        Raw::Variable(ref text) if text.eq_ignore_ascii_case("false") || text == "0" => Ok(false),
        other => Err(not("true or false", &other)),
    }
}

/// A whole number from `least` to `most`.
pub fn count(least: i64, most: i64) -> impl Fn(Raw) -> Result<usize, String> {
    move |raw| {
        let number = match &raw {
            Raw::Int(number) => Some(*number),
            Raw::Variable(text) => text.trim().parse().ok(),
            _ => None,
        };
        let fits =
            number.filter(|number| (least..=most).contains(number)).and_then(|number| usize::try_from(number).ok());
        fits.ok_or_else(|| not(&format!("a whole number from {least} to {most}"), &raw))
    }
}

/// Seconds of a duration: `"30s"`, `"5m"`, `"2h"`, `"1d"`, also put together: `"1h30m"`.
pub fn duration(raw: Raw) -> Result<i64, String> {
    let seconds = match &raw {
        Raw::Text(text) | Raw::Variable(text) => seconds(text),
        _ => None,
    };
    seconds.ok_or_else(|| not("a duration; write it like \"30s\", \"5m\" or \"2h\"", &raw))
}

fn seconds(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    let mut total: i64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?.trim_start();
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = match rest.get(..letters)? {
            "s" | "sec" | "second" | "seconds" => 1,
            "m" | "min" | "minute" | "minutes" => 60,
            "h" | "hour" | "hours" => 3600,
            "d" | "day" | "days" => 86_400,
            _ => return None,
        };
        rest = rest.get(letters..)?.trim_start();
        total = total.checked_add(number.checked_mul(unit)?)?;
    }
    (total <= 366 * 86_400).then_some(total)
}

/// A moment: RFC 3339, like `2026-05-04T10:00:00Z`.
pub fn moment(raw: Raw) -> Result<Timestamp, String> {
    let written = text(raw)?;
    written.trim().parse().map_err(|_| format!("`{written}` is not a time; write it like 2026-05-04T10:00:00Z"))
}

/// Characters that somebody may write for others to read, at most.
const NOTE_CHARS: usize = 300;

/// A line that people write for people; may be empty.
pub fn note(raw: Raw) -> Result<String, String> {
    let written = match raw {
        Raw::Text(text) | Raw::Variable(text) => text.trim().to_owned(),
        other => return Err(not("a text; put it in quotes", &other)),
    };
    if written.chars().count() > NOTE_CHARS || written.chars().any(char::is_control) {
        return Err(format!("must be one line of at most {NOTE_CHARS} characters"));
    }
    Ok(written)
}

/// The health of a component or provider.
pub fn health(raw: Raw) -> Result<Health, String> {
    one_of("health", Health::ALL.iter().map(|health| health.word()).collect(), Health::named)(raw)
}

/// An id of ours.
pub fn id(raw: Raw) -> Result<Uuid, String> {
    let written = text(raw)?;
    Uuid::parse_str(written.trim()).map_err(|_| format!("`{written}` is not an id"))
}

/// Longest tag, and most of them.
const TAGS: (usize, usize) = (40, 20);

/// Short words that somebody gives a monitor.
pub fn tags(raw: Raw) -> Result<Vec<String>, String> {
    let tags: Vec<String> = list(raw)?.iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect();
    let fits =
        |tag: &String| tag.chars().count() <= TAGS.0 && !tag.chars().any(|letter| letter.is_control() || letter == ',');
    if tags.len() <= TAGS.1 && tags.iter().all(fits) {
        return Ok(tags);
    }
    Err(format!("there may be {} tags of at most {} characters, without commas", TAGS.1, TAGS.0))
}

/// One of a closed list of words.
pub fn one_of<T>(
    what: &'static str,
    words: Vec<&'static str>,
    named: impl Fn(&str) -> Option<T>,
) -> impl Fn(Raw) -> Result<T, String> {
    move |raw| {
        let word = text(raw)?;
        named(&word).ok_or_else(|| {
            let near = did_you_mean(&word, words.iter().copied());
            let hint = if near.is_empty() { format!("; there are {}", listed(words.iter().copied())) } else { near };
            format!("there is no {what} `{word}`{hint}")
        })
    }
}

/// An event, a family of them, or all: `incident.opened`, `incident.*`, `*`.
pub fn event(word: &str) -> Result<EventPattern, String> {
    let known = || EventKind::ALL.iter().map(|kind| kind.word());
    word.parse().map_err(|_| {
        let near = did_you_mean(word, known());
        let hint = if near.is_empty() { format!("; there are {}", listed(known())) } else { near };
        format!("`{word}` is no event{hint}")
    })
}

/// `none`, `minor`, `major` or `critical`.
pub fn impact(raw: Raw) -> Result<Impact, String> {
    let words = Impact::ALL.iter().map(|impact| impact.word()).collect();
    one_of("impact", words, |word| Impact::ALL.into_iter().find(|impact| impact.word() == word))(raw)
}

/// A platform that this version can read.
pub fn platform(raw: Raw) -> Result<Platform, String> {
    let words = tocsin_platforms::ALL.iter().map(|platform| platform.name()).collect();
    one_of("platform", words, Platform::named)(raw)
}

/// A kind of channel.
pub fn channel_kind(raw: Raw) -> Result<Kind, String> {
    let words = tocsin_channels::ALL.iter().map(|kind| kind.name()).collect();
    one_of("channel kind", words, Kind::named)(raw)
}

/// Entries of a component filter at most.
const COMPONENTS: usize = 500;
/// Characters of one of them at most.
const COMPONENT_CHARS: usize = 300;

/// Which components of a provider: names, ids, globs or groups.
pub fn components(raw: Raw) -> Result<Vec<String>, String> {
    let written = list(raw)?.into_iter().map(|one| one.trim().to_owned());
    let components: Vec<String> = written.filter(|one| !one.is_empty()).collect();
    let plain = |one: &String| one.chars().count() <= COMPONENT_CHARS && !one.chars().any(char::is_control);
    if components.len() <= COMPONENTS && components.iter().all(plain) {
        return Ok(components);
    }
    Err(format!("at most {COMPONENTS} components of at most {COMPONENT_CHARS} characters each"))
}

/// "Harbour Cloud (EU)" → `harbour-cloud-eu`; `nothing` where no letter or digit is in it. There is room for a number.
pub fn slug_of(name: &str, nothing: &str) -> String {
    let plain: String =
        name.to_lowercase().chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    let slug: String = words.join("-").chars().take(SLUG_BYTES - 6).collect();
    if slug.is_empty() { nothing.to_owned() } else { slug }
}

/// The name of a provider in addresses.
pub fn slug(raw: Raw) -> Result<String, String> {
    let slug = text(raw)?;
    let fits = slug.len() <= SLUG_BYTES
        && slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if fits { Ok(slug) } else { Err(format!("`{slug}` may hold only a-z, 0-9 and -, at most {SLUG_BYTES} of them")) }
}

/// An address of the web.
pub fn web_address(raw: Raw) -> Result<url::Url, String> {
    let written = text(raw)?;
    let url = url::Url::parse(written.trim())
        .map_err(|_| format!("`{written}` is not an address; write it like https://status.example.com"))?;
    match (url.scheme(), url.host_str()) {
        ("http" | "https", Some(host)) if !host.is_empty() => Ok(url),
        _ => Err(format!("`{written}` must begin with https:// (or http://) and name a host")),
    }
}

/// `127.0.0.1:8400`, `[::1]:8400`, `0.0.0.0:80`, `:8400` (every address).
pub fn listen(raw: Raw) -> Result<std::net::SocketAddr, String> {
    let written = text(raw)?;
    let full = match written.strip_prefix(':') {
        Some(port) => format!("[::]:{port}"),
        None => written.replacen("localhost:", "127.0.0.1:", 1),
    };
    full.parse().map_err(|_| format!("`{written}` is not an address to listen on; write it like 127.0.0.1:8400"))
}

/// The IANA name of a time zone.
pub fn time_zone(raw: Raw) -> Result<String, String> {
    let name = text(raw)?;
    match jiff::tz::TimeZone::get(&name) {
        Ok(_) => Ok(name),
        Err(_) => Err(format!("there is no time zone `{name}`; use an IANA name like `Europe/Berlin` or `UTC`")),
    }
}

/// A network: `10.0.0.0/8`, or a single address.
pub fn networks(raw: Raw) -> Result<Vec<ipnet::IpNet>, String> {
    let network = |one: &String| {
        let one = one.trim();
        let single = one.parse::<std::net::IpAddr>().ok().map(ipnet::IpNet::from);
        one.parse().ok().or(single).ok_or_else(|| format!("`{one}` is not a network; write it like 10.0.0.0/8"))
    };
    list(raw)?.iter().map(network).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let table = [
            ("0s", Some(0)),
            ("30s", Some(30)),
            ("5m", Some(300)),
            ("1h30m", Some(5400)),
            ("2 h", Some(7200)),
            ("1d", Some(86_400)),
            ("5", None),
            ("m", None),
            ("5 parsecs", None),
            ("", None),
            ("99999999999999999999s", None),
        ];
        for (text, seconds) in table {
            assert_eq!(duration(Raw::Text(text.into())).ok(), seconds, "{text}");
        }
        assert!(duration(Raw::Int(5)).unwrap_err().contains("\"30s\""));
    }

    #[test]
    fn addresses_to_listen_on() {
        for (text, address) in
            [("127.0.0.1:1", "127.0.0.1:1"), (":80", "[::]:80"), ("localhost:9", "127.0.0.1:9"), ("[::1]:7", "[::1]:7")]
        {
            assert_eq!(listen(Raw::Text(text.into())).unwrap().to_string(), address);
        }
        assert!(listen(Raw::Text("8400".into())).is_err());
    }

    #[test]
    fn the_environment_may_stand_for_anything() {
        assert_eq!(list(Raw::Variable("a, b,,c".into())).unwrap(), ["a", "b", "c"]);
        assert!(flag(Raw::Variable("TRUE".into())).unwrap());
        assert_eq!(count(1, 9)(Raw::Variable(" 4 ".into())), Ok(4));
        assert!(count(1, 9)(Raw::Int(10)).is_err());
    }
}
