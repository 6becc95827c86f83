//! What is known of an end, and what is wrong.

use tocsin_bridge::{Ear, Evidence, Growth, Trouble, troubles};
use tocsin_media::measure::NOTHING;

use crate::{ms, payload, spoken};

fn heard(frames: std::ops::Range<u16>, make: impl Fn(u16) -> tocsin_rtc::Payload) -> Ear {
    let mut ear = Ear::default();
    for frame in frames {
        ear.hear(&make(frame), ms(u64::from(frame) * 20));
    }
    ear
}

fn silence(frame: u16) -> tocsin_rtc::Payload {
    payload(1, frame, u32::from(frame) * 160, vec![0xFF; 160])
}

#[test]
fn what_came_is_measured() {
    let ear = heard(10..110, |frame| spoken(1, frame));
    let evidence = ear.evidence(ms(2190));
    assert_eq!((evidence.packets, evidence.since, evidence.last), (100, Some(ms(200)), Some(ms(2180))));
    assert!((evidence.level + 13.0).abs() < 0.2, "{}", evidence.level);
    assert_eq!(evidence.lost, 0.0);
    let later = ear.evidence(ms(4000));
    assert!(!later.comes(ms(4000)) && later.level == NOTHING && later.packets == 100);
}

#[test]
fn loss_is_counted() {
    let mut ear = Ear::default();
    for frame in (0..100_u16).filter(|frame| frame % 10 != 5) {
        ear.hear(&spoken(1, frame), ms(u64::from(frame) * 20));
    }
    let lost = ear.evidence(ms(2000)).lost;
    assert!((0.08..0.12).contains(&lost), "{lost}");
}

type Make = fn() -> Ear;

/// What comes of both ends, whether the browser's count grows, and what is wrong.
type Row = (Make, Make, bool, &'static [Trouble]);

#[test]
fn each_fault_has_its_name() {
    let (speaks, silent, dead): (Make, Make, Make) =
        (|| heard(0..100, |frame| spoken(1, frame)), || heard(0..100, silence), Ear::default);
    let stopped: Make = || heard(0..45, |frame| spoken(1, frame));
    let turned_off: Make = || heard(0..100, |frame| if frame < 40 { spoken(1, frame) } else { silence(frame) });
    let table: &[Row] = &[
        (speaks, speaks, true, &[]),
        (speaks, dead, true, &[Trouble::AgentSendsNothing]),
        (speaks, stopped, true, &[Trouble::AgentSendsNothing]),
        (speaks, silent, true, &[Trouble::AgentSilent]),
        (speaks, turned_off, true, &[Trouble::AgentSilent]),
        (speaks, speaks, false, &[Trouble::BrowserHearsNothing]),
        (dead, speaks, true, &[Trouble::CallerSendsNothing]),
        (silent, speaks, true, &[Trouble::CallerSilent]),
        (dead, dead, false, &[Trouble::AgentSendsNothing, Trouble::BrowserHearsNothing, Trouble::CallerSendsNothing]),
    ];
    let now = ms(2000);
    for (at, (caller, agent, grows, wrong)) in table.iter().enumerate() {
        let mut browser = Growth::default();
        browser.count(40, ms(900));
        if *grows {
            browser.count(90, ms(1900));
        }
        let evidence = |ear: Make| -> Evidence { ear().evidence(now) };
        assert_eq!(troubles(&evidence(*caller), &evidence(*agent), &browser, now), *wrong, "row {at}");
    }
}
