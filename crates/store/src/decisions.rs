//! Decisions as they are written down: one for each who might have heard, with the rule it rests on.
//!
//! There are many, and they are much alike: those of one event and one group that say the same share a row, which lists
//! whom they are about, and each wording of a rule is kept once.

use std::collections::HashMap;
use std::sync::Arc;

use tocsin_domain::Timestamp;
use tocsin_domain::alert::Rule;
use tocsin_domain::ids::hash_hex;
use uuid::Uuid;

use crate::codec::{from_json, json};
use crate::db::{Row, Value, Writer};
use crate::error::StoreError;
use crate::journal::StoredDecision;

/// A rule as it read when something was decided by it. Cheap to copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording(Arc<(String, String)>);

impl Wording {
    #[must_use]
    pub fn of(rule: &Rule) -> Self {
        let text = json(rule);
        Self(Arc::new((hash_hex(&[text.as_bytes()]), text)))
    }

    fn name(&self) -> &str {
        &self.0.0
    }

    fn text(&self) -> &str {
        &self.0.1
    }
}

/// One decision.
#[derive(Clone, Debug)]
pub struct DecisionRow {
    pub sequence: i64,
    pub team: Uuid,
    pub incident: Option<Uuid>,
    pub change: String,
    pub at: Timestamp,
    pub monitor: Uuid,
    pub group: Uuid,
    pub group_name: String,
    pub channel: Option<Uuid>,
    pub channel_name: Option<String>,
    pub told: bool,
    pub code: String,
    pub text: String,
    pub rule: Wording,
}

/// Whom a decision is about: monitor, channel and its name.
type Whom = (Uuid, Option<Uuid>, Option<String>);

/// Writes decisions down, and rules that were not met before.
pub(crate) async fn put(
    writer: &mut Writer<'_>,
    decisions: impl IntoIterator<Item = &DecisionRow>,
) -> Result<(), StoreError> {
    let alike = alike(decisions);
    if alike.is_empty() {
        return Ok(());
    }
    let rules: HashMap<&str, &Wording> = alike.iter().map(|(one, _)| (one.rule.name(), &one.rule)).collect();
    let rules = rules.values().map(|rule| vec![rule.name().into(), rule.text().into()]).collect();
    writer.insert("INSERT INTO rules (hash, rule) VALUES", "ON CONFLICT (hash) DO NOTHING", rules).await?;
    let last = writer.rows("SELECT id + many FROM decisions ORDER BY id DESC LIMIT 1", vec![]).await?;
    let mut next = last.first().map_or(Ok(1), |row| row.int(0))?;
    let mut values = Vec::with_capacity(alike.len());
    for (one, whom) in alike {
        values.push(row(next, one, &whom));
        next += many(&whom);
    }
    let decided = "INSERT INTO decisions (id, many, whom, sequence, team, incident, change, at, grp, grp_name, told, code, \
                   text, rule) VALUES";
    writer.insert(decided, "", values).await
}

/// Those that say the same, in the order in which each was first said.
fn alike<'a>(decisions: impl IntoIterator<Item = &'a DecisionRow>) -> Vec<(&'a DecisionRow, Vec<Whom>)> {
    let mut places = HashMap::new();
    let mut alike: Vec<(&DecisionRow, Vec<Whom>)> = Vec::new();
    for one in decisions {
        let said = (one.sequence, one.group, one.told, one.code.as_str(), one.text.as_str(), one.rule.name());
        let place = *places.entry(said).or_insert(alike.len());
        if place == alike.len() {
            alike.push((one, Vec::new()));
        }
        if let Some((_, whom)) = alike.get_mut(place) {
            whom.push((one.monitor, one.channel, one.channel_name.clone()));
        }
    }
    alike
}

fn many(whom: &[Whom]) -> i64 {
    i64::try_from(whom.len()).unwrap_or(i64::MAX)
}

fn row(id: i64, one: &DecisionRow, whom: &[Whom]) -> Vec<Value> {
    vec![
        id.into(),
        many(whom).into(),
        json(&whom).into(),
        one.sequence.into(),
        one.team.into(),
        one.incident.into(),
        one.change.as_str().into(),
        one.at.into(),
        one.group.into(),
        one.group_name.as_str().into(),
        one.told.into(),
        one.code.as_str().into(),
        one.text.as_str().into(),
        one.rule.name().into(),
    ]
}

/// What [`unfold`] reads of a row.
pub(crate) const SHOWN: &str = "id, whom, sequence, incident, change, at, grp, grp_name, told, code, text";

/// The decisions that share a row, the last first.
pub(crate) fn unfold(row: &Row) -> Result<Vec<StoredDecision>, StoreError> {
    let whom: Vec<Whom> = from_json("whom decisions are about", &row.text(1)?)?;
    let mut decisions = Vec::with_capacity(whom.len());
    for ((monitor, channel, channel_name), id) in whom.into_iter().zip(row.int(0)?..) {
        decisions.push(StoredDecision {
            id,
            sequence: row.int(2)?,
            incident: row.maybe_id(3)?,
            change: row.text(4)?,
            at: row.at(5)?,
            monitor,
            group: row.id(6)?,
            group_name: row.text(7)?,
            channel,
            channel_name,
            told: row.flag(8)?,
            code: row.text(9)?,
            text: row.text(10)?,
        });
    }
    decisions.reverse();
    Ok(decisions)
}
