//! `/stats/latency`: how long after the vendor's first word we saw an incident, and how long until it was told.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tocsin_store::{DeliveryState, IncidentFilter};

use crate::problem::Problem;
use crate::served::Served;

/// The newest incidents and deliveries that are looked at.
const SAMPLE: i64 = 1000;

/// Quantiles of a delay in seconds; `null` where nothing was measured.
#[derive(Debug, Default, Serialize)]
pub struct Quantiles {
    count: usize,
    p50_s: Option<f64>,
    p95_s: Option<f64>,
    p99_s: Option<f64>,
}

/// The two delays.
#[derive(Debug, Serialize)]
pub struct View {
    /// From the vendor's first word to our first sight; imported incidents do not count.
    detection: Quantiles,
    /// From our decision to the receiver's acceptance at the first attempt.
    delivery: Quantiles,
}

pub async fn latency(State(served): State<Served>) -> Result<Json<View>, Problem> {
    let store = &served.app.store;
    let incidents = store.incidents(&IncidentFilter { limit: SAMPLE, ..IncidentFilter::default() }).await?;
    #[expect(clippy::cast_precision_loss, reason = "delays stay far below 2^52")]
    let detection = incidents.iter().filter_map(|stored| stored.incident.detection_s()).map(|seconds| seconds as f64);
    let delays = store.delivery_delays(DeliveryState::Sent, SAMPLE).await?;
    #[expect(clippy::cast_precision_loss, reason = "delays stay far below 2^52")]
    let delivery = delays.into_iter().map(|ms| ms as f64 / 1000.0);
    Ok(Json(View { detection: quantiles(detection.collect()), delivery: quantiles(delivery.collect()) }))
}

fn quantiles(mut delays: Vec<f64>) -> Quantiles {
    delays.sort_by(f64::total_cmp);
    let at = |percent: usize| {
        let rank = (delays.len() * percent).div_ceil(100).saturating_sub(1);
        delays.get(rank).copied()
    };
    Quantiles { count: delays.len(), p50_s: at(50), p95_s: at(95), p99_s: at(99) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occurred() {
        let all = quantiles((1..=100).map(f64::from).collect());
        assert_eq!((all.count, all.p50_s, all.p95_s, all.p99_s), (100, Some(50.0), Some(95.0), Some(99.0)));
        assert_eq!(quantiles(vec![7.0]).p99_s, Some(7.0));
        assert_eq!(quantiles(Vec::new()).p50_s, None);
    }
}
