//! Throttle: how often somebody may try to sign in, or to subscribe. Counted by address and by account (or mailbox), in
//! memory.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use tocsin_domain::Timestamp;

/// How often something may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Attempts count for this long (seconds).
    pub window_s: i64,
    /// Attempts in a window, for one account and from one address.
    pub per_account: usize,
    pub per_address: usize,
}

/// To sign in.
const SIGNING_IN: Limits = Limits { window_s: 15 * 60, per_account: 8, per_address: 30 };
/// To subscribe, where an account is a mailbox.
pub const SUBSCRIBING: Limits = Limits { window_s: 3600, per_account: 5, per_address: 30 };
/// Names that are remembered at most; beyond that the longest quiet ones are forgotten.
const ROOM: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    Account(String),
    Address(IpAddr),
}

/// Attempts that have not succeeded, and when they were made.
#[derive(Debug)]
pub struct Throttle {
    limits: Limits,
    attempts: HashMap<Who, Vec<Timestamp>>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new(SIGNING_IN)
    }
}

impl Throttle {
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, attempts: HashMap::new() }
    }

    /// Counts something that an address does, and no account.
    ///
    /// # Errors
    /// Seconds to wait.
    pub fn visit(&mut self, address: Option<IpAddr>, now: Timestamp) -> Result<(), i64> {
        self.count(address.map(|address| (Who::Address(network(address)), self.limits.per_address)), now)
    }

    /// Counts something that is done to an account, whoever does it.
    ///
    /// # Errors
    /// Seconds to wait.
    pub fn disturb(&mut self, account: &str, now: Timestamp) -> Result<(), i64> {
        self.count([(Who::Account(account.to_owned()), self.limits.per_account)], now)
    }

    /// Counts an attempt, before its password is looked at, so that many at once are no way around.
    ///
    /// # Errors
    /// Seconds to wait.
    pub fn attempt(&mut self, account: &str, address: Option<IpAddr>, now: Timestamp) -> Result<(), i64> {
        let account = (Who::Account(account.to_owned()), self.limits.per_account);
        let address = address.map(|address| (Who::Address(network(address)), self.limits.per_address));
        self.count([account].into_iter().chain(address), now)
    }

    fn count(&mut self, who: impl IntoIterator<Item = (Who, usize)>, now: Timestamp) -> Result<(), i64> {
        let who: Vec<(Who, usize)> = who.into_iter().collect();
        let wait = who.iter().filter_map(|(who, most)| self.wait(who, *most, now)).max();
        if let Some(wait) = wait {
            return Err(wait);
        }
        self.make_room(now);
        for (who, _) in who {
            self.attempts.entry(who).or_default().push(now);
        }
        Ok(())
    }

    /// It was the right password: what was counted against this account is forgotten, and this attempt of the address.
    pub fn succeeded(&mut self, account: &str, address: Option<IpAddr>) {
        self.attempts.remove(&Who::Account(account.to_owned()));
        if let Some(made) = address.and_then(|address| self.attempts.get_mut(&Who::Address(network(address)))) {
            made.pop();
        }
    }

    fn wait(&mut self, who: &Who, most: usize, now: Timestamp) -> Option<i64> {
        let window_s = self.limits.window_s;
        let made = self.attempts.get_mut(who)?;
        made.retain(|at| now.since(*at) < window_s);
        let first = made.len().checked_sub(most).and_then(|index| made.get(index))?;
        Some((window_s - now.since(*first)).max(1))
    }

    fn make_room(&mut self, now: Timestamp) {
        if self.attempts.len() < ROOM {
            return;
        }
        let window_s = self.limits.window_s;
        self.attempts.retain(|_, made| made.last().is_some_and(|at| now.since(*at) < window_s));
        if self.attempts.len() >= ROOM {
            let mut last: Vec<Timestamp> = self.attempts.values().filter_map(|made| made.last().copied()).collect();
            last.sort_unstable();
            let middle = last.get(last.len() / 2).copied().unwrap_or(now);
            self.attempts.retain(|_, made| made.last().is_some_and(|at| *at > middle));
        }
    }
}

/// Whoever has one IPv6 address has 2⁶⁴ of them.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(ip) => match ip.to_ipv4_mapped() {
            Some(ip) => IpAddr::V4(ip),
            None => IpAddr::V6(Ipv6Addr::from(u128::from(ip) >> 64 << 64)),
        },
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second)
    }

    #[test]
    fn an_account_rests_after_too_many_failures() {
        let mut throttle = Throttle::default();
        for second in 0..8 {
            throttle.attempt("ada", None, at(second)).unwrap();
        }
        assert_eq!(throttle.attempt("ada", None, at(10)), Err(890));
        throttle.attempt("eve", None, at(10)).unwrap();
        throttle.attempt("ada", None, at(900)).unwrap();
        throttle.succeeded("ada", None);
        for second in 901..909 {
            throttle.attempt("ada", None, at(second)).unwrap();
        }
    }

    #[test]
    fn an_address_rests_whatever_accounts_it_tries() {
        let mut throttle = Throttle::default();
        let from = |text: &str| Some(text.parse().unwrap());
        for number in 0..30 {
            throttle.attempt(&number.to_string(), from(&format!("2001:db8::{number}")), at(0)).unwrap();
        }
        assert!(throttle.attempt("x", from("2001:db8::ffff"), at(1)).is_err(), "one network is one");
        throttle.attempt("x", from("2001:db8:1::1"), at(1)).unwrap();
        throttle.attempt("x", from("::ffff:192.0.2.1"), at(1)).unwrap();
    }

    #[test]
    fn a_mailbox_is_disturbed_and_an_address_visits_no_more_than_its_limits() {
        let mut throttle = Throttle::new(Limits { window_s: 60, per_account: 2, per_address: 1 });
        let from = Some("192.0.2.1".parse().unwrap());
        throttle.visit(from, at(0)).unwrap();
        assert_eq!(throttle.visit(from, at(20)), Err(40));
        throttle.visit(None, at(20)).unwrap();
        throttle.visit(from, at(60)).unwrap();
        for second in 0..2 {
            throttle.disturb("ada@example.com", at(second)).unwrap();
        }
        assert_eq!(throttle.disturb("ada@example.com", at(59)), Err(1));
        throttle.disturb("eve@example.com", at(59)).unwrap();
        throttle.disturb("ada@example.com", at(60)).unwrap();
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut throttle = Throttle::default();
        for number in 0..30_000_i64 {
            throttle.attempt(&number.to_string(), None, at(number / 100)).unwrap();
        }
        assert!(throttle.attempts.len() <= ROOM);
    }
}
