//! The page itself, for a person who follows a link: plain for every platform, with Statuspage's marks where it is one.

use super::xml::escaped;
use super::{Body, Shape, words};
use crate::shown::{Shown, ShownIncident};

/// So many incidents that are over are shown.
const PAST: usize = 20;

pub fn body(shown: &Shown) -> Body {
    let (indicator, description) = words::indicator(shown.health());
    let name = escaped(&shown.name);
    let feed = match shown.shape {
        Shape::Statuspage | Shape::Instatus => "history.atom",
        Shape::IncidentIo => "feed.atom",
        Shape::Feed => "incidents.rss",
        Shape::Aws => "rss/all.rss",
        Shape::Cachet => "",
    };
    let kind = if feed.ends_with("atom") { "atom" } else { "rss" };
    let alternate = match feed {
        "" => String::new(),
        feed => {
            format!("<link rel=\"alternate\" type=\"application/{kind}+xml\" href=\"{}/{feed}\">", escaped(&shown.base))
        }
    };
    let parts: String = (0..shown.parts.len()).map(|place| part(shown, place)).collect();
    let open: String = shown.incidents.iter().filter(|one| one.is_open()).map(|one| incident(shown, one)).collect();
    let past: String = shown.incidents.iter().filter(|one| !one.is_open()).take(PAST).map(over).collect();
    let overall = mark(shown, &format!("page-status status-{indicator}"));
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{name} Status</title>{alternate}</head><body><h1>{name} Status</h1>\
         <p>A simulated page: {name} does not exist.</p><div{overall}>{description}</div>{open}{parts}<h2>Past incidents</h2>{past}</body></html>"
    );
    Body::text("text/html; charset=utf-8", text)
}

fn over(incident: &ShownIncident) -> String {
    format!("<div><h3>{}</h3>{}</div>", escaped(&incident.title), super::xml::incident_blocks(incident))
}

/// The classes by which Statuspage's pages are known are on Statuspage's pages alone.
fn mark(shown: &Shown, class: &str) -> String {
    if shown.shape == Shape::Statuspage { format!(" class=\"{class}\"") } else { String::new() }
}

fn part(shown: &Shown, place: usize) -> String {
    let Some(part) = shown.parts.get(place) else { return String::new() };
    let (name, health) = (escaped(&part.name), part.health.label());
    let marks = match shown.shape {
        Shape::Statuspage => {
            let id = super::statuspage::part_id(shown, place);
            let word = words::component(part.health);
            format!(" class=\"component-inner-container\" data-component-id=\"{id}\" data-component-status=\"{word}\"")
        }
        _ => String::new(),
    };
    format!("<div{marks}><span class=\"name\">{name}</span> <span class=\"component-status\">{health}</span></div>")
}

fn incident(shown: &Shown, incident: &ShownIncident) -> String {
    let marks = mark(shown, &format!("unresolved-incident impact-{}", incident.impact.word()));
    format!("<div{marks}><h2>{}</h2>{}</div>", escaped(&incident.title), super::xml::incident_blocks(incident))
}
