//! The page itself, as the last resort: components, open incidents and the overall status from its markup.

use scraper::{ElementRef, Html, Selector};
use tocsin_domain::{Component, Health, Page, Problem, Report, Timestamp};

use super::feed;
use super::json::{self, Part};
use crate::kit::html as kit_html;
use crate::kit::timeline::{self, Block};
use crate::kit::words::{self, Phase};
use crate::kit::{decode, report};

/// The marks of a whole Statuspage page, without parsing it.
pub fn recognise(text: &str) -> bool {
    if decode::is_cut_off(text) || kit_html::nests_too_deep(text) {
        return false;
    }
    let parts = text.contains("data-component-id=") && text.contains("data-component-status=");
    let overall = text.contains("class=\"page-status status-") || text.contains("class=\"unresolved-incident ");
    overall && (parts || text.contains("/history.atom"))
}

/// What the page says.
pub fn part(text: &str, now: Timestamp) -> Part {
    let document = Html::parse_document(text);
    let mut part = Part { open: true, ..Part::default() };
    part.page = Page {
        name: first_text(&document, "title")
            .map(|title| title.trim_end_matches(" Status").trim_end_matches(" -").to_owned()),
        ..Page::default()
    };
    part.indicator = indicator(&document, &mut part.problems);
    components(&document, &mut part);
    each(&document, ".unresolved-incident", |index, element| incident(index, element, now, &mut part));
    part
}

fn indicator(document: &Html, problems: &mut Vec<Problem>) -> Option<Health> {
    let mut found = None;
    each(document, ".page-status", |_, element| {
        let word = element.value().classes().find_map(|class| class.strip_prefix("status-"));
        if let (Some(word), None) = (word, found) {
            found = words::indicator_health(word);
            if found.is_none() {
                let detail = format!("`{word}` is no status we know.");
                problems.push(Problem::new("unknown_status", ".page-status", detail));
            }
        }
    });
    found
}

fn components(document: &Html, part: &mut Part) {
    let mut seen = std::collections::HashSet::new();
    each(document, "[data-component-id][data-component-status]", |index, element| {
        let value = element.value();
        let (Some(id), Some(word)) = (value.attr("data-component-id"), value.attr("data-component-status")) else {
            return;
        };
        if value.attr("data-js-hook") == Some("component-group-opener") || !seen.insert(id.to_owned()) {
            return;
        }
        let health = words::component_health(word);
        if health.is_none() {
            let place = format!("[data-component-id][{index}]");
            part.problems.push(Problem::new("unknown_status", place, format!("`{word}` is no status we know.")));
        }
        let name = name_of(element);
        part.components.push(Component {
            id: id.to_owned(),
            name: if name.is_empty() { id.to_owned() } else { name },
            group: group_of(element),
            health: health.unwrap_or_default(),
            hidden_while_operational: false,
        });
    });
}

fn name_of(element: ElementRef<'_>) -> String {
    select(element, ".name").first().map(|name| words_of(*name)).unwrap_or_default()
}

/// The group's name stands in the opener of the container around a child.
fn group_of(element: ElementRef<'_>) -> Vec<String> {
    let around = element
        .ancestors()
        .filter_map(ElementRef::wrap)
        .take(6)
        .find(|one| one.value().classes().any(|class| class == "is-group"));
    let opener = around.and_then(|group| select(group, "[data-js-hook=component-group-opener]").first().copied());
    opener.map(name_of).filter(|name| !name.is_empty()).into_iter().collect()
}

fn incident(index: usize, element: ElementRef<'_>, now: Timestamp, part: &mut Part) {
    let Some(title) = select(element, ".actual-title").first().copied() else { return };
    let href = title.value().attr("href");
    let Some(id) = href.and_then(json::incident_in) else {
        part.problems.push(Problem::new(
            "bad_shape",
            format!(".unresolved-incident[{index}]"),
            "It links to no incident.",
        ));
        part.doubtful = true;
        return;
    };
    let impact = element.value().classes().find_map(|class| class.strip_prefix("impact-")).and_then(words::impact);
    let blocks: Vec<Block> = select(element, ".update").into_iter().filter_map(|update| block(update, now)).collect();
    let updates = feed::updates(&blocks, |phase| match phase {
        Phase::Incident(stage) => Some(stage),
        Phase::Work(_) | Phase::Same => None,
    });
    // The page lists it among the unresolved ones: whatever its words, it is not over.
    let stage = report::last_stage(&updates).filter(|stage| !stage.is_terminal());
    let mut report = Report {
        id: id.to_owned(),
        title: words_of(title),
        url: href.filter(|href| href.starts_with("http")).map(str::to_owned),
        impact,
        stage,
        started_at: None,
        resolved_at: None,
        components: Vec::new(),
        updates,
    };
    report::settle(&mut report);
    part.incidents.push(report);
}

/// On the page the phase stands first and the date last; the timeline's reader wants it the other way round.
fn block(update: ElementRef<'_>, now: Timestamp) -> Option<Block> {
    let inner = update.inner_html();
    let at = inner.find("<small>")?;
    let (text, date) = inner.split_at(at);
    timeline::blocks_until(&format!("{date}{}", text.trim()), now.to_jiff()).into_iter().next()
}

fn each<'a>(document: &'a Html, selector: &str, mut with: impl FnMut(usize, ElementRef<'a>)) {
    if let Ok(selector) = Selector::parse(selector) {
        for (index, element) in document.select(&selector).enumerate() {
            with(index, element);
        }
    }
}

fn select<'a>(element: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    Selector::parse(selector).map(|selector| element.select(&selector).collect()).unwrap_or_default()
}

fn first_text(document: &Html, selector: &str) -> Option<String> {
    let mut text = None;
    each(document, selector, |_, element| {
        text.get_or_insert_with(|| words_of(element));
    });
    text.filter(|text| !text.is_empty())
}

fn words_of(element: ElementRef<'_>) -> String {
    kit_html::to_text(&element.text().collect::<Vec<_>>().join(" ").replace('<', "&lt;"))
}
