//! `/calendar` and `/calendar.ics`: announced work, for people and for their calendars.

use std::collections::HashSet;

use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use icalendar::{Calendar, CalendarDateTime, Component as _, EventLike as _, EventStatus, Property};
use serde::Deserialize;
use tocsin_domain::{Maintenance, MaintenanceStage, Timestamp};
use tocsin_pages::calendar::{self, Facts};
use tocsin_pages::facts::PlannedWork;
use tocsin_store::StoredMaintenance;

use super::{Trouble, chrome, facts, html};
use crate::app::App;
use crate::clock;
use crate::directory::Directory;
use crate::problem::Problem;
use crate::served::Served;

/// A subscribed calendar reaches this far back and ahead (seconds).
const BACK_S: i64 = 90 * 24 * 3600;
const AHEAD_S: i64 = 400 * 24 * 3600;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// `2026-11`; this month where it names none.
    month: String,
    /// Slug of one provider; those somebody monitors where it is empty.
    provider: String,
}

pub async fn page(State(served): State<Served>, Query(asked): Query<Asked>) -> Response {
    match month(&served.app, &asked).await {
        Ok(facts) => html(StatusCode::OK, calendar::render(&facts)),
        Err(error) => error.page(&served.app),
    }
}

async fn month(app: &App, asked: &Asked) -> Result<Facts, Trouble> {
    let now = clock::now();
    let zone = &app.config.server.time_zone;
    let directory = app.directory();
    let provider = chosen(&directory, &asked.provider)?;
    let month = calendar::month(&asked.month).unwrap_or_else(|| calendar::this_month(now, zone));
    let (from, to) = calendar::window(month, zone);
    let works = works(app, &directory, provider.as_ref().map(|one| one.slug.as_str()), from, to).await?;
    let planned = |work: StoredMaintenance| PlannedWork {
        provider: facts::provider(&directory, &work.provider),
        maintenance: work.maintenance,
    };
    Ok(Facts { chrome: chrome(app), now, month, provider, works: works.into_iter().map(planned).collect() })
}

fn chosen(directory: &Directory, slug: &str) -> Result<Option<tocsin_domain::ProviderRef>, Trouble> {
    if slug.is_empty() {
        return Ok(None);
    }
    directory.provider(slug).map(|provider| Some(provider.reference())).ok_or(Trouble::NotFound)
}

/// What touches the window, of one provider or of all that somebody monitors.
async fn works(
    app: &App,
    directory: &Directory,
    provider: Option<&str>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<StoredMaintenance>, Trouble> {
    let monitored: HashSet<&str> = directory.monitored();
    let mut works = app.store.maintenances(Some(from), Some(to), provider).await?;
    works.retain(|work| provider.is_some() || monitored.contains(work.provider.as_str()));
    Ok(works)
}

/// `/calendar.ics` (RFC 5545).
pub async fn ics(State(served): State<Served>, Query(asked): Query<Asked>) -> Response {
    match subscription(&served.app, &asked).await {
        Ok(text) => {
            ([(header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"))], text).into_response()
        }
        Err(Trouble::NotFound) => {
            Problem::not_found(format!("There is no provider `{}`.", asked.provider)).into_response()
        }
        Err(error) => error.page(&served.app),
    }
}

async fn subscription(app: &App, asked: &Asked) -> Result<String, Trouble> {
    let now = clock::now();
    let directory = app.directory();
    let provider = chosen(&directory, &asked.provider)?;
    let slug = provider.as_ref().map(|one| one.slug.as_str());
    let works = works(app, &directory, slug, now.plus(-BACK_S), now.plus(AHEAD_S)).await?;
    let ids: Vec<_> = works.iter().map(|work| work.maintenance.id).collect();
    let told = app.store.told_of(&ids).await?;
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//Tocsin//Maintenance//EN"));
    calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
    let whose = provider.map_or_else(|| "vendors".to_owned(), |provider| provider.name);
    calendar.name(&format!("Maintenance: {whose}"));
    calendar.append_property(Property::new("METHOD", "PUBLISH"));
    calendar.append_property(Property::new("REFRESH-INTERVAL", "PT1H").add_parameter("VALUE", "DURATION").done());
    for work in &works {
        let (changes, last) = told.get(&work.maintenance.id).copied().unwrap_or((0, work.maintenance.first_seen_at));
        let vendor = facts::provider(&directory, &work.provider).name;
        let page = format!("{}/providers/{}", app.config.server.base_url.trim_end_matches('/'), work.provider);
        if let Some(event) = event(&work.maintenance, &vendor, &page, changes, last) {
            calendar.push(event);
        }
    }
    Ok(calendar.to_string())
}

/// One window; `None` where no start is stated. Its SEQUENCE counts what the journal says of it, so that calendars follow.
fn event(work: &Maintenance, vendor: &str, page: &str, changes: i64, last: Timestamp) -> Option<icalendar::Event> {
    let utc = |at: Timestamp| chrono::DateTime::from_timestamp(at.as_second(), 0).map(CalendarDateTime::Utc);
    let mut event = icalendar::Event::new();
    event.uid(&format!("{}@tocsin", work.id));
    event.summary(&format!("{vendor}: {}", work.title.trim()));
    event.starts(utc(work.starts_at?)?);
    if let Some(end) = work.ends_at.filter(|end| Some(*end) > work.starts_at).and_then(utc) {
        event.ends(end);
    }
    event.timestamp(chrono::DateTime::from_timestamp(last.as_second(), 0)?);
    event.sequence(u32::try_from(changes).unwrap_or(0));
    event.status(if work.stage == MaintenanceStage::Cancelled {
        EventStatus::Cancelled
    } else {
        EventStatus::Confirmed
    });
    event.append_property(Property::new("TRANSP", "TRANSPARENT"));
    event.append_multi_property(Property::new("CATEGORIES", work.stage.word()));
    event.description(&description(work, page));
    event.url(
        work.url.as_deref().filter(|url| url.starts_with("https://") || url.starts_with("http://")).unwrap_or(page),
    );
    Some(event.done())
}

fn description(work: &Maintenance, page: &str) -> String {
    let names: Vec<&str> = work.components.iter().map(|part| part.name.as_str()).collect();
    let affected = if names.is_empty() { String::new() } else { format!("Affected: {}\n", names.join(", ")) };
    let said = work.updates.iter().rev().find(|update| !update.body.trim().is_empty());
    let said =
        said.map(|update| format!("{}\n", tocsin_channels::text::plain(&update.body, 2_000))).unwrap_or_default();
    format!("{}\n{affected}{said}{page}", work.stage.label())
}
