//! Address: what a URL must look like before anything is looked up, and what its place then permits.

use std::net::IpAddr;

use tocsin_domain::Failure;
use url::{Host, Url};

use super::failure::{forbidden, place_name};
use super::guard::{Guard, Place, suggestion};

/// Longest URL that is asked (bytes).
const LONGEST: usize = 2048;
/// Ports of services that do not speak HTTP: refused everywhere, so that nobody can make us talk to them by way of HTTP.
const NOT_HTTP: [u16; 12] = [22, 25, 110, 143, 465, 587, 993, 995, 3306, 5432, 6379, 11211];

/// What a request is for: pages may be found through a redirect, receivers may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Poll,
    Deliver,
}

/// Parses an address and refuses what no configuration permits. The fragment is dropped: it is never sent.
pub fn parse(text: &str) -> Result<Url, Failure> {
    if text.len() > LONGEST {
        return Err(forbidden(format!("The address is longer than {LONGEST} characters.")));
    }
    let url =
        Url::parse(text).map_err(|error| forbidden(format!("This is not an address that can be asked: {error}.")))?;
    tidy(url)
}

/// Resolves a `Location` against the address that sent it, under the same rules.
pub fn follow(from: &Url, location: &str) -> Result<Url, Failure> {
    let url = from.join(location);
    let url = url.map_err(|error| forbidden(format!("{} sends us to no valid address: {error}.", place_name(from))))?;
    if url.as_str().len() > LONGEST {
        let name = place_name(from);
        return Err(forbidden(format!("{name} sends us to an address longer than {LONGEST} characters.")));
    }
    tidy(url)
}

fn tidy(mut url: Url) -> Result<Url, Failure> {
    if !matches!(url.scheme(), "https" | "http") {
        return Err(forbidden(format!("Only https addresses are asked, not `{}:`.", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let name = place_name(&url);
        return Err(forbidden(format!("The address of {name} carries a user name or password; remove it.")));
    }
    if url.host_str().is_none_or(|host| host.is_empty() || host == ".") {
        return Err(forbidden("The address names no host."));
    }
    if url.port().is_some_and(|port| NOT_HTTP.contains(&port) || port == 0) {
        return Err(forbidden(format!(
            "{} is a port on which no web server listens; it is not asked.",
            place_name(&url)
        )));
    }
    url.set_fragment(None);
    Ok(url)
}

/// What can be said about an address without looking its name up: the check at configuration time.
pub fn check(guard: &Guard, text: &str, purpose: Purpose) -> Result<(), Failure> {
    let url = parse(text)?;
    match literal(&url) {
        Some(address) => admit(guard, address, &url).and_then(|place| permit(&url, place, purpose)),
        None if is_localhost(&url) => {
            let own = LOOPBACK.iter().any(|address| guard.place(*address) == Place::Own);
            if own { Ok(()) } else { admit(guard, LOOPBACK[0], &url).map(drop) }
        }
        // With allowed networks, a name may turn out to lead there: judged when it is asked.
        None if guard.allows_any() => Ok(()),
        None => permit(&url, Place::Public, purpose),
    }
}

/// What can be said beforehand of an address that is to be told a secret. A name may turn out to lead to our own network:
/// judged when it is asked.
pub fn check_secret(guard: &Guard, url: &Url) -> Result<(), Failure> {
    let may_be_own = is_own(guard, url) || (literal(url).is_none() && guard.allows_any());
    if url.scheme() == "http" && !may_be_own { Err(in_clear(url)) } else { Ok(()) }
}

/// Why an address is not told a secret.
pub fn in_clear(url: &Url) -> Failure {
    let name = place_name(url);
    forbidden(format!("{name} would be told a secret in clear, by plain http; give its address with https."))
}

/// True where an address is written as one that the configuration allows beside the public ones.
#[must_use]
pub fn is_own(guard: &Guard, url: &Url) -> bool {
    let is_own = |address: IpAddr| guard.place(address) == Place::Own;
    literal(url).map_or_else(|| is_localhost(url) && LOOPBACK.into_iter().any(is_own), is_own)
}

/// What `localhost` means: never looked up, so that no resolver can say otherwise.
pub const LOOPBACK: [IpAddr; 2] =
    [IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), IpAddr::V6(std::net::Ipv6Addr::LOCALHOST)];

/// `localhost` and names below it, with or without a final dot.
pub fn is_localhost(url: &Url) -> bool {
    let name = url.host_str().unwrap_or_default();
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

/// The address of a URL whose host is one; the parser has read all odd spellings.
pub fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(v4) => Some(IpAddr::V4(v4)),
        Host::Ipv6(v6) => Some(IpAddr::V6(v6)),
        Host::Domain(_) => None,
    }
}

/// Refuses an address that may not be asked.
pub fn admit(guard: &Guard, address: IpAddr, url: &Url) -> Result<Place, Failure> {
    let name = url.host_str().unwrap_or_default();
    let leads = if literal(url).is_some() { String::new() } else { format!(" (the address of {name})") };
    match guard.place(address) {
        place @ (Place::Public | Place::Own) => Ok(place),
        Place::Metadata => Err(forbidden(format!(
            "{address}{leads} is a link-local or metadata address; it is never asked, whatever net.allow_private says."
        ))),
        Place::Private => Err(forbidden(format!(
            "{address}{leads} is a private or reserved address; to ask it, set net.allow_private = [\"{}\"].",
            suggestion(address)
        ))),
    }
}

/// Scheme and port that a place permits.
///
/// Public hosts: https on 443. A page may also be asked by plain http on port 80, but only a redirect counts as its
/// answer (see `poll`): many published addresses of status pages still begin with `http:`.
pub fn permit(url: &Url, place: Place, purpose: Purpose) -> Result<(), Failure> {
    if place == Place::Own {
        return Ok(());
    }
    let name = place_name(url);
    let ours = "unless its address is within net.allow_private";
    match (url.scheme(), url.port()) {
        ("https", None) => Ok(()),
        ("http", None) if purpose == Purpose::Poll => Ok(()),
        ("https", Some(_)) => Err(forbidden(format!("{name} is asked on port 443 only, {ours}."))),
        _ => Err(forbidden(format!("{name} is asked by https only, {ours}."))),
    }
}
