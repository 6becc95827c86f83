//! What Instatus sends, as it sends it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::statuspage::Text;

/// A text, or one for each language with `default` among them.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Name<'a> {
    #[serde(borrow)]
    Many(BTreeMap<String, Text<'a>>),
    One(Text<'a>),
}

impl Default for Name<'_> {
    fn default() -> Self {
        Self::One(Text::default())
    }
}

impl Name<'_> {
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::One(text) => text.as_str(),
            Self::Many(texts) => {
                let of = |language: &str| texts.get(language).and_then(Text::as_str);
                of("default").or_else(|| of("en")).or_else(|| texts.values().find_map(Text::as_str))
            }
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Page<'a> {
    #[serde(borrow)]
    pub name: Name<'a>,
    pub url: Text<'a>,
    pub status: Text<'a>,
}

/// An active incident or maintenance; the one has `started`, the other `start` with `duration` (minutes) or `end`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Notice<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub name: Name<'a>,
    pub status: Text<'a>,
    pub impact: Text<'a>,
    pub url: Text<'a>,
    pub started: Text<'a>,
    pub start: Text<'a>,
    pub end: Text<'a>,
    pub duration: Text<'a>,
    pub updated_at: Text<'a>,
    pub resolved: Text<'a>,
    pub components: Option<Vec<Component<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Component<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub name: Name<'a>,
    pub status: Text<'a>,
    pub is_parent: Option<bool>,
    pub archived_at: Text<'a>,
    pub group: Option<Group<'a>>,
    pub children: Option<Vec<Component<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Group<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub name: Name<'a>,
}

/// `summary.json`, taken apart so that one odd element costs only itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Summary<'a> {
    #[serde(borrow)]
    pub page: Option<Page<'a>>,
    #[serde(borrow)]
    pub active_incidents: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub active_maintenances: Option<Vec<&'a RawValue>>,
    /// Only another maker's summary has a `status` beside the page.
    #[serde(borrow)]
    pub status: Option<&'a RawValue>,
}

impl<'a> Summary<'a> {
    /// # Errors
    /// One sentence where it is no such object.
    pub fn read(json: &'a str) -> Result<Self, String> {
        // A list would be taken for the fields in their order.
        if !json.trim_start().starts_with('{') {
            return Err("Not what Instatus sends: no object.".to_owned());
        }
        serde_json::from_str(json).map_err(|error| format!("Not what Instatus sends: {error}."))
    }

    /// Ids of what is active.
    pub fn ids(&self) -> Vec<String> {
        let lists = self.active_incidents.iter().chain(&self.active_maintenances).flatten();
        let read = lists.filter_map(|raw| serde_json::from_str::<Notice<'_>>(raw.get()).ok());
        read.filter_map(|notice| notice.id.option()).collect()
    }
}

/// The `site` that a page carries in itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Site<'a> {
    #[serde(borrow)]
    pub name: Name<'a>,
    pub status: Text<'a>,
    pub main_status: Text<'a>,
    pub custom_domain: Text<'a>,
    pub subdomain: Text<'a>,
    #[serde(borrow)]
    pub components: Option<Vec<&'a RawValue>>,
}

/// `components.json`: a list, or an object around one.
#[must_use]
pub fn components(json: &str) -> Option<Vec<&RawValue>> {
    #[derive(Deserialize)]
    struct Around<'a> {
        #[serde(borrow)]
        components: Vec<&'a RawValue>,
    }
    if json.trim_start().starts_with('[') {
        return serde_json::from_str(json).ok();
    }
    serde_json::from_str::<Around<'_>>(json).ok().map(|around| around.components)
}
