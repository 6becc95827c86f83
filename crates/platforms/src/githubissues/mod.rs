//! Issues of a GitHub repository that is somebody's status page: `/repos/<owner>/<name>/issues` and their comments.
//!
//! Known from a capture and from GitHub's own documentation. Oddities: pull requests stand among the issues; anybody may
//! open an issue or comment on it, but only who belongs to the project can put a label on it, so the rest is left out;
//! whoever asks without a key may ask sixty times an hour, so comments are asked for only while something is new. How
//! bad and how far things are is said by labels, where at all; an issue has no components.

pub(crate) mod issue;

use tocsin_domain::{Health, HttpAsk, Timestamp};

use crate::kit::node::Node;
use crate::kit::sheet::Sheet;
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: GitHubIssues = GitHubIssues;

pub(crate) struct GitHubIssues;

impl Simple for GitHubIssues {
    fn name(&self) -> &'static str {
        "githubissues"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        let url = issue::repo_of(page).map(|repo| issue::issues_url(&repo));
        vec![HttpAsk::get("issues", url.unwrap_or_else(|| page.url.to_string()))]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["issues"]
    }

    fn more(
        &self,
        page: &PageAddress,
        _memory: &mut Memory,
        bodies: &[(Payload, Body<'_>)],
        now: Timestamp,
    ) -> Vec<HttpAsk> {
        let Some(repo) = issue::repo_of(page) else { return Vec::new() };
        let list = bodies.iter().find(|(payload, _)| payload.key == "issues").and_then(|(_, body)| body.json());
        list.map(|list| issue::further(&repo, list, now)).unwrap_or_default()
    }

    fn further(
        &self,
        page: &PageAddress,
        _memory: &Memory,
        bodies: &[(Payload, Body<'_>)],
        number: usize,
    ) -> Option<String> {
        let list = bodies.iter().find(|(payload, _)| payload.key == "issues").and_then(|(_, body)| body.json())?;
        issue::further_list(&issue::repo_of(page)?, list, number)
    }

    fn weighs(&self, key: &str) -> bool {
        key == "issues"
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let json = body.json()?;
        let list = json.as_array()?;
        if list.is_empty() {
            let asked = matches!(payload.key.as_str(), "issues" | "comments" | "open");
            return asked.then(|| Evidence { confidence: 40, seen: "an empty list".to_owned() });
        }
        let (confidence, seen) = if issue::are_upptimes(json) {
            (45, "issues of Upptime")
        } else if issue::are_issues(json) {
            (85, "a list of GitHub's issues")
        } else if issue::are_comments(json) {
            (60, "a list of comments on GitHub's issues")
        } else {
            return None;
        };
        Some(Evidence { confidence, seen: seen.to_owned() })
    }

    fn read(&self, payload: &Payload, body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let root = Node::root(json);
        if payload.key == "comments" || issue::are_comments(json) {
            issue::note_comments(&root, sheet);
            return;
        }
        let rows = root.objects("", sheet);
        for row in rows.iter().filter(|row| is_report(row)) {
            issue::read(row, sheet);
        }
        if let Some(url) = rows.first().and_then(|row| row.text("html_url")) {
            sheet.page.url = issues_page(&url);
        }
        issue::cover(payload, &rows, sheet);
    }

    fn finish(&self, sheet: &mut Sheet, _now: Timestamp) {
        // Labels are no components.
        sheet.incidents.iter_mut().for_each(|one| one.components.clear());
        sheet.works.iter_mut().for_each(|one| one.components.clear());
        // A repository in which nothing ever happened may be anybody's.
        sheet.indicator = Some(Health::Operational).filter(|_| sheet.open && sheet.page.url.is_some());
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["github.com"]
    }
}

/// `https://github.com/owner/name/issues/15` → `https://github.com/owner/name/issues`.
fn issues_page(url: &str) -> Option<String> {
    let (page, _) = url.split_once("/issues/").or_else(|| url.split_once("/pull/"))?;
    Some(format!("{page}/issues"))
}

/// An issue that speaks of the service: by somebody of the project, or labelled by one; and no question or wish.
fn is_report(row: &Node<'_>) -> bool {
    if row.has("pull_request") {
        return false;
    }
    let labels = issue::labels(row);
    let is = |words: &[&str]| labels.iter().any(|label| words.contains(&label.as_str()));
    // "dependencies" may be the cause of an incident: what is called one is one.
    if is(&["incident", "outage", "degraded", "down"]) || labels.iter().any(|label| is_severity(label)) {
        return true;
    }
    if is(&["question", "enhancement", "feature", "documentation", "dependencies", "duplicate", "invalid", "wontfix"]) {
        return false;
    }
    issue::is_of_the_project(row)
        || is(&["status", "maintenance", "scheduled maintenance"])
        || labels.iter().any(|label| issue::impact_of(label).is_some() || issue::stage_of(label).is_some())
}

/// `severity: major`, `impact/minor`, `major outage`. Wishes have priorities: `high` alone is none.
fn is_severity(label: &str) -> bool {
    let named = ["severity", "impact"].iter().any(|word| label.starts_with(word));
    let plain = label.contains("outage") || label.contains("degraded");
    (named || plain) && issue::impact_of(label).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_in_any_address() {
        let repo = |url: &str| issue::repo_of(&PageAddress { url: url.parse().unwrap() });
        for url in [
            "https://github.com/harbour-queue/status",
            "https://github.com/harbour-queue/status/",
            "https://github.com/harbour-queue/status/issues",
            "https://github.com/harbour-queue/status.git",
            "https://api.github.com/repos/harbour-queue/status/issues?state=all",
        ] {
            assert_eq!(repo(url).as_deref(), Some("harbour-queue/status"), "{url}");
        }
        assert_eq!(repo("https://github.com/harbour-queue"), None);
        assert_eq!(repo("https://status.example.com/a/b"), None);
    }

    #[test]
    fn what_is_called_an_incident_is_one() {
        let is = |labels: &[&str]| {
            let row = serde_json::json!({"number": 1, "labels": labels, "author_association": "NONE"});
            is_report(&Node::root(&row))
        };
        for labels in [
            vec!["dependencies", "incident"],
            vec!["question", "outage"],
            vec!["dependencies", "severity: major"],
            vec!["invalid", "partial outage"],
            vec!["incident"],
        ] {
            assert!(is(&labels), "{labels:?}");
        }
        for labels in [vec!["enhancement", "priority: high"], vec!["question", "status"], vec!["dependencies"], vec![]]
        {
            assert!(!is(&labels), "{labels:?}");
        }
    }

    #[test]
    fn a_full_list_says_nothing_of_the_rest() {
        let row = |number: usize| {
            let day = 1 + number % 28;
            serde_json::json!({"number": number, "state": "closed", "title": "Small trouble",
                "html_url": format!("https://github.com/harbour-queue/status/issues/{number}"),
                "created_at": "2026-01-01T00:00:00Z", "updated_at": format!("2026-02-{day:02}T00:00:00Z")})
        };
        let payload = |key: &str, count: usize| Payload {
            key: key.to_owned(),
            bytes: serde_json::to_vec(&(1..=count).map(row).collect::<Vec<_>>()).unwrap(),
            ..Payload::default()
        };
        let now = "2026-03-03T00:00:00Z".parse().unwrap();
        let read = |payloads: &[Payload]| crate::Reader::read(&READER, payloads, now);
        let full = read(&[payload("issues", 50)]);
        assert_eq!((full.health, full.covers.open), (Health::Unknown, false));
        // Everything that changed since the oldest change is in the list; what was closed before that may be missing.
        assert_eq!(full.covers.history_since, "2026-02-01T00:00:00Z".parse().ok());
        let both = read(&[payload("issues", 50), payload("open", 1)]);
        assert_eq!((both.health, both.covers.open), (Health::Operational, true));
        let few = read(&[payload("issues", 49)]);
        assert_eq!(few.covers.history_since, "2026-01-01T00:00:00Z".parse().ok());
    }
}
