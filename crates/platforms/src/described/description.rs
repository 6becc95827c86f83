//! What somebody writes to describe a page: texts alone, as they stand in a configuration or a form.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version of descriptions that this code writes. Older ones are read, newer ones are not.
pub const VERSION: u32 = 1;

/// Where on a page its components, incidents and maintenances stand, and what its words mean. Every text is a JSONPath
/// (for JSON) or a CSS selector with an attribute where one is meant (for HTML); inside a list they are relative to the
/// element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Description {
    pub version: u32,
    /// What must be there, or the page is not the one described.
    pub anchor: String,
    /// Another address that is asked instead of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// IANA name, for times that name no zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// How the page writes its times (`%d.%m.%Y %H:%M`), where nobody else writes them so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overall: Option<Overall>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub components: Option<Components>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incidents: Option<Incidents>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenances: Option<Maintenances>,
    pub words: Words,
}

impl Default for Description {
    fn default() -> Self {
        Self {
            version: VERSION,
            anchor: String::new(),
            from: None,
            time_zone: None,
            time_format: None,
            overall: None,
            components: None,
            incidents: None,
            maintenances: None,
            words: Words::default(),
        }
    }
}

/// The page's own word for how it is as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Overall {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    pub status: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Components {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    pub list: String,
    /// Without one the name is the id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Without one a component is as bad as the incidents that name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Incidents {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// HTML: what holds the list, and is there while the list is empty too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    pub list: String,
    pub id: String,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impact: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub components: Option<String>,
    /// The text of an incident that has no list of updates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The list holds every incident that is open.
    pub all_open: bool,
    /// What the page means by listing no open incident, where it lists neither components nor an overall word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub none_open: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updates: Option<Updates>,
}

impl Default for Incidents {
    fn default() -> Self {
        Self {
            from: None,
            within: None,
            list: String::new(),
            id: String::new(),
            title: String::new(),
            url: None,
            impact: None,
            stage: None,
            started_at: None,
            resolved_at: None,
            components: None,
            body: None,
            all_open: true,
            none_open: None,
            updates: None,
        }
    }
}

/// The updates of an incident or a maintenance, relative to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Updates {
    pub list: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    pub at: String,
    pub body: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Maintenances {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    pub list: String,
    pub id: String,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub components: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updates: Option<Updates>,
}

/// The vendor's words and ours for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Words {
    pub health: BTreeMap<String, String>,
    pub impact: BTreeMap<String, String>,
    pub stage: BTreeMap<String, String>,
}

/// One table of a description and the keys in it, for whoever reads one and wants to name the nearest.
#[derive(Clone, Copy, Debug)]
pub struct Keys {
    /// `incidents.updates`; empty for the top.
    pub table: &'static str,
    /// Empty: any key, a word of the vendor's.
    pub keys: &'static [&'static str],
}

/// Every table. All values are texts but [`FLAGS`].
pub const TABLES: [Keys; 10] = [
    Keys { table: "", keys: &["version", "anchor", "from", "time_zone", "time_format"] },
    Keys { table: "overall", keys: &["from", "status"] },
    Keys { table: "components", keys: &["from", "list", "id", "name", "group", "status"] },
    Keys {
        table: "incidents",
        keys: &[
            "from",
            "within",
            "list",
            "id",
            "title",
            "url",
            "impact",
            "stage",
            "started_at",
            "resolved_at",
            "components",
            "body",
            "all_open",
            "none_open",
        ],
    },
    Keys { table: "incidents.updates", keys: &["list", "id", "stage", "at", "body"] },
    Keys {
        table: "maintenances",
        keys: &["from", "within", "list", "id", "title", "url", "stage", "starts_at", "ends_at", "components", "body"],
    },
    Keys { table: "maintenances.updates", keys: &["list", "id", "stage", "at", "body"] },
    Keys { table: "words.health", keys: &[] },
    Keys { table: "words.impact", keys: &[] },
    Keys { table: "words.stage", keys: &[] },
];

/// Keys that are true or false.
pub const FLAGS: [&str; 1] = ["incidents.all_open"];
/// Keys that are numbers.
pub const NUMBERS: [&str; 1] = ["version"];
