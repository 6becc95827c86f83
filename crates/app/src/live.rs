//! Live: what open pages look at, rendered once for all who look at the same.
//!
//! A topic is one page at one address. Its latest [`Frame`] lies in a watch channel: a reader who is slow skips what is
//! out of date instead of filling a queue, and one who comes (again) gets the whole state, so that nothing can be missed
//! in between. What is sent is the page's own fragments, cut out of the page itself.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tocsin_domain::Event;
use tocsin_pages::live::{Fragment, fragments};
use tocsin_store::{JournalEntry, StoreError};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};
use tokio::time::MissedTickBehavior;

use crate::access::Sight;
use crate::served::Served;
use crate::web::{Trouble, board, dashboard, incident, provider};

/// Pages that are looked at live at once, and readers who do.
const TOPICS: usize = 128;
const READERS: usize = 1_024;
/// Events that come together are shown together.
const TOGETHER: Duration = Duration::from_millis(60);
/// Not all that changes is an event (a page that failed twice, a message that arrived): looked at this often.
const LOOK: Duration = Duration::from_secs(5);

/// A page that changes while it is open, with how much of people it shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The dashboard, as its address asks for it.
    Now(dashboard::Asked, Sight),
    /// A provider's page; the second part is the place after which its past goes on.
    Provider(String, String, Sight),
    /// The second part is how much of the receivers it shows.
    Incident(String, Sight),
    Board(board::View),
}

impl Topic {
    /// True where the event may change the page.
    fn concerns(&self, provider: &str, event: &Event) -> bool {
        match self {
            // What is on a board may change while it is looked at.
            Self::Now(..) | Self::Board(_) => true,
            Self::Provider(slug, ..) => slug == provider,
            Self::Incident(id, _) => event.incident().is_some_and(|incident| incident.id.to_string() == *id),
        }
    }

    async fn render(&self, served: &Served) -> Result<String, Trouble> {
        match self {
            Self::Now(asked, sight) => dashboard::render(&served.app, asked, *sight).await,
            Self::Provider(slug, before, sight) => provider::render(&served.app, slug, before, *sight).await,
            Self::Incident(id, sight) => incident::render(&served.app, id, *sight).await,
            Self::Board(view) => board::render(&served.app, view).await,
        }
    }
}

/// What a page looks like now.
#[derive(Clone, Debug)]
pub struct Frame {
    pub fragments: Arc<Vec<Fragment>>,
    /// The same as long as the page says the same: an id that a reader can come back with.
    pub print: u64,
}

impl Frame {
    fn of(page: &str) -> Self {
        let fragments = fragments(page);
        let print = fragments.iter().fold(0_u64, |all, one| all.rotate_left(7) ^ one.print);
        Self { fragments: Arc::new(fragments), print }
    }
}

/// Who looks at what.
pub struct Hub {
    topics: Mutex<HashMap<Topic, watch::Sender<Frame>>>,
    readers: Arc<Semaphore>,
    /// The last round could not render what it should have.
    failing: AtomicBool,
}

impl Default for Hub {
    fn default() -> Self {
        Self { topics: Mutex::default(), readers: Arc::new(Semaphore::new(READERS)), failing: AtomicBool::new(false) }
    }
}

/// Why somebody cannot look live.
pub enum Refusal {
    /// There is no such page.
    Nothing,
    /// As many as we serve are there already.
    Full,
    /// The store does not answer.
    Store(StoreError),
}

impl Hub {
    /// Begins to look; the permit is given back when the reader goes.
    pub async fn look(
        &self,
        served: &Served,
        topic: Topic,
    ) -> Result<(watch::Receiver<Frame>, OwnedSemaphorePermit), Refusal> {
        let permit = Arc::clone(&self.readers).try_acquire_owned().map_err(|_| Refusal::Full)?;
        // Subscribed under the lock: what nobody looks at is swept away.
        if let Some(frames) = self.with(|topics| topics.get(&topic).map(watch::Sender::subscribe)) {
            return Ok((frames, permit));
        }
        let page = topic.render(served).await.map_err(|trouble| match trouble {
            Trouble::NotFound | Trouble::Refused(_) => Refusal::Nothing,
            Trouble::Store(error) => Refusal::Store(error),
        })?;
        self.with(|topics| {
            topics.retain(|_, sender| sender.receiver_count() > 0);
            if topics.len() >= TOPICS && !topics.contains_key(&topic) {
                return Err(Refusal::Full);
            }
            let sender = topics.entry(topic).or_insert_with(|| watch::channel(Frame::of(&page)).0);
            Ok((sender.subscribe(), permit))
        })
    }

    /// Renders the topics that are `wanted` and looked at, once each.
    async fn renew(&self, served: &Served, wanted: impl Fn(&Topic) -> bool) {
        let topics: Vec<Topic> = self.with(|topics| {
            topics.retain(|_, sender| sender.receiver_count() > 0);
            topics.keys().filter(|topic| wanted(topic)).cloned().collect()
        });
        let mut failed = false;
        for topic in topics {
            let page = match topic.render(served).await {
                Ok(page) => page,
                // It is gone, or not to be seen any more: whoever looks at it is let go.
                Err(Trouble::NotFound | Trouble::Refused(_)) => {
                    self.with(|topics| drop(topics.remove(&topic)));
                    continue;
                }
                Err(Trouble::Store(_)) => {
                    failed = true;
                    continue;
                }
            };
            let frame = Frame::of(&page);
            self.with(|topics| {
                if let Some(sender) = topics.get(&topic) {
                    sender.send_if_modified(|last| {
                        let news = last.print != frame.print;
                        *last = frame;
                        news
                    });
                }
            });
        }
        self.failing.store(failed, Ordering::Relaxed);
    }

    /// What is shown may be out of date, because it could not be rendered again.
    pub fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    fn with<T>(&self, change: impl FnOnce(&mut HashMap<Topic, watch::Sender<Frame>>) -> T) -> T {
        change(&mut self.topics.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Keeps what is looked at up to date, until the app stops.
pub async fn run(served: Served) {
    let mut stop = served.app.stop.subscribe();
    let mut journal = served.app.journal.subscribe();
    // Whoever changes the set-up, or wishes something, looks at the page again at once.
    let mut set_up = served.app.watch_changed.subscribe();
    let hub = Arc::clone(&served.live);
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let heard = tokio::select! {
            () = stopped(&mut stop) => return,
            _ = look.tick() => None,
            _ = set_up.changed() => None,
            received = journal.recv() => match received {
                Ok(entry) => Some(entry),
                Err(RecvError::Lagged(_)) => None,
                Err(RecvError::Closed) => return,
            },
        };
        let Some(first) = heard else {
            hub.renew(&served, |_| true).await;
            continue;
        };
        tokio::time::sleep(TOGETHER).await;
        let entries = together(first, &mut journal);
        hub.renew(&served, |topic| entries.iter().any(|entry| topic.concerns(&entry.provider, &entry.event))).await;
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stopping| *stopping).await);
}

/// What has come meanwhile, too. What was missed by falling behind is found by the next look at everything.
fn together(first: Arc<JournalEntry>, journal: &mut broadcast::Receiver<Arc<JournalEntry>>) -> Vec<Arc<JournalEntry>> {
    let mut entries = vec![first];
    loop {
        match journal.try_recv() {
            Ok(entry) => entries.push(entry),
            Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => return entries,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_parts_is_part_of_the_print() {
        let (one, other) = ("<!--[a-->1<!--a]--><!--[b-->2<!--b]-->", "<!--[a-->2<!--a]--><!--[b-->1<!--b]-->");
        assert_ne!(Frame::of(one).print, Frame::of(other).print);
        assert_eq!(Frame::of(one).print, Frame::of(&format!("elsewhere {one}")).print, "only what is live counts");
    }
}
