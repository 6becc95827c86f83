//! What goes where.

use std::net::{IpAddr, SocketAddr};

use tocsin_media::g711::Law;

use crate::sdp::{Agreed, Host};
use crate::{Fault, look_up};

/// Whether to send where packets come from, whatever the description says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Latch {
    /// As a telephone does that takes descriptions at their word.
    Never,
    /// Where the description names an address that reaches no further than some house, and packets come from outside.
    #[default]
    WhenPrivate,
    /// As those do who serve people behind routers.
    Always,
}

/// What goes where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    pub law: Law,
    /// What may come.
    pub laws: Vec<Law>,
    pub keys: Option<u8>,
    pub to: Option<SocketAddr>,
    pub control: Option<SocketAddr>,
    /// Whether they want to hear us.
    pub sends: bool,
    pub latch: Latch,
}

impl Flow {
    /// What two ends agreed on, with names looked up.
    ///
    /// # Errors
    /// When a name is unknown.
    pub async fn of(agreed: &Agreed, latch: Latch) -> Result<Flow, Fault> {
        let to = find(agreed.to.as_ref()).await?;
        let control = find(agreed.control.as_ref()).await?;
        let (law, laws, keys) = (agreed.law, agreed.laws.clone(), agreed.keys);
        Ok(Flow { law, laws, keys, to, control, sends: agreed.direction.sends(), latch })
    }
}

async fn find(place: Option<&(Host, u16)>) -> Result<Option<SocketAddr>, Fault> {
    match place {
        None => Ok(None),
        Some((Host::Address(ip), port)) => Ok(Some(SocketAddr::new(*ip, *port))),
        Some((Host::Name(name), port)) => look_up::addresses(name, *port).await.map(Some),
    }
}

/// How far an address reaches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Machine,
    House,
    World,
}

fn reach(ip: IpAddr) -> Reach {
    let house = match ip {
        IpAddr::V4(ip) => {
            // What carriers give their customers (RFC 6598), besides what everybody may use.
            let [first, second, ..] = ip.octets();
            ip.is_private() || ip.is_link_local() || (first == 100 && (64..128).contains(&second))
        }
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    };
    match ip {
        _ if ip.is_loopback() => Reach::Machine,
        _ if house => Reach::House,
        _ => Reach::World,
    }
}

impl Latch {
    /// Whether to send to whom packets come from, where a description said something else.
    pub(crate) fn moves(self, described: SocketAddr, from: SocketAddr) -> bool {
        let (said, real) = (reach(described.ip()), reach(from.ip()));
        match self {
            _ if described == from => false,
            Latch::Never => false,
            // Within one house an address is meant as it is said.
            Latch::WhenPrivate => said != Reach::World && said != real,
            Latch::Always => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_behind_a_router_is_sent_to_where_they_send_from() {
        for (described, from, moves) in [
            ("192.168.1.5:4000", "203.0.113.7:61000", true),
            ("100.64.3.2:4000", "203.0.113.7:61000", true),
            ("127.0.0.1:4000", "10.1.2.3:4000", true),
            ("[fd00::5]:4000", "[2001:db8::7]:4000", true),
            // Another machine or another port of the same network: it is ill, and has to be found out.
            ("192.168.1.5:4000", "10.0.0.7:4000", false),
            ("203.0.113.7:4000", "203.0.113.8:4000", false),
            ("203.0.113.7:4000", "203.0.113.7:61000", false),
            ("203.0.113.7:4000", "192.168.1.5:4000", false),
        ] {
            let (described, from) = (described.parse().unwrap(), from.parse().unwrap());
            assert_eq!(Latch::WhenPrivate.moves(described, from), moves, "{described} {from}");
            assert!(Latch::Always.moves(described, from) && !Latch::Never.moves(described, from));
            assert!(!Latch::Always.moves(from, from));
        }
    }
}
