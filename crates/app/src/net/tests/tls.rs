//! TLS: the company's CA, and what is not trusted.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tocsin_domain::FailureKind;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::super::{Limits, Net, NetConfig, NetError};
use super::server::{page, read_request};
use super::{config, failed, get, http, names};

/// A company's CA and a certificate of its making.
pub struct Company {
    _directory: tempfile::TempDir,
    pub ca_file: PathBuf,
    pub acceptor: TlsAcceptor,
}

impl Company {
    /// Certifies `name`.
    pub fn of(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &ca).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let server = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let server = server.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let ca_file = directory.path().join("ca.pem");
        std::fs::write(&ca_file, ca.pem()).unwrap();
        Self { _directory: directory, ca_file, acceptor: TlsAcceptor::from(Arc::new(server)) }
    }

    /// A server that answers "secret" over TLS; answers its port.
    pub async fn serve(&self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = self.acceptor.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    if read_request(&mut stream).await.is_some() {
                        drop(stream.write_all(&page("", b"secret")).await);
                        drop(stream.shutdown().await);
                    }
                });
            }
        });
        port
    }
}

fn trusting(ca_file: Option<PathBuf>) -> Net {
    let table: [(&str, &[&str]); 2] = [("page.example", &["127.0.0.1"]), ("other.example", &["127.0.0.1"])];
    Net::build(&NetConfig { ca_file, ..config() }, Limits::default(), names(&table)).unwrap()
}

#[tokio::test]
async fn a_company_ca_is_trusted_where_configured_and_names_must_fit() {
    let company = Company::of("page.example");
    let port = company.serve().await;
    let (page, other) = (format!("https://page.example:{port}/"), format!("https://other.example:{port}/"));
    let net = trusting(Some(company.ca_file.clone()));
    assert_eq!(http(get(&net, &page).await.answer).body, b"secret");
    let ask = tocsin_domain::Ask::Http(tocsin_domain::HttpAsk::get("send", page.clone()));
    assert_eq!(http(net.deliver(&ask).await).body, b"secret");
    let wrong_name = failed(get(&net, &other).await.answer);
    let untrusted = failed(get(&trusting(None), &page).await.answer);
    let undelivered = failed(trusting(None).deliver(&ask).await);
    for failure in [wrong_name, untrusted, undelivered] {
        assert_eq!((failure.kind, failure.sent), (FailureKind::Tls, false), "{}", failure.detail);
    }
}

#[test]
fn a_ca_file_that_is_of_no_use_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    std::fs::write(path("empty.pem"), "").unwrap();
    std::fs::write(path("garbage.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    let error = |name: &str| Net::new(NetConfig { ca_file: Some(path(name)), ..config() }).err().unwrap();
    assert!(matches!(error("missing.pem"), NetError::CaFile { .. }));
    assert!(matches!(error("empty.pem"), NetError::CaContent { .. }));
    assert!(matches!(error("garbage.pem"), NetError::CaContent { .. }));
    assert!(error("missing.pem").to_string().contains("net.ca_file"));
}
