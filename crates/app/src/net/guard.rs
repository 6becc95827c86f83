//! Guard: which addresses may be asked. Pure: no name is looked up here.
//!
//! Embedded IPv4 (mapped, NAT64, 6to4, …) is judged by the address it leads to: that is where such filters usually leak.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// What an address is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Globally routable: https on port 443 only.
    Public,
    /// Within `net.allow_private`: any scheme, nearly any port.
    Own,
    /// Private, reserved or otherwise not routable, and not allowed.
    Private,
    /// Link-local and cloud metadata: never asked, whatever the configuration says.
    Metadata,
}

/// The address rules of one configuration.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allow: Vec<IpNet>,
}

/// Addresses that hand out credentials of the machine: AWS, Azure, Alibaba and Oracle have theirs outside of 169.254/16.
const METADATA_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(192, 0, 0, 192)];
/// The same for IPv6: AWS (instances, Pod Identity) and Google.
const METADATA_V6: [Ipv6Addr; 4] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x253),
];
/// Networks that are not globally routable, as (address, prefix length).
const CLOSED_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];
/// Parts of 2000::/3 that are not globally routable either (6to4 is judged by what it embeds).
const CLOSED_V6: [(Ipv6Addr, u32); 3] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

impl Guard {
    #[must_use]
    pub fn new(allow: Vec<IpNet>) -> Self {
        Self { allow }
    }

    /// True when some addresses beyond the public ones may be asked.
    #[must_use]
    pub fn allows_any(&self) -> bool {
        !self.allow.is_empty()
    }

    /// What `address` is to us.
    #[must_use]
    pub fn place(&self, address: IpAddr) -> Place {
        let address = plain(address);
        if is_metadata(address) {
            Place::Metadata
        } else if self.allow.iter().any(|net| net.contains(&address)) {
            Place::Own
        } else if is_public(address) {
            Place::Public
        } else {
            Place::Private
        }
    }
}

/// The network to name in `net.allow_private` so that `address` may be asked.
#[must_use]
pub fn suggestion(address: IpAddr) -> String {
    let known = ["10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"];
    let address = plain(address);
    let net = known.iter().find(|net| net.parse::<IpNet>().is_ok_and(|net| net.contains(&address)));
    net.map_or_else(|| IpNet::from(address).to_string(), |net| (*net).to_owned())
}

/// A v4-mapped address is its IPv4 address: the kernel connects there.
fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

fn is_metadata(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local() || METADATA_V4.contains(&v4),
        IpAddr::V6(v6) => {
            (v6.segments()[0] & 0xffc0) == 0xfe80
                || METADATA_V6.contains(&v6)
                || embedded(v6).is_some_and(|v4| is_metadata(IpAddr::V4(v4)))
        }
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !CLOSED_V4.iter().any(|(net, bits)| (v4.to_bits() ^ net.to_bits()) >> (32 - bits) == 0),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    if embedded(v6).is_some_and(|v4| !is_public(IpAddr::V4(v4))) {
        return false;
    }
    let nat64 = v6.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
    let global = v6.segments()[0] & 0xe000 == 0x2000;
    nat64 || (global && !CLOSED_V6.iter().any(|(net, bits)| (v6.to_bits() ^ net.to_bits()) >> (128 - bits) == 0))
}

/// The IPv4 address that an IPv6 address leads to, where it leads to one.
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let last = || Some(v4(v6.segments()[6], v6.segments()[7]));
    match v6.segments() {
        // Compatible (::a.b.c.d), mapped, and translated (::ffff:0:a.b.c.d).
        [0, 0, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0, 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => last(),
        // NAT64, well known and local.
        [0x64, 0xff9b, 0, 0, 0, 0, ..] | [0x64, 0xff9b, 1, ..] => last(),
        // 6to4.
        [0x2002, high, low, ..] => Some(v4(high, low)),
        // ISATAP.
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => last(),
        _ => None,
    }
}

fn v4(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(allow: &[&str], address: &str) -> Place {
        Guard::new(allow.iter().map(|net| net.parse().unwrap()).collect()).place(address.parse().unwrap())
    }

    #[test]
    fn reserved_networks_are_private_up_to_their_edges() {
        let closed = [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.1",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.9",
            "192.88.99.1",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fc00::1",
            "fdff::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "2001:1ff::1",
            "3fff::1",
            "5f00::1",
            "4000::1",
            "64:ff9b:1::808:808",
            "::808:808",
            "::ffff:0:808:808",
            "100::1",
        ];
        for address in closed {
            assert_eq!(place(&[], address), Place::Private, "{address}");
        }
    }

    #[test]
    fn neighbours_of_reserved_networks_are_public() {
        let open = [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "8.8.8.8",
            "2606:4700::1111",
            "2001:200::1",
            "2a00:1450::1",
            "64:ff9b::808:808",
            "2002:808:808::1",
            "::ffff:8.8.8.8",
        ];
        for address in open {
            assert_eq!(place(&[], address), Place::Public, "{address}");
        }
    }

    #[test]
    fn embedded_addresses_are_judged_by_where_they_lead() {
        let private = [
            "::ffff:7f00:1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::10.0.0.1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "::127.0.0.1",
            "2a00:1450::5efe:10.0.0.1",
            "2a00:1450::200:5efe:10.0.0.1",
        ];
        for address in private {
            assert_eq!(place(&[], address), Place::Private, "{address}");
        }
    }

    #[test]
    fn metadata_is_refused_even_when_allowed() {
        let everything = ["0.0.0.0/0", "::/0"];
        let metadata = [
            "169.254.169.254",
            "169.254.0.1",
            "169.254.170.2",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::",
            "::a9fe:a9fe",
            "fe80::1",
            "febf::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "100.100.100.200",
            "168.63.129.16",
            "64:ff9b:1::a9fe:a9fe",
        ];
        for address in metadata {
            assert_eq!(place(&everything, address), Place::Metadata, "{address}");
        }
    }

    #[test]
    fn allowed_networks_are_our_own_in_every_spelling_of_the_same_address() {
        assert_eq!(place(&["127.0.0.0/8"], "127.0.0.1"), Place::Own);
        assert_eq!(place(&["127.0.0.0/8"], "::ffff:7f00:1"), Place::Own);
        assert_eq!(place(&["127.0.0.0/8"], "::1"), Place::Private);
        assert_eq!(place(&["127.0.0.0/8"], "64:ff9b::7f00:1"), Place::Private);
        assert_eq!(place(&["10.0.0.0/8"], "11.0.0.1"), Place::Public);
        assert_eq!(place(&["fd12::/16"], "fd12::7"), Place::Own);
        assert_eq!(place(&["203.0.113.0/24"], "203.0.113.9"), Place::Own);
    }

    #[test]
    fn the_suggested_network_contains_the_address() {
        for address in
            ["10.1.2.3", "127.0.0.1", "172.20.0.1", "192.168.7.7", "::1", "fd00::7", "203.0.113.9", "::ffff:10.0.0.1"]
        {
            let address: IpAddr = address.parse().unwrap();
            let guard = Guard::new(vec![suggestion(address).parse().unwrap()]);
            assert_eq!(guard.place(address), Place::Own, "{address}");
        }
        assert_eq!(suggestion("10.1.2.3".parse().unwrap()), "10.0.0.0/8");
        assert_eq!(suggestion("203.0.113.9".parse().unwrap()), "203.0.113.9/32");
    }
}
