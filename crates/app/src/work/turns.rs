//! Turns: which page is due when. A page waits, or is being polled, or is watched no more; never two of these at once.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tocsin_domain::cadence;
use uuid::Uuid;

use super::watch::{Page, Pages};

/// Pages added while we run are asked within this time (seconds), a few of them at once.
const SOON_S: i64 = 5;
const FEW: usize = 5;
/// A page that its vendor sent word of is asked at once, but no sooner than this after the last time it was.
pub const HINT_GAP: Duration = Duration::from_secs(5);

#[derive(Default)]
pub struct Turns {
    heap: BinaryHeap<Reverse<(Instant, u64)>>,
    /// By ticket; a ticket in the heap without a page here was withdrawn.
    waiting: HashMap<u64, Arc<Page>>,
    polled: HashSet<Uuid>,
    /// When pages were last asked because of a vendor's word.
    hinted: HashMap<Uuid, Instant>,
    next_ticket: u64,
}

impl Turns {
    /// The first round after a start, spread over `spread_s` seconds.
    #[must_use]
    pub fn plan(pages: &Pages, spread_s: i64, now: Instant) -> Self {
        let mut turns = Self::default();
        turns.add_new(pages, spread_s, now);
        turns
    }

    /// Takes over a changed watch: pages that left it lose their turn, new ones get one soon.
    pub fn replan(&mut self, pages: &Pages, now: Instant) {
        let wanted: HashSet<*const Page> = pages.all.iter().map(Arc::as_ptr).collect();
        self.waiting.retain(|_, page| wanted.contains(&Arc::as_ptr(page)));
        let known = self.waiting.len() + self.polled.len();
        let spread_s = if pages.all.len() <= known + FEW { 0 } else { SOON_S };
        self.add_new(pages, spread_s, now);
    }

    fn add_new(&mut self, pages: &Pages, spread_s: i64, now: Instant) {
        let known: HashSet<Uuid> = self.waiting.values().map(|page| page.id).collect();
        for page in pages.all.iter().filter(|page| !known.contains(&page.id)) {
            if !self.polled.contains(&page.id) {
                let delay = cadence::first_delay_ms(&page.provider.slug, spread_s);
                self.wait(Arc::clone(page), now + Duration::from_millis(delay));
            }
        }
    }

    fn wait(&mut self, page: Arc<Page>, at: Instant) {
        self.next_ticket += 1;
        self.waiting.insert(self.next_ticket, page);
        self.heap.push(Reverse((at, self.next_ticket)));
    }

    /// Its poll is over: it waits until `at`, as the watch has it now. What is watched no more is let go.
    pub fn done(&mut self, id: Uuid, at: Instant, pages: &Pages) {
        if self.polled.remove(&id)
            && let Some(page) = pages.by_id(id)
        {
            self.wait(Arc::clone(page), at);
        }
    }

    /// Its vendor sent word: it is due at once. One that is being polled is asked again by its own delay.
    pub fn hurry(&mut self, id: Uuid, now: Instant) {
        let Some((ticket, page)) = self.waiting.iter().find(|(_, page)| page.id == id) else { return };
        let (ticket, page) = (*ticket, Arc::clone(page));
        let at = self.hinted.get(&id).map_or(now, |last| now.max(*last + HINT_GAP));
        self.hinted.retain(|_, last| now.saturating_duration_since(*last) < HINT_GAP);
        self.hinted.insert(id, at);
        self.waiting.remove(&ticket);
        self.wait(page, at);
    }

    /// How long nothing is due; `None` where nothing waits at all.
    #[must_use]
    pub fn next_wait(&self, now: Instant) -> Option<Duration> {
        self.heap.peek().map(|Reverse((at, _))| at.saturating_duration_since(now))
    }

    #[must_use]
    pub fn is_due(&self, now: Instant) -> bool {
        self.heap.peek().is_some_and(|Reverse((at, _))| *at <= now)
    }

    /// The page that is due longest; it counts as being polled until [`Turns::done`].
    pub fn take_due(&mut self, now: Instant) -> Option<Arc<Page>> {
        while self.is_due(now) {
            let Reverse((_, ticket)) = self.heap.pop()?;
            if let Some(page) = self.waiting.remove(&ticket) {
                self.polled.insert(page.id);
                return Some(page);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tocsin_domain::cadence::Pace;
    use tocsin_domain::{Health, ProviderRef};
    use tocsin_platforms::PageAddress;
    use tocsin_store::{PageRow, PageStatus};

    fn page(slug: &str) -> Arc<Page> {
        let id = Uuid::from_u128(slug.bytes().fold(0, |sum, byte| sum * 256 + u128::from(byte)));
        let url = format!("https://{slug}.example/");
        let status = PageStatus {
            page: PageRow { id, provider: slug.into(), url: url.clone(), platform: None, evidence: Vec::new() },
            health: Health::Unknown,
            last_known: None,
            read_at: None,
            failures: 0,
            reason: None,
            wake_at: None,
            active: false,
            memory: "{}".into(),
            validators: "{}".into(),
        };
        let provider = ProviderRef { slug: slug.into(), name: slug.into() };
        let pace = Pace { interval_s: 300, active_interval_s: 60 };
        Arc::new(Page::new(&status, provider, PageAddress { url: url.parse().unwrap() }, pace, None))
    }

    #[test]
    fn a_page_has_one_turn_at_a_time() {
        let now = crate::clock::steady();
        let both = Pages::new(vec![page("a"), page("b")]);
        let mut turns = Turns::plan(&both, 0, now);
        let first = turns.take_due(now).unwrap();
        // While it is polled, a changed watch gives it no second turn.
        turns.replan(&both, now);
        let second = turns.take_due(now).unwrap();
        assert_ne!(first.id, second.id);
        assert!(turns.take_due(now + Duration::from_secs(9)).is_none());
        turns.done(first.id, now, &both);
        assert_eq!(turns.take_due(now).map(|page| page.id), Some(first.id));
    }

    #[test]
    fn a_hint_makes_a_page_due_but_not_again_and_again() {
        let now = crate::clock::steady();
        let one = Pages::new(vec![page("a")]);
        let mut turns = Turns::plan(&one, 0, now);
        let polled = turns.take_due(now).unwrap();
        turns.hurry(polled.id, now);
        assert!(turns.take_due(now).is_none(), "it is being polled");
        turns.done(polled.id, now + Duration::from_secs(300), &one);
        turns.hurry(polled.id, now);
        assert!(turns.take_due(now).is_some());
        turns.done(polled.id, now + Duration::from_secs(300), &one);
        turns.hurry(polled.id, now);
        turns.hurry(polled.id, now);
        assert!(turns.take_due(now).is_none() && turns.take_due(now + HINT_GAP * 2).is_some());
        turns.done(polled.id, now + Duration::from_secs(300), &one);
        assert!(turns.take_due(now + Duration::from_secs(299)).is_none(), "withdrawn turns do not come back");
    }

    #[test]
    fn what_left_the_watch_is_let_go_and_what_changed_is_taken_over() {
        let now = crate::clock::steady();
        let (a, b) = (page("a"), page("b"));
        let mut turns = Turns::plan(&Pages::new(vec![Arc::clone(&a), Arc::clone(&b)]), 0, now);
        let polled = turns.take_due(now).unwrap();
        let again = page(&polled.provider.slug);
        let only = Pages::new(vec![Arc::clone(&again)]);
        turns.replan(&only, now);
        assert!(turns.take_due(now + Duration::from_secs(9)).is_none(), "the other one is not watched any more");
        turns.done(polled.id, now, &only);
        assert!(Arc::ptr_eq(&turns.take_due(now).unwrap(), &again));
        turns.done(again.id, now, &Pages::new(Vec::new()));
        assert!(turns.next_wait(now).is_none());
    }
}
