//! Later: what channels are told when their group is awake, when its digest is due, or when a storm is read at once.
//! The committer owns it, so that nothing is told twice: what is kept leaves the tray in the transaction that tells it.

use std::collections::HashMap;

use tocsin_channels::{Keeping, Kind};
use tocsin_domain::alert::storm::{self, Window};
use tocsin_domain::alert::tray::{Due, Kept, Trays};
use tocsin_domain::alert::{Later as Then, ReasonCode, Storm, Verdict};
use tocsin_domain::{Event, ProviderRef, Timestamp, ids};
use tocsin_store::{ChannelRow, DecisionRow, GroupRow, KeptRow, OutboxRow, StoreError};
use tracing::warn;
use uuid::Uuid;

use super::compose::{self, Desk, Telling};
use crate::app::App;
use crate::clock;

/// What was told so long ago says nothing of a storm (seconds): no rule looks further back.
const LOOK_BACK_S: i64 = 24 * 3600;
/// Channels whose windows are looked through for ones that have calmed down.
const MANY: usize = 1_000;

/// What is kept, and what each channel was told lately.
#[derive(Debug, Default)]
pub struct Later {
    trays: Trays,
    windows: Windows,
}

/// What each channel was told lately.
#[derive(Debug, Default)]
pub struct Windows(HashMap<Uuid, Window>);

impl Windows {
    /// When too many things come at once to one that people read: the rule, and when this is told instead, with the others.
    pub fn storm(
        &mut self,
        group: &GroupRow,
        channel: &ChannelRow,
        about: &str,
        event: &Event,
    ) -> Option<(Storm, Timestamp)> {
        storm::counts(event).then_some(())?;
        let by_default = storm_of(channel)?;
        if self.0.len() > MANY {
            self.0.retain(|_, window| !window.is_calm(event.at));
        }
        let storm = group.rule.storm.unwrap_or(by_default);
        let until = self.0.entry(channel.id).or_default().note(storm, about, event.at)?;
        Some((storm, until))
    }
}

/// How much is too much for a channel where no rule says so; `None`: it is told of each thing by itself, as alarms are.
#[must_use]
pub fn storm_of(channel: &ChannelRow) -> Option<Storm> {
    let kind = Kind::named(&channel.kind)?.channel();
    let by_default = if kind.is_machine() { Storm { more_than: 0, within_s: 60 } } else { Storm::default() };
    (kind.keeping(&channel.settings) != Keeping::Alarm).then_some(by_default)
}

impl Later {
    /// As the store has it.
    pub async fn load(app: &App) -> Self {
        let since = clock::now_ms() - LOOK_BACK_S * 1000;
        let stored = async { Ok::<_, StoreError>((app.store.kept().await?, app.store.told_since(since).await?)) };
        let (kept, told) = match stored.await {
            Ok(stored) => stored,
            Err(error) => {
                warn!(%error, "what is kept to be told later cannot be read; it is told after the next start");
                return Self::default();
            }
        };
        let mut windows: HashMap<Uuid, Window> = HashMap::new();
        for (channel, subject, at) in told {
            windows.entry(channel).or_default().note(Storm::default(), &subject.to_string(), at);
        }
        Self { trays: Trays::new(kept), windows: Windows(windows) }
    }

    /// When the next message is due that was kept.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.trays.next()
    }

    /// What is kept, and what each channel was told lately, apart.
    pub fn apart(&mut self) -> (&Trays, &mut Windows) {
        (&self.trays, &mut self.windows)
    }

    /// Takes notice of what was stored.
    pub fn note(&mut self, kept: &[KeptRow], told: &[Uuid]) {
        self.trays.forget(told);
        for row in kept {
            self.trays.put(row.kept.clone());
        }
    }

    /// Tells what is due.
    ///
    /// # Errors
    /// If the store cannot be written: it is due again then.
    pub async fn flush(&mut self, app: &App) -> Result<bool, StoreError> {
        let now = clock::now();
        let due = self.trays.due(now);
        if due.is_empty() {
            return Ok(false);
        }
        let mut sequence = app.store.reserve(due.len()).await?;
        let directory = app.directory();
        let desk = Desk::new(app, &directory);
        let mut told: Vec<Uuid> = Vec::new();
        let (mut decisions, mut outbox): (Vec<DecisionRow>, Vec<OutboxRow>) = (Vec::new(), Vec::new());
        for one in &due {
            told.extend(one.ids());
            let (theirs, messages) = tell(&desk, one, sequence);
            decisions.extend(theirs);
            outbox.extend(messages);
            sequence += 1;
        }
        app.store.told_later(&told, &decisions, &outbox).await?;
        self.trays.forget(&told);
        Ok(!outbox.is_empty())
    }
}

/// Something that a verdict wants told later.
#[must_use]
pub fn kept(
    desk: &Desk<'_>,
    (provider, page): (&ProviderRef, Uuid),
    event: &Event,
    verdict: &Verdict,
    channel: &ChannelRow,
    later: Then,
    sequence: i64,
) -> KeptRow {
    let kept = Kept {
        id: ids::v7(desk.now, &[b"kept", event.id.as_bytes(), channel.id.as_bytes()]),
        channel: channel.id.to_string(),
        group: verdict.group.clone(),
        monitor: verdict.monitor.clone(),
        monitor_components: verdict.monitor_components.clone(),
        provider: provider.clone(),
        page: page.to_string(),
        later,
        reason: verdict.reason.text.clone(),
        first: verdict.first,
        sequence,
        event: event.clone(),
    };
    KeptRow { team: channel.team, channel: channel.id, kept }
}

/// The messages for what is due together, with the decisions that tell it.
fn tell(desk: &Desk<'_>, due: &Due, sequence: i64) -> (Vec<DecisionRow>, Vec<OutboxRow>) {
    let nothing = (Vec::new(), Vec::new());
    let Some(first) = due.those.first() else { return nothing };
    let parse = |id: &str| Uuid::parse_str(id).ok();
    let channel = parse(&first.channel).and_then(|id| desk.directory.channel(id));
    // Whoever took the channel away, or whose channel rests, is not told of it any more.
    let Some(channel) = channel.filter(|channel| channel.disabled.is_none()) else { return nothing };
    let Some(group) = parse(&first.group).and_then(|id| desk.directory.group(id)) else { return nothing };
    let link = |provider: &ProviderRef, event: &Event| compose::links(desk.sender, provider, event).incident;
    let Some((code, event)) = due.told(desk.now, link) else { return nothing };
    let reason = match code {
        ReasonCode::InStorm => {
            "More came at once than anybody reads one by one, so it is told in one message.".to_owned()
        }
        ReasonCode::InDigest => format!("Group {} reads digests.", group.name),
        _ => format!("Group {} was resting when it happened; it is told now.", group.name),
    };
    let decision = |one: &Kept| {
        Some(DecisionRow {
            sequence,
            team: group.team,
            incident: one.event.incident().map(|incident| incident.id),
            change: one.event.kind.word().to_owned(),
            at: desk.now,
            monitor: parse(&one.monitor)?,
            group: group.id,
            group_name: group.name.clone(),
            channel: Some(channel.id),
            channel_name: Some(channel.name.clone()),
            told: true,
            code: code.word().to_owned(),
            text: reason.clone(),
            rule: desk.directory.wording(group),
        })
    };
    let telling = Telling {
        provider: &first.provider,
        page: parse(&first.page).unwrap_or_default(),
        event: &event,
        channel,
        monitor_components: &first.monitor_components,
        reason: &reason,
        first: due.those.iter().any(|one| one.first),
        sequence,
        only_page: None,
    };
    (due.those.iter().filter_map(decision).collect(), compose::messages(desk, &telling))
}
