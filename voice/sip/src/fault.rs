use std::io;
use std::net::SocketAddr;

use crate::Transport;

/// Why a line or a call cannot be had. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("{0}")]
    Address(String),
    #[error("the name {host} cannot be looked up ({why}): check its spelling, or give an address")]
    Unresolvable { host: String, why: String },
    #[error("{address} is in use by another program ({transport}): stop it, or choose another port")]
    InUse { address: SocketAddr, transport: Transport },
    #[error("{address} cannot be listened on ({transport}): {why}; choose an address of this machine")]
    Listen { address: SocketAddr, transport: Transport, why: io::Error },
    #[error("no way leads from here to {address}: {why}")]
    NoRoute { address: SocketAddr, why: io::Error },
    #[error("nobody takes connections at {address} over {transport}: {why}; is it the right port and transport?")]
    Unreachable { address: SocketAddr, transport: Transport, why: String },
    #[error("the certificate of {address} is not for {host}: call it by the name that its certificate bears")]
    CertificateName { address: SocketAddr, host: String },
    #[error("{address} cannot be trusted as {host}: {why}; a certificate of your own house needs its authority given")]
    Certificate { address: SocketAddr, host: String, why: String },
    #[error("the certificate or its key cannot be used: {0}")]
    Identity(String),
    #[error("ports for sound cannot be opened at {address}: {why}")]
    Sound { address: SocketAddr, why: io::Error },
    #[error("the other end takes no codec of ours")]
    NoCodec,
    #[error("nothing came back within the time that SIP allows: is there anything at that address?")]
    NoReply,
    #[error("the call is over")]
    Over,
    #[error("the other end refused the change ({0})")]
    NotChanged(u16),
    #[error("the call could not be carried out: {0}")]
    Stack(String),
}

impl Fault {
    pub(crate) fn stack(error: impl std::fmt::Display) -> Fault {
        Fault::Stack(error.to_string())
    }

    pub(crate) fn listening(address: SocketAddr, transport: Transport, why: io::Error) -> Fault {
        if why.kind() == io::ErrorKind::AddrInUse {
            Fault::InUse { address, transport }
        } else {
            Fault::Listen { address, transport, why }
        }
    }
}
