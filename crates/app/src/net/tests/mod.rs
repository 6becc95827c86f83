//! The network against real servers on loopback.

mod bodies;
mod deliveries;
mod guarded;
mod mails;
mod polls;
mod proxied;
mod server;
mod tls;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tocsin_domain::{Answer, Failure, HttpAnswer, HttpAsk};

use super::resolve::{LookUp, Unknown};
use super::{Fetched, Limits, Net, NetConfig, Validators};

/// Loopback may be asked.
fn config() -> NetConfig {
    let user_agent = "tocsin/0.0 (+https://tocsin.example)".to_owned();
    NetConfig {
        allow_private: vec!["127.0.0.0/8".parse().unwrap()],
        concurrency: 64,
        user_agent,
        ..NetConfig::default()
    }
}

fn net() -> Net {
    built(&config(), Limits::default())
}

fn built(config: &NetConfig, limits: Limits) -> Net {
    Net::build(config, limits, names(&[])).unwrap()
}

/// Limits short enough to wait for.
fn hurried() -> Limits {
    let short = Duration::from_millis(300);
    Limits { connect: short, poll: short, deliver: short, mail: short, ..Limits::default() }
}

/// A look-up that knows these names and no others.
fn names(table: &[(&str, &[&str])]) -> LookUp {
    let own = |(name, addresses): &(&str, &[&str])| {
        let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        ((*name).to_owned(), addresses)
    };
    let table: Vec<_> = table.iter().map(own).collect();
    Arc::new(move |name| {
        let found = table.iter().find(|(known, _)| *known == name).map(|(_, addresses)| addresses.clone());
        std::future::ready(found.ok_or(Unknown::NoSuchName)).boxed()
    })
}

async fn get(net: &Net, url: &str) -> Fetched {
    net.poll(&HttpAsk::get("page", url), &Validators::default()).await
}

fn http(answer: Answer) -> HttpAnswer {
    match answer {
        Answer::Http(http) => http,
        other => panic!("no HTTP answer: {other:?}"),
    }
}

fn failed(answer: Answer) -> Failure {
    match answer {
        Answer::Failed(failure) => failure,
        other => panic!("no failure: {other:?}"),
    }
}
