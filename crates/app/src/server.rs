//! Server: the loops and the listener, from the first breath to the last.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::sync::mpsc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tracing::{info, warn};

use crate::app::App;
use crate::config::Config;
use crate::demo::Demo;
use crate::problem::Problem;
use crate::served::Served;
use crate::work::commit::Handed;
use crate::work::{check, circulate, commit, deliver, heartbeat, poll, refresh, upkeep};
use crate::{access, api, headers, live, push, telemetry, web};

/// Nothing we take is larger than this (bytes).
const LARGEST_REQUEST: usize = 1 << 20;
/// What is under way at the end has this long to finish (service managers kill after ten seconds); what does not is
/// handed back: the next start takes it up, with the same id.
const LAST_WORK: Duration = Duration::from_secs(8);

/// The listener could not be had: an operator's fault, but not one of the configuration's form.
#[derive(Debug, thiserror::Error)]
#[error("{address} cannot be listened on: {error}; choose another with --listen or `server.listen`")]
struct CannotListen {
    address: std::net::SocketAddr,
    error: std::io::Error,
}

/// True where a start failed by what was configured.
#[must_use]
pub fn is_configuration(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref::<tocsin_store::StoreError>(),
        Some(tocsin_store::StoreError::Address(_) | tocsin_store::StoreError::Key { .. })
    ) || error.downcast_ref::<crate::net::NetError>().is_some()
}

/// Runs the service until it is told to stop; in a simulated world, once its past has been lived through.
///
/// # Errors
/// Why it could not start.
pub async fn run(config: Config, demo: Option<Demo>) -> anyhow::Result<()> {
    let metrics = telemetry::metrics()?;
    // Listened for from the first breath on: opening the store may mean to wait for another node.
    let mut told = std::pin::pin!(told_to_stop());
    let (app, handed) = tokio::select! {
        opened = open(config, demo.as_ref()) => opened?,
        () = &mut told => return Ok(()),
    };
    let address = app.config.server.listen;
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|error| CannotListen { address, error })?;
    let address = listener.local_addr().context("the listener has no address")?;
    let committing = tokio::spawn(commit::run(Arc::clone(&app), handed));
    let polling = tokio::spawn(poll::run(Arc::clone(&app)));
    check::recall(&app).await.context("what is remembered of checks cannot be read")?;
    let checking = tokio::spawn(check::run(Arc::clone(&app)));
    let delivering = tokio::spawn(deliver::run(Arc::clone(&app)));
    let circulating = tokio::spawn(circulate::run(Arc::clone(&app)));
    let refreshing = tokio::spawn(refresh::run(Arc::clone(&app)));
    let keeping = tokio::spawn(upkeep::run(Arc::clone(&app)));
    let beating = tokio::spawn(heartbeat::run(Arc::clone(&app)));
    greet(&app, address, demo.as_ref()).await?;
    let stopping = app.stop.subscribe();
    let served = Served { app: Arc::clone(&app), metrics, live: Arc::default() };
    let showing = tokio::spawn(live::run(served.clone()));
    let routes = routes(served);
    let serving = tokio::spawn(async move {
        let mut stopping = stopping;
        let stop = async move { drop(stopping.wait_for(|stopping| *stopping).await) };
        let routes = routes.into_make_service_with_connect_info::<std::net::SocketAddr>();
        axum::serve(listener, routes).with_graceful_shutdown(stop).await
    });
    told.await;
    info!("stopping: what is under way is finished");
    app.stop.send_replace(true);
    let finished =
        async { tokio::join!(polling, checking, delivering, circulating, refreshing, keeping, beating, showing) };
    if tokio::time::timeout(LAST_WORK, finished).await.is_err() {
        warn!("some work did not finish in time; it is taken up again at the next start");
    }
    upkeep::flush(&app).await;
    committing.abort();
    drop(tokio::time::timeout(Duration::from_secs(1), serving).await);
    app.store.close().await;
    info!("stopped");
    Ok(())
}

async fn open(config: Config, demo: Option<&Demo>) -> anyhow::Result<(Arc<App>, mpsc::Receiver<Handed>)> {
    let (app, handed) = App::open(config).await?;
    if let Some(demo) = demo {
        demo.play_the_past(&app).await?;
    }
    Ok((app, handed))
}

async fn greet(app: &App, address: std::net::SocketAddr, demo: Option<&Demo>) -> anyhow::Result<()> {
    let base = &app.config.server.base_url;
    let watched = app.watch.pages().all.len();
    let pages = if watched == 1 { "page" } else { "pages" };
    println!("Tocsin is at {base} and reads {watched} status {pages}. Stop it with Ctrl-C.");
    if let Some(demo) = demo {
        demo.greet(base);
    }
    if let Some(link) = access::welcome::link(app).await? {
        println!("Nobody can sign in yet. To set things up, create the owner (once, within a day) at\n  {link}");
    }
    info!(%address, base_url = base, pages = watched, version = env!("CARGO_PKG_VERSION"), "started");
    Ok(())
}

async fn told_to_stop() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminate => {}
    }
}

/// Every address we answer.
fn routes(served: Served) -> Router {
    let compressed = SizeAbove::new(512).and(NotForContentType::SSE).and(NotForContentType::IMAGES);
    Router::new()
        .nest("/api/v1", api::routes(&served))
        .merge(web::routes(&served))
        .merge(push::routes())
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz))
        .fallback(web::not_found)
        .layer(middleware::from_fn_with_state(served.clone(), access::identify))
        .layer(middleware::from_fn_with_state(served.clone(), access::same_origin))
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .layer(CompressionLayer::new().compress_when(compressed))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            Problem::internal("a fault of ours; please report it with the time and the address").into_response()
        }))
        .layer(middleware::from_fn_with_state(served.clone(), headers::add))
        .with_state(served)
}

/// Can it do its job? 503 with every reason where not.
async fn readyz(axum::extract::State(served): axum::extract::State<Served>) -> impl IntoResponse {
    let troubles = served.app.pulse.troubles(crate::clock::now_ms());
    if troubles.is_empty() {
        return (axum::http::StatusCode::OK, "ready\n".to_owned());
    }
    (axum::http::StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", troubles.join("\n")))
}
