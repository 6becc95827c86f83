//! What evidence proves, row by row.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use tocsin_media::emodel::{Connection, mos};
use tocsin_media::verdict::{
    Answered, Control, Evidence, FarEnd, Heard, Limits, NonceHeard, Outcome, Quality, Verdict, judge,
};

fn good() -> Answered {
    Answered {
        codec_agreed: true,
        packets: 250,
        heard: Heard::FarEnd,
        acknowledged: true,
        nonce: NonceHeard::Right,
        far_end: FarEnd::Unknown,
        two_way_after: Some(Duration::from_millis(600)),
        cut_off: false,
        quality: fine(),
    }
}

fn fine() -> Quality {
    Quality {
        missing: 0.0,
        level: -13.0,
        clipped: 0.0,
        delay: Some(Duration::from_millis(120)),
        band: Some((300.0, 3400.0)),
    }
}

/// Answered, and nothing came.
fn mute() -> Answered {
    Answered {
        packets: 0,
        heard: Heard::Nothing,
        acknowledged: false,
        nonce: NonceHeard::Missing,
        two_way_after: None,
        quality: Quality { level: -120.0, delay: None, band: None, ..fine() },
        ..good()
    }
}

fn with(outcome: Outcome) -> Evidence {
    Evidence { control: Control::Echoed, outcome, agent: None }
}

fn answered(call: Answered) -> Evidence {
    with(Outcome::Answered(call))
}

fn quality(quality: Quality) -> Evidence {
    answered(Answered { quality, ..good() })
}

fn rows() -> Vec<(&'static str, Evidence, Verdict)> {
    use Verdict::{
        AnsweredNoRtp, AnsweredSilent, Busy, CodecMismatch, DroppedEarly, LateAudio, NotAnswered, OneWayIn, OneWayOut,
        Pass, PoorQuality, ProbeFault, Rejected, RingsForever,
    };
    let ms = Duration::from_millis;
    let hears_only = Answered { acknowledged: false, nonce: NonceHeard::Missing, two_way_after: None, ..good() };
    vec![
        ("all is well", answered(good()), Pass),
        ("nobody replies", with(Outcome::NoReply), NotAnswered),
        ("request timeout", with(Outcome::Refused(408)), NotAnswered),
        ("temporarily unavailable", with(Outcome::Refused(480)), NotAnswered),
        ("rings", with(Outcome::Rang), RingsForever),
        ("busy here", with(Outcome::Refused(486)), Busy),
        ("busy everywhere", with(Outcome::Refused(600)), Busy),
        ("forbidden", with(Outcome::Refused(403)), Rejected),
        ("not found", with(Outcome::Refused(404)), Rejected),
        ("service unavailable", with(Outcome::Refused(503)), Rejected),
        ("declined", with(Outcome::Refused(603)), Rejected),
        ("not acceptable here", with(Outcome::Refused(488)), CodecMismatch),
        ("unsupported media", with(Outcome::Refused(415)), CodecMismatch),
        ("another codec", answered(Answered { codec_agreed: false, ..mute() }), CodecMismatch),
        ("no packet", answered(mute()), AnsweredNoRtp),
        ("silence", answered(Answered { packets: 250, ..mute() }), AnsweredSilent),
        ("comfort noise", answered(Answered { packets: 250, heard: Heard::ComfortNoise, ..mute() }), AnsweredSilent),
        ("our echo", answered(Answered { packets: 250, heard: Heard::OwnEcho, ..mute() }), AnsweredSilent),
        ("hears, is not heard", answered(hears_only.clone()), OneWayIn),
        ("music", answered(Answered { heard: Heard::Strange, ..hears_only.clone() }), OneWayIn),
        ("a recording", answered(Answered { nonce: NonceHeard::Wrong, ..good() }), OneWayIn),
        ("a recording without number", answered(Answered { nonce: NonceHeard::Missing, ..good() }), OneWayIn),
        (
            "the far end says it hears nothing",
            answered(Answered { far_end: FarEnd::HeardNothing, ..hears_only.clone() }),
            OneWayIn,
        ),
        ("is heard, hears no packet", answered(Answered { far_end: FarEnd::HeardUs, ..mute() }), OneWayOut),
        ("is heard, hears silence", answered(Answered { far_end: FarEnd::HeardUs, packets: 250, ..mute() }), OneWayOut),
        ("late", answered(Answered { two_way_after: Some(ms(3001)), ..good() }), LateAudio),
        ("just in time", answered(Answered { two_way_after: Some(ms(3000)), ..good() }), Pass),
        ("much is missing", quality(Quality { missing: 0.051, ..fine() }), PoorQuality),
        ("a little is missing", quality(Quality { missing: 0.05, ..fine() }), Pass),
        ("faint", quality(Quality { level: -36.0, ..fine() }), PoorQuality),
        ("loud", quality(Quality { level: -2.0, ..fine() }), PoorQuality),
        ("cut off at the top", quality(Quality { clipped: 0.02, ..fine() }), PoorQuality),
        ("long under way", quality(Quality { delay: Some(ms(401)), ..fine() }), PoorQuality),
        ("muffled", quality(Quality { band: Some((300.0, 2000.0)), ..fine() }), PoorQuality),
        ("thin", quality(Quality { band: Some((900.0, 3400.0)), ..fine() }), PoorQuality),
        ("not measured", quality(Quality { band: None, delay: None, ..fine() }), Pass),
        ("garbled", answered(Answered { nonce: NonceHeard::Garbled, ..good() }), OneWayIn),
        ("hung up on, both heard", answered(Answered { cut_off: true, ..good() }), DroppedEarly),
        ("hung up on at once", answered(Answered { cut_off: true, ..mute() }), DroppedEarly),
        ("hung up on, one heard", answered(Answered { cut_off: true, ..hears_only }), DroppedEarly),
        ("an ill probe", Evidence { control: Control::Failed, ..answered(mute()) }, ProbeFault),
        ("an ill probe and a good call", Evidence { control: Control::Failed, ..answered(good()) }, ProbeFault),
        ("an ill probe and no answer", Evidence { control: Control::Failed, ..with(Outcome::NoReply) }, ProbeFault),
    ]
}

#[test]
fn every_row_holds() {
    let limits = Limits::default();
    for (name, evidence, verdict) in rows() {
        let judged = judge(&evidence, &limits);
        assert_eq!(judged.verdict, verdict, "{name}: {}", judged.why);
        assert!(judged.why.ends_with(['.', '?']) && judged.why.len() < 140, "{name}: {}", judged.why);
    }
    let reached: BTreeSet<Verdict> = rows().into_iter().map(|row| row.2).collect();
    assert_eq!(reached.len(), Verdict::ALL.len());
}

#[test]
fn words_are_read_as_they_are_written() {
    for verdict in Verdict::ALL {
        assert_eq!(Verdict::named(verdict.word()), Some(verdict));
        assert_eq!(verdict.to_string(), verdict.word());
    }
    assert_eq!(Verdict::named("fine"), None);
    let without: Vec<_> = Verdict::ALL.into_iter().filter(|one| one.is_answered_without_audio()).collect();
    assert_eq!(without.len(), 4);
}

/// The incident that a figure of quality cannot see: nobody hears anybody, and R is perfect.
#[test]
fn a_perfect_rating_is_no_argument() {
    let rating = Connection::measured(20.0, 0.0, 1.0).rating();
    assert!(mos(rating) > 4.3);
    let deaf = Answered { acknowledged: false, nonce: NonceHeard::Missing, two_way_after: None, ..good() };
    assert_eq!(judge(&answered(deaf), &Limits::default()).verdict, Verdict::OneWayIn);
}

#[test]
fn all_complaints_are_told() {
    let bad = Quality {
        missing: 0.2,
        level: -50.0,
        clipped: 0.1,
        delay: Some(Duration::from_secs(1)),
        band: Some((300.0, 1000.0)),
    };
    let judged = judge(&quality(bad), &Limits::default());
    assert_eq!(judged.verdict, Verdict::PoorQuality);
    assert_eq!(
        judged.why,
        "Both ends heard each other, but 20.0 % of the sound was missing, the sound is faint (-50 dBFS), \
         10.0 % of the sound is cut off at the top, the sound is 1000 ms under way, only 300 to 1000 Hz come through."
    );
}

fn any_call() -> impl Strategy<Value = Answered> {
    let heard = prop_oneof![
        Just(Heard::Nothing),
        Just(Heard::ComfortNoise),
        Just(Heard::OwnEcho),
        Just(Heard::Strange),
        Just(Heard::FarEnd)
    ];
    let nonce = prop_oneof![
        Just(NonceHeard::Right),
        Just(NonceHeard::Wrong),
        Just(NonceHeard::Garbled),
        Just(NonceHeard::Missing)
    ];
    let far_end = prop_oneof![Just(FarEnd::Unknown), Just(FarEnd::HeardUs), Just(FarEnd::HeardNothing)];
    let quality = (0.0..1.0_f64, -120.0..3.0_f64, 0.0..1.0_f64).prop_map(|(missing, level, clipped)| Quality {
        missing,
        level,
        clipped,
        ..fine()
    });
    let flags = any::<(bool, bool, bool)>();
    (heard, nonce, far_end, quality, flags, 0..300_u64, proptest::option::of(0..9000_u64)).prop_map(
        |(heard, nonce, far_end, quality, (codec_agreed, acknowledged, cut_off), packets, after)| Answered {
            codec_agreed,
            packets,
            heard,
            acknowledged,
            nonce,
            far_end,
            two_way_after: after.map(Duration::from_millis),
            cut_off,
            quality,
        },
    )
}

proptest! {
    #![proptest_config(crate::config(256))]

    /// Nothing passes but what was proved both ways, however good its figures.
    #[test]
    fn nothing_passes_unproved(call in any_call()) {
        let verdict = judge(&answered(call.clone()), &Limits::default()).verdict;
        if matches!(verdict, Verdict::Pass | Verdict::LateAudio | Verdict::PoorQuality) {
            prop_assert!(call.acknowledged && call.nonce == NonceHeard::Right);
        }
        if verdict.is_answered_without_audio() {
            prop_assert!(call.codec_agreed && !call.cut_off || verdict == Verdict::OneWayOut);
        }
    }

    /// And how it sounds decides nothing about whether anybody hears anybody.
    #[test]
    fn quality_never_proves_a_connection(call in any_call()) {
        let limits = Limits::default();
        let before = judge(&answered(call.clone()), &limits).verdict;
        let after = judge(&answered(Answered { quality: fine(), ..call }), &limits).verdict;
        prop_assert!(before == after || (before == Verdict::PoorQuality && after == Verdict::Pass));
    }
}
