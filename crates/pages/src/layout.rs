//! What surrounds every page.

use askama::Template;
use jiff::tz::TimeZone;
use tocsin_domain::Timestamp;

use crate::{assets, words};

/// Facts about this instance that every page shows.
#[derive(Clone, Debug, Default)]
pub struct Chrome {
    /// Public address of this instance, without a trailing slash.
    pub base_url: String,
    /// Version of the product, e.g. `0.1.0`.
    pub version: String,
    /// The vendors on view are made up: say so at the top of each page.
    pub simulated: Option<Simulated>,
    /// Name of whoever is signed in.
    pub signed_in: Option<String>,
    /// Without script, a page that is live where there is script is loaded again every minute. Only for who wants that:
    /// whoever listens to a page, or reads slowly, would be thrown back to its beginning.
    pub follows: bool,
    /// The team's (an IANA name; UTC where it is none): times are written in it, and its midnights part the days.
    pub time_zone: String,
}

impl Chrome {
    pub(crate) fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }
}

/// The world in which nothing is real.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// Address of the page that shows what arrived.
    pub arrived: String,
}

/// Which entry of the navigation is the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nav {
    Now,
    Providers,
    Calendar,
    Boards,
    Deliveries,
    Monitors,
    Groups,
    Channels,
    Settings,
    None,
}

/// Addresses of the files that every page asks for.
#[derive(Clone, Debug)]
pub(crate) struct Assets {
    pub(crate) css: String,
    pub(crate) js: String,
    pub(crate) scheme: String,
    pub(crate) live: [String; 3],
    pub(crate) icon: String,
}

impl Default for Assets {
    fn default() -> Self {
        Self {
            css: assets::CSS.address(),
            js: assets::JS.address(),
            scheme: assets::SCHEME.address(),
            live: [assets::HTMX.address(), assets::HX_SSE.address(), assets::LIVE.address()],
            icon: assets::ICON.address(),
        }
    }
}

/// Finished strings for `templates/layout.html`.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) title: String,
    pub(crate) description: String,
    /// Absolute; `None` keeps the page out of search engines.
    pub(crate) canonical: Option<String>,
    /// `website` or `article`.
    pub(crate) kind: &'static str,
    /// Title for link previews.
    pub(crate) preview: String,
    pub(crate) version: String,
    pub(crate) simulated: Option<Simulated>,
    pub(crate) search: String,
    /// Where the changes of this page are streamed; empty for a page that stands still.
    pub(crate) live: String,
    /// Without script, a live page is loaded again every minute.
    pub(crate) follows: bool,
    /// When a live page was made: ages count on from here.
    pub(crate) now: i64,
    /// The zone in which times are written where no script translates them (an IANA name).
    pub(crate) zone: String,
    /// The same for people: `New York time`.
    pub(crate) zone_name: String,
    pub(crate) assets: Assets,
    pub(crate) signed_in: Option<String>,
    /// It has no business in search engines, though links to it may be shared.
    pub(crate) unlisted: bool,
    /// Without the way to other pages: for whoever was shown this one alone.
    pub(crate) bare: bool,
    /// It hangs on a wall: nothing but what it says.
    pub(crate) wall: bool,
    nav: Nav,
}

impl Layout {
    /// `path` is this page's own address, e.g. `/providers/kustomer`; `None` for pages that have none to be found at.
    pub(crate) fn new(chrome: &Chrome, nav: Nav, path: Option<&str>, title: &str, description: String) -> Self {
        Self {
            title: format!("{title} · Tocsin"),
            description,
            canonical: path.map(|path| format!("{}{path}", chrome.base_url.trim_end_matches('/'))),
            kind: "website",
            preview: title.to_owned(),
            version: chrome.version.clone(),
            simulated: chrome.simulated.clone(),
            search: String::new(),
            live: String::new(),
            follows: chrome.follows,
            now: 0,
            zone: chrome.zone().iana_name().unwrap_or("UTC").to_owned(),
            zone_name: words::zone(&chrome.zone()),
            assets: Assets::default(),
            signed_in: chrome.signed_in.clone(),
            unlisted: false,
            bare: false,
            wall: false,
            nav,
        }
    }

    /// This page, made `now`, changes while it is open; `address` streams how.
    pub(crate) fn live(mut self, address: String, now: Timestamp) -> Self {
        self.live = address;
        self.now = now.as_second();
        self
    }

    pub(crate) fn is_now(&self) -> bool {
        self.nav == Nav::Now
    }

    pub(crate) fn is_providers(&self) -> bool {
        self.nav == Nav::Providers
    }

    pub(crate) fn is_calendar(&self) -> bool {
        self.nav == Nav::Calendar
    }

    pub(crate) fn is_boards(&self) -> bool {
        self.nav == Nav::Boards
    }

    pub(crate) fn is_deliveries(&self) -> bool {
        self.nav == Nav::Deliveries
    }

    /// Where things are set up: address, words, and whether it is the current page.
    pub(crate) fn set_up(&self) -> [(&'static str, &'static str, bool); 4] {
        let entry = |address, words, nav| (address, words, self.nav == nav);
        [
            entry("/monitors", "Monitors", Nav::Monitors),
            entry("/groups", "Groups", Nav::Groups),
            entry("/channels", "Channels", Nav::Channels),
            entry("/settings", "Settings", Nav::Settings),
        ]
    }
}

/// Writes a page. Compiled templates fail only where a value's own formatting fails; should that ever happen, the
/// reader is told so instead of being shown half a page.
pub(crate) fn finish(page: &impl Template) -> String {
    page.render().unwrap_or_else(|error| {
        format!("<!doctype html><html lang=\"en\"><title>Tocsin</title><p>This page could not be written: {error}.</p></html>")
    })
}
