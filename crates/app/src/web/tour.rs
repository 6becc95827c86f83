//! `/tour`, in a simulated world only: what to look at, with the addresses of what is there now.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tocsin_domain::board::Visibility;
use tocsin_domain::{Health, title};
use tocsin_pages::tour::{self, Facts, Link, Stop};
use tocsin_store::{BoardRow, IncidentFilter, StateFilter, StoredIncident};

use super::{Trouble, chrome, html};
use crate::app::App;
use crate::config::Simulated;
use crate::served::Served;

/// Where the calendar and the reasons are shown.
const CALENDAR: &str = "/calendar";
const DECISIONS: &str = "/decisions";

pub async fn page(State(served): State<Served>) -> Response {
    let app = &served.app;
    let Some(simulated) = &app.config.simulated else { return Trouble::NotFound.page(app) };
    match stops(app, simulated).await {
        Ok(stops) => html(StatusCode::OK, tour::render(&Facts { chrome: chrome(app), stops })),
        Err(error) => error.page(app),
    }
}

async fn stops(app: &App, simulated: &Simulated) -> Result<Vec<Stop>, Trouble> {
    let open = incidents(app, StateFilter::Open, None, 5).await?;
    let replay = incidents(app, StateFilter::Closed, Some(&simulated.replay), 1).await?;
    let unknown: Vec<Link> = app
        .watch
        .pages()
        .all
        .iter()
        .filter(|page| page.with(|live| live.health == Health::Unknown && live.reason.is_some()))
        .map(|page| provider(app, &page.provider.slug))
        .collect();
    let board = |row: &BoardRow| {
        let href = format!("/boards/{}", row.slug);
        [Link { text: row.name.clone(), href: href.clone() }, Link { text: "On a wall".into(), href: href + "?wall" }]
    };
    let boards =
        app.directory().boards().iter().filter(|row| row.visibility == Visibility::Public).flat_map(board).collect();
    let moved: Vec<Link> = simulated.moved.iter().map(|slug| provider(app, slug)).collect();
    let stop =
        |headline: &str, text: &str, links: Vec<Link>| Stop { headline: headline.into(), text: text.into(), links };
    let arrived = Link { text: "The messages".into(), href: simulated.arrived.clone() };
    Ok(vec![
        stop(
            "What is open now",
            "Incidents open, get updates and end while you watch. Each page shows what the vendor said, when it said \
             it, and when we saw it.",
            open.iter().map(incident).collect(),
        ),
        stop(
            "What arrived",
            "Mail, Slack, Discord, Teams and a webhook are played here, too. Every message says why you read it.",
            vec![arrived],
        ),
        stop(
            "Why you were told, and why not",
            "Each decision is kept with its reason and the rule it rests on.",
            vec![Link { text: "Why was I (not) told?".into(), href: DECISIONS.into() }],
        ),
        stop(
            "A page that cannot be read",
            "It answers with a sign-in page. So it is unknown, with the reason and what was last known; never green.",
            unknown,
        ),
        stop(
            "A page that moved",
            "The vendor changed its status software at the same address. We noticed, and read the new one.",
            moved,
        ),
        stop(
            "Maintenance",
            "What is under way and what is announced, in one calendar for all vendors.",
            vec![Link { text: "The calendar".into(), href: CALENDAR.into() }],
        ),
        stop(
            "A board",
            "One calm page of some vendors, for people who never sign in, and for a screen on a wall.",
            boards,
        ),
        stop(
            "A replay",
            "The public record of a real incident at Kustomer in February 2026, played again minute by minute. Times, \
             stages and title are the record’s; the texts are ours.",
            replay.iter().map(incident).collect(),
        ),
    ])
}

async fn incidents(
    app: &App,
    state: StateFilter,
    provider: Option<&str>,
    limit: i64,
) -> Result<Vec<StoredIncident>, Trouble> {
    let provider = provider.map(str::to_owned);
    Ok(app.store.incidents(&IncidentFilter { state, provider, limit, ..IncidentFilter::default() }).await?)
}

fn incident(stored: &StoredIncident) -> Link {
    Link { text: title::split(&stored.incident.title).sentence, href: format!("/incidents/{}", stored.incident.id) }
}

fn provider(app: &App, slug: &str) -> Link {
    let name = app.directory().provider(slug).map_or_else(|| slug.to_owned(), |provider| provider.name);
    Link { text: name, href: format!("/providers/{slug}") }
}
