//! What surrounds every page.

use askama::Template;

use crate::assets;

/// Facts about this instance that every page shows.
#[derive(Clone, Debug, Default)]
pub struct Chrome {
    /// Public address of this instance, without a trailing slash.
    pub base_url: String,
    /// Version of the product, e.g. `0.1.0`.
    pub version: String,
    /// The vendors on view are made up: say so at the top of each page.
    pub simulated: bool,
    /// Name of whoever is signed in.
    pub signed_in: Option<String>,
}

/// Which entry of the navigation is the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nav {
    Now,
    Providers,
    Monitors,
    Groups,
    Channels,
    Settings,
    None,
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
    pub(crate) simulated: bool,
    pub(crate) search: String,
    pub(crate) css: String,
    pub(crate) forms: String,
    pub(crate) signed_in: Option<String>,
    pub(crate) js: String,
    pub(crate) icon: String,
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
            simulated: chrome.simulated,
            search: String::new(),
            css: assets::CSS.address(),
            forms: assets::FORMS.address(),
            signed_in: chrome.signed_in.clone(),
            js: assets::JS.address(),
            icon: assets::ICON.address(),
            nav,
        }
    }

    pub(crate) fn is_now(&self) -> bool {
        self.nav == Nav::Now
    }

    pub(crate) fn is_providers(&self) -> bool {
        self.nav == Nav::Providers
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
