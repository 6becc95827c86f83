//! Addresses: which of a vendor's we let through, and how ours are written.

/// A vendor's address if a browser may follow it: http or https only.
pub(crate) fn outward(address: &str) -> Option<String> {
    let address = address.trim();
    let lower = address.get(..8).unwrap_or(address).to_ascii_lowercase();
    let web = lower.starts_with("https://") || lower.starts_with("http://");
    (web && !address.contains(|letter: char| letter.is_control() || letter.is_whitespace())).then(|| address.to_owned())
}

/// The part a reader recognises: host and path without scheme or trailing slash.
pub(crate) fn short(address: &str) -> String {
    let bare = address.split_once("://").map_or(address, |(_, rest)| rest);
    bare.strip_prefix("www.").unwrap_or(bare).trim_end_matches('/').to_owned()
}

pub(crate) fn provider(slug: &str) -> String {
    format!("/providers/{}", encoded(slug))
}

/// A board, with the key that opens it; empty: none.
pub(crate) fn board(slug: &str, rest: &str, key: &str) -> String {
    query(&format!("/boards/{}{rest}", encoded(slug)), &[("key", key)])
}

pub(crate) fn incident(id: impl std::fmt::Display) -> String {
    format!("/incidents/{id}")
}

pub(crate) fn delivery(id: &str) -> String {
    format!("/deliveries/{}", encoded(id))
}

/// `path?a=b&c=d`; pairs without a value are left out.
pub(crate) fn query(path: &str, pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_is_linked() {
        assert_eq!(outward(" https://status.example.com/a "), Some("https://status.example.com/a".to_owned()));
        assert_eq!(outward("HTTP://example.com"), Some("HTTP://example.com".to_owned()));
        for bad in ["javascript:alert(1)", "data:text/html,x", "//example.com", "", "https://a b", "é", "mailto:a@b"] {
            assert_eq!(outward(bad), None, "{bad}");
        }
        assert_eq!(short("https://www.example.com/status/"), "example.com/status");
    }

    #[test]
    fn our_own_addresses_are_encoded() {
        assert_eq!(provider("a/b?c"), "/providers/a%2Fb%3Fc");
        assert_eq!(
            query("/", &[("q", "a&b é"), ("page", ""), ("health", "unknown")]),
            "/?q=a%26b%20%C3%A9&health=unknown"
        );
        assert_eq!(query("/", &[("q", "")]), "/");
    }
}
