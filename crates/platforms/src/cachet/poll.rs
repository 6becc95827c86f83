//! How an installation is asked: the first page of every list, then the pages that are left. One that has none of them
//! where versions 1 and 2 keep theirs is asked as a version 3, and remembered as one.

use tocsin_domain::{HttpAsk, Timestamp};

use super::v3;
use super::wire::{Document, Surface};
use crate::kit::answers::{self, Why, Worth, unreadable};
use crate::kit::decode;
use crate::{Answered, Done, Memory, PageAddress, Payload, Reader, Turn};

/// Key, path below `api/v1/`, and which list it is. The first and the third make a page worth reading.
pub const LISTS: [(&str, &str, Surface); 4] = [
    ("components", "components", Surface::Components),
    ("groups", "components/groups", Surface::Groups),
    ("incidents", "incidents", Surface::Incidents),
    ("schedules", "schedules", Surface::Schedules),
];
/// No list is read further than this.
pub const MOST_PAGES: usize = 10;
/// Of the incidents (newest first) only so many pages are asked for: what is open stands there.
const MOST_INCIDENT_PAGES: usize = 2;

/// What is remembered of the version.
const API: &str = "api";

/// Where the lists of an installation are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Api {
    Before3,
    Since3,
}

impl Api {
    fn of(memory: &Memory) -> Self {
        if memory.text(API) == Some("3") { Self::Since3 } else { Self::Before3 }
    }

    fn other(self) -> Self {
        match self {
            Self::Before3 => Self::Since3,
            Self::Since3 => Self::Before3,
        }
    }

    /// What its addresses begin with, below the page.
    fn base(self) -> &'static str {
        match self {
            Self::Before3 => "api/v1/",
            Self::Since3 => "api/",
        }
    }

    fn was_asked(self, page: &PageAddress, answers: &[Answered]) -> bool {
        let url = page.below(&format!("{}components", self.base()));
        answers.iter().any(|answered| answered.ask.url.starts_with(&url))
    }

    /// Whose answers count: the first one's, until nothing of it was there.
    fn in_use(page: &PageAddress, memory: &Memory, answers: &[Answered]) -> Self {
        let first = Self::of(memory);
        if first.other().was_asked(page, answers) { first.other() } else { first }
    }
}

pub fn begin(page: &PageAddress, memory: &Memory) -> Vec<HttpAsk> {
    let api = Api::of(memory);
    let mut asks: Vec<HttpAsk> = LISTS.iter().map(|(key, path, _)| ask(page, api, key, path, 1)).collect();
    // A change on a later page shows only there.
    for (key, path, _) in LISTS {
        let known = memory.0.get(key).and_then(serde_json::Value::as_u64).and_then(|pages| usize::try_from(pages).ok());
        asks.extend((2..=known.unwrap_or(1).min(MOST_PAGES)).map(|number| ask(page, api, key, path, number)));
    }
    asks
}

fn ask(page: &PageAddress, api: Api, key: &str, path: &str, number: usize) -> HttpAsk {
    let path = if api == Api::Since3 && key == "groups" { "component-groups" } else { path };
    let mut url = page.below(&format!("{}{path}", api.base()));
    url.push(if url.contains('?') { '&' } else { '?' });
    url.push_str("per_page=100");
    url.push_str(match (api, key) {
        (Api::Before3, "incidents") => "&sort=id&order=desc",
        (Api::Since3, "components") => "&include=group",
        (Api::Since3, "incidents") => "&sort=-id&include=components,updates",
        (Api::Since3, "schedules") => "&include=components,updates",
        _ => "",
    });
    if number == 1 {
        return HttpAsk::get(key, url);
    }
    HttpAsk::get(format!("{key}.{number}"), format!("{url}&page={number}"))
}

pub fn next(reader: &dyn Reader, page: &PageAddress, memory: &Memory, answers: &[Answered], now: Timestamp) -> Turn {
    let api = Api::in_use(page, memory, answers);
    let worth = |key: &str| answers::worth(reader, answers, key);
    match (worth("components"), worth("incidents")) {
        (None, None) => return unreadable("unreachable", Why::plain("Nothing was answered."), memory),
        (Some(Worth::Trouble(why)), _) | (_, Some(Worth::Trouble(why))) => {
            return unreadable("unreachable", why, memory);
        }
        (Some(Worth::Absent(why)), Some(Worth::Absent(_)) | None) => {
            if api != Api::of(memory) {
                return unreadable("not_recognised", why, memory);
            }
            let asks = LISTS.iter().map(|(key, path, _)| ask(page, api.other(), key, path, 1)).collect();
            return Turn::More { asks, fresh: true };
        }
        _ => {}
    }
    let withheld = answers::withheld(answers);
    if !withheld.is_empty() {
        let bodies = answers::payloads(answers);
        if memory.text("surface").is_some() && bodies.iter().all(|payload| reader.recognise(payload).is_none()) {
            return Turn::Done { done: Done::Unchanged, memory: memory.clone() };
        }
        if withheld.iter().any(|ask| answers::times_asked(answers, &ask.key) > 1) {
            return unreadable(
                "not_modified",
                Why::plain("The page says that nothing changed, but not what it was."),
                memory,
            );
        }
        return Turn::More { asks: withheld, fresh: true };
    }
    let mut payloads = answers::payloads(answers);
    payloads.retain(|payload| reader.recognise(payload).is_some());
    let mut memory = memory.clone();
    let missing = missing_pages(page, api, &payloads, answers, &mut memory);
    if !missing.is_empty() {
        return Turn::More { asks: missing, fresh: true };
    }
    memory.set("surface", "json");
    if api == Api::Since3 {
        memory.set(API, "3");
    } else {
        memory.0.remove(API);
    }
    Turn::Done { done: Done::Read(Box::new(reader.read(&payloads, now))), memory }
}

/// Pages that those read so far speak of and nobody has asked for.
fn missing_pages(
    page: &PageAddress,
    api: Api,
    payloads: &[Payload],
    answers: &[Answered],
    memory: &mut Memory,
) -> Vec<HttpAsk> {
    let mut missing = Vec::new();
    for (key, path, surface) in LISTS {
        let of_list = payloads.iter().filter(|payload| payload.key.split('.').next() == Some(key));
        let Some(pages) = of_list.map(pages_of).max() else { continue };
        let most = if surface == Surface::Incidents { MOST_INCIDENT_PAGES } else { MOST_PAGES };
        let pages = pages.min(most);
        memory.set(key, pages);
        let asked = |number: &usize| answers::latest(answers, &format!("{key}.{number}")).is_some();
        missing.extend((2..=pages).filter(|number| !asked(number)).map(|number| ask(page, api, key, path, number)));
    }
    missing
}

/// How many pages there are, as one of them says.
fn pages_of(payload: &Payload) -> usize {
    let text = decode::text(payload);
    let pages = decode::json(&text).and_then(|json| Document::read(&v3::as_before(json)).ok()?.pages());
    pages.unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use tocsin_domain::{Answer, HttpAnswer};
    use url::Url;

    use super::*;

    const LIST: &str = r#"{"data": [{"id": "1", "type": "components", "attributes": {"id": 1, "name": "Quay",
        "status": {"human": "Operational", "value": 1}, "enabled": true, "created": {"human": "", "string": null}}}],
        "links": {"next": NEXT}, "meta": {"current_page": PAGE, "path": "https://s.example/api/components"}}"#;

    fn answered(ask: &HttpAsk) -> Answered {
        let (status, body) = if !ask.url.contains("/api/components") {
            (404, "{}".to_owned())
        } else if ask.url.contains("page=2") {
            (200, LIST.replace("PAGE", "2").replace("NEXT", "null"))
        } else {
            (200, LIST.replace("PAGE", "1").replace("NEXT", "\"https://s.example/api/components?page=2\""))
        };
        let http = HttpAnswer { status, headers: Vec::new(), body: body.into_bytes(), url: ask.url.clone() };
        Answered { ask: ask.clone(), answer: Answer::Http(http) }
    }

    /// All addresses that were asked, and what was remembered at the end.
    fn polled(memory: &Memory) -> (Vec<String>, Memory) {
        let page = PageAddress { url: Url::parse("https://s.example/").expect("an address") };
        let now = Timestamp::from_second(1_800_000_000);
        let mut answers: Vec<Answered> = begin(&page, memory).iter().map(answered).collect();
        for _ in 0..4 {
            match next(&super::super::READER, &page, memory, &answers, now) {
                Turn::More { asks, .. } => answers.extend(asks.iter().map(answered)),
                Turn::Done { done, memory } => {
                    assert!(matches!(done, Done::Read(_)), "{done:?}");
                    return (answers.into_iter().map(|one| one.ask.url).collect(), memory);
                }
            }
        }
        panic!("it never ends");
    }

    #[test]
    fn version_3_is_found_and_remembered() {
        let (asked, memory) = polled(&Memory::default());
        let found = ["api/v1/components?per_page=100", "api/components?per_page=100&include=group"];
        assert_eq!([&asked[0][18..], &asked[4][18..]], found);
        assert!(asked[8].ends_with("&include=group&page=2"), "{asked:?}");
        assert_eq!((asked.len(), memory.text(API)), (9, Some("3")));
        let (asked, memory) = polled(&memory);
        assert!(asked.iter().all(|url| !url.contains("/v1/")), "{asked:?}");
        assert_eq!((asked.len(), memory.text(API)), (5, Some("3")));
    }
}
