//! `serve --demo`: the product in a world of its own. The world is played in this process on loopback, the store lies in
//! a throw-away directory, and the past of ninety days is played before the first page is served.

mod past;
mod setup;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context;
use tempfile::TempDir;
use tocsin_world::{FaultKind, Scenario, Stage};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::app::App;
use crate::clock;
use crate::config::{self, Config, Environment, Flags, Simulated};

/// A world that is being played, and where the store of whoever watches it lies. Gone when dropped.
pub struct Demo {
    stage: Arc<Stage>,
    _playing: JoinSet<()>,
    _directory: TempDir,
}

/// Sets the world up, and the configuration with which it is watched.
///
/// # Errors
/// Why it could not be set up.
pub async fn set_up(listen: Option<SocketAddr>) -> anyhow::Result<(Demo, Config)> {
    let scenario = Scenario::read("demo.toml", tocsin_world::DEMO)?;
    let directory = tempfile::Builder::new().prefix("tocsin-demo-").tempdir().context("no temporary directory")?;
    let world = scenario.world(clock::now(), scenario.speed);
    let (stage, playing) = Stage::open(world, loopback().await?, loopback().await?, Arc::new(clock::now_us))?;
    let file = directory.path().join("tocsin.toml");
    std::fs::write(&file, setup::configuration(&stage))?;
    let flags = Flags { config: Some(file), data: Some(directory.path().join("data")), listen };
    let mut config = config::load(&flags, &Environment::read().token_only())?;
    config.simulated = Some(simulated(&stage));
    Ok((Demo { stage, _playing: playing, _directory: directory }, config))
}

async fn loopback() -> anyhow::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port of 127.0.0.1 could be had for the world")
}

fn simulated(stage: &Stage) -> Simulated {
    let vendors = &stage.world.vendors;
    let categories = vendors.iter().map(|vendor| (vendor.slug.clone(), vendor.category.clone()));
    let has_moved = |kind: FaultKind| matches!(kind, FaultKind::Moved { .. });
    let moved = vendors.iter().find(|vendor| vendor.faults.iter().any(|fault| has_moved(fault.kind)));
    Simulated {
        arrived: format!("{}/", stage.base),
        categories: categories.collect::<BTreeMap<_, _>>(),
        moved: moved.map(|vendor| vendor.slug.clone()),
        replay: setup::REPLAY.to_owned(),
    }
}

impl Demo {
    /// Lets the app live through the past, as if it had watched since then.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn play_the_past(&self, app: &Arc<App>) -> anyhow::Result<()> {
        past::play(app, &self.stage).await
    }

    /// What to look at, for whoever started it.
    pub fn greet(&self, base_url: &str) {
        println!("Simulated world: nothing is real, and nothing of it is kept.");
        println!("What arrived is at {}/ and a tour at {base_url}/tour.", self.stage.base);
    }
}
