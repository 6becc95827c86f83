//! Our signal and the network's, over lines from clean to bad: each heard for what it is, neither taken for the other.

use std::time::Duration;

use proptest::prelude::*;
use tocsin_media::chirp::Sweep;
use tocsin_media::nonce::{Ear, Nonce};
use tocsin_media::progress::Progress;
use tocsin_media::signal::Tone;
use tocsin_media::tone::{Wave, share};
use tocsin_media::{RATE, chirp, dtmf, measure, progress, samples, signal};

use crate::line::{Chance, Line, mixed, noise};

const LEVEL: f64 = -13.0;
const SWEEPS: [Sweep; 2] = [Sweep::Rising, Sweep::Falling];

fn silence(ms: u64) -> Vec<i16> {
    vec![0; samples(Duration::from_millis(ms))]
}

fn steady(hz: &[f64], ms: u64) -> Vec<i16> {
    Wave::new(hz, LEVEL).take(samples(Duration::from_millis(ms)))
}

/// Tones on and off, over and over, for so many ms.
fn rhythm(hz: &[f64], on_off: &[(u64, u64)], ms: u64) -> Vec<i16> {
    let mut sound = silence(100);
    for (on, off) in on_off.iter().cycle() {
        sound.extend(steady(hz, *on));
        sound.extend(silence(*off));
        if sound.len() >= samples(Duration::from_millis(ms)) {
            return sound;
        }
    }
    sound
}

fn information(hz: [f64; 3]) -> Vec<i16> {
    let mut sound = silence(200);
    for hz in hz {
        sound.extend(steady(&[hz], 330));
    }
    sound.extend(silence(300));
    sound
}

/// What networks and machines say (E.180 and its list; Q.35; T.30; V.25).
fn theirs() -> Vec<(&'static str, Progress, Vec<i16>)> {
    vec![
        ("North America, dial", Progress::Dial, steady(&[350.0, 440.0], 3000)),
        ("North America, ringing", Progress::Ringing, rhythm(&[440.0, 480.0], &[(2000, 4000)], 5000)),
        ("North America, busy", Progress::Busy, rhythm(&[480.0, 620.0], &[(500, 500)], 4000)),
        ("North America, reorder", Progress::Congestion, rhythm(&[480.0, 620.0], &[(250, 250)], 3000)),
        ("Britain, ringing", Progress::Ringing, rhythm(&[400.0, 450.0], &[(400, 200), (400, 2000)], 5000)),
        ("Britain, busy", Progress::Busy, rhythm(&[400.0], &[(375, 375)], 3000)),
        ("Germany, dial", Progress::Dial, steady(&[425.0], 4000)),
        ("Germany, ringing", Progress::Ringing, rhythm(&[425.0], &[(1000, 4000)], 6000)),
        ("Germany, busy", Progress::Busy, rhythm(&[425.0], &[(480, 480)], 4000)),
        ("Germany, congestion", Progress::Congestion, rhythm(&[425.0], &[(240, 240)], 3000)),
        ("France, ringing", Progress::Ringing, rhythm(&[440.0], &[(1500, 3500)], 6000)),
        ("Spain, congestion", Progress::Congestion, rhythm(&[425.0], &[(200, 200)], 3000)),
        ("Japan, dial", Progress::Dial, steady(&[400.0], 4000)),
        ("Japan, busy", Progress::Busy, rhythm(&[400.0], &[(500, 500)], 4000)),
        ("information", Progress::Information, information([950.0, 1400.0, 1800.0])),
        ("information, low", Progress::Information, information([913.8, 1370.6, 1776.7])),
        ("information, high", Progress::Information, information([985.2, 1428.5, 1776.7])),
        ("a fax calls", Progress::Fax, rhythm(&[1100.0], &[(500, 3000)], 3000)),
        ("a fax answers", Progress::Answer, steady(&[2100.0], 3000)),
        ("a test line", Progress::TestLine, steady(&[1004.0], 4000)),
        ("a test line, elsewhere", Progress::TestLine, steady(&[1020.0], 4000)),
    ]
}

fn numbers() -> [Nonce; 4] {
    [0x0000, 0xFFFF, 0x5A3C, 0x1E78].map(Nonce)
}

fn ours() -> Vec<(String, Vec<i16>)> {
    let mut sounds: Vec<(String, Vec<i16>)> =
        Tone::ALL.into_iter().map(|tone| (format!("{tone:?}"), tone.wave().take(12_000))).collect();
    sounds.extend(numbers().map(|nonce| (format!("{nonce:?}"), nonce.sound())));
    for sweep in SWEEPS {
        sounds.push((format!("{sweep:?}"), [silence(100), chirp::sound(sweep), silence(200)].concat()));
    }
    sounds
}

/// Fed in pieces as they come from a jitter buffer.
fn keys(sound: &[i16]) -> Vec<char> {
    let mut keys = dtmf::Keys::default();
    sound.chunks(160).flat_map(|piece| keys.feed(piece)).collect()
}

fn said(sound: &[i16]) -> Vec<Progress> {
    let mut listener = progress::Listener::default();
    sound.chunks(160).flat_map(|piece| listener.feed(piece)).collect()
}

fn tones(sound: &[i16]) -> Vec<Tone> {
    let mut listener = signal::Listener::default();
    sound.chunks(160).flat_map(|piece| listener.feed(piece)).map(|heard| heard.tone).collect()
}

fn nonces(sound: &[i16]) -> Vec<Nonce> {
    let mut ear = Ear::default();
    sound.chunks(160).flat_map(|piece| ear.feed(piece)).flatten().collect()
}

#[test]
fn the_frequencies_keep_their_distance() {
    let taken = [
        350.0, 400.0, 425.0, 440.0, 450.0, 480.0, 500.0, 600.0, 620.0, 900.0, // call progress
        697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0, // keys
        913.8, 950.0, 985.2, 1370.6, 1400.0, 1428.5, 1776.7, 1800.0, // information
        1100.0, 2100.0, 1300.0, // fax and modem calls and answers
        1070.0, 1270.0, 2025.0, 2225.0, 980.0, 1180.0, 1650.0, 1850.0, 1200.0, 2200.0, // modems
        1000.0, 1004.0, 1020.0, 2713.0, 2804.0, // test lines
        2280.0, 2400.0, 2600.0, // signalling within the band
    ];
    for tone in Tone::ALL {
        let near = taken.iter().map(|hz| (tone.hz() - hz).abs()).fold(f64::MAX, f64::min);
        assert!(near >= 36.0, "{tone:?} is {near} Hz from another");
        assert!(!(1900.0..2350.0).contains(&tone.hz()), "{tone:?} may switch echo cancellers off");
        // What Q.24 lets a receiver take for a key.
        let key = dtmf::LOW.iter().chain(&dtmf::HIGH).any(|hz| (tone.hz() / hz - 1.0).abs() < 0.035);
        assert!(!key, "{tone:?} is near a key");
    }
    for (at, one) in Tone::ALL.iter().enumerate() {
        for other in &Tone::ALL[at + 1..] {
            assert!((one.hz() - other.hz()).abs() >= 100.0);
            // Distortion makes odd multiples.
            assert!((3.0 * one.hz() - other.hz()).abs() >= 36.0 && (3.0 * other.hz() - one.hz()).abs() >= 36.0);
        }
    }
}

#[test]
fn our_tones_are_heard_on_every_line() {
    for line in Line::all() {
        for tone in Tone::ALL {
            let sound = [silence(300), tone.wave().take(8000), silence(300)].concat();
            let heard = line.carry(&sound);
            let mut listener = signal::Listener::default();
            let found = listener.feed(&heard.sound);
            let first = found.first().unwrap_or_else(|| panic!("{tone:?} is not heard over {line:?}"));
            assert!(found.iter().all(|one| one.tone == tone), "{tone:?} over {line:?}: {found:?}");
            let since = first.since.as_millis();
            assert!((200..=900).contains(&since), "{tone:?} over {line:?} since {since}");
        }
    }
}

#[test]
fn a_change_of_tone_is_heard_as_one() {
    let sound: Vec<i16> = Tone::ALL.into_iter().flat_map(|tone| tone.wave().take(4800)).collect();
    assert_eq!(tones(&Line::CLEAN.carry(&sound).sound), Tone::ALL);
}

#[test]
fn a_tone_under_noise_or_short_or_faint_is_none() {
    let mut chance = Chance::new(3);
    for tone in Tone::ALL {
        let wave = tone.wave().take(8000);
        assert!(tones(&mixed(&wave, &noise(8000, -8.0, &mut chance))).is_empty(), "{tone:?} under noise");
        let short = [silence(500), tone.wave().take(1800), silence(500)].concat();
        assert!(tones(&short).is_empty(), "{tone:?} for 225 ms");
        let faint: Vec<i16> = wave.iter().map(|sample| sample / 60).collect();
        assert!(tones(&faint).is_empty(), "{tone:?} faint");
        let off = Wave::new(&[tone.hz() + 12.0], LEVEL).take(8000);
        assert!(tones(&off).is_empty(), "{tone:?} out of tune");
    }
}

#[test]
fn our_numbers_are_understood_on_every_line() {
    let mut said_times = 0;
    let mut understood = 0;
    for line in Line::all() {
        for nonce in numbers() {
            let sound = [silence(100), nonce.sound(), nonce.sound(), nonce.sound(), silence(200)].concat();
            let heard = nonces(&line.carry(&sound).sound);
            assert!(heard.iter().all(|one| *one == nonce), "{nonce:?} over {line:?}: {heard:?}");
            assert!(!heard.is_empty(), "{nonce:?} said three times is not understood over {line:?}");
            said_times += 3;
            understood += heard.len();
        }
    }
    assert!(understood * 10 >= said_times * 9, "{understood} of {said_times}");
}

#[test]
fn a_number_that_is_cut_or_wrong_is_garbled() {
    let nonce = Nonce(0x2F81);
    let whole = [nonce.sound(), silence(200)].concat();
    let mut ear = Ear::default();
    assert_eq!(ear.feed(&whole), [Ok(nonce)]);
    // 1600 samples are a symbol and its silence.
    let rows: [(&str, Vec<i16>, usize); 3] = [
        ("begins late", whole[1600..].to_vec(), 4),
        ("misses one", [&whole[..3200], &silence(120)[..], &whole[4160..]].concat(), 4),
        ("has two ends", [&whole[..8000], &whole[..]].concat(), 6),
    ];
    for (name, sound, symbols) in rows {
        let heard = Ear::default().feed(&sound);
        assert_eq!(heard.len(), 1, "{name}");
        assert_eq!(heard[0].unwrap_err().symbols, symbols, "{name}");
    }
    let other = Nonce(0x2F80).sound();
    let mixed_up = [&whole[..4800], &other[4800..6400], &whole[6400..]].concat();
    assert!(Ear::default().feed(&mixed_up)[0].is_err());
}

#[test]
fn what_networks_say_is_understood_on_every_line() {
    for line in Line::all() {
        for (name, meaning, sound) in theirs() {
            assert_eq!(said(&line.carry(&sound).sound), [meaning], "{name} over {line:?}");
        }
    }
}

#[test]
fn keys_are_understood_on_every_line() {
    let all: String = dtmf::KEYS.iter().flatten().collect();
    for line in Line::all() {
        // Held as long as people hold them, so that one lost packet makes no second key of it.
        let sound: Vec<i16> = all
            .chars()
            .flat_map(|key| [dtmf::sound(key, Duration::from_millis(140)).unwrap(), silence(100)].concat())
            .collect();
        let heard: String = keys(&line.carry(&sound).sound).into_iter().collect();
        if line.loss < 0.02 {
            assert_eq!(heard, all, "{line:?}");
        } else {
            assert!(heard.len().abs_diff(all.len()) <= 3, "{heard} over {line:?}");
        }
    }
    assert_eq!(keys(&[silence(50), dtmf::sound('5', Duration::from_millis(40)).unwrap(), silence(50)].concat()), ['5']);
    assert!(dtmf::sound('x', Duration::from_millis(40)).is_none());
    for off in [0.965, 1.035] {
        let out_of_tune: Vec<f64> = [770.0, 1336.0].iter().map(|hz| hz * off).collect();
        assert!(keys(&steady(&out_of_tune, 200)).is_empty(), "{off}");
    }
}

#[test]
fn nobody_takes_ours_for_theirs() {
    for line in Line::all() {
        for (name, sound) in ours() {
            let heard = line.carry(&sound).sound;
            assert!(keys(&heard).is_empty(), "{name} over {line:?} is a key");
            assert_eq!(said(&heard), [], "{name} over {line:?}");
        }
    }
}

#[test]
fn we_take_nobodys_for_ours() {
    let mut chance = Chance::new(11);
    let modems = [1070.0, 1270.0, 980.0, 1180.0, 1650.0, 1850.0, 2225.0, 1300.0, 2713.0];
    let mut sounds: Vec<(String, Vec<i16>)> =
        theirs().into_iter().map(|(name, _, sound)| (name.to_owned(), sound)).collect();
    sounds.extend(dtmf::KEYS.iter().flatten().map(|key| {
        let held = dtmf::sound(*key, Duration::from_millis(1000)).unwrap();
        (format!("key {key}"), [held, silence(500)].concat())
    }));
    sounds.extend(modems.map(|hz| (format!("{hz} Hz"), steady(&[hz], 1500))));
    sounds.push(("noise".to_owned(), noise(24_000, -15.0, &mut chance)));
    sounds.push(("a chord".to_owned(), steady(&[262.0, 330.0, 392.0, 523.0], 3000)));
    sounds.push(("silence".to_owned(), silence(2000)));
    for line in Line::all() {
        for (name, sound) in &sounds {
            let heard = line.carry(sound).sound;
            assert_eq!(tones(&heard), [], "{name} over {line:?}");
            assert_eq!(nonces(&heard), [], "{name} over {line:?}");
            assert!(SWEEPS.iter().all(|sweep| chirp::find(*sweep, &heard).is_none()), "{name} over {line:?}");
        }
    }
}

#[test]
fn ours_are_not_taken_for_each_other() {
    for line in Line::all() {
        for tone in Tone::ALL {
            let heard = line.carry(&tone.wave().take(16_000)).sound;
            assert_eq!(nonces(&heard), [], "{tone:?} over {line:?}");
            assert!(SWEEPS.iter().all(|sweep| chirp::find(*sweep, &heard).is_none()), "{tone:?} over {line:?}");
        }
        for nonce in numbers() {
            let heard = line.carry(&nonce.sound()).sound;
            assert_eq!(tones(&heard), [], "{nonce:?} over {line:?}");
            assert!(SWEEPS.iter().all(|sweep| chirp::find(*sweep, &heard).is_none()), "{nonce:?} over {line:?}");
        }
        for (sweep, other) in [(Sweep::Rising, Sweep::Falling), (Sweep::Falling, Sweep::Rising)] {
            let heard = line.carry(&[silence(200), chirp::sound(sweep), silence(600)].concat()).sound;
            assert_eq!(tones(&heard), [], "{sweep:?} over {line:?}");
            assert_eq!(nonces(&heard), [], "{sweep:?} over {line:?}");
            assert_eq!(chirp::find(other, &heard), None, "{sweep:?} over {line:?}");
        }
    }
}

#[test]
fn a_chirp_tells_how_long_it_was_under_way() {
    for line in Line::all() {
        for sweep in SWEEPS {
            let quiet = silence(500);
            let heard = line.carry(&[&quiet[..], &chirp::sound(sweep), &quiet].concat());
            let found = chirp::find(sweep, &heard.sound).unwrap_or_else(|| panic!("no chirp over {line:?}"));
            let sent = Duration::from_millis(500);
            let delay = found.under_way(sent, heard.began).unwrap();
            // What it should be: the first sample was said at 0, and 500 ms of a clock that differs are 50 µs.
            let off = delay.as_secs_f64() - heard.began.as_secs_f64();
            assert!(off.abs() < 0.0005, "{line:?}: {off} s");
            assert!(found.alike > if line.loss > 0.0 { 0.5 } else { 0.9 }, "{line:?}: {found:?}");
            if line.loss == 0.0 {
                assert!(found.band.0 <= 400.0 && found.band.1 >= 3300.0, "{line:?}: {found:?}");
            }
            assert_eq!(found.under_way(Duration::from_secs(60), heard.began), None);
            // Heard piece by piece, it began at the same place, and is heard once.
            let mut listener = chirp::Listener::new(sweep);
            let pieces: Vec<_> = heard.sound.chunks(160).filter_map(|piece| listener.feed(piece)).collect();
            assert_eq!(pieces.len(), 1, "{line:?}");
            assert!((pieces[0].at - found.at).abs() < 0.1, "{line:?}");
        }
    }
}

#[test]
fn a_chirp_tells_what_part_of_the_band_came() {
    for sweep in SWEEPS {
        let sound = [silence(100), chirp::sound(sweep), silence(100)].concat();
        let muffled = filtered(&sound, 300.0, 2000.0);
        let found = chirp::find(sweep, &muffled).unwrap();
        assert!((1800.0..=2300.0).contains(&found.band.1), "{found:?}");
        let thin = filtered(&sound, 900.0, 3900.0);
        let found = chirp::find(sweep, &thin).unwrap();
        assert!((700.0..=1000.0).contains(&found.band.0), "{found:?}");
    }
}

/// What lies between two frequencies, by a long windowed sinc.
fn filtered(sound: &[i16], low: f64, high: f64) -> Vec<i16> {
    use std::f64::consts::PI;
    let reach = 200_i32;
    let sinc = |hz: f64, at: f64| {
        let rate = f64::from(RATE);
        if at == 0.0 { 2.0 * hz / rate } else { (2.0 * PI * hz * at / rate).sin() / (PI * at) }
    };
    let taps: Vec<f64> = (-reach..=reach)
        .map(|at| {
            let window = (PI * f64::from(at) / f64::from(2 * reach)).cos().powi(2);
            (sinc(high, f64::from(at)) - sinc(low, f64::from(at))) * window
        })
        .collect();
    (0..sound.len())
        .map(|at| {
            let sum: f64 = taps
                .iter()
                .enumerate()
                .filter_map(|(tap, weight)| {
                    let place = (at + tap).checked_sub(reach as usize)?;
                    Some(weight * f64::from(*sound.get(place)?))
                })
                .sum();
            sum as i16
        })
        .collect()
}

proptest! {
    #![proptest_config(crate::config(64))]

    #[test]
    fn every_number_comes_through(number: u16, law in 0..2_usize, loud in -20.0..10.0_f64) {
        let nonce = Nonce(number);
        let factor = 10.0_f64.powf(loud / 20.0);
        let sound: Vec<i16> = nonce.sound().iter().map(|sample| (f64::from(*sample) * factor) as i16).collect();
        let line = Line { law: tocsin_media::g711::Law::BOTH[law], ..Line::CLEAN };
        let sound = line.carry(&[silence(50), sound, silence(100)].concat()).sound;
        prop_assert_eq!(nonces(&sound), [nonce]);
        prop_assert_ne!(nonce.answer(), nonce);
        prop_assert_eq!(nonce.answer().answer(), nonce);
    }

    #[test]
    fn a_sine_is_all_of_itself(hz in 200.0..3700.0_f64, dbfs in -40.0..0.0_f64) {
        let sound = Wave::new(&[hz], dbfs).take(800);
        let all = share(&sound, hz);
        prop_assert!((0.95..1.05).contains(&all), "{all}");
        prop_assert!((measure::level(&sound) - dbfs).abs() < 0.3);
        prop_assert!(share(&sound, hz + 25.0) < 0.06);
    }

    #[test]
    fn any_sound_is_survived(sound in proptest::collection::vec(any::<i16>(), 0..3000)) {
        keys(&sound);
        said(&sound);
        tones(&sound);
        nonces(&sound);
        let _ = chirp::find(Sweep::Falling, &sound);
        let _ = measure::measure(&sound);
        let all = share(&sound, 1000.0);
        prop_assert!((0.0..=2.0).contains(&all));
    }
}
