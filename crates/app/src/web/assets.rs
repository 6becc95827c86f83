//! `/static/…`: the files that pages use, cached for ever under the address that names their version (but for
//! what browsers look for at one address).

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tocsin_pages::assets;

use crate::served::Served;

pub async fn file(State(served): State<Served>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let path = format!("/static/{name}");
    let Some(asset) = assets::ALL.iter().find(|asset| asset.path == path) else {
        return super::not_found_page(&served.app);
    };
    let tag = format!("\"{:016x}\"", asset.version);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()) == Some(tag.as_str());
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { asset.bytes.into_response() };
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    let lasts = if asset.path == assets::WORKER.path { "no-cache" } else { "public, max-age=31536000, immutable" };
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(lasts));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    response
}
