//! One attempt to join a caller and an agent's browser, from the offer to the end: watched, mended, closed.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tocsin_bridge::{Bridged, MediaBridge, Mode, News, Seen, Side};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{Edge, lock};
use crate::desk::{Event, Number, Round};
use crate::telephone::{Wish, lend};
use crate::{clock, turn};

/// How often what came is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// What can be done about an attempt.
pub enum Mend {
    /// The browser's answer: a session description.
    Answer(String),
    Candidate(String),
    Restart,
    Hears {
        held: bool,
        muted: bool,
    },
    Close,
}

/// An attempt that goes on.
pub struct Joined {
    round: Round,
    agent: String,
    tell: UnboundedSender<Mend>,
}

impl Edge {
    /// Begins an attempt.
    pub(super) fn open(self: &Arc<Edge>, call: Number, round: Round, agent: String) {
        let (tell, told) = unbounded_channel();
        lock(&self.joined).insert(call, Joined { round, agent: agent.clone(), tell });
        tokio::spawn(self.clone().join(call, round, agent, told));
    }

    pub(super) fn mend(&self, call: Number, round: Round, mend: Mend) {
        if let Some(joined) = lock(&self.joined).get(&call).filter(|joined| joined.round == round) {
            let _ = joined.tell.send(mend);
        }
    }

    /// What an agent's browser says of the attempt that it is part of; whether there is one.
    pub fn browser_says(&self, agent: &str, call: Number, round: Round, mend: Mend) -> bool {
        let joined = lock(&self.joined);
        let theirs = joined.get(&call).filter(|joined| joined.agent == agent && joined.round == round);
        theirs.is_some_and(|joined| joined.tell.send(mend).is_ok())
    }

    /// Whether that agent's browser is part of that attempt.
    pub fn is_joined(&self, agent: &str, call: Number, round: Round) -> bool {
        lock(&self.joined).get(&call).is_some_and(|joined| joined.agent == agent && joined.round == round)
    }

    pub(super) fn close(&self, call: Number, round: Round) {
        let mut joined = lock(&self.joined);
        if joined.get(&call).is_some_and(|joined| joined.round == round)
            && let Some(joined) = joined.remove(&call)
        {
            let _ = joined.tell.send(Mend::Close);
        }
    }

    async fn join(self: Arc<Edge>, call: Number, round: Round, agent: String, told: UnboundedReceiver<Mend>) {
        let (lent, kept) = lend();
        self.wish(call, Wish::Lend(kept));
        let offered = match self.bridge.offer(Box::new(lent)).await {
            Ok(offered) => offered,
            Err(error) => {
                tracing::error!(%error, call, "no way to a browser could be offered");
                return self.tell(Event::Unfit { call, round });
            }
        };
        let servers = turn::servers(self.setup.turn.as_ref(), &agent, clock::since_1970());
        let join = json!({"kind": "join", "call": call, "round": round, "sdp": offered.offer, "iceServers": servers});
        self.say(&agent, &join);
        self.watch(call, round, &agent, &offered.call, told).await;
        self.bridge.hangup(&offered.call).await;
    }

    async fn watch(
        self: &Arc<Edge>,
        call: Number,
        round: Round,
        agent: &str,
        bridged: &Bridged,
        mut told: UnboundedReceiver<Mend>,
    ) {
        let seen = |seen: Seen| self.tell(Event::Seen { call, round, seen });
        let mut news = self.bridge.news(bridged);
        let mut look = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                mend = told.recv() => match mend {
                    None | Some(Mend::Close) => return,
                    Some(Mend::Answer(sdp)) => {
                        if let Err(error) = self.bridge.answer(bridged, sdp).await {
                            tracing::warn!(%error, call, agent, "a browser's answer does not fit");
                            self.tell(Event::Unfit { call, round });
                        }
                    }
                    Some(Mend::Candidate(line)) => {
                        if let Err(error) = self.bridge.candidate(bridged, line).await {
                            tracing::debug!(%error, call, agent, "a candidate was not taken");
                        }
                    }
                    Some(Mend::Restart) => match self.bridge.restart(bridged).await {
                        Ok(sdp) => self.say(agent, &json!({"kind": "join", "call": call, "round": round, "sdp": sdp})),
                        Err(error) => tracing::debug!(%error, call, agent, "nothing to begin anew"),
                    },
                    Some(Mend::Hears { held, muted }) => {
                        let (caller, agents) = match (held, muted) {
                            (true, _) => (Mode::Hold, Mode::Mute),
                            (false, true) => (Mode::Mute, Mode::Pass),
                            (false, false) => (Mode::Pass, Mode::Pass),
                        };
                        for (who, mode) in [(Side::Caller, caller), (Side::Agent, agents)] {
                            let _ = self.bridge.hears(bridged, who, mode).await;
                        }
                    }
                },
                came = news.recv() => match came {
                    Ok(News::Secured) => seen(Seen::Secured),
                    // The caller's own task tells of the caller.
                    Ok(News::Over(Some(Side::Caller), _)) => return,
                    Ok(News::Over(_, why)) => {
                        tracing::warn!(call, agent, why, "the browser is gone");
                        return self.tell(Event::AgentLost { call, round });
                    }
                    Ok(News::Path(_) | News::Pressed(_)) => {}
                    Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                    Err(_) => return,
                },
                _ = look.tick() => {
                    let Ok(stats) = self.bridge.stats(bridged).await else { continue };
                    let came = stats.from_agent.came;
                    seen(Seen::Agent { packets: came.packets, sounds: came.sounds(stats.now) });
                    seen(Seen::Caller { packets: stats.from_caller.came.packets });
                }
            }
        }
    }
}

/// Where browsers reach us: on every address, if the pages are served on every one.
#[must_use]
pub fn host(web: IpAddr, public: Option<IpAddr>, toward: IpAddr) -> tocsin_rtc::Host {
    let bind = if web.is_unspecified() { toward } else { web };
    tocsin_rtc::Host { bind, announce: public.filter(|_| !bind.is_loopback()), ports: None }
}
