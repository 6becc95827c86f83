//! `/decisions`: why somebody was told, and why not.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tocsin_domain::alert::ReasonCode;
use tocsin_pages::decisions::{self, Decision, Facts, Only, Silent};
use tocsin_store::Told;
use uuid::Uuid;

use super::wished::Wished;
use super::{Trouble, chrome, facts, html};
use crate::access::Sight;
use crate::app::App;
use crate::clock;
use crate::served::Served;

/// Decisions on a page.
const PER_PAGE: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    incident: String,
    /// `yes`, `later` or `no`.
    told: String,
    before: String,
}

pub async fn page(sight: Sight, State(served): State<Served>, Query(asked): Query<Asked>) -> Response {
    match list(&served.app, &asked, sight).await {
        Ok(facts) => html(StatusCode::OK, decisions::render(&facts)),
        Err(error) => error.page(&served.app),
    }
}

async fn list(app: &App, asked: &Asked, sight: Sight) -> Result<Facts, Trouble> {
    let incident = Uuid::parse_str(&asked.incident).ok();
    let told = match asked.told.as_str() {
        "yes" => Some(Told::Now),
        "later" => Some(Told::Later),
        "no" => Some(Told::Not),
        _ => None,
    };
    let before: Option<i64> = asked.before.parse().ok();
    let limit = i64::try_from(PER_PAGE).unwrap_or(0) + 1;
    let mut found = app.store.decisions(incident, told, before, limit).await?;
    let more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);
    let next = found.last().filter(|_| more).map(|last| last.id.to_string());
    let mut sequences: Vec<i64> = found.iter().map(|decision| decision.sequence).collect();
    sequences.dedup();
    let abouts = facts::abouts(app, &sequences).await?;
    let decision = |one: tocsin_store::StoredDecision| Decision {
        about: abouts.get(&one.sequence).cloned(),
        sequence: one.sequence,
        change: one.change,
        at: one.at,
        group: one.group_name,
        channel: one.channel_name,
        told: one.told,
        instead: silent(&one.code),
        reason: one.text,
    };
    let directory = app.directory();
    let wished = Wished { directory: &directory, sight, now: clock::now() };
    let taken = directory.all_acknowledged().find(|(_, one)| Some(one.subject) == incident);
    Ok(Facts {
        chrome: chrome(app),
        now: wished.now,
        taken: taken.map(|(_, one)| wished.taken(one)),
        incident: incident.map(|id| id.to_string()),
        only: told.map(|told| match told {
            Told::Now => Only::Told,
            Told::Later => Only::Later,
            Told::Not => Only::Silent,
        }),
        decisions: found.into_iter().map(decision).collect(),
        next,
        leafed: before.is_some(),
    })
}

/// What became of something that was not told.
fn silent(code: &str) -> Silent {
    const LATER: [ReasonCode; 3] = [ReasonCode::QuietHours, ReasonCode::InDigest, ReasonCode::InStorm];
    match code {
        code if code == ReasonCode::Muted.word() => Silent::Muted,
        code if LATER.iter().any(|later| later.word() == code) => Silent::Later,
        _ => Silent::NotTold,
    }
}
