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
    /// Where the description names an address of some private network, and packets come from another.
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

/// One that nobody reaches from elsewhere.
pub(crate) fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            ip.is_private() || ip.is_link_local() || ip.is_loopback() || {
                let [first, second, ..] = ip.octets();
                first == 100 && (64..128).contains(&second)
            }
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}
