//! `/monitors/new` and `/monitors/{id}`: whom to watch, which components, and who is told.

use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use tocsin_domain::Incident;
use tocsin_pages::find_provider::{self, Found};
use tocsin_pages::form::Wrong;
use tocsin_pages::monitor::{self, Facts};
use tocsin_store::{MonitorRow, StoreError};
use uuid::Uuid;

use super::forms::{Fields, Member, body, see, status, wrong};
use super::{PathId, Trouble, chrome, facts as shared, html};
use crate::app::App;
use crate::catalog;
use crate::directory::Provider;
use crate::served::Served;
use crate::setup::{Refusal, monitors, providers};
use crate::work::asked;

/// Matches that a search shows.
const MATCHES: usize = 25;
/// A page that was added is asked at once; its answer is waited for this long, so that it can be shown.
const FIRST_LOOK: Duration = Duration::from_secs(4);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    provider: Option<String>,
    saved: Option<String>,
}

pub async fn new(_: Member, State(served): State<Served>, Query(asked): Query<Asked>) -> Response {
    let app = &served.app;
    match asked.provider.as_deref().map(|slug| app.directory().provider(slug)) {
        Some(Some(provider)) => show_new(app, &provider, Chosen::default(), Vec::new()).await,
        Some(None) => super::not_found_page(app),
        None => find(app, &asked.q, "", "", Vec::new()),
    }
}

fn find(app: &App, query: &str, name: &str, page: &str, wrong: Vec<Wrong>) -> Response {
    let directory = app.directory();
    let mut found: Vec<(u8, String, Provider)> = directory
        .all_providers()
        .filter(|provider| {
            !query.trim().is_empty() || catalog::STARTER.contains(&provider.slug.as_str()) || provider.own
        })
        .filter_map(|provider| {
            let rank = catalog::rank(query, provider.names())?;
            Some((rank, provider.name.to_lowercase(), provider))
        })
        .collect();
    found.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    let total = found.len();
    let entry = |(_, _, provider): (u8, String, Provider)| Found {
        provider: provider.reference(),
        monitors: directory.all_monitors().filter(|row| row.provider == provider.slug).count(),
        category: Some(provider.category),
    };
    let facts = find_provider::Facts {
        chrome: chrome(app),
        query: query.to_owned(),
        found: found.into_iter().take(MATCHES).map(entry).collect(),
        total,
        name: name.to_owned(),
        page: page.to_owned(),
        wrong,
    };
    html(status(&facts.wrong), find_provider::render(&facts))
}

/// A page that is not in the catalogue becomes a provider; its monitor comes next.
pub async fn own_page(_: Member, State(served): State<Served>, fields: Fields) -> Response {
    let app = &served.app;
    let (name, page) = (fields.text("name"), fields.text("page"));
    let given = |text: &str| if text.is_empty() { serde_json::Value::Null } else { json!(text) };
    match providers::create(app, &body([("name", given(name)), ("page", given(page))])).await {
        Ok(row) => see(&format!("/monitors/new?provider={}", row.slug)),
        Err(Refusal::Wrong(errors)) => find(app, "", name, page, wrong(errors)),
        Err(refusal) => Trouble::from(refusal).page(app),
    }
}

/// The address of a page that was given by hand, and was given wrong.
pub async fn change_page(_: Member, State(served): State<Served>, PathId(id): PathId, fields: Fields) -> Response {
    let app = &served.app;
    let directory = app.directory();
    let Some(row) = directory.monitor(id) else { return super::not_found_page(app) };
    match providers::change(app, &row.provider, &body([("page", json!(fields.text("page")))])).await {
        Ok(row) => {
            first_look(app, &row.slug).await;
            see(&format!("/monitors/{id}?saved=page"))
        }
        Err(Refusal::Wrong(errors)) => {
            show_one(
                app,
                id,
                Typed { page: Some(fields.text("page").to_owned()), ..Typed::default() },
                None,
                wrong(errors),
            )
            .await
        }
        Err(refusal) => Trouble::from(refusal).page(app),
    }
}

/// What was typed, where it was not taken.
#[derive(Default)]
struct Typed {
    chosen: Option<Chosen>,
    page: Option<String>,
}

/// What is ticked and written.
#[derive(Default)]
struct Chosen {
    components: Vec<String>,
    groups: Vec<String>,
    /// As typed, apart by commas.
    tags: String,
    aware: bool,
}

impl Chosen {
    fn typed(fields: &Fields) -> Self {
        let mut components = fields.all("component");
        components.extend(fields.lines("components"));
        let aware = fields.text("aware") == "yes";
        Self { components, groups: fields.all("groups"), tags: fields.text("tags").to_owned(), aware }
    }

    fn body(&self, provider: &str) -> serde_json::Value {
        let tags: Vec<&str> = self.tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()).collect();
        body([
            ("provider", json!(provider)),
            ("components", json!(self.components)),
            ("groups", json!(self.groups)),
            ("tags", json!(tags)),
            ("aware", json!(self.aware)),
        ])
    }
}

pub async fn create(_: Member, State(served): State<Served>, fields: Fields) -> Response {
    let app = &served.app;
    let typed = Chosen::typed(&fields);
    let Some(provider) = app.directory().provider(fields.text("provider")) else { return see("/monitors/new") };
    match monitors::create(app, &typed.body(&provider.slug)).await {
        Ok(row) => {
            first_look(app, &row.provider).await;
            see(&format!("/monitors/{}?saved=added", row.id))
        }
        Err(Refusal::Wrong(errors)) => show_new(app, &provider, typed, wrong(errors)).await,
        Err(refusal) => Trouble::from(refusal).page(app),
    }
}

/// Waits a moment for the first answer of a page that nobody watched before.
async fn first_look(app: &App, provider: &str) {
    let looked = || {
        let pages = app.watch.pages();
        pages.of(provider).iter().all(|page| page.with(|live| live.read_at.is_some() || live.last.failures > 0))
    };
    let waiting = async {
        while !looked() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    drop(tokio::time::timeout(FIRST_LOOK, waiting).await);
}

pub async fn one(_: Member, State(served): State<Served>, PathId(id): PathId, Query(asked): Query<Asked>) -> Response {
    let said = asked.saved.as_deref().map(|saved| match saved {
        "added" => "The monitor is added.",
        "told" => "Its groups are being told.",
        "page" => "Its page has another address now.",
        _ => "Saved.",
    });
    show_one(&served.app, id, Typed::default(), said, Vec::new()).await
}

pub async fn change(_: Member, State(served): State<Served>, PathId(id): PathId, fields: Fields) -> Response {
    let app = &served.app;
    let typed = Chosen::typed(&fields);
    match monitors::change(app, id, &typed.body(fields.text("provider"))).await {
        Ok(_) => see(&format!("/monitors/{id}?saved=changed")),
        Err(Refusal::Wrong(errors)) => {
            show_one(app, id, Typed { chosen: Some(typed), page: None }, None, wrong(errors)).await
        }
        Err(refusal) => Trouble::from(refusal).page(app),
    }
}

async fn show_new(app: &App, provider: &Provider, chosen: Chosen, wrong: Vec<Wrong>) -> Response {
    let row = MonitorRow {
        id: Uuid::nil(),
        team: app.store.default_team(),
        provider: provider.slug.clone(),
        components: chosen.components.clone(),
        groups: Vec::new(),
        declared: false,
        paused: false,
        told_at: None,
        tags: Vec::new(),
        aware: false,
    };
    match facts(app, &row, false, chosen, None, wrong).await {
        Ok(facts) => html(status(&facts.wrong), monitor::render(&facts)),
        Err(error) => Trouble::from(error).page(app),
    }
}

async fn show_one(app: &App, id: Uuid, typed: Typed, said: Option<&str>, wrong: Vec<Wrong>) -> Response {
    let directory = app.directory();
    let Some(row) = directory.monitor(id) else { return super::not_found_page(app) };
    let stored = || Chosen {
        components: row.components.clone(),
        groups: row.groups.iter().filter_map(|id| directory.group(*id)).map(|group| group.name.clone()).collect(),
        tags: row.tags.join(", "),
        aware: row.aware,
    };
    let chosen = typed.chosen.unwrap_or_else(stored);
    let by_hand = providers::is_by_hand(&directory, &row.provider);
    let page = directory.provider(&row.provider).filter(|_| by_hand).map(|provider| provider.page);
    let page = typed.page.or(page);
    match facts(app, row, true, chosen, said, wrong).await {
        Ok(facts) => html(status(&facts.wrong), monitor::render(&Facts { own_page: page, ..facts })),
        Err(error) => Trouble::from(error).page(app),
    }
}

async fn facts(
    app: &App,
    row: &MonitorRow,
    exists: bool,
    chosen: Chosen,
    said: Option<&str>,
    wrong: Vec<Wrong>,
) -> Result<Facts, StoreError> {
    let directory = app.directory();
    let mut groups: Vec<(String, bool)> =
        directory.groups().map(|group| (group.name.clone(), chosen.groups.contains(&group.name))).collect();
    groups.sort_by_key(|(name, _)| name.to_lowercase());
    let open = if row.paused { Vec::new() } else { asked::trouble(app, row).await? };
    let pages = app.watch.pages();
    let worst = pages.of(&row.provider).iter().map(|page| page.live()).max_by_key(|live| live.health);
    Ok(Facts {
        chrome: chrome(app),
        id: exists.then_some(row.id),
        provider: shared::provider(&directory, &row.provider),
        known: asked::components(app, &row.provider).await?,
        chosen: chosen.components,
        groups,
        tags: chosen.tags,
        aware: chosen.aware,
        paused: row.paused,
        declared: row.declared,
        health: worst.as_ref().map(|live| live.health).filter(|_| exists),
        reason: worst.and_then(|live| live.reason),
        own_page: None,
        may_tell: exists && may_tell(app, row, &open),
        open,
        said: said.map(str::to_owned),
        wrong,
    })
}

/// Once, of what began before the monitor was added, and only where somebody hears it.
fn may_tell(app: &App, row: &MonitorRow, open: &[Incident]) -> bool {
    let directory = app.directory();
    let somebody = directory.members(row).iter().any(|member| !member.channels.is_empty());
    let added_s = row.id.get_timestamp().and_then(|at| i64::try_from(at.to_unix().0).ok()).unwrap_or(0);
    let before = open.iter().any(|incident| incident.imported || incident.first_seen_at.as_second() <= added_s);
    row.told_at.is_none() && somebody && before
}
