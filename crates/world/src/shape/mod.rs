//! Pages as the real platforms write them: what is shown becomes bytes, one platform a file. Pure.

mod aws;
mod cachet;
mod feed;
mod html;
mod incidentio;
mod instatus;
mod statuspage;
mod words;
mod xml;

use serde::Deserialize;

use crate::shown::Shown;

/// The software a page is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    Statuspage,
    IncidentIo,
    Instatus,
    Cachet,
    Aws,
    Feed,
}

impl Shape {
    pub const ALL: [Self; 6] =
        [Self::Statuspage, Self::IncidentIo, Self::Instatus, Self::Cachet, Self::Aws, Self::Feed];

    /// The platform's name: `statuspage`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Statuspage => "statuspage",
            Self::IncidentIo => "incidentio",
            Self::Instatus => "instatus",
            Self::Cachet => "cachet",
            Self::Aws => "aws",
            Self::Feed => "feed",
        }
    }
}

/// What a page answers at one of its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
}

impl Body {
    fn json(value: &serde_json::Value) -> Self {
        Self { content_type: "application/json; charset=utf-8", bytes: value.to_string().into_bytes() }
    }

    fn text(content_type: &'static str, text: String) -> Self {
        Self { content_type, bytes: text.into_bytes() }
    }
}

/// What stands below the page's address: the path without a slash before it, and the query without its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    pub path: &'a str,
    pub query: &'a str,
}

impl<'a> Place<'a> {
    /// The value of `key` in the query.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&'a str> {
        self.query.split('&').find_map(|pair| pair.split_once('=').filter(|(name, _)| *name == key)).map(|(_, it)| it)
    }
}

/// What the page holds at a place; `None`: 404.
#[must_use]
pub fn body(shown: &Shown, place: Place<'_>) -> Option<Body> {
    let own = match shown.shape {
        Shape::Statuspage => statuspage::body(shown, place.path),
        Shape::IncidentIo => incidentio::body(shown, place.path),
        Shape::Instatus => instatus::body(shown, place.path),
        Shape::Cachet => cachet::body(shown, place),
        Shape::Aws => aws::body(shown, place.path),
        Shape::Feed => feed::body(shown, place.path),
    };
    let is_notice = ["incidents/", "incident/", "maintenance/"].iter().any(|folder| place.path.starts_with(folder));
    own.or_else(|| (place.path.is_empty() || is_notice).then(|| html::body(shown)))
}
