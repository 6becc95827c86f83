//! Who may be given calls, as the server has it.
//!
//! ```text
//! NONE → LEASED (build, configuration, 15 s, renewed every 5) → ON_CALL → LEASED
//!                                                                       → DRAINING → NONE: it no longer fits
//!        LEASED → REVOKED: by hand, or after a call in which nobody was heard
//! ```
//!
//! A lease is bound to one tab, one build and one configuration, and is looked at again before each offer: between two
//! renewals anything may have changed. Its token is greater than any before for that agent; who comes with an older one
//! is not the holder. A call outlives its lease: nothing here cuts one off.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::handshake::message::{LeaseReply, LeaseRequest, Outcome, Refusal};
use crate::snapshot::{Build, Snapshot, Stamp};

pub const TTL: Duration = Duration::from_secs(15);
pub const RENEW: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Leased,
    OnCall,
    /// On a call, and not to get another one as it is.
    Draining,
}

/// How a lease ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    Expired,
    Released,
    /// The same tab was loaded again.
    Replaced,
    Revoked,
    Refused(Refusal),
}

/// For routing: nobody there any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub agent: String,
    pub token: u64,
    pub how: End,
    /// Its call has lost the browser that carried it.
    pub cut: bool,
}

/// A session as a supervisor sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    pub agent: String,
    pub widget_id: String,
    pub build: Build,
    #[serde(flatten)]
    pub stamp: Stamp,
    pub standing: Standing,
    pub routable: bool,
}

#[derive(Clone, Debug)]
struct Held {
    tab: String,
    load: u64,
    widget_id: String,
    build: Build,
    stamp: Stamp,
    token: u64,
    until: Duration,
    standing: Standing,
}

#[derive(Clone, Debug)]
pub struct Leases {
    held: BTreeMap<String, Held>,
    /// Until when an agent gets no lease.
    barred: BTreeMap<String, Duration>,
    token: u64,
    refused: BTreeMap<Refusal, u64>,
    ended: Vec<Ended>,
}

impl Leases {
    /// `token` must be greater than any given out before, by whichever process: the server's epoch times a million, say.
    #[must_use]
    pub fn new(token: u64) -> Leases {
        Leases { held: BTreeMap::new(), barred: BTreeMap::new(), token, refused: BTreeMap::new(), ended: Vec::new() }
    }

    /// Gives or renews a lease, or says why not. `current` is what holds at the server.
    pub fn ask(&mut self, now: Duration, request: &LeaseRequest, current: &Snapshot) -> LeaseReply {
        self.sweep(now);
        let outcome = match self.decide(now, request, current) {
            Ok(token) => Outcome::Leased { token, ttl: millis(TTL), renew: millis(RENEW) },
            Err(why) => {
                self.count(why);
                Outcome::Refused { why }
            }
        };
        let Stamp { epoch, version, .. } = current.stamp;
        LeaseReply { ask: request.ask, min_build: current.min_build, epoch, version, outcome }
    }

    fn decide(&mut self, now: Duration, request: &LeaseRequest, current: &Snapshot) -> Result<u64, Refusal> {
        let fits = fits(request.build, &request.stamp, current);
        let barred = self.is_barred(now, &request.agent);
        if let Some(held) = self.held.get_mut(&request.agent) {
            // A request of an earlier load comes late; whoever sent it is gone.
            if held.tab != request.tab || request.load < held.load {
                return Err(Refusal::AnotherTab);
            }
            if held.widget_id == request.widget_id {
                if held.standing != Standing::Leased {
                    held.until = now + TTL;
                    held.stamp = request.stamp.clone();
                    held.standing = if fits.is_ok() && !barred { Standing::OnCall } else { Standing::Draining };
                    return Ok(held.token);
                }
                if let Err(why) = fits {
                    self.end(&request.agent, End::Refused(why));
                    return Err(why);
                }
                // Without its token, whoever asks is told a new one, and the old one is no good any more.
                if request.token != Some(held.token) {
                    self.token += 1;
                    held.token = self.token;
                }
                held.until = now + TTL;
                held.build = request.build;
                held.stamp = request.stamp.clone();
                return Ok(held.token);
            }
            self.end(&request.agent, End::Replaced);
        }
        if barred {
            return Err(Refusal::Revoked);
        }
        fits?;
        self.token += 1;
        self.held.insert(
            request.agent.clone(),
            Held {
                tab: request.tab.clone(),
                load: request.load,
                widget_id: request.widget_id.clone(),
                build: request.build,
                stamp: request.stamp.clone(),
                token: self.token,
                until: now + TTL,
                standing: Standing::Leased,
            },
        );
        Ok(self.token)
    }

    /// Whether an agent may be offered a call at this moment; the token is to be named with the call.
    ///
    /// # Errors
    /// Why not; it is counted.
    pub fn may_offer(&mut self, now: Duration, agent: &str, current: &Snapshot) -> Result<u64, Refusal> {
        let checked = self.check(now, agent, current);
        if let Err(why) = checked {
            self.count(why);
        }
        checked
    }

    fn check(&self, now: Duration, agent: &str, current: &Snapshot) -> Result<u64, Refusal> {
        let held = self.held.get(agent).filter(|held| now < held.until).ok_or(Refusal::NoLease)?;
        if held.standing != Standing::Leased {
            return Err(Refusal::OnCall);
        }
        fits(held.build, &held.stamp, current)?;
        Ok(held.token)
    }

    /// An offer goes out to the holder of that token.
    ///
    /// # Errors
    /// Another one holds the lease by now, or nobody, or it has a call.
    pub fn call_began(&mut self, agent: &str, token: u64) -> Result<(), Refusal> {
        let held = self.held.get_mut(agent).filter(|held| held.token == token).ok_or(Refusal::NoLease)?;
        if held.standing != Standing::Leased {
            return Err(Refusal::OnCall);
        }
        held.standing = Standing::OnCall;
        Ok(())
    }

    /// The call is over, wrap-up too. A lease that fits no more ends with it.
    pub fn call_over(&mut self, now: Duration, agent: &str, token: u64, current: &Snapshot) {
        let barred = self.is_barred(now, agent);
        let Some(held) = self.held.get_mut(agent).filter(|held| held.token == token) else { return };
        held.standing = Standing::Leased;
        if barred {
            self.end(agent, End::Revoked);
        } else if held.until <= now {
            self.end(agent, End::Expired);
        } else if held.build < current.min_build {
            self.end(agent, End::Refused(Refusal::BuildTooOld));
        }
    }

    /// The holder gives it back.
    pub fn release(&mut self, agent: &str, token: u64) {
        if self.held.get(agent).is_some_and(|held| held.token == token && held.standing == Standing::Leased) {
            self.end(agent, End::Released);
        }
    }

    /// Whoever holds it is gone: the same as if it had been given back. A call outlives it.
    pub fn vacate(&mut self, agent: &str) {
        if let Some(token) = self.held.get(agent).map(|held| held.token) {
            self.release(agent, token);
        }
    }

    /// Takes an agent's lease and gives none for a time. A call that is on goes on.
    pub fn revoke(&mut self, now: Duration, agent: &str, bar: Duration) {
        self.barred.insert(agent.to_owned(), now + bar);
        match self.held.get_mut(agent) {
            Some(held) if held.standing != Standing::Leased => held.standing = Standing::Draining,
            Some(_) => self.end(agent, End::Revoked),
            None => {}
        }
    }

    /// Ends what has run out; calls outlive it.
    pub fn sweep(&mut self, now: Duration) {
        let gone: Vec<String> = self
            .held
            .iter()
            .filter(|(_, held)| held.until <= now && held.standing == Standing::Leased)
            .map(|(agent, _)| agent.clone())
            .collect();
        for agent in gone {
            self.end(&agent, End::Expired);
        }
        self.barred.retain(|_, until| now < *until);
    }

    /// The leases that ended since this was asked last.
    pub fn ended(&mut self) -> Vec<Ended> {
        std::mem::take(&mut self.ended)
    }

    /// How often somebody was told no, by reason.
    #[must_use]
    pub fn refused(&self) -> &BTreeMap<Refusal, u64> {
        &self.refused
    }

    #[must_use]
    pub fn sessions(&self, now: Duration, current: &Snapshot) -> Vec<Session> {
        let session = |(agent, held): (&String, &Held)| Session {
            agent: agent.clone(),
            widget_id: held.widget_id.clone(),
            build: held.build,
            stamp: held.stamp.clone(),
            standing: held.standing,
            routable: self.check(now, agent, current).is_ok(),
        };
        self.held.iter().map(session).collect()
    }

    /// Counts a refusal of a kind that is decided elsewhere, as calls being switched off.
    pub fn count(&mut self, why: Refusal) {
        *self.refused.entry(why).or_default() += 1;
    }

    fn is_barred(&self, now: Duration, agent: &str) -> bool {
        self.barred.get(agent).is_some_and(|until| now < *until)
    }

    fn end(&mut self, agent: &str, how: End) {
        if let Some(held) = self.held.remove(agent) {
            let cut = held.standing != Standing::Leased;
            self.ended.push(Ended { agent: agent.to_owned(), token: held.token, how, cut });
        }
    }
}

/// Whether a session is of the build and configuration that hold.
fn fits(build: Build, stamp: &Stamp, current: &Snapshot) -> Result<(), Refusal> {
    if build < current.min_build {
        return Err(Refusal::BuildTooOld);
    }
    if stamp.order(&current.stamp).is_ne() {
        return Err(Refusal::StaleConfig);
    }
    if stamp.hash != current.stamp.hash {
        return Err(Refusal::WrongHash);
    }
    Ok(())
}

fn millis(span: Duration) -> u64 {
    span.as_millis() as u64
}
