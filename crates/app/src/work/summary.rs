//! Summary: where an incident stands, in place of news of it that could not be delivered while they were news.

use tocsin_channels::{Kind, Patience};
use tocsin_domain::{Event, EventKind, ProviderRef, Subject};
use tocsin_store::{OutboxRow, StoreError};
use tracing::info;

use super::compose::{self, Desk, Telling};
use super::deliver::Done;
use crate::app::App;
use crate::clock;

/// Puts a summary into the outbox, if what the delivery was about is still open, and nobody tells newer news of it anyway.
///
/// # Errors
/// If the store cannot be read or written.
pub async fn send(app: &App, done: &Done) -> Result<(), StoreError> {
    let Done { channel, delivery, subscription, .. } = done;
    let Some(patience) = Kind::named(&channel.kind).map(|kind| kind.manner().patience) else { return Ok(()) };
    let Some(subject) = delivery.subject else { return Ok(()) };
    let Some(stored) = app.store.incident(subject).await?.filter(|stored| stored.incident.is_open()) else {
        return Ok(());
    };
    // A program is told everything, in order: what waits is as new as a summary would be.
    if patience == Patience::Days && app.store.waiting_beside(delivery).await? > 0 {
        return Ok(());
    }
    let directory = app.directory();
    let rests = directory.channel(channel.id).is_none_or(|row| row.disabled.is_some());
    if rests && subscription.is_none() {
        return Ok(());
    }
    let provider = directory.provider(&stored.provider).map_or_else(
        || ProviderRef { slug: stored.provider.clone(), name: stored.provider.clone() },
        |provider| provider.reference(),
    );
    let now = clock::now();
    let key = format!("summary {} {}", channel.id, delivery.sequence);
    let updates = stored.incident.updates.last().cloned().into_iter().collect();
    let subject = Subject::Incident(stored.incident);
    // What was to wake somebody wakes them now, and says how it stands.
    let kind = match patience {
        Patience::Page => delivery.event.parse().unwrap_or(EventKind::IncidentUpdated),
        Patience::Days | Patience::Hours | Patience::Hour => EventKind::IncidentUpdated,
    };
    let event = Event { updates, ..Event::new(&stored.page.to_string(), &key, vec![kind], now, subject) };
    let desk = Desk::new(app, &directory);
    let text = "Earlier messages about it could not be delivered here in time; this is where it stands now.";
    let telling = Telling {
        provider: &provider,
        page: stored.page,
        event: &event,
        channel,
        monitor_components: &[],
        reason: text,
        first: delivery.root.is_none() && delivery.event == EventKind::IncidentOpened.word(),
        sequence: delivery.sequence,
        only_page: None,
    };
    let rows = compose::messages(&desk, &telling);
    let mine = rows.into_iter().filter(|row| row.recipient == delivery.recipient && !row.suppressed);
    for (place, row) in mine.enumerate() {
        let row = OutboxRow { summary: true, ..row };
        if place == 0 {
            app.store.enqueue_summary(&row).await?;
        } else {
            app.store.enqueue(std::slice::from_ref(&row)).await?;
        }
    }
    info!(channel = channel.name, event = delivery.event, "old news is replaced by where it stands now");
    Ok(())
}
