//! A message that goes to a path of its own: what is stored is the path, the method and the body; where the service is
//! and who we are comes from the settings at each attempt.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tocsin_domain::exchange::Method;
use tocsin_domain::{Ask, HttpAsk};

use crate::{Composed, Part, USER_AGENT};

/// One request to a service, without its host and credential.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Begins with a slash; may hold a query.
    pub(crate) path: String,
    pub(crate) body: Value,
}

impl Call {
    pub(crate) fn post(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::Post, path: path.into(), body }
    }

    pub(crate) fn put(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::Put, path: path.into(), body }
    }

    /// As it is stored.
    pub(crate) fn composed(&self) -> Composed {
        let method = if self.method == Method::Put { "PUT" } else { "POST" };
        crate::json_body(&json!({ "method": method, "path": self.path, "body": self.body }))
    }

    /// The same as an answer to what was composed before it.
    pub(crate) fn reply(&self) -> Composed {
        Composed { part: Part::Reply, ..self.composed() }
    }

    /// What was stored.
    pub(crate) fn stored(composed: &Composed) -> Self {
        let stored: Value = serde_json::from_slice(&composed.body).unwrap_or_default();
        let method = if stored["method"] == "PUT" { Method::Put } else { Method::Post };
        let path = stored["path"].as_str().unwrap_or_default().to_owned();
        Self { method, path, body: stored["body"].clone() }
    }

    /// The request to the service at `base`, with headers beside those that every request of ours has.
    pub(crate) fn ask(&self, base: &str, headers: Vec<(String, String)>) -> Ask {
        request(self.method, format!("{base}{}", self.path), headers, Some(&self.body))
    }
}

/// A request with a JSON body, or without any.
pub(crate) fn request(method: Method, url: String, headers: Vec<(String, String)>, body: Option<&Value>) -> Ask {
    let mut all = vec![("user-agent".to_owned(), USER_AGENT.to_owned())];
    if body.is_some() {
        all.insert(0, ("content-type".to_owned(), "application/json".to_owned()));
    }
    all.extend(headers);
    let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    Ask::Http(HttpAsk { key: "deliver".to_owned(), method, url, headers: all, body })
}

/// `authorization: Bearer …`
pub(crate) fn bearer(token: &str) -> (String, String) {
    ("authorization".to_owned(), format!("Bearer {}", token.trim()))
}

/// `authorization: Basic …`
pub(crate) fn basic(user: &str, password: &str) -> (String, String) {
    ("authorization".to_owned(), format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
}

/// Leaves out what says nothing: nulls and empty texts, at any depth of objects.
pub(crate) fn without_blanks(body: &mut Value) {
    if let Value::Object(map) = body {
        map.values_mut().for_each(without_blanks);
        map.retain(|_, value| !value.is_null() && value.as_str() != Some(""));
    }
}
