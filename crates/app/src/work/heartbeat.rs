//! Heartbeat: while all is well a given address is called every minute, so that somebody notices when we are dead.

use std::sync::Arc;
use std::time::Duration;

use tocsin_domain::{Answer, HttpAsk};
use tracing::warn;

use crate::app::App;
use crate::clock;
use crate::net::Validators;

const EVERY: Duration = Duration::from_secs(60);

/// Calls `server.heartbeat_url` until the app stops; returns at once where there is none.
pub async fn run(app: Arc<App>) {
    let Some(url) = app.config.server.heartbeat_url.clone() else { return };
    let mut stop = app.stop.subscribe();
    let mut every = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = stop.wait_for(|stopping| *stopping) => return,
            _ = every.tick() => {}
        }
        let troubles = app.pulse.troubles(clock::now_ms());
        if troubles.is_empty() {
            call(&app, &url).await;
        } else {
            warn!(troubles = troubles.join(" "), "no heartbeat is sent while this is so");
        }
    }
}

async fn call(app: &App, url: &str) {
    match app.net.poll(&HttpAsk::get("heartbeat", url), &Validators::default()).await.answer {
        Answer::Http(http) if http.status < 400 => {}
        Answer::Http(http) => warn!(status = http.status, "the heartbeat's receiver refuses it"),
        Answer::Failed(failure) => warn!(why = failure.detail, "the heartbeat could not be sent"),
        Answer::NotModified | Answer::Mail { .. } => {}
    }
}
