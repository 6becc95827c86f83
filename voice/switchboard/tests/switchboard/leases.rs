//! Who may be given calls: the server's side, row by row, and sessions that a deploy leaves behind.

use std::time::Duration;

use tocsin_switchboard::handshake::message::{LeaseReply, LeaseRequest, Outcome, Refusal};
use tocsin_switchboard::handshake::widget::{Act, Event, Me, State, Widget};
use tocsin_switchboard::lease::{End, Leases, Standing, TTL};
use tocsin_switchboard::snapshot::{Bridge, Issuer, Snapshot};
use tocsin_switchboard::switches::share;

use crate::{content, ms};

const AGENT: &str = "ada";

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn issuer() -> Issuer {
    Issuer::new(3, content(Bridge::V1), 60_000, 5)
}

/// From tab `tab`, loaded so many times.
fn request(tab: &str, load: u64, build: u32, of: &Snapshot, token: Option<u64>) -> LeaseRequest {
    let (agent, widget_id) = (AGENT.to_owned(), format!("{tab}-{load}"));
    LeaseRequest { ask: 1, agent, tab: tab.to_owned(), load, widget_id, build, stamp: of.stamp.clone(), token }
}

fn token(reply: &LeaseReply) -> u64 {
    match reply.outcome {
        Outcome::Leased { token, ttl: 15_000, renew: 5000 } => token,
        ref other => panic!("{other:?}"),
    }
}

fn refused(reply: &LeaseReply) -> Refusal {
    match reply.outcome {
        Outcome::Refused { why } => why,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn refusals() {
    let issuer = issuer();
    let now = issuer.current();
    let earlier = Snapshot::seal(2, 9, 60_000, 1, now.text.clone());
    let other = Snapshot::seal(3, 1, 60_000, 1, now.text.clone());
    let mut leases = Leases::new(100);
    for (build, of, why) in
        [(4, now, Refusal::BuildTooOld), (5, &earlier, Refusal::StaleConfig), (5, &other, Refusal::WrongHash)]
    {
        let reply = leases.ask(s(0), &request("a", 1, build, of, None), now);
        assert_eq!(refused(&reply), why);
        assert_eq!((reply.min_build, reply.epoch, reply.version), (5, 3, 1), "what would do is said");
        assert_eq!(leases.refused()[&why], 1);
    }
    assert_eq!(leases.may_offer(s(0), AGENT, now), Err(Refusal::NoLease));
    assert!(leases.sessions(s(0), now).is_empty());
}

#[test]
fn renewed_it_lasts_and_otherwise_it_ends() {
    let issuer = issuer();
    let now = issuer.current();
    let mut leases = Leases::new(100);
    let first = token(&leases.ask(s(0), &request("a", 1, 5, now, None), now));
    assert_eq!(token(&leases.ask(s(5), &request("a", 1, 5, now, Some(first)), now)), first);
    assert_eq!(leases.may_offer(s(19), AGENT, now), Ok(first));
    assert_eq!(leases.may_offer(s(20), AGENT, now), Err(Refusal::NoLease));
    leases.sweep(s(20));
    let ended = leases.ended();
    assert_eq!((ended[0].how, ended[0].cut), (End::Expired, false));
    let second = token(&leases.ask(s(21), &request("a", 1, 5, now, Some(first)), now));
    assert!(second > first, "a lease that ended is another one");
    leases.release(AGENT, first);
    assert!(leases.may_offer(s(21), AGENT, now).is_ok(), "an old token gives nothing back");
    leases.release(AGENT, second);
    assert_eq!(leases.may_offer(s(21), AGENT, now), Err(Refusal::NoLease));
}

#[test]
fn one_tab_and_its_latest_load() {
    let issuer = issuer();
    let now = issuer.current();
    let mut leases = Leases::new(100);
    let first = token(&leases.ask(s(0), &request("a", 1, 5, now, None), now));
    assert_eq!(refused(&leases.ask(s(1), &request("b", 1, 5, now, None), now)), Refusal::AnotherTab);
    let second = token(&leases.ask(s(2), &request("a", 2, 5, now, None), now));
    assert!(second > first);
    assert_eq!(leases.ended()[0].how, End::Replaced);
    let late = leases.ask(s(3), &request("a", 1, 5, now, Some(first)), now);
    assert_eq!(refused(&late), Refusal::AnotherTab, "what an earlier load sent comes late");
    assert_eq!(leases.call_began(AGENT, first), Err(Refusal::NoLease));
    assert!(token(&leases.ask(s(17), &request("b", 1, 5, now, None), now)) > second, "the first tab is gone");
}

#[test]
fn a_call_outlives_its_lease_and_what_no_longer_fits_ends_with_it() {
    let mut issuer = issuer();
    let before = issuer.current().clone();
    let mut leases = Leases::new(100);
    let held = token(&leases.ask(s(0), &request("a", 1, 5, &before, None), &before));
    leases.call_began(AGENT, held).unwrap();
    assert_eq!(leases.call_began(AGENT, held), Err(Refusal::OnCall));
    assert_eq!(leases.may_offer(s(1), AGENT, &before), Err(Refusal::OnCall));
    let after = issuer.publish(content(Bridge::V1), 6).clone();
    assert_eq!(token(&leases.ask(s(5), &request("a", 1, 5, &before, Some(held)), &after)), held, "renewed in a call");
    assert_eq!(leases.sessions(s(5), &after)[0].standing, Standing::Draining);
    leases.sweep(s(500));
    assert_eq!(leases.sessions(s(500), &after).len(), 1, "no call is cut");
    leases.ask(s(500), &request("a", 1, 5, &before, Some(held)), &after);
    leases.call_over(s(501), AGENT, held, &after);
    let ended = leases.ended();
    assert_eq!((ended[0].how, ended[0].cut), (End::Refused(Refusal::BuildTooOld), false));
    // A tab that is loaded again in a call has lost it.
    let held = token(&leases.ask(s(600), &request("a", 1, 6, &after, None), &after));
    leases.call_began(AGENT, held).unwrap();
    leases.ask(s(601), &request("a", 2, 6, &after, None), &after);
    assert!(leases.ended()[0].cut);
}

#[test]
fn who_is_revoked_gets_none_for_a_while() {
    let issuer = issuer();
    let now = issuer.current();
    let mut leases = Leases::new(100);
    let held = token(&leases.ask(s(0), &request("a", 1, 5, now, None), now));
    leases.call_began(AGENT, held).unwrap();
    leases.revoke(s(1), AGENT, s(30));
    leases.ask(s(2), &request("a", 1, 5, now, Some(held)), now);
    assert_eq!(leases.sessions(s(2), now)[0].standing, Standing::Draining);
    leases.call_over(s(3), AGENT, held, now);
    assert_eq!(leases.ended()[0].how, End::Revoked);
    assert_eq!(refused(&leases.ask(s(30), &request("a", 1, 5, now, None), now)), Refusal::Revoked);
    token(&leases.ask(s(31), &request("a", 1, 5, now, None), now));
}

/// A widget that gets its configuration from the server alone, and talks to it without delay.
struct Session {
    widget: Widget,
    held: Option<u64>,
    reloaded: Option<Duration>,
}

impl Session {
    fn new(number: u32, build: u32) -> Session {
        let agent = format!("agent-{number}");
        let (widget_id, tab, dice) = (format!("widget-{number}"), format!("tab-{number}"), number * 600);
        let mut widget = Widget::new(Me { widget_id, agent, tab, load: 1, build, dice });
        widget.on(s(0), Event::Start);
        widget.on(s(0), Event::Lock { held: true });
        widget.on(s(0), Event::Ready { microphone: true, preflight: true });
        Session { widget, held: None, reloaded: None }
    }

    fn does(&mut self, now: Duration, event: Event, leases: &mut Leases, current: &Snapshot) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for act in self.widget.on(now, event) {
                match act {
                    Act::Fetch => events.push(Event::Fetched { snapshot: current.clone() }),
                    Act::Ask { request } => {
                        let reply = leases.ask(now, &request, current);
                        if let Outcome::Leased { token, .. } = reply.outcome {
                            self.held = Some(token);
                        }
                        events.push(Event::Lease { reply });
                    }
                    Act::Release { agent, token } => leases.release(&agent, token),
                    Act::Reload { .. } => self.reloaded = Some(now),
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn a_hundred_stale_sessions() {
    let mut issuer = issuer();
    let mut leases = Leases::new(100);
    let mut sessions: Vec<Session> = (0..100).map(|number| Session::new(number, 7)).collect();
    let mut now = Duration::ZERO;
    let mut raised = None;
    let routable = |leases: &Leases, now, current: &Snapshot| {
        leases.sessions(now, current).iter().filter(|session| session.routable).count()
    };
    while now < s(200) {
        now += ms(100);
        for session in &mut sessions {
            session.does(now, Event::Tick, &mut leases, issuer.current());
        }
        leases.sweep(now);
        if now == s(20) {
            assert_eq!(routable(&leases, now, issuer.current()), 100);
            // Every tenth is in a call when the build is shut out.
            for session in sessions.iter_mut().step_by(10) {
                for event in [Event::Ring, Event::Accept, Event::Connected] {
                    session.does(now, event, &mut leases, issuer.current());
                }
                let number = session.held.unwrap();
                let agent = leases.sessions(now, issuer.current());
                let agent = agent.iter().find(|one| leases.clone().call_began(&one.agent, number).is_ok()).unwrap();
                leases.call_began(&agent.agent, number).unwrap();
            }
            issuer.publish(content(Bridge::V1), 8);
            raised = Some(now);
            assert_eq!(routable(&leases, now, issuer.current()), 0, "at once: each offer is checked");
        }
        if raised.is_some_and(|at| now == at + TTL) {
            assert_eq!(leases.sessions(now, issuer.current()).len(), 10, "only those in a call hold anything");
            assert_eq!(share(&leases.sessions(now, issuer.current()), &issuer.current().stamp), (0, 10));
        }
        if raised.is_some() {
            assert_eq!(routable(&leases, now, issuer.current()), 0);
        }
    }
    for (number, session) in sessions.iter().enumerate() {
        if number % 10 == 0 {
            assert_eq!(session.widget.state(now), State::InCall, "no call is cut");
            assert_eq!(session.reloaded, None);
        } else {
            let after = session.reloaded.expect("idle sessions load again") - raised.unwrap();
            assert!(after <= s(120), "{after:?}");
        }
    }
    let spread = sessions.iter().filter_map(|session| session.reloaded).filter(|at| *at < s(20 + 35)).count();
    assert!((20..80).contains(&spread), "not all at once: {spread}");
}

#[test]
fn a_flag_that_changes_in_a_call_waits_for_its_end() {
    let mut issuer = issuer();
    let mut leases = Leases::new(100);
    let mut session = Session::new(1, 7);
    for second in 1..10 {
        session.does(s(second), Event::Tick, &mut leases, issuer.current());
    }
    assert_eq!(session.widget.state(s(9)), State::Available);
    for event in [Event::Ring, Event::Accept, Event::Connected] {
        session.does(s(10), event, &mut leases, issuer.current());
    }
    let before = session.widget.snapshot().unwrap().stamp.clone();
    issuer.publish(content(Bridge::V2), 5);
    let newer = Event::Fetched { snapshot: issuer.current().clone() };
    session.does(s(11), newer, &mut leases, issuer.current());
    for second in 12..60 {
        session.does(s(second), Event::Tick, &mut leases, issuer.current());
        assert_eq!(session.widget.snapshot().unwrap().stamp, before);
        assert_eq!(session.widget.state(s(second)), State::InCall);
    }
    session.does(s(60), Event::HungUp { wrap: true }, &mut leases, issuer.current());
    let now = session.widget.snapshot().unwrap();
    assert_eq!((now.stamp.version, now.read().unwrap().flags.bridge), (2, Bridge::V2));
}
