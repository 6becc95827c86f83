//! Circulate: what was decided for everybody who subscribed becomes a message for each of them, some at a time, so that
//! thousands neither hold up a poll nor fill a transaction. A circular is written with the event it tells, and goes with
//! its last message.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tocsin_domain::ProviderRef;
use tocsin_store::{Circular, Circulated, OutboxRow, StoreError, Subscription};
use tracing::{info, warn};
use uuid::Uuid;

use super::compose::{Desk, Pen, Telling};
use crate::access;
use crate::app::App;
use crate::directory::Directory;
use crate::subscribing::{self, News};

/// Messages that are made and stored together.
const TOGETHER: usize = 100;
/// Circulars are looked for this often even when nobody rings.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// A store that failed is left alone for a moment.
const STORE_TROUBLE: Duration = Duration::from_secs(5);

/// Makes messages until the app stops; what is left then is taken up at the next start.
pub async fn run(app: Arc<App>) {
    let mut stop = app.stop.subscribe();
    loop {
        let wait = match all(&app).await {
            Ok(()) => LOOK_EVERY,
            Err(error) => {
                app.pulse.store_failed(&error);
                warn!(%error, "subscribers could not be told; it is tried again");
                STORE_TROUBLE
            }
        };
        tokio::select! {
            _ = stop.wait_for(|stopping| *stopping) => return,
            () = app.circulars.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Every circular that waits, the oldest first: to each subscriber they go out in the order of the events.
async fn all(app: &App) -> Result<(), StoreError> {
    while let Some(next) = app.store.next_circular().await? {
        one(app, &next).await?;
        if *app.stop.borrow() {
            break;
        }
    }
    Ok(())
}

async fn one(app: &App, next: &Circulated) -> Result<(), StoreError> {
    let Circulated { circular, .. } = next;
    let mut reached = next.reached;
    let mut told = 0;
    loop {
        let limit = i64::try_from(TOGETHER).unwrap_or(i64::MAX);
        let some = app.store.subscribers_after(&circular.target, reached, limit).await?;
        let rows = messages(app, next, &some, &hear_otherwise(app, circular, reached, &some).await?);
        told += rows.len();
        let more: Option<Uuid> = some.last().filter(|_| some.len() == TOGETHER).map(|last| last.id);
        app.store.circulate(circular, &rows, more).await?;
        app.outbox_grew.notify_one();
        if more.is_none() {
            info!(
                event = next.event.kind.word(),
                target = circular.target.name(),
                messages = told,
                "subscribers are told"
            );
            return Ok(());
        }
        if *app.stop.borrow() {
            return Ok(());
        }
        reached = more;
        tokio::task::yield_now().await;
    }
}

/// Those who are told the same by a later circular: they subscribed to a provider and to a board that shows it, or to two
/// such boards. The last one tells them; that of a provider comes behind those of the boards.
async fn hear_otherwise(
    app: &App,
    circular: &Circular,
    reached: Option<Uuid>,
    some: &[Subscription],
) -> Result<HashSet<Uuid>, StoreError> {
    let Some(last) = some.last() else { return Ok(HashSet::new()) };
    let doubles = app.store.doubles(circular, reached, last.id).await?;
    Ok(doubles.into_iter().filter(|(_, other)| subscribing::may_hear(app, other)).map(|(id, _)| id).collect())
}

fn messages(app: &App, next: &Circulated, some: &[Subscription], otherwise: &HashSet<Uuid>) -> Vec<OutboxRow> {
    let directory = app.directory();
    let desk = Desk::new(app, &directory);
    let provider = provider(&directory, &next.provider);
    let news = News::of(&directory, &next.circular.target);
    let reason = news.reason();
    let mut pen = Pen::default();
    // What a page says to who may enter it is not for guests, even where the board shows that it is there.
    let withheld = app.doors.of(&provider.slug).is_some();
    let open = access::is_open(app);
    let hear = some
        .iter()
        .filter(|one| !otherwise.contains(&one.id) && subscribing::may_hear(app, one) && (one.trusted || !withheld));
    hear.flat_map(|subscription| {
        let key = subscribing::key(subscription);
        let guest = !subscription.trusted && !open && !key.is_empty();
        let board = guest.then(|| format!("{}/boards/{}?key={key}", desk.sender.base_url, news.slug));
        let telling = Telling {
            provider: &provider,
            page: next.circular.page,
            event: &next.event,
            channel: &subscribing::channel(subscription),
            monitor_components: &[],
            reason: &reason,
            first: next.circular.first,
            sequence: next.circular.sequence,
            only_page: board.as_deref(),
        };
        pen.messages(&desk, &telling)
    })
    .collect()
}

fn provider(directory: &Directory, slug: &str) -> ProviderRef {
    let known = directory.provider(slug).map(|provider| provider.reference());
    known.unwrap_or_else(|| ProviderRef { slug: slug.to_owned(), name: slug.to_owned() })
}
