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

/// Who wants a page to be asked sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wish {
    /// Its vendor sent word.
    Word,
    /// Somebody here changed what opens it: that it failed until now says nothing any more.
    Anew,
}

/// How long a page waits for its next turn, and what nobody's wish makes shorter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delay {
    pub wait: Duration,
    /// It failed and is left in peace: no word makes it due sooner.
    pub backing_off: bool,
    /// What its server asked for (`Retry-After`): nothing makes it due sooner.
    pub asked_for: Duration,
}

/// A page that waits.
struct Waiting {
    page: Arc<Page>,
    at: Instant,
    backing_off: bool,
    hinted: bool,
}

#[derive(Default)]
pub struct Turns {
    heap: BinaryHeap<Reverse<(Instant, u64)>>,
    /// By ticket; a ticket in the heap without a page here was withdrawn.
    waiting: HashMap<u64, Waiting>,
    polled: HashSet<Uuid>,
    /// When pages were last asked because of a vendor's word.
    hinted: HashMap<Uuid, Instant>,
    /// Pages whose server asked us to wait, and until when.
    not_before: HashMap<Uuid, Instant>,
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
        self.waiting.retain(|_, waiting| wanted.contains(&Arc::as_ptr(&waiting.page)));
        let known = self.waiting.len() + self.polled.len();
        let spread_s = if pages.all.len() <= known + FEW { 0 } else { SOON_S };
        self.add_new(pages, spread_s, now);
    }

    fn add_new(&mut self, pages: &Pages, spread_s: i64, now: Instant) {
        let known: HashSet<Uuid> = self.waiting.values().map(|waiting| waiting.page.id).collect();
        for page in pages.all.iter().filter(|page| !known.contains(&page.id)) {
            if !self.polled.contains(&page.id) {
                let delay = cadence::first_delay_ms(&page.provider.slug, spread_s);
                let at = now + Duration::from_millis(delay);
                let at = self.not_before.get(&page.id).map_or(at, |earliest| at.max(*earliest));
                self.wait(Waiting { page: Arc::clone(page), at, backing_off: false, hinted: false });
            }
        }
    }

    fn wait(&mut self, waiting: Waiting) {
        self.next_ticket += 1;
        self.heap.push(Reverse((waiting.at, self.next_ticket)));
        self.waiting.insert(self.next_ticket, waiting);
    }

    /// Its poll is over: it waits, as the watch has it now. What is watched no more is let go.
    pub fn done(&mut self, id: Uuid, delay: Delay, now: Instant, pages: &Pages) {
        self.not_before.retain(|page, until| *page != id && *until > now);
        if !delay.asked_for.is_zero() {
            self.not_before.insert(id, now + delay.asked_for);
        }
        if self.polled.remove(&id)
            && let Some(page) = pages.by_id(id)
        {
            let at = now + delay.wait.max(delay.asked_for);
            self.wait(Waiting { page: Arc::clone(page), at, backing_off: delay.backing_off, hinted: false });
        }
    }

    /// Somebody wants it to be asked at once. It never becomes due later by that, and where it was asked for a word a
    /// moment ago, it waits for [`HINT_GAP`]. One that is being polled is asked again by its own delay.
    pub fn hurry(&mut self, id: Uuid, wish: Wish, now: Instant) {
        let earliest = self.earliest(id, now);
        let Some((ticket, waiting)) = self.waiting.iter_mut().find(|(_, waiting)| waiting.page.id == id) else {
            return;
        };
        if waiting.backing_off && wish == Wish::Word {
            return;
        }
        waiting.hinted = true;
        if waiting.at <= earliest {
            return;
        }
        let ticket = *ticket;
        if let Some(waiting) = self.waiting.remove(&ticket) {
            self.wait(Waiting { at: earliest, ..waiting });
        }
    }

    /// When a page may be asked for a wish.
    fn earliest(&self, id: Uuid, now: Instant) -> Instant {
        let rested = self.hinted.get(&id).map_or(now, |last| *last + HINT_GAP);
        now.max(rested).max(self.not_before.get(&id).copied().unwrap_or(now))
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
            if let Some(Waiting { page, hinted, .. }) = self.waiting.remove(&ticket) {
                self.polled.insert(page.id);
                if hinted {
                    self.hinted.retain(|_, last| now.saturating_duration_since(*last) < HINT_GAP);
                    self.hinted.insert(page.id, now);
                }
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

    fn quiet(seconds: u64) -> Delay {
        Delay { wait: Duration::from_secs(seconds), ..Delay::default() }
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
        turns.done(first.id, Delay::default(), now, &both);
        assert_eq!(turns.take_due(now).map(|page| page.id), Some(first.id));
    }

    #[test]
    fn a_hint_makes_a_page_due_but_not_again_and_again() {
        let long = quiet(300);
        let now = crate::clock::steady();
        let one = Pages::new(vec![page("a")]);
        let mut turns = Turns::plan(&one, 0, now);
        let polled = turns.take_due(now).unwrap();
        turns.hurry(polled.id, Wish::Word, now);
        assert!(turns.take_due(now).is_none(), "it is being polled");
        turns.done(polled.id, long, now, &one);
        turns.hurry(polled.id, Wish::Word, now);
        assert!(turns.take_due(now).is_some());
        turns.done(polled.id, long, now, &one);
        turns.hurry(polled.id, Wish::Word, now);
        turns.hurry(polled.id, Wish::Word, now);
        assert!(turns.take_due(now).is_none() && turns.take_due(now + HINT_GAP * 2).is_some());
        turns.done(polled.id, long, now, &one);
        assert!(turns.take_due(now + Duration::from_secs(299)).is_none(), "withdrawn turns do not come back");
    }

    #[test]
    fn a_burst_of_hints_postpones_nothing() {
        let start = crate::clock::steady();
        let one = Pages::new(vec![page("a")]);
        let mut turns = Turns::plan(&one, 0, start);
        let id = turns.take_due(start).unwrap().id;
        turns.done(id, quiet(12), start, &one);
        let mut polls = Vec::new();
        for hint in 0..100_u64 {
            let now = start + Duration::from_millis(300 * hint);
            turns.hurry(id, Wish::Word, now);
            if turns.take_due(now).is_some() {
                polls.push(now);
                turns.done(id, quiet(12), now, &one);
            }
        }
        assert_eq!(polls[0], start, "at once");
        let gaps: Vec<Duration> = polls.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(polls.len() == 6 && gaps.iter().all(|gap| (HINT_GAP..HINT_GAP * 2).contains(gap)), "{gaps:?}");
    }

    #[test]
    fn a_hint_makes_nothing_later_than_it_was() {
        let now = crate::clock::steady();
        let one = Pages::new(vec![page("a")]);
        let mut turns = Turns::plan(&one, 0, now);
        let id = turns.take_due(now).unwrap().id;
        turns.done(id, quiet(300), now, &one);
        turns.hurry(id, Wish::Word, now);
        assert!(turns.take_due(now).is_some());
        turns.done(id, quiet(2), now, &one);
        turns.hurry(id, Wish::Word, now);
        assert!(turns.take_due(now + Duration::from_secs(2)).is_some(), "it was due sooner than the hint allows");
    }

    #[test]
    fn a_page_that_failed_or_asked_us_to_wait_is_left_in_peace() {
        let now = crate::clock::steady();
        let at = |seconds| now + Duration::from_secs(seconds);
        let one = Pages::new(vec![page("a")]);
        let mut turns = Turns::plan(&one, 0, now);
        let id = turns.take_due(now).unwrap().id;
        turns.done(id, Delay { backing_off: true, ..quiet(100) }, now, &one);
        turns.hurry(id, Wish::Word, now);
        assert!(turns.take_due(at(99)).is_none(), "it backs off");
        turns.hurry(id, Wish::Anew, now);
        assert!(turns.take_due(now).is_some(), "what opens it was changed");
        turns.done(id, Delay { asked_for: Duration::from_secs(60), ..quiet(30) }, now, &one);
        turns.hurry(id, Wish::Word, now);
        turns.hurry(id, Wish::Anew, now);
        turns.replan(&Pages::new(vec![page("a")]), now);
        assert!(turns.take_due(at(59)).is_none() && turns.take_due(at(60)).is_some(), "its server asked for a minute");
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
        turns.done(polled.id, Delay::default(), now, &only);
        assert!(Arc::ptr_eq(&turns.take_due(now).unwrap(), &again));
        turns.done(again.id, Delay::default(), now, &Pages::new(Vec::new()));
        assert!(turns.next_wait(now).is_none());
    }
}
