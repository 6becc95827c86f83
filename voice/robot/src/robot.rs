//! A robot that sits at a page, in a thread of its own, as those see it who ask something of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use tocsin_check::{Did, Pair, Refrain};
use tocsin_media::verdict::Came;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::agent::{Orders, Seat, Tells, works};
use crate::browser::Leash;

/// How long it may take to leave the page and close the browser, looked at so often.
const LEAVES: u32 = 100;
const LOOK: Duration = Duration::from_millis(50);

/// It works from its start on; when this is dropped, its browser is ended and nothing of it is left.
pub struct Robot {
    orders: Arc<Orders>,
    leash: Leash,
    tells: UnboundedReceiver<Tells>,
    works: Option<JoinHandle<()>>,
    /// The page is known to say when a call is connected.
    pub(crate) awaits_word: bool,
}

impl Robot {
    /// Starts one that says `refrain` into its microphone.
    #[must_use]
    pub fn start(seat: Seat, refrain: Refrain) -> Robot {
        let (orders, leash) = (Arc::new(Orders::default()), Leash::default());
        let (say, tells) = unbounded_channel();
        let (told, held) = (Arc::clone(&orders), leash.clone());
        let awaits_word = seat.site.connected.is_some();
        let works = std::thread::spawn(move || works(&seat, &refrain, &told, &held, &say));
        Robot { orders, leash, tells, works: Some(works), awaits_word }
    }

    /// Waits until it is ready for calls, and says how long that took.
    ///
    /// # Errors
    /// Why nobody can be called.
    pub async fn ready(&mut self) -> Result<Duration, Came> {
        while let Some(told) = self.tells.recv().await {
            match told {
                Tells::Did(Did::Ready(after), _) => return Ok(after),
                Tells::Did(Did::NotReady(why), _) => return Err(Came::NotReady(why)),
                Tells::Did(Did::Broke(why), _) => return Err(Came::Broke(why)),
                _ => {}
            }
        }
        Err(Came::Broke("it ended by a fault of ours".to_owned()))
    }

    /// Tells a call what the robot told meanwhile, and the robot what the call wants.
    pub fn beside(&mut self, pair: &mut Pair) {
        while let Ok(told) = self.tells.try_recv() {
            match told {
                Tells::Did(did, at) => pair.agent_did(did, at),
                Tells::Heard(sound) => pair.agent_hears(sound.source, &sound.samples, sound.end),
                Tells::Itself(_) => {}
            }
        }
        if pair.agent_is_to_hang_up() {
            self.orders.hang_up.store(true, Ordering::Relaxed);
        }
    }

    /// Lets it leave the call, and find out whether its browser hears its own microphone.
    ///
    /// # Errors
    /// That it does not, and why.
    pub async fn hears_itself(&mut self) -> Result<(), String> {
        self.orders.prove.store(true, Ordering::Relaxed);
        while let Some(told) = self.tells.recv().await {
            match told {
                Tells::Itself(proved) => return proved,
                Tells::Did(Did::Broke(why), _) => return Err(why),
                _ => {}
            }
        }
        Err("it ended before that was known".to_owned())
    }

    /// Leaves the page as people do, and waits until nothing is left of it.
    pub async fn close(self) {
        self.orders.stop.store(true, Ordering::Relaxed);
        for _ in 0..LEAVES {
            if self.works.as_ref().is_none_or(JoinHandle::is_finished) {
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        // What is left to do, `drop` does.
    }
}

impl Drop for Robot {
    fn drop(&mut self) {
        self.orders.stop.store(true, Ordering::Relaxed);
        let Some(works) = self.works.take() else { return };
        if !works.is_finished() {
            self.leash.pull();
        }
        let _ = works.join();
    }
}
