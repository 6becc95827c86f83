//! `/channels/new?kind=` and `/channels/{id}`: the settings of one place to tell, and a test of it.

use askama::Template;
use tocsin_domain::Timestamp;
use uuid::Uuid;

use crate::form::{Field, Summary, Wrong};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::moment::{Form, Moment};
use crate::{links, words};

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    /// `None`: it is to be added.
    pub id: Option<Uuid>,
    pub name: String,
    /// Its word and its title.
    pub kind: (String, String),
    pub settings: Vec<Setting>,
    /// Names of the groups that use it.
    pub used_by: Vec<String>,
    /// Its name stays: links in mails that were sent carry it.
    pub name_stays: bool,
    /// Why nothing is sent to it any more.
    pub disabled: Option<String>,
    /// How many messages of the last days it was not told, with the time of the first.
    pub missed: Option<(i64, Timestamp)>,
    /// Settings to which the other side gave a new value: key and value.
    pub moved: Vec<(String, String)>,
    pub declared: bool,
    /// What the receiver of a test message said.
    pub tested: Option<Tested>,
    pub said: Option<String>,
    pub wrong: Vec<Wrong>,
}

/// One key of a kind's settings.
#[derive(Clone, Debug)]
pub struct Setting {
    pub key: String,
    pub required: bool,
    pub secret: bool,
    pub list: bool,
    pub help: String,
    /// As typed; of a stored secret nothing.
    pub value: String,
    /// What is stored, with secrets cut; empty where nothing is.
    pub stored: String,
}

/// What the receiver of a test message said.
#[derive(Clone, Debug)]
pub struct Tested {
    /// It took the message.
    pub delivered: bool,
    /// HTTP status, or the code of a mail server.
    pub status: Option<i64>,
    pub latency_ms: i64,
    /// In its own words, or why there are none.
    pub answer: String,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page::new(facts))
}

#[derive(Template, Debug)]
#[template(path = "pages/channel.html")]
struct Page {
    layout: Layout,
    headline: String,
    action: String,
    id: Option<Uuid>,
    kind: String,
    kind_title: String,
    fields: Vec<Field>,
    stored: Vec<(String, String)>,
    used_by: String,
    disabled: String,
    missed: Option<Missed>,
    moved: Vec<(String, String)>,
    deliveries: String,
    declared: bool,
    tested: Option<Answer>,
    said: Option<String>,
    errors: Option<Summary>,
}

/// What it was not told.
#[derive(Clone, Debug)]
struct Missed {
    count: String,
    first: Moment,
    /// As the form sends it.
    since: String,
}

#[derive(Clone, Debug)]
struct Answer {
    class: &'static str,
    headline: &'static str,
    status: String,
    latency: String,
    /// Whose words they are: the receiver's, or ours where it said nothing.
    said_by: &'static str,
    words: String,
}

impl Page {
    fn new(facts: &Facts) -> Self {
        let (kind, kind_title) = facts.kind.clone();
        let headline = if facts.id.is_some() { facts.name.clone() } else { format!("Add a channel: {kind_title}") };
        let title = if facts.id.is_some() { format!("Channel {headline}") } else { headline.clone() };
        let used_by: Vec<&str> = facts.used_by.iter().map(String::as_str).collect();
        let labels: Vec<(&str, String)> =
            facts.settings.iter().map(|setting| (setting.key.as_str(), label(&setting.key))).collect();
        // The kind has no field here: what is wrong with it stands above the form.
        let mut known = vec![("name", "Name")];
        known.extend(labels.iter().map(|(key, label)| (*key, label.as_str())));
        let hint = if facts.name_stays { "It stays: links in mails that were sent carry it." } else { "" };
        let name = Field::new("name", "Name", "text")
            .value(&facts.name)
            .needed()
            .fixed(facts.name_stays)
            .hint(if facts.id.is_some() { hint } else { "What the team calls it, like #support-alerts." })
            .wrong(&facts.wrong);
        let settings = facts.settings.iter().map(|setting| field(setting, facts.id.is_some(), &facts.wrong));
        Self {
            layout: Layout::new(&facts.chrome, Nav::Channels, None, &title, String::new()),
            action: facts.id.map_or_else(|| "/channels/new".to_owned(), |id| format!("/channels/{id}")),
            id: facts.id,
            fields: std::iter::once(name).chain(settings).collect(),
            stored: facts
                .settings
                .iter()
                .filter(|setting| !setting.stored.is_empty())
                .map(|setting| (label(&setting.key), setting.stored.clone()))
                .collect(),
            used_by: match used_by.as_slice() {
                [] => String::new(),
                [one] => format!("Used by the group {one}."),
                many => format!("Used by the groups {}.", words::names(many, 8)),
            },
            disabled: facts.disabled.clone().unwrap_or_default(),
            missed: facts.missed.map(|(count, since)| Missed {
                count: words::count(usize::try_from(count).unwrap_or(0), "message", "messages"),
                first: Moment::new(since, Form::DayTime, &facts.chrome.zone()),
                since: since.to_string(),
            }),
            moved: facts.moved.iter().map(|(key, value)| (label(key), value.clone())).collect(),
            deliveries: facts
                .id
                .map(|id| links::query("/deliveries", &[("channel", &id.to_string())]))
                .unwrap_or_default(),
            declared: facts.declared,
            tested: facts.tested.as_ref().map(Answer::new),
            said: facts.said.clone(),
            errors: Summary::new(&facts.wrong, &known),
            headline,
            kind,
            kind_title,
        }
    }
}

impl Answer {
    fn new(tested: &Tested) -> Self {
        Self {
            class: if tested.delivered { "ok" } else { "major" },
            headline: if tested.delivered { "The test message arrived" } else { "The test message did not arrive" },
            status: tested.status.map_or_else(|| "none".to_owned(), |status| status.to_string()),
            latency: format!("{} ms", words::grouped(tested.latency_ms)),
            said_by: if tested.status.is_some() { "In the receiver’s own words" } else { "No answer came" },
            words: tested.answer.clone(),
        }
    }
}

fn field(setting: &Setting, exists: bool, wrong: &[Wrong]) -> Field {
    let kind = match (setting.list, setting.key.as_str()) {
        // A text in which line breaks count.
        (true, _) | (false, "template") => "lines",
        (false, key) if key == "url" || key.ends_with("_url") => "url",
        _ => "text",
    };
    let help = words::capitalised(&setting.help);
    // Of a list, what the file would hold is no help here.
    let help = if setting.list { help.split(", like [").next().unwrap_or_default().to_owned() } else { help };
    let kept = exists && setting.secret && !setting.stored.is_empty();
    let hint = match (kept, setting.list) {
        (true, _) => format!("It is {} now. Leave this empty to keep it.", setting.stored),
        (false, true) => format!("{}. One a line.", help.trim_end_matches('.')),
        (false, false) => help,
    };
    let field = Field::new(&setting.key, &label(&setting.key), kind).value(&setting.value).hint(&hint).wrong(wrong);
    if setting.required && !kept { field.needed() } else { field }
}

/// Words of keys that are read letter by letter.
const LETTERS: [&str; 6] = ["api", "arn", "id", "iss", "sms", "url"];

/// `url` → "URL", `routing_key` → "Routing key", `room_id` → "Room ID".
fn label(key: &str) -> String {
    let word = |part: &str| if LETTERS.contains(&part) { part.to_uppercase() } else { part.to_owned() };
    words::capitalised(&key.split('_').map(word).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_said_as_people_write_them() {
        let table = [("url", "URL"), ("routing_key", "Routing key"), ("room_id", "Room ID"), ("api_key", "API key")];
        for (key, said) in table {
            assert_eq!(label(key), said);
        }
    }
}
