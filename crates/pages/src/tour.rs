//! A tour of the simulated world: few stops, each with what there is to see.

use askama::Template;

use crate::layout::{Chrome, Layout, Nav, finish};

/// What the tour shows.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    /// One without a link is left out.
    pub stops: Vec<Stop>,
}

/// One thing to look at.
#[derive(Clone, Debug)]
pub struct Stop {
    pub headline: String,
    pub text: String,
    pub links: Vec<Link>,
}

/// Where it is.
#[derive(Clone, Debug)]
pub struct Link {
    pub text: String,
    pub href: String,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let description = "What to look at in the simulated world.".to_owned();
    let stops = facts.stops.iter().filter(|stop| !stop.links.is_empty()).cloned().collect();
    finish(&Page { layout: Layout::new(&facts.chrome, Nav::None, None, "Tour", description), stops })
}

#[derive(Template, Debug)]
#[template(path = "pages/tour.html")]
struct Page {
    layout: Layout,
    stops: Vec<Stop>,
}
