//! Throttle: how often somebody may try to sign in. Counted by address and by account, in memory.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use tocsin_domain::Timestamp;

/// Attempts count for this long (seconds).
const WINDOW_S: i64 = 15 * 60;
/// Failures in a window, for one account and from one address.
const PER_ACCOUNT: usize = 8;
const PER_ADDRESS: usize = 30;
/// Names that are remembered at most; beyond that the longest quiet ones are forgotten.
const ROOM: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    Account(String),
    Address(IpAddr),
}

/// Attempts that have not succeeded, and when they were made.
#[derive(Debug, Default)]
pub struct Throttle {
    attempts: HashMap<Who, Vec<Timestamp>>,
}

impl Throttle {
    /// Counts an attempt, before its password is looked at, so that many at once are no way around.
    ///
    /// # Errors
    /// Seconds to wait.
    pub fn attempt(&mut self, account: &str, address: Option<IpAddr>, now: Timestamp) -> Result<(), i64> {
        let mut who = vec![(Who::Account(account.to_owned()), PER_ACCOUNT)];
        who.extend(address.map(|address| (Who::Address(network(address)), PER_ADDRESS)));
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
        let made = self.attempts.get_mut(who)?;
        made.retain(|at| now.since(*at) < WINDOW_S);
        let first = made.len().checked_sub(most).and_then(|index| made.get(index))?;
        Some((WINDOW_S - now.since(*first)).max(1))
    }

    fn make_room(&mut self, now: Timestamp) {
        if self.attempts.len() < ROOM {
            return;
        }
        self.attempts.retain(|_, made| made.last().is_some_and(|at| now.since(*at) < WINDOW_S));
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
    fn what_is_remembered_is_bounded() {
        let mut throttle = Throttle::default();
        for number in 0..30_000_i64 {
            throttle.attempt(&number.to_string(), None, at(number / 100)).unwrap();
        }
        assert!(throttle.attempts.len() <= ROOM);
    }
}
