//! Client: the two HTTP clients of the house, one for polls and one for deliveries, built once.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, ClientBuilder, Proxy};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use url::Url;

use super::resolve::{ForClient, Resolver};
use super::{Limits, NetConfig, NetError};

/// Idle connections kept per receiver's host: many channels lead to one chat service.
const IDLE_PER_RECEIVER: usize = 512;
/// An idle connection to a receiver is closed after this: sooner than most servers would.
const IDLE: Duration = Duration::from_secs(15);

/// Certificates to trust beyond the public ones.
pub fn company_roots(path: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, NetError> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let pem = std::fs::read(path).map_err(|source| NetError::CaFile { path: path.to_owned(), source })?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(NetError::CaContent { path: path.to_owned() }),
    }
}

/// TLS as all our connections speak it: the public roots and the company's.
pub fn tls(config: &NetConfig) -> Result<ClientConfig, NetError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in company_roots(config.ca_file.as_deref())? {
        let path = config.ca_file.clone().unwrap_or_default();
        roots.add(certificate).map_err(|_| NetError::CaContent { path })?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| NetError::Client { why: error.to_string() })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// The client for polls: HTTP/1.1, a new connection each. Thousands of hosts that are asked minutes apart would only
/// fill a pool.
pub fn for_polls(
    config: &NetConfig,
    tls: &ClientConfig,
    resolver: &Arc<Resolver>,
    limits: &Limits,
) -> Result<Client, NetError> {
    let mut tls = tls.clone();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let builder = base(config, tls, resolver, limits)?.http1_only().pool_max_idle_per_host(0);
    build(builder.tcp_keepalive(None).tcp_keepalive_interval(None).tcp_keepalive_retries(None).tcp_user_timeout(None))
}

/// The client for deliveries: HTTP/2 where offered, connections kept for a moment.
pub fn for_deliveries(
    config: &NetConfig,
    tls: &ClientConfig,
    resolver: &Arc<Resolver>,
    limits: &Limits,
) -> Result<Client, NetError> {
    let mut tls = tls.clone();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let builder = base(config, tls, resolver, limits)?;
    build(builder.pool_max_idle_per_host(IDLE_PER_RECEIVER).pool_idle_timeout(IDLE))
}

/// What both have in common: our resolver, our roots, no redirects, no cookies, no Referer, no ambient proxy, no
/// decompression behind our back, no repetition behind our back.
fn base(
    config: &NetConfig,
    tls: ClientConfig,
    resolver: &Arc<Resolver>,
    limits: &Limits,
) -> Result<ClientBuilder, NetError> {
    let builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(ForClient(Arc::clone(resolver)))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .user_agent(&config.user_agent)
        .connect_timeout(limits.connect);
    Ok(match &config.proxy {
        Some(proxy) => builder.proxy(through(proxy)?),
        None => builder,
    })
}

fn through(proxy: &Url) -> Result<Proxy, NetError> {
    if !matches!(proxy.scheme(), "http" | "https") || proxy.host_str().is_none() {
        return Err(NetError::Proxy);
    }
    Proxy::all(proxy.clone()).map_err(|_| NetError::Proxy)
}

fn build(builder: ClientBuilder) -> Result<Client, NetError> {
    builder.build().map_err(|error| NetError::Client { why: error.to_string() })
}
