//! What a desk is told when it starts: a file of TOML, or the defaults, which are enough to try it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use tocsin_switchboard::queue::Times;

/// The whole file. Every key has a default, but for agents' tokens.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Setup {
    /// Where pages are served.
    pub web: SocketAddr,
    /// Where calls come in, over UDP.
    pub sip: SocketAddr,
    /// How callers and browsers reach this machine, where that is not by the address above.
    pub public: Option<IpAddr>,
    /// Where the desk keeps what has to outlive it.
    pub data: PathBuf,
    /// Other pages that may hold the widget in a frame: origins, such as `https://crm.example.com`.
    pub hosts: Vec<String>,
    /// For the supervisor's page, the switches and `/metrics`. Without one it is made at the first start.
    pub supervisor_token: Option<String>,
    /// Where alarms are posted to, as JSON: an `http://` address.
    pub webhook: Option<String>,
    /// Whether browsers take echo and noise out of what agents say; off where headsets do, and where tones are sent.
    pub clean_microphone: bool,
    /// How long calls may go on after the desk was told to stop.
    pub drain_seconds: u64,
    /// Through which browsers reach us where nothing else does.
    pub turn: Option<Turn>,
    pub queue: Vec<Queue>,
    pub agent: Vec<Agent>,
}

/// A TURN server, which knows the same secret: coturn's `static-auth-secret`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// Such as `turn:turn.example.com:3478?transport=tcp`.
    pub urls: Vec<String>,
    pub secret: String,
    /// Browsers try no other way.
    #[serde(default)]
    pub relay_only: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    pub id: String,
    /// The user parts of the addresses that lead here besides its own name; `*` is everything else.
    #[serde(default)]
    pub numbers: Vec<String>,
    #[serde(default = "ring")]
    pub ring_seconds: u64,
    #[serde(default = "wait")]
    pub wait_seconds: u64,
    #[serde(default = "alone")]
    pub alone_seconds: u64,
    #[serde(default = "wrap")]
    pub wrap_seconds: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    pub id: String,
    /// As callers' pages and supervisors show it.
    #[serde(default)]
    pub name: Option<String>,
    pub token: String,
    /// All, where none is named.
    #[serde(default)]
    pub queues: Vec<String>,
}

fn ring() -> u64 {
    20
}

fn wait() -> u64 {
    300
}

fn alone() -> u64 {
    5
}

fn wrap() -> u64 {
    10
}

impl Default for Setup {
    fn default() -> Setup {
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let agent = |id: &str, name: &str| Agent {
            id: id.to_owned(),
            name: Some(name.to_owned()),
            token: format!("demo-{id}"),
            queues: Vec::new(),
        };
        Setup {
            web: SocketAddr::new(here, 8088),
            sip: SocketAddr::new(here, 5060),
            public: None,
            data: PathBuf::from("tocsin-desk-data"),
            hosts: Vec::new(),
            supervisor_token: None,
            webhook: None,
            clean_microphone: true,
            drain_seconds: 60,
            turn: None,
            queue: vec![Queue {
                id: "support".to_owned(),
                numbers: vec!["*".to_owned()],
                ring_seconds: ring(),
                wait_seconds: wait(),
                alone_seconds: alone(),
                wrap_seconds: wrap(),
            }],
            agent: vec![agent("ada", "Ada"), agent("grace", "Grace")],
        }
    }
}

impl Setup {
    /// # Errors
    /// What to change in the file.
    pub fn read(text: &str) -> Result<Setup, String> {
        let setup: Setup = toml::from_str(text).map_err(|error| error.to_string())?;
        setup.check()?;
        Ok(setup)
    }

    fn check(&self) -> Result<(), String> {
        let mut ids = BTreeSet::new();
        for queue in &self.queue {
            if queue.id.is_empty() || !ids.insert(&queue.id) {
                return Err(format!("queue `{}`: give each queue an id of its own", queue.id));
            }
        }
        if self.queue.is_empty() {
            return Err("there is no queue: add one by [[queue]] with an id".to_owned());
        }
        let mut numbers = BTreeSet::new();
        if let Some(twice) = self.queue.iter().flat_map(|queue| &queue.numbers).find(|number| !numbers.insert(*number))
        {
            return Err(format!("`{twice}` leads to two queues: leave it in one"));
        }
        self.turn.as_ref().map_or(Ok(()), Turn::check)?;
        let mut agents = BTreeSet::new();
        for agent in &self.agent {
            if agent.id.is_empty() || !agents.insert(&agent.id) {
                return Err(format!("agent `{}`: give each agent an id of its own", agent.id));
            }
            if agent.token.len() < 8 {
                return Err(format!("agent `{}`: the token is a password; give it 8 characters or more", agent.id));
            }
            if let Some(queue) = agent.queues.iter().find(|queue| !ids.contains(queue)) {
                return Err(format!("agent `{}`: there is no queue `{queue}`", agent.id));
            }
        }
        Ok(())
    }

    #[must_use]
    pub fn times(&self) -> BTreeMap<String, Times> {
        let seconds = Duration::from_secs;
        let times = |queue: &Queue| Times {
            ring: seconds(queue.ring_seconds),
            wait: seconds(queue.wait_seconds),
            alone: seconds(queue.alone_seconds),
            wrap: seconds(queue.wrap_seconds),
        };
        self.queue.iter().map(|queue| (queue.id.clone(), times(queue))).collect()
    }

    /// Which queue an address leads to, by the user part of what was called.
    #[must_use]
    pub fn numbers(&self) -> BTreeMap<String, String> {
        let mut numbers = BTreeMap::new();
        for queue in &self.queue {
            numbers.entry(queue.id.clone()).or_insert_with(|| queue.id.clone());
        }
        for queue in &self.queue {
            for number in &queue.numbers {
                numbers.insert(number.clone(), queue.id.clone());
            }
        }
        numbers
    }

    /// Each agent's queues.
    #[must_use]
    pub fn agents(&self) -> BTreeMap<String, BTreeSet<String>> {
        let all: BTreeSet<String> = self.queue.iter().map(|queue| queue.id.clone()).collect();
        let of = |agent: &Agent| {
            if agent.queues.is_empty() { all.clone() } else { agent.queues.iter().cloned().collect() }
        };
        self.agent.iter().map(|agent| (agent.id.clone(), of(agent))).collect()
    }
}

impl Turn {
    fn check(&self) -> Result<(), String> {
        if self.urls.is_empty() {
            return Err("turn: name a server in urls, such as \"turn:turn.example.com:3478\"".to_owned());
        }
        if let Some(url) = self.urls.iter().find(|url| !url.starts_with("turn:") && !url.starts_with("turns:")) {
            return Err(format!("turn: `{url}` is no address of a TURN server: it begins with turn: or turns:"));
        }
        if self.secret.len() < 16 {
            return Err(
                "turn: who knows the secret may send through the server; give it 16 characters or more".to_owned()
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_hold() {
        let setup = Setup::read("").unwrap();
        assert_eq!(setup.numbers().get("*").map(String::as_str), Some("support"));
        assert_eq!(setup.agents().len(), 2);
        assert_eq!(setup.times()["support"].wrap, Duration::from_secs(10));
    }

    #[test]
    fn what_is_wrong_says_what_to_change() {
        for (text, word) in [
            ("queue = []", "add one by [[queue]]"),
            ("[[queue]]\nid = 'a'\n[[queue]]\nid = 'a'", "of its own"),
            ("[[queue]]\nid = 'a'\nnumbers = ['1']\n[[queue]]\nid = 'b'\nnumbers = ['1']", "leave it in one"),
            ("[[agent]]\nid = 'x'\ntoken = 'short'", "8 characters"),
            ("[[agent]]\nid = 'x'\ntoken = 'long enough'\nqueues = ['none']", "no queue `none`"),
            ("[[agent]]\nid = 'x'", "missing field `token`"),
            ("[turn]\nurls = []\nsecret = 'sixteen letters!'", "name a server in urls"),
            ("[turn]\nurls = ['stun:x']\nsecret = 'sixteen letters!'", "begins with turn:"),
            ("[turn]\nurls = ['turn:x']\nsecret = 'short'", "16 characters"),
            ("speed = 1", "unknown field `speed`"),
        ] {
            let said = Setup::read(text).unwrap_err();
            assert!(said.contains(word), "{text}: {said}");
        }
    }
}
