//! What goes out for what comes in.

use tocsin_bridge::{Direction, Mode, Numbering};
use tocsin_media::g711::Law;
use tocsin_media::measure::{Kind as Sort, level, measure};
use tocsin_media::reception::Reception;
use tocsin_media::tone::share;
use tocsin_rtc::key::{Hearer, Told};
use tocsin_rtc::{Kind, Payload};

use crate::{ms, spoken};

fn direction(fills: bool) -> Direction {
    Direction::new(Numbering::new(9, 1, 1), fills)
}

/// So many frames of 20 ms, from that one on: what comes, and what goes out.
fn carry(direction: &mut Direction, frames: std::ops::Range<u16>, speaks: bool) -> Vec<Payload> {
    let mut out = Vec::new();
    for frame in frames {
        let now = ms(u64::from(frame) * 20);
        if speaks {
            out.extend(direction.take(&spoken(1, frame), now));
        }
        out.extend(direction.tick(now));
    }
    out
}

fn heard(sent: &[Payload]) -> Vec<i16> {
    sent.iter().filter(|sent| sent.kind == Kind::Sound).flat_map(|sent| Law::Mu.decoded(&sent.bytes)).collect()
}

#[test]
fn nothing_goes_out_before_the_far_end_is_there_but_it_is_heard() {
    let mut closed = direction(true);
    assert_eq!(carry(&mut closed, 0..50, true), []);
    let evidence = closed.evidence(ms(1000));
    assert_eq!(evidence.packets, 50);
    assert!(evidence.comes(ms(1000)) && evidence.sounds(ms(1000)));
}

#[test]
fn payloads_pass_to_the_byte() {
    let mut open = direction(true);
    open.open(ms(0));
    let sent = carry(&mut open, 0..50, true);
    assert_eq!(sent.len(), 50);
    assert!(sent.iter().zip(0..).all(|(sent, frame)| sent.bytes == spoken(1, frame).bytes));
    assert_eq!(open.sent(), (50, 0));
}

#[test]
fn a_line_without_sound_is_kept_alive_only_where_that_is_wanted() {
    let mut fills = direction(true);
    fills.open(ms(0));
    let sent = carry(&mut fills, 0..100, false);
    assert_eq!(sent.len(), 90, "after 200 ms");
    assert_eq!(measure(&heard(&sent)).kind, Sort::Silence);
    assert!(level(&heard(&sent)) > -80.0, "but not dead");
    // Who speaks again is heard at once, and followed by nobody.
    let sent = carry(&mut fills, 100..150, true);
    assert_eq!(sent.len(), 50);
    assert!(sent[0].marker && sent[0].bytes == spoken(1, 100).bytes);

    let mut bare = direction(false);
    bare.open(ms(0));
    assert_eq!(carry(&mut bare, 0..100, false), []);
}

#[test]
fn on_hold_two_notes_are_heard_and_nothing_of_whoever_speaks() {
    let mut open = direction(true);
    open.open(ms(0));
    let mut sent = carry(&mut open, 0..50, true);
    open.mode(Mode::Hold);
    let held = carry(&mut open, 50..250, true);
    assert_eq!(held.len(), 200);
    let sound = heard(&held);
    // Each swells and fades, which spreads a fifth of its power.
    assert!(share(&sound[..1920], 523.25) > 0.7 && share(&sound[1920..3840], 659.25) > 0.7);
    assert!(sound.chunks(800).all(|window| share(window, 560.0) < 0.5), "the speaker's tone came through");
    assert!(level(&sound[4000..]) < -60.0);
    assert!(open.evidence(ms(4999)).sounds(ms(4999)), "who speaks is heard, all the same");
    sent.extend(held);
    open.mode(Mode::Mute);
    let muted = carry(&mut open, 250..300, true);
    assert!(level(&heard(&muted)) < -60.0);
    sent.extend(muted);
    open.mode(Mode::Pass);
    sent.extend(carry(&mut open, 300..350, true));
    assert_eq!(open.sent(), (100, 250));

    let mut reception = Reception::new(9, sent[0].sequence);
    for (sent, at) in sent.iter().zip(0..) {
        reception.arrived(sent.sequence, sent.timestamp, ms(at * 20));
    }
    assert_eq!((reception.lost(), sent.len()), (0, 350), "one stream to whoever listens");
    assert!(reception.worst_jitter() < ms(2), "{:?}", reception.worst_jitter());
    assert_eq!(sent.iter().filter(|sent| sent.marker).count(), 3, "at each change of source");
}

#[test]
fn keys_are_pressed_one_after_the_other_and_take_the_place_of_sound() {
    let mut open = direction(true);
    open.open(ms(0));
    assert!(open.press('4', ms(100)) && open.press('2', ms(60)) && !open.press('x', ms(60)));
    let sent = carry(&mut open, 0..50, true);
    let keys: Vec<&Payload> = sent.iter().filter(|sent| sent.kind == Kind::Key).collect();
    let mut hearer = Hearer::default();
    let pressed: String = keys.iter().filter_map(|key| hearer.take(key.timestamp, &key.bytes)).collect();
    assert_eq!(pressed, "42");
    assert_eq!(keys.len(), (5 + 2) + (3 + 2), "each held, and its end told twice more");
    assert_eq!(keys.iter().filter(|key| key.marker).count(), 2);
    let ends = keys.iter().filter_map(|key| Told::read(&key.bytes)).filter(|told| told.end);
    assert_eq!(ends.map(|told| told.held).collect::<Vec<_>>(), [800, 800, 800, 480, 480, 480]);
    let numbers: Vec<u16> = sent.iter().map(|sent| sent.sequence).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1));
    assert_eq!(sent.last().unwrap().kind, Kind::Sound);
}
