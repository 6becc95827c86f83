//! The few files a browser needs beside the page, and the addresses they are served at.

/// One static file: where it is served, what it is, and its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Absolute path without the query, e.g. `/static/tocsin.css`.
    pub path: &'static str,
    pub content_type: &'static str,
    pub bytes: &'static [u8],
    /// Changes with the bytes, so that `path?v=version` may be cached for ever; also fit for an ETag.
    pub version: u64,
}

impl Asset {
    const fn new(path: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Self {
        Self { path, content_type, bytes, version: fnv1a(bytes) }
    }

    /// The address pages use: `/static/tocsin.css?v=…`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}?v={:016x}", self.path, self.version)
    }
}

/// The one stylesheet.
pub const CSS: Asset =
    Asset::new("/static/tocsin.css", "text/css; charset=utf-8", include_bytes!("../static/tocsin.css"));
/// The one script; every page works without it.
pub const JS: Asset =
    Asset::new("/static/tocsin.js", "text/javascript; charset=utf-8", include_bytes!("../static/tocsin.js"));
/// Light or dark as the reader chose; runs before the page is drawn.
pub const SCHEME: Asset =
    Asset::new("/static/scheme.js", "text/javascript; charset=utf-8", include_bytes!("../static/scheme.js"));
/// htmx, as its package ships it (`static/README.md`).
pub const HTMX: Asset =
    Asset::new("/static/htmx.min.js", "text/javascript; charset=utf-8", include_bytes!("../static/htmx.min.js"));
/// Its extension for server-sent events.
pub const HX_SSE: Asset =
    Asset::new("/static/hx-sse.min.js", "text/javascript; charset=utf-8", include_bytes!("../static/hx-sse.min.js"));
/// What makes an open page change by itself, and say whether it does.
pub const LIVE: Asset =
    Asset::new("/static/live.js", "text/javascript; charset=utf-8", include_bytes!("../static/live.js"));
/// What lets a browser be notified of a vendor.
pub const SUBSCRIBE: Asset =
    Asset::new("/static/subscribe.js", "text/javascript; charset=utf-8", include_bytes!("../static/subscribe.js"));
/// What a browser runs when a message comes for it. Its address stays the same, so it is asked for anew.
pub const WORKER: Asset =
    Asset::new("/static/worker.js", "text/javascript; charset=utf-8", include_bytes!("../static/worker.js"));
/// The bell in the browser's tab.
pub const ICON: Asset = Asset::new("/static/icon.svg", "image/svg+xml", include_bytes!("../static/icon.svg"));
/// Everything to serve below `/static/`.
pub const ALL: [Asset; 9] = [CSS, JS, SCHEME, HTMX, HX_SSE, LIVE, SUBSCRIBE, WORKER, ICON];

/// FNV-1a, 64 bits: enough to tell two builds of a file apart, and computable at compile time.
const fn fnv1a(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_follows_the_bytes() {
        // Reference values of FNV-1a.
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
        assert!(CSS.address().starts_with("/static/tocsin.css?v="));
        assert_ne!(CSS.version, JS.version);
    }
}
