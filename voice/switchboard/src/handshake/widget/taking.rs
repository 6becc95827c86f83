//! What a widget takes from others, and what it lets pass.

use std::cmp::Ordering;
use std::time::Duration;

use super::super::message::{LeaseReply, Message, Outcome, PROTOCOLS, Status};
use super::{ASK_AGAIN, Act, BEATS, Lease, PATIENCE, Port, REFUSED, Source, Why, Widget};
use crate::snapshot::{Snapshot, Stamp};

impl Widget {
    pub(super) fn window(&mut self, now: Duration, message: Message, port: Option<u32>, acts: &mut Vec<Act>) {
        match (message, port) {
            // Another page than the one that is known: the port may be dead, and says so within three beats if it is.
            (Message::Who { host }, _) if self.is_another(&host) => {
                self.hello_soon(now);
                if self.started.is_some() && !self.is_host_lost() {
                    self.hello(now, acts);
                }
            }
            (Message::Port { to, host, epoch, proto }, Some(number)) => {
                let wanted = to == self.me.widget_id
                    && self.newest().is_none_or(|mine| epoch >= mine.epoch)
                    && (PROTOCOLS[0]..=PROTOCOLS[1]).contains(&proto)
                    && (self.is_host_lost() || self.is_another(&host));
                if !wanted {
                    acts.push(Act::Close { port: number });
                    return;
                }
                if let Some(old) = self.port.take() {
                    acts.push(Act::Close { port: old.number });
                    self.past_host = Some(old.host);
                }
                self.refused_protocol = false;
                self.port = Some(Port { number, host, unanswered: 0, next_beat: now, pull_at: now });
                if self.confirmed == Some(Source::Host) {
                    (self.confirmed, self.unsure) = (None, now);
                }
            }
            (Message::Reload { reason }, _) if reason == "protocol" => self.refused_protocol = self.port.is_none(),
            _ => {}
        }
    }

    pub(super) fn heard(&mut self, now: Duration, number: u32, message: Message, acts: &mut Vec<Act>) {
        let Some(port) = self.port.as_mut().filter(|port| port.number == number) else { return };
        port.unanswered = 0;
        self.heard = now;
        match message {
            Message::Config(snapshot) => {
                let (stamp, status, missing) = self.take(now, snapshot, Source::Host, acts);
                acts.push(Act::Send { port: number, message: Message::Ack { stamp, status, missing } });
            }
            Message::Pong { acked } if acked.is_some() && acked.as_ref() == self.stamp() => {
                if self.confirmed != Some(Source::Host) {
                    self.confirmed = Some(Source::Host);
                    self.ask_at = self.ask_at.min(now);
                }
                self.proved = now;
            }
            Message::Reload { reason } => self.reload = Some(reason),
            _ => {}
        }
    }

    /// Takes a configuration, or does not, and says what to acknowledge.
    pub(super) fn take(
        &mut self,
        now: Duration,
        snapshot: Snapshot,
        source: Source,
        acts: &mut Vec<Act>,
    ) -> (Stamp, Status, Vec<String>) {
        let stamp = snapshot.stamp.clone();
        let order = self.newest().map(|mine| stamp.order(mine));
        if let (Some(true), Some(mine)) = (order.map(Ordering::is_lt), self.newest()) {
            return (mine.clone(), Status::StaleIgnored, Vec::new());
        }
        let is_known = self.newest() == Some(&stamp);
        let read = snapshot.read().map(|_| ()).map_err(|fault| fault.missing);
        // The same number over another content: two servers who do not know of each other.
        let read = match order {
            Some(Ordering::Equal) if !is_known => read.and(Err(vec!["hash".to_owned()])),
            _ => read,
        };
        if let Err(missing) = read {
            self.rejected = Some(stamp.clone());
            if let Some(port) = &mut self.port {
                port.pull_at = now + PATIENCE;
            }
            return (stamp, Status::Rejected, missing);
        }
        if source == Source::Server || self.rejected.as_ref().is_some_and(|bad| stamp.order(bad).is_ge()) {
            self.rejected = None;
        }
        if source == Source::Server {
            self.current = self.current.max((stamp.epoch, stamp.version));
        }
        if !is_known {
            self.min_build = snapshot.min_build;
            self.pending = Some((snapshot, source));
        }
        if !self.is_frozen() {
            self.thaw(now, acts);
        }
        let is_applied = self.stamp() == Some(&stamp);
        if is_applied && source == Source::Server && (self.confirmed.is_none() || self.is_host_lost()) {
            self.confirmed = Some(Source::Server);
            self.proved = now;
            self.ask_at = self.ask_at.min(now);
        }
        (stamp, if is_applied { Status::Applied } else { Status::Held }, Vec::new())
    }

    /// What waited for the end of a call is in force.
    pub(super) fn thaw(&mut self, now: Duration, acts: &mut Vec<Act>) {
        if let Some((snapshot, source)) = self.pending.take() {
            acts.push(Act::Apply { stamp: snapshot.stamp.clone() });
            self.config = Some(snapshot);
            self.confirmed = (source == Source::Server).then_some(source);
            (self.unsure, self.proved, self.ask_at) = (now, now, now);
            self.no_lease = None;
        }
    }

    pub(super) fn leased(&mut self, now: Duration, reply: &LeaseReply, acts: &mut Vec<Act>) {
        let Some((sent, stamp)) = self.asks.remove(&reply.ask) else { return };
        // An answer that was overtaken says nothing of now.
        if reply.ask < self.answered {
            return;
        }
        self.answered = reply.ask;
        self.min_build = reply.min_build;
        self.current = self.current.max((reply.epoch, reply.version));
        match reply.outcome {
            Outcome::Leased { token, ttl, renew } => {
                self.proved = self.proved.max(sent);
                if self.stamp() == Some(&stamp) {
                    self.ask_at = sent + Duration::from_millis(renew).max(ASK_AGAIN);
                }
                self.lease = Some(Lease { token, until: sent + Duration::from_millis(ttl), stamp });
                self.no_lease = None;
            }
            Outcome::Refused { why } => {
                self.lease = None;
                self.no_lease = Some(Why::Refused(why));
                self.ask_at = now + REFUSED;
                if self.is_behind() {
                    if let Some(port) = &self.port {
                        acts.push(Act::Send { port: port.number, message: Message::Pull });
                    }
                    self.fetch_at = self.fetch_at.min(now);
                }
            }
        }
    }

    pub(super) fn shown(&mut self, now: Duration) {
        self.lease = None;
        self.asks.clear();
        self.confirmed = None;
        (self.heard, self.unsure, self.ask_at) = (now, now, now);
        if let Some(port) = &mut self.port {
            port.unanswered = BEATS + 1;
            port.next_beat = now;
        }
        self.hello_soon(now);
    }
}
