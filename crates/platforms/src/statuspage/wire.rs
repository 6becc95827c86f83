//! What Statuspage's API sends, as it sends it. incident.io speaks the same shape with most of it missing.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A string that is borrowed from the body where it has no escapes. Numbers and booleans are taken as text; anything
/// else as nothing, so that one odd field does not cost the whole page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text<'a>(pub Option<Cow<'a, str>>);

impl Text<'_> {
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }

    pub fn owned(&self) -> String {
        self.as_str().unwrap_or_default().to_owned()
    }

    pub fn option(&self) -> Option<String> {
        self.as_str().map(str::to_owned)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }
    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Borrowed(text))))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(text.to_owned()))))
    }
    fn visit_string<E: de::Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(text))))
    }
    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Text(None))
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(number.to_string()))))
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(number.to_string()))))
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(number.to_string()))))
    }
    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(flag.to_string()))))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<de::IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<de::IgnoredAny, de::IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    }
}

/// `true`, `"true"` and `1` are true; everything else, and absence, is false.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let text = Text::deserialize(deserializer)?;
    Ok(matches!(text.as_str(), Some("true" | "1")))
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Page<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub name: Text<'a>,
    pub url: Text<'a>,
    pub time_zone: Text<'a>,
    pub updated_at: Text<'a>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Status<'a> {
    #[serde(borrow)]
    pub indicator: Text<'a>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Component<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub name: Text<'a>,
    pub status: Text<'a>,
    pub group_id: Text<'a>,
    #[serde(deserialize_with = "flag")]
    pub group: bool,
    #[serde(deserialize_with = "flag")]
    pub only_show_if_degraded: bool,
}

/// An incident or a maintenance: the API makes no difference.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Incident<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub name: Text<'a>,
    pub status: Text<'a>,
    pub impact: Text<'a>,
    pub shortlink: Text<'a>,
    pub created_at: Text<'a>,
    pub started_at: Text<'a>,
    pub updated_at: Text<'a>,
    pub resolved_at: Text<'a>,
    pub scheduled_for: Text<'a>,
    pub scheduled_until: Text<'a>,
    pub postmortem_body: Text<'a>,
    pub postmortem_published_at: Text<'a>,
    pub incident_updates: Option<Vec<Update<'a>>>,
    pub components: Option<Vec<Component<'a>>>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Update<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub status: Text<'a>,
    pub body: Text<'a>,
    pub created_at: Text<'a>,
    pub display_at: Text<'a>,
    pub affected_components: Option<Vec<Affected<'a>>>,
}

/// The component as it was when the update was written.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Affected<'a> {
    #[serde(borrow)]
    pub code: Text<'a>,
    pub name: Text<'a>,
}

/// `summary.json`, `incidents.json`, `scheduled-maintenances.json`, `status.json`: whichever keys are there.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Document<'a> {
    #[serde(borrow)]
    pub page: Option<Page<'a>>,
    pub status: Option<Status<'a>>,
    pub components: Option<Vec<Component<'a>>>,
    pub incidents: Option<Vec<Incident<'a>>>,
    pub scheduled_maintenances: Option<Vec<Incident<'a>>>,
    /// Elements that could not be read, by path. Filled by [`Document::read`] only.
    #[serde(skip)]
    pub unreadable: Vec<(String, String)>,
}

/// The same, taken apart so that one odd element costs only itself.
#[derive(serde::Deserialize)]
struct Loose<'a> {
    #[serde(borrow)]
    page: Option<&'a RawValue>,
    status: Option<&'a RawValue>,
    components: Option<&'a RawValue>,
    incidents: Option<&'a RawValue>,
    scheduled_maintenances: Option<&'a RawValue>,
}

impl<'a> Loose<'a> {
    fn read(json: &'a str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| format!("Not what Statuspage sends: {error}."))
    }
}

/// What proves whose body it is, found without reading the rest.
pub struct Anchor<'a> {
    pub page_id: Text<'a>,
    pub has_indicator: bool,
    /// Incidents or maintenances are listed (perhaps none).
    pub lists: bool,
}

impl<'a> Anchor<'a> {
    /// `None` where it is no JSON object, or names no page.
    pub fn read(json: &'a str) -> Option<Self> {
        let loose = Loose::read(json).ok()?;
        let page: Page<'a> = serde_json::from_str(loose.page?.get()).ok()?;
        let status: Option<Status<'a>> = loose.status.and_then(|raw| serde_json::from_str(raw.get()).ok());
        let is_list = |raw: Option<&RawValue>| raw.is_some_and(|raw| raw.get().starts_with('['));
        Some(Self {
            page_id: page.id,
            has_indicator: status.is_some_and(|status| status.indicator.as_str().is_some()),
            lists: is_list(loose.incidents) || is_list(loose.scheduled_maintenances),
        })
    }
}

impl<'a> Document<'a> {
    /// Reads a body at once where it is well-formed, else element by element.
    ///
    /// # Errors
    /// One sentence where it is no JSON object.
    pub fn read(json: &'a str) -> Result<Self, String> {
        match serde_json::from_str::<Self>(json) {
            Ok(document) => Ok(document),
            Err(error) if error.is_data() => Self::read_loosely(json),
            Err(error) => Err(format!("The JSON is broken: {error}.")),
        }
    }

    /// The same without the components, which are most of a body: for what only incidents tell.
    ///
    /// # Errors
    /// One sentence where it is no JSON object.
    pub fn read_without_components(json: &'a str) -> Result<Self, String> {
        Loose::read(json).map(|loose| Self::of(Loose { components: None, ..loose }))
    }

    fn read_loosely(json: &'a str) -> Result<Self, String> {
        Loose::read(json).map(Self::of)
    }

    fn of(loose: Loose<'a>) -> Self {
        let mut bad = Vec::new();
        Self {
            page: one(loose.page, "page", &mut bad),
            status: one(loose.status, "status", &mut bad),
            components: many(loose.components, "components", &mut bad),
            incidents: many(loose.incidents, "incidents", &mut bad),
            scheduled_maintenances: many(loose.scheduled_maintenances, "scheduled_maintenances", &mut bad),
            unreadable: bad,
        }
    }

    pub fn page_id(&self) -> Option<&str> {
        self.page.as_ref().and_then(|page| page.id.as_str())
    }

    pub fn indicator(&self) -> Option<&str> {
        self.status.as_ref().and_then(|status| status.indicator.as_str())
    }
}

fn one<'a, T: serde::Deserialize<'a>>(
    raw: Option<&'a RawValue>,
    path: &str,
    bad: &mut Vec<(String, String)>,
) -> Option<T> {
    let raw = raw?;
    serde_json::from_str(raw.get()).map_err(|error| bad.push((path.to_owned(), error.to_string()))).ok()
}

fn many<'a, T: serde::Deserialize<'a>>(
    raw: Option<&'a RawValue>,
    path: &str,
    bad: &mut Vec<(String, String)>,
) -> Option<Vec<T>> {
    let elements: Vec<&'a RawValue> = one(raw, path, bad)?;
    let read = |(index, raw): (usize, &'a RawValue)| one(Some(raw), &format!("{path}[{index}]"), bad);
    Some(elements.into_iter().enumerate().filter_map(read).collect())
}
