//! The page itself, for a person who follows a link: plain for every platform, with Statuspage's marks where it is one.

use super::xml::escaped;
use super::{Body, Shape, words};
use crate::shown::{Shown, ShownIncident};

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
    let open: String = shown.incidents.iter().filter(|one| one.is_open()).map(incident).collect();
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{name} Status</title>{alternate}</head><body>\
         <p>A simulated page: {name} does not exist.</p><div class=\"page-status status-{indicator}\"><span class=\"status\">\
         {description}</span></div>{open}<div class=\"components-section\">{parts}</div></body></html>"
    );
    Body::text("text/html; charset=utf-8", text)
}

fn part(shown: &Shown, place: usize) -> String {
    let Some(part) = shown.parts.get(place) else { return String::new() };
    let id = super::statuspage::part_id(shown, place);
    let marks = match shown.shape {
        Shape::Statuspage => {
            format!(" data-component-id=\"{id}\" data-component-status=\"{}\"", words::component(part.health))
        }
        _ => String::new(),
    };
    let (name, health) = (escaped(&part.name), part.health.label());
    format!(
        "<div class=\"component-inner-container\"{marks}><span class=\"name\">{name}</span> \
         <span class=\"component-status\">{health}</span></div>"
    )
}

fn incident(incident: &ShownIncident) -> String {
    format!(
        "<div class=\"unresolved-incident impact-{}\"><h2>{}</h2>{}</div>",
        incident.impact.word(),
        escaped(&incident.title),
        super::xml::incident_blocks(incident)
    )
}
