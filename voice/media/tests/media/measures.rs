//! Levels, clipping, what there is to hear, and our own echo.

use tocsin_media::echo;
use tocsin_media::g711::Law;
use tocsin_media::measure::{Kind, level, measure};
use tocsin_media::tone::{FULL, Wave};
use tocsin_media::{chirp, signal};

use crate::line::{Chance, Line, mixed, noise};

/// Something like speech: syllables of a voice with overtones, and pauses.
fn speech(samples: usize) -> Vec<i16> {
    let voice = Wave::new(&[140.0, 280.0, 700.0, 1120.0, 2380.0], -22.0).take(samples);
    (0..).zip(voice).map(|(at, sample)| if (at / 1500) % 3 == 2 { sample / 200 } else { sample }).collect()
}

#[test]
fn levels_are_those_of_sines() {
    let square: Vec<i16> = (0..800).map(|at| if at % 8 < 4 { 32_767 } else { -32_767 }).collect();
    assert!((level(&square) - 3.01).abs() < 0.01);
    assert!((level(&Wave::new(&[1000.0], -20.0).take(8000)) + 20.0).abs() < 0.01);
    assert_eq!((level(&[]), level(&[0; 100])), (-120.0, -120.0));
    // The loudest sine that A-law takes is +3.14 dBm0, that of µ-law +3.17 (G.711 §5).
    for (law, most) in [(Law::A, 32_256.0_f64), (Law::Mu, 32_124.0)] {
        let peak = measure(&law.decoded(&law.encoded(&Wave::new(&[1004.0], 0.0).take(8000)))).peak;
        assert!((peak - 20.0 * (most / FULL).log10()).abs() < 0.01, "{law:?}: {peak}");
    }
}

#[test]
fn what_there_is_to_hear() {
    let mut chance = Chance::new(5);
    let mut click = vec![0; 16_000];
    click[8000..8020].fill(9000);
    let rows = [
        ("nothing", vec![0; 16_000], Kind::Silence),
        ("no samples", Vec::new(), Kind::Silence),
        ("A-law's own silence", Law::A.decoded(&[0xD5; 16_000]), Kind::Silence),
        ("µ-law's", Law::Mu.decoded(&[0xFF; 16_000]), Kind::Silence),
        ("hiss nobody hears", noise(16_000, -66.0, &mut chance), Kind::Silence),
        ("a click", click, Kind::Silence),
        ("comfort noise", noise(16_000, -52.0, &mut chance), Kind::ComfortNoise),
        ("loud noise", noise(16_000, -25.0, &mut chance), Kind::Sound),
        ("a faint tone", Wave::new(&[560.0], -45.0).take(16_000), Kind::Sound),
        ("a tone", signal::Tone::CallerCalls.wave().take(16_000), Kind::Sound),
        ("speech", speech(16_000), Kind::Sound),
        ("faint speech", speech(16_000).iter().map(|sample| sample / 12).collect(), Kind::Sound),
    ];
    for (name, sound, kind) in rows {
        assert_eq!(measure(&sound).kind, kind, "{name}: {:?}", measure(&sound));
        for law in Law::BOTH {
            let heard = Line { law, ..Line::CLEAN }.carry(&sound.iter().copied().chain([0; 320]).collect::<Vec<_>>());
            if sound.len() > 1000 {
                assert_eq!(measure(&heard.sound[..16_000]).kind, kind, "{name} over {law:?}");
            }
        }
    }
}

#[test]
fn peaks_that_are_cut_off_are_counted() {
    let voice = speech(16_000);
    let louder = |factor: f64| -> Vec<i16> {
        voice.iter().map(|sample| (f64::from(*sample) * factor).clamp(-32_768.0, 32_767.0) as i16).collect()
    };
    assert_eq!(measure(&voice).clipped, 0.0);
    for law in Law::BOTH {
        let as_heard = |factor| measure(&law.decoded(&law.encoded(&louder(factor)))).clipped;
        assert_eq!(as_heard(1.0), 0.0);
        assert!(as_heard(8.0) > 0.02, "{law:?}: {}", as_heard(8.0));
        assert!(as_heard(30.0) > as_heard(8.0));
    }
}

#[test]
fn our_own_voice_is_found() {
    let sent = chirp::sound(chirp::Sweep::Rising);
    let mut chance = Chance::new(8);
    for (late, factor, disturbance) in [(0, 1.0, -60.0), (800, 0.5, -50.0), (2417, 0.1, -45.0), (4000, -0.25, -30.0)] {
        let mut heard = noise(8000, disturbance, &mut chance);
        for (at, sample) in sent.iter().enumerate() {
            heard[late + at] += (f64::from(*sample) * factor) as i16;
        }
        let echo = echo::find(&sent, &heard).unwrap_or_else(|| panic!("no echo {late} late"));
        assert_eq!(echo.after.as_micros(), late as u128 * 125);
        let loss = -20.0 * f64::abs(factor).log10();
        assert!((echo.loss - loss).abs() < 0.5, "{late}: {echo:?}");
    }
    assert_eq!(echo::find(&sent, &noise(8000, -20.0, &mut chance)), None);
    assert_eq!(echo::find(&sent, &speech(8000)), None);
    assert_eq!(echo::find(&sent, &mixed(&vec![0; 8000], &[0; 8000])), None);
    assert_eq!(echo::find(&sent, &sent[..100]), None);
    assert_eq!(echo::find(&[], &sent), None);
}
