//! Logs and metrics.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Bounds of histograms in seconds.
const SECONDS: [f64; 10] = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// Starts logging to stderr: text for people, JSON with `TOCSIN_LOG_FORMAT=json`; `TOCSIN_LOG` filters
/// (`debug`, `tocsin::work=debug`).
pub fn logs() {
    let asked = std::env::vars().find(|(name, _)| name == "TOCSIN_LOG").map(|(_, value)| value);
    let asked = asked.unwrap_or_else(|| "info,sqlx=warn,hyper=warn".to_owned());
    // It would write down every message of signalling, with what proves who calls.
    let quiet = if asked.contains("rsipstack") { asked } else { format!("{asked},rsipstack=warn") };
    let filter =
        EnvFilter::try_new(quiet).unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,hyper=warn,rsipstack=warn"));
    let json = std::env::vars().any(|(name, value)| name == "TOCSIN_LOG_FORMAT" && value == "json");
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(json);
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let started = if json { builder.json().try_init() } else { builder.with_ansi(ansi).try_init() };
    drop(started);
}

/// Starts collecting metrics; the handle writes them out.
///
/// # Errors
/// If another recorder was installed before.
pub fn metrics() -> anyhow::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full("tocsin_poll_seconds".to_owned()), &SECONDS)?
        .install_recorder()?;
    metrics::describe_counter!("tocsin_polls_total", "Polls of status pages by platform and outcome.");
    metrics::describe_histogram!("tocsin_poll_seconds", "Seconds that polls took.");
    metrics::describe_counter!("tocsin_deliveries_total", "Attempts to deliver by kind of channel and outcome.");
    metrics::describe_gauge!("tocsin_outbox_due", "Deliveries that wait to be sent.");
    metrics::describe_counter!("tocsin_check_calls_total", "Calls of our own checks by verdict.");
    metrics::describe_gauge!(
        "tocsin_check_health",
        "0 operational, 1 degraded, 2 partial outage, 3 major outage, 4 maintenance, 5 unknown."
    );
    metrics::describe_gauge!("tocsin_check_probe_ill", "1 while the probe itself is ill, so that it says nothing.");
    Ok(handle)
}
