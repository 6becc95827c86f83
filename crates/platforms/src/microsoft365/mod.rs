//! Microsoft 365 by two kinds of page: the public posts (`https://status.cloud.microsoft/`) and, with a token of the
//! user's own tenant, Microsoft Graph's service health (`https://graph.microsoft.com/`).
//!
//! Graph is documented by the vendor; the public posts are known from six public clients. No capture was seen of either.
//! Oddities: the public posts say how the admin centers and the consumers' services are, and nothing of a tenant; a post
//! is there when all is well too; its `LastUpdatedTime` is the time of the answer; Graph's words come with a small or a
//! capital first letter; it lists issues for months after their end, and advisories stay open for weeks.

mod graph;
mod posts;

use tocsin_domain::{HttpAsk, Timestamp};

use crate::kit::sheet::Sheet;
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Microsoft365 = Microsoft365;

pub(crate) struct Microsoft365;

impl Simple for Microsoft365 {
    fn name(&self) -> &'static str {
        "microsoft365"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, now: Timestamp) -> Vec<HttpAsk> {
        if graph::is_at(page) { graph::asks(page, now) } else { posts::asks(page) }
    }

    /// The same keys on both kinds of page: how the services are, and what is told of them.
    fn needs(&self) -> &'static [&'static str] {
        &["services", "notices"]
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let json = body.json()?;
        graph::recognise(json).or_else(|| posts::recognise(payload, json))
    }

    fn read(&self, payload: &Payload, body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        if graph::recognise(json).is_some() {
            graph::read(payload, json, sheet);
        } else {
            posts::read(payload, json, sheet);
        }
    }

    fn more(
        &self,
        page: &PageAddress,
        _memory: &mut Memory,
        bodies: &[(Payload, Body<'_>)],
        _now: Timestamp,
    ) -> Vec<HttpAsk> {
        if graph::is_at(page) { graph::more(bodies) } else { Vec::new() }
    }

    fn finish(&self, sheet: &mut Sheet, _now: Timestamp) {
        graph::name_services(sheet);
        posts::finish(sheet);
    }

    fn hosts(&self) -> &'static [&'static str] {
        &[
            "status.cloud.microsoft",
            "status.office365.com",
            "graph.microsoft.com",
            "graph.microsoft.us",
            "dod-graph.microsoft.us",
        ]
    }
}

/// `ServiceDegradation`, `serviceDegradation` and `Service degradation` are one word.
fn plain(word: &str) -> String {
    word.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(page: &str) -> Vec<String> {
        let page = PageAddress { url: page.parse().unwrap() };
        let now = "2026-03-03T10:00:00Z".parse().unwrap();
        READER.asks(&page, &Memory::default(), now).into_iter().map(|ask| format!("{} {}", ask.key, ask.url)).collect()
    }

    #[test]
    fn each_kind_of_page_has_its_own_addresses() {
        assert_eq!(
            asked("https://status.cloud.microsoft/m365"),
            [
                "notices https://status.cloud.microsoft/api/posts/mac",
                "services https://status.cloud.microsoft/api/posts/m365Consumer",
                "powerplatform https://status.cloud.microsoft/api/posts/ppac",
            ]
        );
        let below = "https://graph.microsoft.com/v1.0/admin/serviceAnnouncement";
        assert_eq!(
            asked("https://graph.microsoft.com/"),
            [
                format!("services {below}/healthOverviews"),
                format!("notices {below}/issues?$filter=isResolved%20eq%20false"),
                format!("history {below}/issues?$filter=lastModifiedDateTime%20ge%202026-02-01T00:00:00Z"),
            ]
        );
    }

    #[test]
    fn a_list_in_parts_is_followed_on_the_same_host_only() {
        let next = |link: &str| {
            let json = format!("{{\"value\":[],\"@odata.nextLink\":\"{link}\"}}");
            let url = "https://graph.microsoft.com/v1.0/x".to_owned();
            let payload = Payload { key: "notices".to_owned(), url, ..Payload::default() };
            let keys = graph::more(&[(payload, Body::of(&json))]);
            keys.into_iter().map(|ask| ask.key).collect::<Vec<_>>()
        };
        assert_eq!(next("https://graph.microsoft.com/v1.0/x?$skiptoken=2"), ["notices+"]);
        assert!(next("https://elsewhere.example/v1.0/x").is_empty());
    }

    #[test]
    fn a_poll_of_lists_that_never_end_asks_eight_times() {
        let page = PageAddress { url: "https://graph.microsoft.com/".parse().unwrap() };
        let json = "{\"value\":[],\"@odata.nextLink\":\"https://graph.microsoft.com/v1.0/x?$skiptoken=2\"}";
        let body = |ask: HttpAsk| (Payload { key: ask.key, url: ask.url, ..Payload::default() }, Body::of(json));
        let mut bodies: Vec<_> = graph::asks(&page, Timestamp::from_second(0)).into_iter().map(body).collect();
        for _ in 0..4 {
            let mut more = graph::more(&bodies);
            more.retain(|ask| bodies.iter().all(|(payload, _)| payload.key != ask.key));
            bodies.extend(more.into_iter().map(body));
        }
        assert_eq!(bodies.len(), 8);
        let mut sheet = Sheet::default();
        for (payload, body) in &bodies {
            graph::read(payload, body.json().unwrap(), &mut sheet);
        }
        assert!(!sheet.open && sheet.history_since.is_none(), "what was cut is not known");
    }

    #[test]
    fn the_history_reaches_as_far_as_it_was_asked() {
        let json = "{\"@odata.context\":\"https://graph.microsoft.com/v1.0/$metadata#admin/serviceAnnouncement/issues\",\"value\":[]}";
        let url = "https://graph.microsoft.com/x?$filter=lastModifiedDateTime%20ge%202026-02-01T00:00:00Z".to_owned();
        let payload = Payload { key: "history".to_owned(), url, ..Payload::default() };
        let mut sheet = Sheet::default();
        graph::read(&payload, &serde_json::from_str(json).unwrap(), &mut sheet);
        assert_eq!(sheet.history_since.unwrap().to_string(), "2026-02-01T00:00:00Z");
    }
}
