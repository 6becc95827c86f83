//! Resolve: names become addresses once per request; every address is checked, and only checked ones are connected to.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{LookupIpStrategy, ResolveHosts};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tocsin_domain::{Failure, FailureKind};
use tracing::warn;
use url::Url;

use super::address::{LOOPBACK, admit, is_localhost, literal};
use super::failure::{Carried, failure};
use super::guard::{Guard, Place};

/// Names remembered for as long as their records live.
const REMEMBERED: u64 = 4096;
/// One question to one name server (seconds); asked twice.
const QUESTION_S: u64 = 2;

/// Why a name has no addresses.
#[derive(Debug)]
pub enum Unknown {
    /// The name does not exist.
    NoSuchName,
    /// It could not be found out.
    Failed(String),
}

/// Looks names up: the system's configuration in production, anything in tests.
pub type LookUp = Arc<dyn Fn(String) -> BoxFuture<'static, Result<Vec<IpAddr>, Unknown>> + Send + Sync>;

/// The look-up of this machine: our own resolver with the system's name servers and hosts file.
pub fn of_this_machine() -> LookUp {
    match hickory() {
        Ok(resolver) => Arc::new(move |name| ask_hickory(Arc::clone(&resolver), name).boxed()),
        Err(error) => {
            warn!(%error, "the name servers of this machine could not be read; its C library looks names up instead");
            Arc::new(|name| ask_system(name).boxed())
        }
    }
}

fn hickory() -> Result<Arc<TokioResolver>, String> {
    let builder = TokioResolver::builder_tokio().map_err(|error| error.to_string())?;
    let mut builder = builder;
    let options = builder.options_mut();
    // Both kinds always: an address that is not looked at is not checked.
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.use_hosts_file = ResolveHosts::Always;
    options.cache_size = REMEMBERED;
    options.timeout = Duration::from_secs(QUESTION_S);
    options.try_tcp_on_error = true;
    builder.build().map(Arc::new).map_err(|error| error.to_string())
}

async fn ask_hickory(resolver: Arc<TokioResolver>, name: String) -> Result<Vec<IpAddr>, Unknown> {
    match resolver.lookup_ip(name).await {
        Ok(found) => Ok(found.iter().collect()),
        Err(error) if error.is_nx_domain() || error.is_no_records_found() => Err(Unknown::NoSuchName),
        Err(error) => Err(Unknown::Failed(error.to_string())),
    }
}

async fn ask_system(name: String) -> Result<Vec<IpAddr>, Unknown> {
    let found = tokio::net::lookup_host((name, 0)).await.map_err(|error| Unknown::Failed(error.to_string()))?;
    Ok(found.map(|address| address.ip()).collect())
}

/// Where a URL leads, checked.
#[derive(Debug)]
pub struct Checked {
    pub place: Place,
    /// Empty where the URL is an address itself, or where the proxy looks the name up.
    addresses: Vec<SocketAddr>,
}

/// The resolver of all our connections.
pub struct Resolver {
    guard: Guard,
    look_up: LookUp,
    /// With a proxy only the proxy is connected to; it is the operator's, so it may be anywhere.
    proxied: bool,
    /// How long a name is looked up.
    patience: Duration,
    /// Addresses of requests under way, by host: the connection goes where the check has looked.
    pins: Mutex<HashMap<String, (usize, Vec<SocketAddr>)>>,
}

impl Resolver {
    pub fn new(guard: Guard, look_up: LookUp, proxied: bool, patience: Duration) -> Self {
        // Behind a proxy there may be no name server at all: that must not cost every request its time.
        let patience = if proxied { patience / 5 } else { patience };
        Self { guard, look_up, proxied, patience, pins: Mutex::default() }
    }

    pub const fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Finds out where `url` leads and refuses what may not be asked.
    pub async fn check(&self, url: &Url) -> Result<Checked, Failure> {
        if let Some(address) = literal(url) {
            return Ok(Checked { place: admit(&self.guard, address, url)?, addresses: Vec::new() });
        }
        if is_localhost(url) {
            return self.localhost(url);
        }
        let name = url.host_str().unwrap_or_default();
        match self.addresses(name).await {
            Ok(found) if !found.is_empty() => self.judge(url, &found),
            // The proxy may know names that we do not.
            _ if self.proxied => Ok(Checked { place: Place::Public, addresses: Vec::new() }),
            Ok(_) | Err(Unknown::NoSuchName) => Err(failure(FailureKind::Dns, format!("There is no host {name}."))),
            Err(Unknown::Failed(why)) => {
                Err(failure(FailureKind::Dns, format!("The name {name} could not be looked up: {why}.")))
            }
        }
    }

    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, Unknown> {
        let found = tokio::time::timeout(self.patience, (self.look_up)(name.to_owned())).await;
        found.unwrap_or_else(|_| Err(Unknown::Failed("no name server answered in time".to_owned())))
    }

    /// One address that may not be asked spoils the name: we would not choose which one is connected to.
    fn judge(&self, url: &Url, found: &[IpAddr]) -> Result<Checked, Failure> {
        let mut place = Place::Own;
        for address in found {
            if admit(&self.guard, *address, url)? == Place::Public {
                place = Place::Public;
            }
        }
        Ok(Checked { place, addresses: found.iter().map(|ip| SocketAddr::new(*ip, 0)).collect() })
    }

    fn localhost(&self, url: &Url) -> Result<Checked, Failure> {
        let own = LOOPBACK.into_iter().filter(|address| self.guard.place(*address) == Place::Own);
        let addresses: Vec<_> = own.map(|address| SocketAddr::new(address, 0)).collect();
        if addresses.is_empty() {
            admit(&self.guard, LOOPBACK[0], url)?;
        }
        Ok(Checked { place: Place::Own, addresses })
    }

    /// Keeps what was checked for the connection to come.
    pub fn pin(self: &Arc<Self>, url: &Url, checked: Checked) -> Option<Pin> {
        if self.proxied || checked.addresses.is_empty() {
            return None;
        }
        let host = url.host_str()?.to_owned();
        let mut pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = pins.entry(host.clone()).or_default();
        entry.0 += 1;
        entry.1 = checked.addresses;
        drop(pins);
        Some(Pin { resolver: Arc::clone(self), host })
    }

    fn pinned(&self, host: &str) -> Option<Vec<SocketAddr>> {
        let pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        pins.get(host).map(|(_, addresses)| addresses.clone())
    }

    async fn connectable(&self, host: &str) -> Result<Vec<SocketAddr>, Failure> {
        if self.proxied {
            let found = self.addresses(host).await;
            let found = found.unwrap_or_default().into_iter().map(|ip| SocketAddr::new(ip, 0)).collect::<Vec<_>>();
            let unknown = || failure(FailureKind::Dns, format!("The proxy {host} (net.proxy) could not be looked up."));
            return if found.is_empty() { Err(unknown()) } else { Ok(found) };
        }
        let url = Url::parse(&format!("https://{host}/"));
        let url = url.map_err(|_| failure(FailureKind::Dns, format!("{host} is no name of a host.")))?;
        self.check(&url).await.map(|checked| checked.addresses)
    }
}

/// Holds the addresses of one request; let go when its connection stands or has failed.
pub struct Pin {
    resolver: Arc<Resolver>,
    host: String,
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut pins = self.resolver.pins.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = pins.get_mut(&self.host) {
            entry.0 -= 1;
            if entry.0 == 0 {
                pins.remove(&self.host);
            }
        }
    }
}

/// The resolver as the HTTP client sees it.
#[derive(Clone)]
pub struct ForClient(pub Arc<Resolver>);

impl Resolve for ForClient {
    fn resolve(&self, name: Name) -> Resolving {
        if let Some(addresses) = self.0.pinned(name.as_str()) {
            let addresses: Addrs = Box::new(addresses.into_iter());
            return Box::pin(std::future::ready(Ok(addresses)));
        }
        let resolver = Arc::clone(&self.0);
        Box::pin(async move {
            match resolver.connectable(name.as_str()).await {
                Ok(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
                Err(failure) => Err(Carried(failure).into()),
            }
        })
    }
}
