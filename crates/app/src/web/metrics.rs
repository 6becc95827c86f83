//! `/metrics` for Prometheus: counters as they stand, healths as of now. Healths are written as they are read, so that
//! what is watched no more is gone at once.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tocsin_domain::Health;

use crate::app::App;
use crate::served::Served;

pub async fn text(State(served): State<Served>) -> Response {
    let mut body = served.metrics.render();
    providers(&served.app, &mut body);
    if let Err(error) = components(&served.app, &mut body).await {
        tracing::warn!(%error, "the healths of components could not be read for /metrics");
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], body).into_response()
}

fn head(body: &mut String, name: &str, help: &str) {
    let numbers = "0 operational, 1 degraded, 2 partial_outage, 3 major_outage, 4 maintenance, 5 unknown";
    body.push_str(&format!("# HELP {name} {help}: {numbers}.\n# TYPE {name} gauge\n"));
}

fn providers(app: &App, body: &mut String) {
    let name = "tocsin_provider_health";
    head(body, name, "Health of watched providers");
    let pages = app.watch.pages();
    let mut slugs: Vec<&str> = pages.all.iter().map(|page| page.provider.slug.as_str()).collect();
    slugs.sort_unstable();
    slugs.dedup();
    for slug in slugs {
        let health = pages.health(slug).unwrap_or_default().number();
        body.push_str(&format!("{name}{{provider=\"{}\"}} {health}\n", escaped(slug)));
    }
}

/// Components of one name (in several groups) are one series: the worst of them.
async fn components(app: &App, body: &mut String) -> Result<(), tocsin_store::StoreError> {
    let name = "tocsin_component_health";
    head(body, name, "Health of components of monitored providers");
    let directory = app.directory();
    let mut slugs: Vec<&str> = directory.monitored().into_iter().collect();
    slugs.sort_unstable();
    for slug in slugs {
        let states = app.store.provider_states(slug).await?;
        let components = states.into_iter().filter_map(|(_, state)| state).flat_map(|state| state.components);
        let mut worst: BTreeMap<String, Health> = BTreeMap::new();
        for component in components {
            let known = worst.entry(component.name).or_insert(component.health);
            *known = (*known).max(component.health);
        }
        for (component, health) in worst {
            let (slug, component, number) = (escaped(slug), escaped(&component), health.number());
            body.push_str(&format!("{name}{{provider=\"{slug}\",component=\"{component}\"}} {number}\n"));
        }
    }
    Ok(())
}

/// A label's value as the text format wants it.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cannot_break_out() {
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
