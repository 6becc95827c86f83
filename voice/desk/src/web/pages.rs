//! Pages and their files.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::No;
use crate::builds::{self, Files, PAGE};
use crate::edge::Edge;

const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Pages of this program's own: a host page and the supervisor's.
const OWN: [(&str, &str); 5] = [
    ("host.css", include_str!("../../web/host.css")),
    ("page.js", include_str!("../../web/page.js")),
    ("host.js", include_str!("../../../switchboard/web/host.js")),
    ("handshake.js", include_str!("../../../switchboard/web/handshake.js")),
    ("supervisor.js", include_str!("../../web/supervisor.js")),
];
const HOST: &str = include_str!("../../web/host.html");
const SUPERVISOR: &str = include_str!("../../web/supervisor.html");

fn own() -> (String, Files) {
    let files: Files = OWN.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    (builds::name(&files), files)
}

fn page(text: &str, policy: &str) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, policy)];
    (headers, text.to_owned()).into_response()
}

fn file(name: &str, bytes: Vec<u8>) -> Response {
    let kind = builds::kind(name).unwrap_or("application/octet-stream");
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, FOR_EVER)], bytes).into_response()
}

fn nothing() -> No {
    No(StatusCode::NOT_FOUND, "there is nothing here; the pages are `/` and `/supervisor`".to_owned())
}

const POLICY: &str = "default-src 'self'; style-src 'self'; media-src 'self' blob:; object-src 'none'; base-uri 'none'";

pub async fn host() -> Response {
    let (name, _) = own();
    page(&HOST.replace("{{files}}", &format!("/host/{name}")), POLICY)
}

pub async fn supervisor() -> Response {
    let (name, _) = own();
    page(&SUPERVISOR.replace("{{files}}", &format!("/host/{name}")), &format!("{POLICY}; frame-ancestors 'none'"))
}

pub async fn host_file(Path((name, of)): Path<(String, String)>) -> Result<Response, No> {
    let (current, mut files) = own();
    let bytes = files.remove(&of).filter(|_| name == current).ok_or_else(nothing)?;
    Ok(file(&of, bytes))
}

#[derive(Deserialize)]
pub struct Asked {
    /// The origin of the page that holds the frame, where it is not our own.
    host: Option<String>,
}

/// The current build's page: never kept, so that whoever loads it has the current one.
pub async fn widget(State(edge): State<Arc<Edge>>, Query(asked): Query<Asked>) -> Result<Response, No> {
    let host = asked.host.unwrap_or_default();
    if !host.is_empty() && !edge.setup.hosts.contains(&host) {
        let said = format!("`{host}` may not hold the widget: add it to `hosts` in the desk's configuration");
        return Err(No(StatusCode::FORBIDDEN, said));
    }
    let published = edge.published().ok_or_else(nothing)?;
    let bytes = edge.shelf.file(edge.store.folder(), &published.files, PAGE).ok_or_else(nothing)?;
    let text = String::from_utf8_lossy(&bytes)
        .replace("{{files}}", &format!("/widget/{}", published.files))
        .replace("{{build}}", &published.build.to_string())
        .replace("{{host}}", &host);
    let ancestors = format!("{POLICY}; frame-ancestors 'self' {}", edge.setup.hosts.join(" "));
    Ok(page(&text, ancestors.trim_end()))
}

pub async fn widget_file(
    State(edge): State<Arc<Edge>>,
    Path((name, of)): Path<(String, String)>,
) -> Result<Response, No> {
    let bytes = edge.shelf.file(edge.store.folder(), &name, &of).ok_or_else(nothing)?;
    Ok(file(&of, bytes))
}

pub async fn healthz(State(edge): State<Arc<Edge>>) -> Response {
    axum::Json(json!({ "ok": true, "calls": edge.calls() })).into_response()
}

pub async fn metrics(State(edge): State<Arc<Edge>>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], edge.metrics()).into_response()
}
