//! Loss and jitter as RFC 3550 counts them, and the jitter buffer.

use std::time::Duration;

use proptest::prelude::*;
use tocsin_media::playout::{FRAME, Playout, Put};
use tocsin_media::reception::{Arrival, Reception};
use tocsin_media::rtcp::{self, Sent};

use crate::line::Line;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// So many packets from a sequence number on, 20 ms apart, but for those left out.
fn after(first: u16, count: u16, lost: &[u16]) -> Reception {
    let mut reception = Reception::new(1, first);
    for number in (0..count).filter(|number| !lost.contains(number)) {
        let sequence = first.wrapping_add(number);
        reception.arrived(sequence, u32::from(number) * 160, ms(20 * u64::from(number)));
    }
    reception
}

#[test]
fn what_is_lost_is_counted_from_the_second_in_order() {
    // One packet goes into believing the source.
    let rows: [(u16, u16, &[u16], i64, i64); 6] = [
        (100, 50, &[], 49, 0),
        (100, 50, &[10, 11, 30], 49, 3),
        (65_530, 50, &[10, 11, 30], 49, 3),
        (65_530, 50, &[49], 48, 0),
        (0, 1, &[], 0, 0),
        (7, 10, &[1], 7, 0),
    ];
    for (first, count, left_out, expected, lost) in rows {
        let reception = after(first, count, left_out);
        assert_eq!((reception.expected(), reception.lost()), (expected, lost), "{first} {count} {left_out:?}");
    }
    let reception = after(65_530, 20, &[]);
    assert_eq!(reception.extended_highest(), (1 << 16) | 13);
}

#[test]
fn reports_say_what_is_new() {
    let mut reception = after(0, 101, &[50, 51, 52, 53]);
    let first = reception.report(ms(3000));
    assert_eq!((first.lost, first.fraction_lost), (4, (4 * 256 / 100) as u8));
    assert_eq!((first.last_report, first.since_report), (0, 0));
    for number in 101..201_u16 {
        reception.arrived(number, u32::from(number) * 160, ms(20 * u64::from(number)));
    }
    let sent = Sent { ntp: rtcp::ntp(ms(4_000)), timestamp: 0, packets: 0, octets: 0 };
    reception.report_came(&sent, ms(4000));
    let second = reception.report(ms(4250));
    assert_eq!((second.lost, second.fraction_lost, second.highest), (4, 0, 200));
    assert_eq!((second.last_report, second.since_report), ((sent.ntp >> 16) as u32, 16_384));
    // More than was sent is a loss below zero, and no fraction.
    for _ in 0..8 {
        assert_eq!(reception.arrived(200, 200 * 160, ms(4300)), Arrival::OutOfOrder);
    }
    let third = reception.report(ms(4400));
    assert_eq!((third.lost, third.fraction_lost), (-4, 0));
}

#[test]
fn a_jump_is_believed_the_second_time() {
    let mut reception = after(10, 20, &[]);
    let mut arrive = |sequence| reception.arrived(sequence, 0, ms(0));
    assert_eq!(arrive(40_000), Arrival::FarOff);
    assert_eq!(arrive(30), Arrival::Next);
    assert_eq!(arrive(40_000), Arrival::FarOff);
    assert_eq!(arrive(40_001), Arrival::Anew);
    assert_eq!(arrive(40_000), Arrival::OutOfOrder);
    assert_eq!(arrive(40_004), Arrival::Next);
    assert_eq!((reception.expected(), reception.received()), (4, 3));
}

/// A.8 by hand: J += (|D| - J) / 16, in samples.
#[test]
fn jitter_is_that_of_the_rfc() {
    let mut reception = Reception::new(1, 0);
    let arrivals = [0, 20, 45, 60, 80, 140, 141, 142];
    let mut expected = 0.0;
    for (number, arrival) in (0_u16..).zip(arrivals) {
        reception.arrived(number, u32::from(number) * 160, ms(arrival));
        // The first of all only begins the source.
        if number >= 2 {
            let before = arrivals[usize::from(number) - 1];
            let difference = ((arrival as f64 - before as f64) - 20.0).abs() * 8.0;
            expected += (difference - expected) / 16.0;
        }
    }
    assert_eq!(reception.report(ms(150)).jitter, expected as u32);
    assert!((reception.jitter().as_secs_f64() - expected / 8000.0).abs() < 1e-9);
    assert!(reception.worst_jitter() >= reception.jitter() && reception.mean_jitter() < reception.worst_jitter());
    let even = after(0, 200, &[20, 21, 22]);
    assert_eq!(even.worst_jitter(), Duration::ZERO);
}

/// Numbers that tell where they come from.
fn sound(timestamp: u32) -> Vec<i16> {
    (0..160).map(|at| ((timestamp + at) % 30_000) as i16 + 1).collect()
}

#[test]
fn packets_come_in_any_order_and_sound_is_played_in_one() {
    let mut playout = Playout::new(ms(60));
    assert!(playout.pull(ms(0)).is_none());
    let put = |playout: &mut Playout, number: u32, at: u64| {
        playout.push(number as u16, number * 160, &sound(number * 160), ms(at))
    };
    for (number, at) in [(0, 0), (2, 30), (1, 31), (3, 60)] {
        assert_eq!(put(&mut playout, number, at), Put::Taken);
    }
    assert_eq!(put(&mut playout, 1, 59), Put::Again);
    assert!(playout.pull(ms(59)).is_none());
    let mut played = Vec::new();
    for at in 60..=120 {
        while let Some(frame) = playout.pull(ms(at)) {
            assert_eq!(frame.missing, 0);
            played.extend(frame.samples);
        }
    }
    assert_eq!(played, (0..4).flat_map(|number| sound(number * 160)).collect::<Vec<_>>());
    assert!(playout.pull(ms(139)).is_none());
    let gap = playout.pull(ms(140)).unwrap();
    assert_eq!(gap.missing, FRAME);
    assert_eq!(put(&mut playout, 4, 141), Put::Late);
    // All that is overdue is played at once, each frame in its turn.
    assert_eq!(put(&mut playout, 6, 150), Put::Taken);
    let missing: Vec<usize> = std::iter::from_fn(|| playout.pull(ms(180))).map(|frame| frame.missing).collect();
    assert_eq!(missing, [FRAME, 0]);
    let counts = playout.counts();
    assert_eq!((counts.frames, counts.gaps, counts.bursts, counts.late), (7, 2, 1, 1));
}

#[test]
fn silence_that_was_not_sent_is_no_loss() {
    let mut playout = Playout::new(ms(40));
    playout.push(0, 0, &sound(0), ms(0));
    playout.push(1, 480, &sound(480), ms(60));
    let frames: Vec<_> = (40..=100).step_by(20).map(|at| playout.pull(ms(at)).unwrap()).collect();
    assert!(frames.iter().all(|frame| frame.missing == 0));
    assert!(frames[1].samples.iter().chain(&frames[2].samples).all(|sample| *sample == 0));
    assert_eq!(frames[3].samples, sound(480));
    // Where a packet is missing too, it is one.
    playout.push(3, 960, &sound(960), ms(100));
    assert_eq!(playout.pull(ms(120)).unwrap().missing, FRAME);
}

#[test]
fn a_stream_that_begins_anew_is_played_from_there() {
    let mut playout = Playout::new(ms(20));
    playout.push(0, 0, &sound(0), ms(0));
    playout.pull(ms(20)).unwrap();
    assert_eq!(playout.push(1, 3_000_000_000, &sound(77), ms(40)), Put::Anew);
    assert!(playout.pull(ms(59)).is_none());
    assert_eq!(playout.pull(ms(60)).unwrap().samples, sound(77));
}

#[test]
fn bursts_are_measured_in_what_chance_would_make() {
    let counts = |frames, gaps, bursts| tocsin_media::playout::Counts { frames, gaps, bursts, late: 0 };
    let rows = [(100, 0, 0, 1.0), (100, 10, 10, 1.0), (100, 10, 2, 4.5), (10, 10, 1, 1.0), (0, 0, 0, 1.0)];
    for (frames, gaps, bursts, ratio) in rows {
        assert!((counts(frames, gaps, bursts).burst_ratio() - ratio).abs() < 1e-9, "{frames} {gaps} {bursts}");
    }
    assert!((counts(200, 10, 1).missing_share() - 0.05).abs() < 1e-9);
}

/// Ten minutes with clocks that differ by 100 ppm: 60 ms of delay are enough for both directions.
#[test]
fn clocks_may_differ() {
    for skew in [-100.0, 100.0] {
        let mut playout = Playout::new(ms(80));
        let mut next = 0_u32;
        for at in 0..600_000_u64 {
            let now = ms(at);
            while f64::from(next) * 20.0 / (1.0 + skew * 1e-6) <= at as f64 {
                playout.push(next as u16, next * 160, &[1000; 160], now);
                next += 1;
            }
            while playout.pull(now).is_some() {}
        }
        assert_eq!(playout.counts().gaps, 0, "{skew}");
        assert!(playout.waiting() < ms(200), "{skew}");
    }
}

#[test]
fn what_is_missing_is_filled_so_that_it_cannot_be_told() {
    let said = tocsin_media::signal::Tone::CallerCalls.wave().take(8000);
    let line = Line { loss: 0.05, seed: 7, ..Line::CLEAN };
    let heard = line.carry(&said);
    assert!(heard.played.counts().gaps >= 2);
    // A tone stays a tone where a click would spread it.
    assert!(tocsin_media::tone::share(&heard.sound[800..7200], 560.0) > 0.97);
    // And what goes on missing fades away.
    let mut concealer = tocsin_media::conceal::Concealer::default();
    for sample in &said {
        concealer.next(Some(*sample));
    }
    let filled: Vec<i16> = (0..800).map(|_| concealer.next(None)).collect();
    let level = tocsin_media::measure::level;
    assert!((level(&filled[..80]) - level(&said[7920..])).abs() < 1.0);
    assert!(level(&filled[240..320]) < level(&filled[..80]) - 3.0);
    assert!(filled[480..].iter().all(|sample| *sample == 0));
}

proptest! {
    #![proptest_config(crate::config(256))]

    /// Whatever comes, every frame is one that came, or counted as missing.
    #[test]
    fn what_did_not_come_is_missing(
        start: u32, order in proptest::collection::vec((0..40_u32, 0..900_u64), 1..60),
    ) {
        let mut order = order;
        order.sort_by_key(|one| one.1);
        let mut playout = Playout::new(ms(60));
        let first = order[0].0;
        let mut frames = 0;
        let mut coming = order.iter().peekable();
        for at in 0..1500 {
            while let Some((number, _)) = coming.next_if(|one| one.1 <= at) {
                // Sequence numbers with holes: nothing unsent between them.
                playout.push((number * 2) as u16, start.wrapping_add(number * 160), &sound(number * 160), ms(at));
            }
            while let Some(frame) = playout.pull(ms(at)) {
                let place = first + frames;
                frames += 1;
                let came = order.iter().any(|one| one.0 == place);
                if frame.missing == 0 {
                    prop_assert!(came);
                } else {
                    prop_assert_eq!(frame.missing, FRAME);
                }
                prop_assert_eq!(frame.samples.len(), FRAME);
            }
        }
        prop_assert_eq!(playout.counts().frames, u64::from(frames));
    }

    #[test]
    fn any_arrivals_are_counted(arrivals in proptest::collection::vec((any::<u16>(), any::<u32>(), 0..10_000_u64), 1..200)) {
        let mut reception = Reception::new(9, arrivals[0].0);
        let mut playout = Playout::new(ms(60));
        for (sequence, timestamp, at) in &arrivals {
            reception.arrived(*sequence, *timestamp, ms(*at));
            playout.push(*sequence, *timestamp, &[1; 80], ms(*at));
            playout.pull(ms(*at));
            let report = reception.report(ms(*at));
            prop_assert!((0.0..=1.0).contains(&reception.lost_share()));
            prop_assert_eq!(report.highest, reception.extended_highest());
        }
        prop_assert!(playout.waiting() <= Duration::from_secs(3));
    }
}
