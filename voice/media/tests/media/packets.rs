//! RTP and RTCP: what is written is read, and whatever arrives is survived.

use std::time::Duration;

use proptest::prelude::*;
use tocsin_media::rtcp::{self, Block, Sent};
use tocsin_media::rtp::{self, Packet};
use tocsin_media::sequence::{Sequence, Timestamp};

/// A packet with all that RFC 3550 lets it have.
const DRESSED: &[u8] = &[
    0xB2, 0x80, 0xFF, 0xFE, 0x00, 0x00, 0x00, 0xA0, 0x11, 0x22, 0x33, 0x44, // P, X, two sources, marker
    0, 0, 0, 1, 0, 0, 0, 2, // the sources
    0xBE, 0xDE, 0, 1, 0x10, 0xFF, 0, 0, // an extension of one word
    7, 8, 9, // sound
    0, 0, 3, // padding
];

#[test]
fn what_we_do_not_need_is_skipped() {
    let packet = Packet::read(DRESSED).unwrap();
    let expected = Packet {
        marker: true,
        payload_type: 0,
        sequence: 65_534,
        timestamp: 160,
        source: 0x1122_3344,
        payload: &[7, 8, 9],
    };
    assert_eq!(packet, expected);
    assert_eq!(packet.write(), [&[0x80, 0x80], &DRESSED[2..12], &[7, 8, 9]].concat());
}

#[test]
fn what_is_no_packet_is_a_fault() {
    for length in 0..DRESSED.len() - 6 {
        assert!(Packet::read(&DRESSED[..length]).is_err(), "cut to {length}");
    }
    let with = |at: usize, byte: u8| {
        let mut bytes = DRESSED.to_vec();
        bytes[at] = byte;
        bytes
    };
    let last = DRESSED.len() - 1;
    let rows = [
        ("version 1", with(0, 0x72), rtp::Fault::Version),
        ("fifteen sources", with(0, 0xBF), rtp::Fault::Short),
        ("a long extension", with(23, 9), rtp::Fault::Short),
        ("no padding", with(last, 0), rtp::Fault::Padding),
        ("more padding than there is", with(last, 7), rtp::Fault::Padding),
        ("a sender report", with(1, 200), rtp::Fault::Control),
    ];
    for (name, bytes, fault) in rows {
        assert_eq!(Packet::read(&bytes), Err(fault), "{name}");
    }
    assert_eq!(Packet::read(&with(last, 6)).unwrap().payload, &[] as &[u8]);
}

fn block() -> impl Strategy<Value = Block> {
    (any::<[u32; 5]>(), any::<u8>(), -0x80_0000..=0x7F_FFFF_i32).prop_map(|(words, fraction_lost, lost)| {
        let [source, highest, jitter, last_report, since_report] = words;
        Block { source, fraction_lost, lost, highest, jitter, last_report, since_report }
    })
}

fn blocks() -> impl Strategy<Value = Vec<Block>> {
    proptest::collection::vec(block(), 0..=31)
}

fn report() -> impl Strategy<Value = rtcp::Packet> {
    prop_oneof![
        (any::<u32>(), any::<u64>(), any::<[u32; 3]>(), blocks()).prop_map(|(source, ntp, words, heard)| {
            let [timestamp, packets, octets] = words;
            rtcp::Packet::SenderReport { source, sent: Sent { ntp, timestamp, packets, octets }, heard }
        }),
        (any::<u32>(), blocks()).prop_map(|(source, heard)| rtcp::Packet::ReceiverReport { source, heard }),
    ]
}

fn further() -> impl Strategy<Value = rtcp::Packet> {
    prop_oneof![
        report(),
        (any::<u32>(), "\\PC{0,40}").prop_map(|(source, name)| rtcp::Packet::Description { source, name }),
        (proptest::collection::vec(any::<u32>(), 0..=31), proptest::option::of("\\PC{0,40}"))
            .prop_map(|(sources, reason)| rtcp::Packet::Goodbye { sources, reason }),
    ]
}

proptest! {
    #![proptest_config(crate::config(256))]

    #[test]
    fn a_packet_is_read_as_it_was_written(
        marker: bool, payload_type in 0..64_u8, sequence: u16, timestamp: u32, source: u32,
        payload in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let packet = Packet { marker, payload_type, sequence, timestamp, source, payload: &payload };
        let bytes = packet.write();
        prop_assert!(!rtp::is_rtcp(&bytes));
        prop_assert_eq!(Packet::read(&bytes), Ok(packet));
    }

    #[test]
    fn reports_are_read_as_they_were_written(first in report(), more in proptest::collection::vec(further(), 0..4)) {
        let packets: Vec<_> = std::iter::once(first).chain(more).collect();
        let bytes = rtcp::write(&packets);
        prop_assert_eq!(bytes.len() % 4, 0);
        prop_assert!(rtp::is_rtcp(&bytes));
        prop_assert_eq!(rtcp::read(&bytes), Ok(packets));
        for cut in [1, 2, 3, 5] {
            prop_assert!(rtcp::read(&bytes[..bytes.len() - cut]).is_err());
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = rtcp::read(&bytes);
        if let Ok(packet) = Packet::read(&bytes) {
            let again = packet.write();
            prop_assert_eq!(Packet::read(&again), Ok(packet));
        }
    }

    /// Bytes that look like a compound packet come further in than bytes that do not.
    #[test]
    fn any_bodies_are_survived(parts in proptest::collection::vec((0..32_u8, any::<bool>(), 199..206_u8, proptest::collection::vec(any::<u8>(), 0..60)), 1..4)) {
        let mut bytes = Vec::new();
        for (count, padded, kind, body) in &parts {
            let words = body.len() / 4;
            bytes.extend([0x80 | u8::from(*padded) << 5 | count, *kind, 0, words as u8]);
            bytes.extend(&body[..words * 4]);
        }
        if let Ok(packets) = rtcp::read(&bytes) {
            let kept: Vec<_> = packets.into_iter().filter(|one| !matches!(one, rtcp::Packet::Other(_))).collect();
            prop_assert_eq!(rtcp::read(&rtcp::write(&kept)), Ok(kept));
        }
    }

    #[test]
    fn counters_are_followed_over_their_end(start: u16, steps in proptest::collection::vec(-30_000..30_000_i64, 0..60)) {
        let (mut sequence, mut timestamp) = (Sequence::default(), Timestamp::default());
        let mut at = i64::from(start);
        let mut time = i64::from(start) * 60_000;
        prop_assert_eq!(sequence.unwrap(at as u16), at);
        prop_assert_eq!(timestamp.unwrap(time as u32), time);
        for step in steps {
            at += step;
            time += step * 70_000;
            prop_assert_eq!(sequence.unwrap(at as u16), at);
            prop_assert_eq!(timestamp.unwrap(time as u32), time);
        }
    }
}

#[test]
fn what_is_no_compound_is_a_fault() {
    let bye = rtcp::write(&[rtcp::Packet::Goodbye { sources: vec![1], reason: None }]);
    let empty = rtcp::write(&[rtcp::Packet::ReceiverReport { source: 1, heard: Vec::new() }]);
    assert_eq!(empty, [0x80, 201, 0, 1, 0, 0, 0, 1]);
    let padded = [0xA0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4];
    assert_eq!(rtcp::read(&padded), rtcp::read(&empty));
    let rows: [(&str, Vec<u8>, rtcp::Fault); 7] = [
        ("nothing", Vec::new(), rtcp::Fault::Short),
        ("a goodbye alone", bye.clone(), rtcp::Fault::First),
        ("version 1", vec![0x40, 201, 0, 1, 0, 0, 0, 1], rtcp::Fault::Version),
        ("a block that is promised", vec![0x81, 201, 0, 1, 0, 0, 0, 1], rtcp::Fault::Short),
        ("padding before the end", [&padded[..], &bye].concat(), rtcp::Fault::Padding),
        ("padding of three", vec![0xA0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3], rtcp::Fault::Padding),
        ("a reason that is cut", [&empty[..], &[0x80, 203, 0, 1, 9, b'o', b'f', b'f']].concat(), rtcp::Fault::Short),
    ];
    for (name, bytes, fault) in rows {
        assert_eq!(rtcp::read(&bytes), Err(fault), "{name}");
    }
    let more_than_fits: Vec<u32> = (0..40).collect();
    let written = rtcp::write(&[
        rtcp::Packet::ReceiverReport { source: 1, heard: Vec::new() },
        rtcp::Packet::Goodbye { sources: more_than_fits, reason: Some("ö".repeat(200)) },
    ]);
    let Ok([_, rtcp::Packet::Goodbye { sources, reason: Some(reason) }]) =
        rtcp::read(&written).map(|packets| <[_; 2]>::try_from(packets).unwrap())
    else {
        panic!("{written:?}")
    };
    assert_eq!((sources.len(), reason.chars().count()), (31, 127));
}

/// RFC 3550 figure 2, its own worked example.
#[test]
fn the_way_there_and_back_is_that_of_the_rfc() {
    let block = Block {
        source: 0,
        fraction_lost: 0,
        lost: 0,
        highest: 0,
        jitter: 0,
        last_report: 0xB705_2000,
        since_report: 0x0005_4000,
    };
    let now = 0xB710_8000_u64 << 16;
    assert_eq!(block.round_trip(now), Some(Duration::from_millis(6125)));
    assert_eq!(Block { last_report: 0, ..block }.round_trip(now), None);
    assert_eq!(block.round_trip(0xB705_0000_u64 << 16), None);
    let noon = rtcp::ntp(Duration::from_millis(1_500));
    assert_eq!((noon >> 32, noon as u32), (2_208_988_801, 0x8000_0000));
}
