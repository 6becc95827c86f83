//! `/monitors/uses`: which vendors do we use? Out of what somebody pastes or uploads.

use axum::extract::{Multipart, State};
use axum::response::Response;
use tocsin_pages::form::Wrong;
use tocsin_pages::uses::{self as page, Facts, Found, Vendor};

use super::forms::{Fields, Member, mistake, see, status, wrong};
use super::{Trouble, chrome, html};
use crate::app::App;
use crate::served::Served;
use crate::setup::{Refusal, monitors};
use crate::uses::{self, Uses};

/// Bytes that are looked through at most.
const MOST: usize = 1 << 20;

pub async fn ask(_: Member, State(served): State<Served>) -> Response {
    show(&served.app, "", None, &Ticked::default(), Vec::new())
}

/// What was pasted, and the file that was chosen beside it; the file counts where there is one.
pub async fn find(_: Member, State(served): State<Served>, mut form: Multipart) -> Response {
    let app = &served.app;
    let (mut pasted, mut file) = (String::new(), None);
    while let Ok(Some(field)) = form.next_field().await {
        let (name, file_name) = (field.name().map(str::to_owned), field.file_name().map(str::to_owned));
        let Ok(bytes) = field.bytes().await else {
            let text = "This is more than can be looked through at once: a megabyte at most.";
            return show(app, "", None, &Ticked::default(), vec![mistake("file", text)]);
        };
        let text = String::from_utf8_lossy(bytes.get(..bytes.len().min(MOST)).unwrap_or_default()).into_owned();
        match (name.as_deref(), file_name) {
            (Some("text"), _) => pasted = text,
            (Some("file"), Some(file_name)) if !text.trim().is_empty() => file = Some((text, file_name)),
            _ => {}
        }
    }
    let (text, name) = file.map_or((pasted, None), |(text, name)| (text, Some(name)));
    let found = uses::find(&text, name.as_deref());
    let wrong = match found.looked_at {
        0 => vec![mistake("text", "There is no name in it that could be looked up.")],
        _ => Vec::new(),
    };
    let pasted = if name.is_none() { text.as_str() } else { "" };
    show(app, pasted, Some(&found).filter(|found| found.looked_at > 0), &Ticked::default(), wrong)
}

/// What is ticked.
#[derive(Default)]
struct Ticked {
    providers: Option<Vec<String>>,
    groups: Vec<String>,
}

/// A monitor for each vendor that is ticked.
pub async fn add(_: Member, State(served): State<Served>, fields: Fields) -> Response {
    let app = &served.app;
    let (providers, groups) = (fields.all("providers"), fields.all("groups"));
    if providers.is_empty() {
        return see("/monitors/uses");
    }
    match monitors::create_all(app, &providers, &groups).await {
        Ok(count) => see(&format!("/monitors?added={count}")),
        Err(Refusal::Wrong(errors)) => {
            let found = uses::find(&providers.join("\n"), None);
            let ticked = Ticked { providers: Some(providers), groups };
            show(app, "", Some(&found), &ticked, wrong(errors))
        }
        Err(refusal) => Trouble::from(refusal).page(app),
    }
}

fn show(app: &App, text: &str, found: Option<&Uses>, ticked: &Ticked, wrong: Vec<Wrong>) -> Response {
    let directory = app.directory();
    let watched = |slug: &str| directory.all_monitors().any(|row| row.provider == slug);
    let vendor = |one: &uses::Match| Vendor {
        slug: one.slug.to_owned(),
        name: one.name.to_owned(),
        reasons: one.reasons.clone(),
        watched: watched(one.slug),
        ticked: ticked.providers.as_ref().map(|all| all.iter().any(|slug| slug == one.slug)),
    };
    let mut groups: Vec<(String, bool)> =
        directory.groups().map(|group| (group.name.clone(), ticked.groups.contains(&group.name))).collect();
    groups.sort_by_key(|(name, _)| name.to_lowercase());
    let found = found.map(|uses| Found {
        taken_for: uses.kind.map(uses::Kind::title).unwrap_or_default(),
        looked_at: uses.looked_at,
        vendors: uses.matches.iter().map(vendor).collect(),
        unknown: uses.unknown.clone(),
    });
    let facts = Facts { chrome: chrome(app), text: text.to_owned(), found, groups, wrong };
    html(status(&facts.wrong), page::render(&facts))
}
