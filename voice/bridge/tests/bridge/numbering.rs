//! One stream out of many sources.

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;
use tocsin_bridge::Numbering;
use tocsin_media::playout::Playout;
use tocsin_rtc::Payload;

use crate::{ms, payload};

const OURS: u32 = 77;

fn numbers(sent: &[Payload]) -> Vec<u16> {
    sent.iter().map(|payload| payload.sequence).collect()
}

#[test]
fn gaps_and_disorder_stay_what_they_are_and_doubles_go_once() {
    let mut numbering = Numbering::new(OURS, 100, 5000);
    let sent: Vec<Payload> = [10_u16, 11, 14, 13, 13, 14, 12, 15, 11]
        .into_iter()
        .zip(0..)
        .filter_map(|(number, at)| numbering.pass(&payload(1, number, u32::from(number) * 160, vec![]), ms(at * 20)))
        .collect();
    assert_eq!(numbers(&sent), [100, 101, 104, 103, 102, 105]);
    assert!(sent.iter().all(|payload| payload.timestamp == 5000 + u32::from(payload.sequence - 100) * 160));
    assert!(sent.iter().all(|payload| payload.source == OURS));
    assert_eq!(
        sent.iter().map(|payload| payload.marker).collect::<Vec<_>>(),
        [true, false, false, false, false, false]
    );
}

#[test]
fn another_source_follows_by_the_clock() {
    let mut numbering = Numbering::new(OURS, 0x8000, u32::MAX - 100);
    let first = numbering.pass(&payload(1, 500, 1000, vec![]), ms(0)).unwrap();
    assert_eq!((first.sequence, first.timestamp, first.marker), (0, u32::MAX - 100, true), "from the lower half");
    // Half a second later somebody else, then ourselves, then the first again.
    let second = numbering.pass(&payload(2, 9, 123_456, vec![]), ms(503)).unwrap();
    assert_eq!((second.sequence, second.timestamp, second.marker), (1, (u32::MAX - 100).wrapping_add(4000), true));
    let own: Vec<Payload> = (0..3).map(|at| numbering.own([0; 160].into(), ms(600 + at * 23))).collect();
    assert_eq!(numbers(&own), [2, 3, 4]);
    assert_eq!(own.iter().map(|own| own.marker).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(own[2].timestamp.wrapping_sub(own[0].timestamp), 320, "our own follow to the sample");
    let again = numbering.pass(&payload(2, 14, 124_000, vec![]), ms(666)).unwrap();
    assert_eq!((again.sequence, again.marker), (5, true));
    assert_eq!(again.timestamp.wrapping_sub(own[2].timestamp), 160);
    assert_eq!(numbering.pass(&payload(2, 13, 123_840, vec![]), ms(667)), None, "it is from before the switch");
}

#[test]
fn a_source_that_begins_anew_is_another() {
    let mut numbering = Numbering::new(OURS, 10, 0);
    numbering.pass(&payload(1, 20, 0, vec![]), ms(0)).unwrap();
    let jumped = numbering.pass(&payload(1, 30_000, 99_000_000, vec![]), ms(20)).unwrap();
    assert_eq!((jumped.sequence, jumped.timestamp, jumped.marker), (11, 160, true));
}

#[test]
fn a_key_has_the_time_of_its_beginning() {
    let mut numbering = Numbering::new(OURS, 10, 0);
    numbering.pass(&payload(1, 20, 0, vec![]), ms(0)).unwrap();
    let keys: Vec<Payload> = (0..5).map(|at| numbering.key([0; 4].into(), at == 0, ms(20 + at * 20))).collect();
    assert_eq!(numbers(&keys), [11, 12, 13, 14, 15]);
    assert!(keys.iter().all(|key| key.timestamp == 160));
    let after = numbering.pass(&payload(1, 26, 960, vec![]), ms(120)).unwrap();
    assert_eq!((after.sequence, after.timestamp), (16, 960), "the key took its time");
}

/// What happens to a stream.
#[derive(Clone, Debug)]
enum Act {
    /// The source sends; whether it is lost, and how often it comes.
    Sends {
        source: u32,
        lost: bool,
        times: u8,
    },
    /// It is swapped with the one before.
    Late(u32),
    Own,
    Key,
    Pause(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        12 => (0_u32..3, prop::bool::weighted(0.1), 1_u8..3).prop_map(|(source, lost, times)| Act::Sends { source, lost, times }),
        1 => (0_u32..3).prop_map(Act::Late),
        3 => Just(Act::Own),
        1 => Just(Act::Key),
        1 => (0_u64..5000).prop_map(Act::Pause),
    ]
}

proptest! {
    #![proptest_config(crate::config(300))]

    /// Whatever happens, a listener can play it: no number twice, none that jumps, a timestamp that never runs ahead of
    /// the clock by more than what our own frames drift, and never goes back as numbers go on.
    #[test]
    fn a_listener_can_play_it(
        acts in prop::collection::vec(act(), 1..400),
        starts in prop::array::uniform3((any::<u16>(), any::<u32>())),
        number in any::<u16>(),
        timestamp in any::<u32>(),
    ) {
        let mut numbering = Numbering::new(OURS, number, timestamp);
        let mut sources = starts.map(|(sequence, timestamp)| (sequence, timestamp));
        let mut now = Duration::ZERO;
        let mut sent = Vec::new();
        for act in acts {
            now += ms(20);
            for (_, stamp) in &mut sources {
                *stamp = stamp.wrapping_add(160);
            }
            match act {
                Act::Sends { source, lost, times } => {
                    let (sequence, stamp) = &mut sources[source as usize];
                    *sequence = sequence.wrapping_add(1);
                    let came = payload(source, *sequence, *stamp, vec![]);
                    for _ in 0..if lost { 0 } else { times } {
                        sent.extend(numbering.pass(&came, now).map(|sent| (now, sent)));
                    }
                }
                Act::Late(source) => {
                    let (sequence, stamp) = sources[source as usize];
                    let came = payload(source, sequence.wrapping_sub(1), stamp.wrapping_sub(160), vec![]);
                    sent.extend(numbering.pass(&came, now).map(|sent| (now, sent)));
                }
                Act::Own => sent.push((now, numbering.own([0; 160].into(), now))),
                Act::Key => sent.push((now, numbering.key([0; 4].into(), true, now))),
                Act::Pause(time) => {
                    now += ms(time / 20 * 20);
                    for (_, stamp) in &mut sources {
                        *stamp = stamp.wrapping_add((time / 20 * 160) as u32);
                    }
                }
            }
        }
        let used: HashSet<u16> = sent.iter().map(|(_, payload)| payload.sequence).collect();
        prop_assert_eq!(used.len(), sent.len(), "a number was used twice");
        prop_assert!(sent.iter().all(|(_, payload)| payload.source == OURS));
        let mut newest = sent.first().map(|(_, first)| first.sequence);
        let mut last = sent.first().map(|(now, first)| (*now, first.timestamp));
        for (now, payload) in sent.iter().skip(1) {
            let step = payload.sequence.wrapping_sub(newest.unwrap()) as i16;
            prop_assert!(step.abs() < 400, "a jump by {}", step);
            if step > 0 {
                newest = Some(payload.sequence);
                let (then, stamp) = last.unwrap();
                let (ahead, passed) = (payload.timestamp.wrapping_sub(stamp) as i32, (*now - then).as_millis() as i32 * 8);
                prop_assert!(ahead >= 0, "time went back by {}", ahead);
                prop_assert!(ahead <= passed + 320, "{} samples in {}", ahead, passed);
                last = Some((*now, payload.timestamp));
            }
        }
    }

    /// A stream with losses, held in the middle, is played without a sample out of place.
    #[test]
    fn a_jitter_buffer_follows_through_a_hold(lost in prop::collection::vec(prop::bool::weighted(0.05), 150), held in 1_u64..40) {
        let mut numbering = Numbering::new(OURS, 32_760, u32::MAX - 4000);
        let mut playout = Playout::new(ms(60));
        let (mut came, mut missing) = (0, 0);
        for at in 0..150_u64 {
            let now = ms(at * 20);
            let number = 65_500_u16.wrapping_add(at as u16);
            let sent = if (50..50 + held).contains(&at) {
                Some(numbering.own([1; 160].into(), now))
            } else if lost[at as usize] {
                missing += 1;
                None
            } else {
                numbering.pass(&payload(1, number, (at as u32 * 160).wrapping_sub(9000), vec![2; 160]), now)
            };
            if let Some(sent) = sent {
                came += 1;
                playout.push(sent.sequence, sent.timestamp, &[5; 160], now);
            }
            while playout.pull(now).is_some() {}
        }
        prop_assert_eq!(came + missing, 150);
        prop_assert_eq!(playout.counts().late, 0);
        prop_assert!(playout.counts().gaps <= missing);
    }
}
