//! What requests are answered from.

use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusHandle;

use crate::app::App;
use crate::live::Hub;

/// The state of every handler.
#[derive(Clone)]
pub struct Served {
    pub app: Arc<App>,
    pub metrics: PrometheusHandle,
    pub live: Arc<Hub>,
}
