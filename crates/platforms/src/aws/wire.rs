//! What AWS sends, as it sends it.
//!
//! `public/currentevents` is `[event…]`; `historyevents.json` is `{"<service>-<region>": [event…]}` where `status` is
//! the worst an event ever was; the old `data.json` is `{"current": […], "archive": […]}` with the updates as HTML.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::statuspage::Text;

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Event<'a> {
    /// Seconds since 1970, as text.
    #[serde(borrow)]
    pub date: Text<'a>,
    pub arn: Text<'a>,
    pub region_name: Text<'a>,
    /// `"0"` ended, `"1"` to `"3"` ever worse.
    pub status: Text<'a>,
    /// `<service>-<region>`, `multipleservices-<region>`, or a service without a region.
    pub service: Text<'a>,
    pub service_name: Text<'a>,
    pub summary: Text<'a>,
    pub event_log: Option<Vec<Log<'a>>>,
    /// By `<service>-<region>`.
    pub impacted_services: Option<BTreeMap<String, Impacted<'a>>>,
    /// `data.json` only: one `<div>` an update, with a time of day.
    pub description: Text<'a>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Log<'a> {
    #[serde(borrow)]
    pub summary: Text<'a>,
    pub message: Text<'a>,
    pub status: Text<'a>,
    pub timestamp: Text<'a>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Impacted<'a> {
    #[serde(borrow)]
    pub service_name: Text<'a>,
    pub current: Text<'a>,
    pub max: Text<'a>,
}

impl Event<'_> {
    /// An event names its service, says what happened and how bad, and has an ARN or a date.
    pub fn has_anchor(&self) -> bool {
        // Without an ARN, the numbers that others would write as words must be numbers.
        let is_number =
            |text: &Text<'_>| text.as_str().is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let named = self.arn.as_str().is_some_and(|arn| arn.starts_with("arn:"))
            || (is_number(&self.date) && is_number(&self.status));
        named && self.service.as_str().is_some() && self.summary.as_str().is_some() && self.status.as_str().is_some()
    }
}

/// Which list an event stood in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    Current,
    /// Everything that was and is; `status` is the peak.
    History,
    /// Only what is over.
    Archive,
}

/// One document, taken apart so that one odd event costs only itself.
#[derive(Debug, Default)]
pub struct Document<'a> {
    pub events: Vec<(List, Event<'a>)>,
    /// A list of the current events was there, even if an empty one.
    pub has_current: bool,
    pub has_history: bool,
    /// Elements that could not be read, by path.
    pub unreadable: Vec<(String, String)>,
}

impl<'a> Document<'a> {
    /// # Errors
    /// One sentence where the JSON is broken or of another shape.
    pub fn read(json: &'a str) -> Result<Self, String> {
        let mut document = Self::default();
        if json.starts_with('[') {
            let events: Vec<&'a RawValue> = serde_json::from_str(json).map_err(broken)?;
            document.has_current = true;
            document.take("", List::Current, "", &events);
            return Ok(document);
        }
        let lists: BTreeMap<String, &'a RawValue> = serde_json::from_str(json).map_err(broken)?;
        let mut lists_seen = 0;
        for (key, raw) in &lists {
            let Ok(events) = serde_json::from_str::<Vec<&'a RawValue>>(raw.get()) else {
                document.unreadable.push((key.clone(), "It is no list of events.".to_owned()));
                continue;
            };
            lists_seen += 1;
            let list = match key.as_str() {
                "current" => List::Current,
                "archive" => List::Archive,
                _ => List::History,
            };
            document.has_current |= list == List::Current;
            document.has_history |= list != List::Current;
            document.take(key, list, key, &events);
        }
        if lists_seen == 0 { Err("It holds no list of events.".to_owned()) } else { Ok(document) }
    }

    fn take(&mut self, path: &str, list: List, service: &str, events: &[&'a RawValue]) {
        for (index, raw) in events.iter().enumerate() {
            let place = format!("{path}[{index}]");
            match serde_json::from_str::<Event<'a>>(raw.get()) {
                Ok(mut event) => {
                    if event.service.as_str().is_none() && list == List::History {
                        event.service = Text(Some(service.to_owned().into()));
                    }
                    if event.has_anchor() {
                        self.events.push((list, event));
                    } else {
                        self.unreadable.push((place, "It lacks what makes an event.".to_owned()));
                    }
                }
                Err(error) => self.unreadable.push((place, error.to_string())),
            }
        }
    }

    /// True where a list is a list of AWS's events beyond doubt. An empty list could be anybody's.
    pub fn has_anchor(&self) -> bool {
        !self.events.is_empty()
    }

    /// `[]`: nothing is wrong, if it came from the right address.
    pub fn is_empty_list(&self) -> bool {
        self.has_current && self.events.is_empty() && self.unreadable.is_empty()
    }
}

fn broken(error: serde_json::Error) -> String {
    if error.is_data() { format!("Not what AWS sends: {error}.") } else { format!("The JSON is broken: {error}.") }
}
