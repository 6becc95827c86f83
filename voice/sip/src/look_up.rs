//! From a name to an address (RFC 3263): a port that is said is meant, and otherwise the domain says who takes its calls.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;

use crate::{Address, Fault, Transport, random};

/// How long a domain may take to say who takes its calls; it need not say so at all.
const PATIENCE: Duration = Duration::from_secs(3);

/// Who takes calls for a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Service {
    /// The least is tried first.
    priority: u16,
    /// Of those that are alike in that: how often.
    weight: u16,
    host: String,
    port: u16,
}

/// Where an address leads.
pub(crate) async fn look_up(address: &Address, transport: Transport) -> Result<SocketAddr, Fault> {
    let port = address.port.unwrap_or(transport.port());
    if let Some(ip) = address.ip() {
        return Ok(SocketAddr::new(ip, port));
    }
    // Names without a dot are of this house, which does not publish its services.
    if address.port.is_none() && address.host.contains('.') {
        let asked = tokio::time::timeout(PATIENCE, services(&address.host, transport)).await;
        let dice = || u32::from_be_bytes(random());
        for service in in_order(asked.unwrap_or_default(), dice) {
            if let Ok(found) = addresses(&service.host, service.port).await {
                return Ok(found);
            }
        }
    }
    addresses(&address.host, port).await
}

/// The first address of a name.
pub(crate) async fn addresses(host: &str, port: u16) -> Result<SocketAddr, Fault> {
    let unresolvable = |why: String| Fault::Unresolvable { host: host.to_owned(), why };
    let found = tokio::net::lookup_host((host, port)).await;
    let mut found: Vec<SocketAddr> = found.map_err(|error| unresolvable(error.to_string()))?.collect();
    // Of two families the older is more likely to reach a telephone.
    found.sort_by_key(SocketAddr::is_ipv6);
    found.into_iter().next().ok_or_else(|| unresolvable("it has no address".to_owned()))
}

/// What a domain says; nothing where it cannot be asked.
async fn services(domain: &str, transport: Transport) -> Vec<Service> {
    let service = match transport {
        Transport::Udp => "_sip._udp",
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
    };
    let Ok(builder) = TokioResolver::builder_tokio() else { return Vec::new() };
    let Ok(resolver) = builder.build() else { return Vec::new() };
    // The dot at the end: no domain of this house is put behind it.
    let Ok(found) = resolver.srv_lookup(format!("{service}.{domain}.")).await else { return Vec::new() };
    let records = found.answers().iter();
    records
        .filter_map(|record| match &record.data {
            RData::SRV(service) => Some(Service {
                priority: service.priority,
                weight: service.weight,
                host: service.target.to_string().trim_end_matches('.').to_owned(),
                port: service.port,
            }),
            _ => None,
        })
        // A dot alone: no calls are taken there.
        .filter(|service| !service.host.is_empty())
        .collect()
}

/// As RFC 2782 wants them tried. `dice` gives any number.
fn in_order(mut services: Vec<Service>, mut dice: impl FnMut() -> u32) -> Vec<Service> {
    let mut ordered = Vec::with_capacity(services.len());
    while let Some(least) = services.iter().map(|service| service.priority).min() {
        let (mut alike, rest): (Vec<_>, Vec<_>) = services.into_iter().partition(|one| one.priority == least);
        services = rest;
        while !alike.is_empty() {
            // One more than their weights, so that those without any have a chance.
            let whole: u32 = alike.iter().map(|service| u32::from(service.weight) + 1).sum();
            let mut thrown = dice() % whole;
            let place = alike.iter().position(|service| {
                let part = u32::from(service.weight) + 1;
                let hit = thrown < part;
                thrown = thrown.saturating_sub(part);
                hit
            });
            ordered.push(alike.remove(place.unwrap_or(0)));
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(host: &str, priority: u16, weight: u16) -> Service {
        Service { priority, weight, host: host.to_owned(), port: 5060 }
    }

    #[test]
    fn the_least_comes_first_and_the_heavy_more_often() {
        let services = vec![service("spare", 20, 100), service("light", 10, 9), service("heavy", 10, 89)];
        let hosts = |thrown: u32| {
            let ordered = in_order(services.clone(), || thrown);
            ordered.into_iter().map(|service| service.host).collect::<Vec<_>>()
        };
        assert_eq!(hosts(0), ["light", "heavy", "spare"]);
        assert_eq!(hosts(9), ["light", "heavy", "spare"]);
        assert_eq!(hosts(10), ["heavy", "light", "spare"]);
        let first = (0..100).filter(|thrown| hosts(*thrown)[0] == "heavy").count();
        assert_eq!(first, 90);
        assert!(in_order(Vec::new(), || 1).is_empty());
    }
}
