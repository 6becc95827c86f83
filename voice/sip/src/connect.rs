//! From a name to a connection.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use rsipstack::platform::CancellationToken;
use rsipstack::sip;
use rsipstack::transport::tcp::TcpConnection;
use rsipstack::transport::tls::{TlsConfig, TlsConnection};
use rsipstack::transport::{SipAddr, SipConnection};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::net::TcpSocket;

use crate::{Address, Fault, Transport};

/// How long a connection may take to be made.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long the stack may take to listen, and how often that is looked at.
const LISTENING: Duration = Duration::from_secs(3);
const GLANCE: Duration = Duration::from_millis(5);

/// Whose certificates are believed when we call over TLS: those that browsers believe, and these.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Certificates of authorities, as PEM.
    pub authorities: Vec<u8>,
}

/// Who we are to those who call us over TLS: certificates and their key, as PEM.
#[derive(Clone)]
pub struct Identity {
    pub certificates: Vec<u8>,
    pub key: Vec<u8>,
}

/// The address of this machine from which packets to another would go.
///
/// # Errors
/// When no way leads there.
pub fn address_toward(peer: SocketAddr) -> Result<IpAddr, Fault> {
    let any: IpAddr = if peer.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let ask = || -> io::Result<IpAddr> {
        let socket = UdpSocket::bind((any, 0))?;
        // Nothing is sent: this only chooses a way.
        socket.connect(peer)?;
        Ok(socket.local_addr()?.ip())
    };
    ask().map_err(|why| Fault::NoRoute { address: peer, why })
}

pub(crate) fn stack_address(transport: Transport, address: SocketAddr) -> SipAddr {
    SipAddr { r#type: Some(stack_transport(transport)), addr: address.into() }
}

pub(crate) fn stack_transport(transport: Transport) -> sip::Transport {
    match transport {
        Transport::Udp => sip::Transport::Udp,
        Transport::Tcp => sip::Transport::Tcp,
        Transport::Tls => sip::Transport::Tls,
    }
}

/// A connection for a transport that needs one.
pub(crate) async fn connect(
    address: &Address,
    to: SocketAddr,
    transport: Transport,
    trust: &Trust,
    token: CancellationToken,
) -> Result<SipConnection, Fault> {
    let target = stack_address(transport, to);
    let made = async {
        match transport {
            Transport::Tls => {
                drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
                // An empty list of authorities: the verifier has its own.
                let config = TlsConfig {
                    ca_certs: Some(Vec::new()),
                    sni_hostname: Some(address.host.clone()),
                    ..TlsConfig::default()
                };
                let verifier = verifier(trust)?;
                let connected = TlsConnection::connect(&target, Some(&config), Some(verifier), Some(token)).await;
                connected.map(SipConnection::Tls).map_err(|error| tls_fault(&error, address, to))
            }
            Transport::Udp | Transport::Tcp => {
                let connected = TcpConnection::connect(&target, Some(token)).await;
                connected.map(SipConnection::Tcp).map_err(|error| unreachable(to, transport, plain(&error)))
            }
        }
    };
    tokio::time::timeout(PATIENCE, made)
        .await
        .unwrap_or_else(|_| Err(unreachable(to, transport, "it does not answer".to_owned())))
}

fn unreachable(address: SocketAddr, transport: Transport, why: String) -> Fault {
    Fault::Unreachable { address, transport, why }
}

fn plain(error: &rsipstack::Error) -> String {
    match error {
        rsipstack::Error::IoError(error) => error.to_string(),
        other => other.to_string(),
    }
}

fn verifier(trust: &Trust) -> Result<Arc<WebPkiServerVerifier>, Fault> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in CertificateDer::pem_slice_iter(&trust.authorities) {
        let certificate = certificate.map_err(|error| Fault::Identity(error.to_string()))?;
        roots.add(certificate).map_err(|error| Fault::Identity(error.to_string()))?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().map_err(Fault::stack)
}

fn tls_fault(error: &rsipstack::Error, address: &Address, to: SocketAddr) -> Fault {
    let inner = match error {
        rsipstack::Error::IoError(error) => error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()),
        _ => None,
    };
    let host = address.host.clone();
    match inner {
        Some(rustls::Error::InvalidCertificate(
            rustls::CertificateError::NotValidForName | rustls::CertificateError::NotValidForNameContext { .. },
        )) => Fault::CertificateName { address: to, host },
        Some(rustls::Error::InvalidCertificate(why)) => Fault::Certificate { address: to, host, why: why.to_string() },
        _ => unreachable(to, Transport::Tls, plain(error)),
    }
}

/// Whether a certificate and its key can be used at all.
pub(crate) fn check_identity(identity: &Identity) -> Result<(), Fault> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    rsipstack::transport::tls::ReloadableCertResolver::new(&identity.certificates, &identity.key, provider)
        .map(drop)
        .map_err(|error| Fault::Identity(error.to_string()))
}

/// Waits until the stack listens at a port, which it does in its own time.
pub(crate) async fn listened_at(address: SocketAddr) -> io::Result<()> {
    for _ in 0..LISTENING.as_millis() / GLANCE.as_millis() {
        let glance = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        glance.set_reuseaddr(true)?;
        // Two may have a port like this until one of them listens.
        if glance.bind(address).is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse) {
            return Ok(());
        }
        drop(glance);
        tokio::time::sleep(GLANCE).await;
    }
    Err(io::Error::other("it was free, and could not be had"))
}
