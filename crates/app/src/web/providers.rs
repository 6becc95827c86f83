//! `/providers?q=`: who can be watched, and who is.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tocsin_pages::providers::{self, Entry, Facts, PER_PAGE};

use super::{chrome, html};
use crate::catalog;
use crate::clock;
use crate::directory::Provider;
use crate::served::Served;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    category: String,
    /// `yes`: only what is watched.
    watched: String,
    page: String,
}

pub async fn page(State(served): State<Served>, Query(asked): Query<Asked>) -> Response {
    let app = &served.app;
    let directory = app.directory();
    let pages = app.watch.pages();
    let watched = |provider: &Provider| !pages.of(&provider.slug).is_empty();
    let only_watched = asked.watched == "yes";
    let wanted = |provider: &Provider| {
        (asked.category.is_empty() || provider.category == asked.category) && (!only_watched || watched(provider))
    };
    let mut found: Vec<(u8, bool, String, Provider)> = directory
        .all_providers()
        .filter_map(|provider| {
            let rank = catalog::rank(&asked.q, provider.names()).filter(|_| wanted(&provider))?;
            Some((rank, !watched(&provider), provider.name.to_lowercase(), provider))
        })
        .collect();
    found.sort_by(|one, other| (one.0, one.1, &one.2).cmp(&(other.0, other.1, &other.2)));
    let total = found.len();
    let last = total.div_ceil(PER_PAGE).max(1);
    let page = asked.page.parse().unwrap_or(1_usize).clamp(1, last);
    let entry = |(_, _, _, provider): (u8, bool, String, Provider)| Entry {
        provider: provider.reference(),
        health: pages.health(&provider.slug),
        monitors: directory.monitors_of(&provider.slug),
        page: provider.page,
        category: Some(provider.category),
    };
    let facts = Facts {
        chrome: chrome(app),
        now: clock::now(),
        watched: found.iter().filter(|(_, idle, ..)| !idle).count(),
        entries: found.into_iter().skip((page - 1) * PER_PAGE).take(PER_PAGE).map(entry).collect(),
        query: asked.q,
        category: asked.category,
        categories: catalog::categories().iter().map(|word| (*word).to_owned()).collect(),
        only_watched,
        total,
        page,
    };
    html(StatusCode::OK, providers::render(&facts))
}
