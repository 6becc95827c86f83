//! `/channels`: where messages go; and `/channels/new`: what kinds of places there are.

use askama::Template;
use uuid::Uuid;

use crate::layout::{Chrome, Layout, Nav, finish};
use crate::monitors::Gone;
use crate::origin::Origin;
use crate::words;

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    /// In the order to show them.
    pub channels: Vec<Channel>,
    /// What was deleted just now, and can come back.
    pub gone: Option<Gone>,
    /// Why something was not done.
    pub refused: Option<String>,
}

/// One channel.
#[derive(Clone, Debug)]
pub struct Channel {
    pub id: Uuid,
    pub name: String,
    /// For people: "Microsoft Teams".
    pub kind: String,
    /// Where its messages go, with secrets cut.
    pub place: String,
    /// Names of the groups that use it.
    pub groups: Vec<String>,
    /// Why nothing is sent to it any more.
    pub disabled: Option<String>,
    pub declared: bool,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::Channels, None, "Channels", String::new()),
        rows: facts.channels.iter().map(Row::new).collect(),
        origin: Origin::of(facts.channels.iter().map(|channel| channel.declared)),
        gone: facts.gone.clone(),
        refused: facts.refused.clone(),
    })
}

#[derive(Template, Debug)]
#[template(path = "pages/channels.html")]
struct Page {
    layout: Layout,
    rows: Vec<Row>,
    origin: Origin,
    gone: Option<Gone>,
    refused: Option<String>,
}

#[derive(Clone, Debug)]
struct Row {
    id: Uuid,
    name: String,
    kind: String,
    place: String,
    groups: String,
    disabled: bool,
    declared: bool,
}

impl Row {
    fn new(channel: &Channel) -> Self {
        let groups: Vec<&str> = channel.groups.iter().map(String::as_str).collect();
        Self {
            id: channel.id,
            name: channel.name.clone(),
            kind: channel.kind.clone(),
            place: channel.place.clone(),
            groups: words::names(&groups, 3),
            disabled: channel.disabled.is_some(),
            declared: channel.declared,
        }
    }
}

/// What the page of kinds is made of.
#[derive(Clone, Debug)]
pub struct Kinds {
    pub chrome: Chrome,
    /// What was searched for.
    pub query: String,
    /// In the order to show them; those that do not fit the query are left out.
    pub families: Vec<Family>,
    /// How many kinds there are in all.
    pub total: usize,
}

/// Kinds of one sort.
#[derive(Clone, Debug)]
pub struct Family {
    pub title: String,
    /// One sentence: what they are good for.
    pub about: String,
    pub kinds: Vec<Kind>,
}

/// One kind of channel.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Its word in files and addresses.
    pub name: String,
    pub title: String,
    /// What it needs before anything else.
    pub needs: String,
}

/// The page of kinds as HTML.
#[must_use]
pub fn render_kinds(facts: &Kinds) -> String {
    finish(&KindsPage {
        layout: Layout::new(&facts.chrome, Nav::Channels, None, "Add a channel", String::new()),
        families: facts.families.iter().filter(|family| !family.kinds.is_empty()).cloned().collect(),
        searchable: facts.total > FEW,
        query: facts.query.clone(),
    })
}

/// So many kinds are looked through at a glance.
const FEW: usize = 8;

#[derive(Template, Debug)]
#[template(path = "pages/channel_kinds.html")]
struct KindsPage {
    layout: Layout,
    families: Vec<Family>,
    searchable: bool,
    query: String,
}
