//! G.711 against the Recommendation's own figures, and against another's tables.

use proptest::prelude::*;
use tocsin_media::g711::Law;

fn reference(law: Law) -> Vec<i16> {
    let text = match law {
        Law::Mu => include_str!("g711_mu.txt"),
        Law::A => include_str!("g711_a.txt"),
    };
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(str::split_whitespace).map(|number| number.parse().unwrap()).collect()
}

#[test]
fn every_code_stands_for_what_others_say_too() {
    for law in Law::BOTH {
        let expected = reference(law);
        assert_eq!(expected.len(), 256);
        for code in 0..=255_u8 {
            assert_eq!(law.decode(code), expected[usize::from(code)], "{law:?} {code:#04x}");
        }
    }
}

/// Tables 1a and 2a of the Recommendation: the first and last value of every segment, in its units of 13 and 14 bits,
/// with the codes before inversion.
#[test]
fn segments_begin_and_end_where_the_recommendation_says() {
    let mu = [(0, 30), (33, 93), (99, 219), (231, 471), (495, 975), (1023, 1983), (2079, 3999), (4191, 8031)];
    for (segment, (first, last)) in (0_u8..).zip(mu) {
        for (step, value) in [(0, first), (15, last)] {
            assert_eq!(Law::Mu.decode(!((segment << 4) | step)), value * 4, "µ {segment} {step}");
            assert_eq!(Law::Mu.decode(!(0x80 | (segment << 4) | step)), -value * 4, "-µ {segment} {step}");
        }
    }
    let a = [(1, 31), (33, 63), (66, 126), (132, 252), (264, 504), (528, 1008), (1056, 2016), (2112, 4032)];
    for (segment, (first, last)) in (0_u8..).zip(a) {
        for (step, value) in [(0, first), (15, last)] {
            assert_eq!(Law::A.decode((0x80 | (segment << 4) | step) ^ 0x55), value * 8, "A {segment} {step}");
            assert_eq!(Law::A.decode(((segment << 4) | step) ^ 0x55), -value * 8, "-A {segment} {step}");
        }
    }
}

#[test]
fn codes_come_back_as_they_went() {
    for law in Law::BOTH {
        for code in 0..=255_u8 {
            let again = law.encode(law.decode(code));
            // µ-law has two zeros; the positive one is sent.
            let expected = if law == Law::Mu && code == 0x7F { 0xFF } else { code };
            assert_eq!(again, expected, "{law:?} {code:#04x}");
        }
    }
    assert_eq!((Law::Mu.silence(), Law::A.silence()), (0xFF, 0xD5));
}

/// Between two values lies a decision value, half a step of the lower above it (Tables 1 and 2): 64 for A-law between
/// 63 and 66, 4063 for µ-law between 3999 and 4191.
#[test]
fn every_sample_becomes_what_the_decision_values_say() {
    for law in Law::BOTH {
        let mut values: Vec<i32> = reference(law).into_iter().filter(|value| *value >= 0).map(i32::from).collect();
        values.sort_unstable();
        values.dedup();
        // The last of sixteen has no neighbour above in its own segment.
        let step = |at: usize| if at % 16 == 15 { values[at] - values[at - 1] } else { values[at + 1] - values[at] };
        let decisions: Vec<i32> = (0..values.len()).map(|at| values[at] + step(at) / 2).collect();
        for sample in 0..=i16::MAX {
            let at = decisions.partition_point(|decision| *decision <= i32::from(sample)).min(values.len() - 1);
            let became = law.decode(law.encode(sample));
            assert_eq!(i32::from(became), values[at], "{law:?} {sample}");
            // A-law has no zero to mirror at.
            let mirrored = if law == Law::A { !sample } else { -sample };
            assert_eq!(law.decode(law.encode(mirrored)), -became, "{law:?} {mirrored}");
        }
        assert_eq!(law.decode(law.encode(i16::MIN)), -law.decode(law.encode(i16::MAX)));
    }
}

/// All that fourteen and thirteen bits can say, against CPython's encoder where this machine has one that does it.
#[test]
fn it_encodes_as_python_does() {
    let script = "import audioop, struct, sys\n\
        linear = struct.pack('<65536h', *range(-32768, 32768))\n\
        sys.stdout.buffer.write(audioop.lin2ulaw(linear, 2) + audioop.lin2alaw(linear, 2))";
    let Ok(answer) = std::process::Command::new("python3").args(["-W", "ignore", "-c", script]).output() else {
        return;
    };
    if !answer.status.success() {
        return;
    }
    assert_eq!(answer.stdout.len(), 2 * 65536);
    for sample in i16::MIN..=i16::MAX {
        let place = (i32::from(sample) + 32768) as usize;
        // It cuts µ-law's samples to 14 bits downwards, so that only whole ones are comparable.
        if sample % 4 == 0 {
            assert_eq!(Law::Mu.encode(sample), answer.stdout[place], "µ {sample}");
        }
        assert_eq!(Law::A.encode(sample), answer.stdout[65536 + place], "A {sample}");
    }
}

proptest! {
    #![proptest_config(crate::config(256))]

    #[test]
    fn twice_is_as_good_as_once(samples in proptest::collection::vec(any::<i16>(), 0..400)) {
        for law in Law::BOTH {
            let once = law.decoded(&law.encoded(&samples));
            prop_assert_eq!(&law.decoded(&law.encoded(&once)), &once);
        }
    }
}
