//! Politeness: how many requests one host sees from us at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::guard::Place;

/// Requests at once to one public `host:port` unless configured.
const PER_HOST: usize = 2;

/// The hosts that are being asked.
#[derive(Default)]
pub struct Hosts {
    /// `None`: [`PER_HOST`] for public hosts, any number for our own.
    limit: Option<usize>,
    busy: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Hosts {
    pub fn new(limit: Option<usize>) -> Self {
        Self { limit: limit.map(|limit| limit.max(1)), busy: Mutex::default() }
    }

    /// Waits until the host of `url` may be asked. `None`: without limit.
    pub async fn turn(self: &Arc<Self>, url: &Url, place: Place) -> Option<Turn> {
        let limit = match (self.limit, place) {
            (Some(limit), _) => limit,
            (None, Place::Own) => return None,
            (None, _) => PER_HOST,
        };
        let host = format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(0));
        let semaphore = {
            let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(busy.entry(host.clone()).or_insert_with(|| Arc::new(Semaphore::new(limit))))
        };
        // Nobody closes the semaphore.
        let permit = semaphore.acquire_owned().await.ok();
        Some(Turn { hosts: Arc::clone(self), host, permit })
    }
}

/// Leave to ask one host, until dropped.
pub struct Turn {
    hosts: Arc<Hosts>,
    host: String,
    permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        drop(self.permit.take());
        let mut busy = self.hosts.busy.lock().unwrap_or_else(PoisonError::into_inner);
        if busy.get(&self.host).is_some_and(|semaphore| Arc::strong_count(semaphore) == 1) {
            busy.remove(&self.host);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn the_third_request_to_a_public_host_waits_for_one_of_two() {
        let hosts = Arc::new(Hosts::new(None));
        let one = url("https://a.example/1");
        let first = hosts.turn(&one, Place::Public).now_or_never();
        let second = hosts.turn(&url("https://a.example/2"), Place::Public).now_or_never();
        assert!(first.is_some() && second.is_some());
        let mut third = Box::pin(hosts.turn(&one, Place::Public));
        assert!((&mut third).now_or_never().is_none());
        assert!(hosts.turn(&url("https://a.example:8443/"), Place::Public).now_or_never().is_some(), "another port");
        drop(first);
        assert!(third.now_or_never().is_some());
    }

    #[test]
    fn our_own_hosts_are_limited_only_when_asked_for() {
        let own = url("http://127.0.0.1:9100/");
        let hosts = Arc::new(Hosts::new(None));
        assert!(hosts.turn(&own, Place::Own).now_or_never().unwrap().is_none());
        let hosts = Arc::new(Hosts::new(Some(1)));
        let first = hosts.turn(&own, Place::Own).now_or_never();
        assert!(first.is_some());
        assert!(hosts.turn(&own, Place::Own).now_or_never().is_none());
    }

    #[test]
    fn hosts_that_are_done_are_forgotten() {
        let hosts = Arc::new(Hosts::new(None));
        let one = url("https://a.example/");
        let turns: Vec<_> = (0..2).map(|_| hosts.turn(&one, Place::Public).now_or_never()).collect();
        // One who gave up waiting leaves nothing behind either.
        assert!(hosts.turn(&one, Place::Public).now_or_never().is_none());
        drop(turns);
        assert!(hosts.busy.lock().unwrap().is_empty());
    }
}
