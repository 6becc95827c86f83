//! RFC 4733.

use std::time::Duration;

use proptest::prelude::*;
use tocsin_rtc::key::{ENDS, Hearer, Press, Told};

const KEYS: &str = "0123456789*#ABCD";

#[test]
fn packets_are_as_the_rfc_draws_them() {
    // Event 5, the end, volume 10, 800 samples.
    let told = Told { key: '5', end: true, volume: 10, held: 800 };
    assert_eq!(told.write(), Some([5, 0x8A, 0x03, 0x20]));
    assert_eq!(Told::read(&[5, 0x8A, 0x03, 0x20]), Some(told));
    assert_eq!(Told::read(&[11, 0x0A, 0, 160]).map(|told| (told.key, told.end)), Some(('#', false)));
    // A flash of the hook is no key, and three bytes are no event.
    assert_eq!(Told::read(&[16, 0x0A, 0, 160]), None);
    assert_eq!(Told::read(&[1, 2, 3]), None);
    assert_eq!(Told { key: 'x', end: false, volume: 0, held: 0 }.write(), None);
}

proptest! {
    #![proptest_config(crate::config(200))]

    #[test]
    fn a_press_is_told_until_it_ends_three_times(key in prop::sample::select(KEYS.chars().collect::<Vec<_>>()), ms in 0_u64..20_000) {
        let told: Vec<Told> = Press::new(key, Duration::from_millis(ms)).unwrap().collect();
        let whole = (ms * 8).clamp(320, u64::from(u16::MAX)) as u16;
        prop_assert!(told.iter().all(|one| one.key == key));
        prop_assert!(told.is_sorted_by_key(|one| one.held));
        let ends: Vec<u16> = told.iter().filter(|one| one.end).map(|one| one.held).collect();
        prop_assert_eq!(ends, vec![whole; ENDS as usize]);
        prop_assert!(told.iter().rev().take(ENDS as usize).all(|one| one.end));
        prop_assert_eq!(told.len(), usize::from(whole.div_ceil(160)) + ENDS as usize - 1);
    }

    #[test]
    fn each_press_is_heard_once_whatever_is_lost(
        keys in prop::collection::vec(prop::sample::select(KEYS.chars().collect::<Vec<_>>()), 1..8),
        kept in prop::collection::vec(any::<bool>(), 200),
        start in any::<u32>(),
    ) {
        let (mut hearer, mut heard, mut kept) = (Hearer::default(), String::new(), kept.into_iter());
        for (at, key) in keys.iter().enumerate() {
            let timestamp = start.wrapping_add(at as u32 * 1600);
            let packets: Vec<_> = Press::new(*key, Duration::from_millis(100)).unwrap().filter_map(Told::write).collect();
            let last = packets.len() - 1;
            for (number, bytes) in packets.iter().enumerate() {
                // The last of each always comes, and some come twice.
                let times = u32::from(number == last) + u32::from(kept.next().unwrap_or(true));
                for _ in 0..times {
                    heard.extend(hearer.take(timestamp, bytes));
                }
            }
        }
        prop_assert_eq!(heard, keys.iter().collect::<String>());
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..12)) {
        if let Some(told) = Told::read(&bytes) {
            let again = told.write().unwrap();
            prop_assert_eq!(Told::read(&again), Some(told));
        }
    }
}
