//! What was measured of a call.

use std::time::Duration;

use serde::Serialize;
use tocsin_check::{Report, Step};
use tocsin_media::emodel::{Connection, mos};
use tocsin_media::measure::NOTHING;
use tocsin_media::playout::Counts;
use tocsin_media::verdict::Outcome;
use tocsin_sip::sdp::Agreed;
use tocsin_sip::{Cause, Measures, Party};

/// Each is absent where the call did not come so far, or the other end does not tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// From the invitation to the first 18x: the post-dial delay.
    pub pdd_ms: Option<u64>,
    /// From the invitation to the answer.
    pub answer_ms: Option<u64>,
    /// From the answer to the first packet of sound.
    pub first_rtp_ms: Option<u64>,
    /// From the answer until the far end said that it hears us.
    pub two_way_ms: Option<u64>,
    pub packets_in: u64,
    pub packets_out: u64,
    /// Of what the far end sent.
    pub lost_percent: Option<f64>,
    pub jitter_mean_ms: Option<f64>,
    pub jitter_max_ms: Option<f64>,
    /// Of the far end's tone.
    pub level_dbfs: Option<f64>,
    pub mouth_to_ear_ms: Option<u64>,
    pub codec: Option<&'static str>,
    /// What the far end's packets hold.
    pub ptime_ms: Option<u64>,
    /// R of ITU-T G.107, and the opinion that goes with it: advice, never a verdict.
    pub rating: Option<f64>,
    pub mos: Option<f64>,
    /// What the far end says it lost of what we sent.
    pub far_lost_percent: Option<f64>,
    pub far_jitter_ms: Option<f64>,
    pub round_trip_ms: Option<f64>,
    /// Of the last answer of signalling.
    pub sip_code: Option<u16>,
    /// Why the network ended the call (ITU-T Q.850).
    pub q850: Option<u16>,
    pub reason: Option<String>,
    /// `us`, `them` or `nobody`.
    pub hung_up: Option<&'static str>,
    /// Until an agent of ours was ready for the call, and from the invitation until it rang there.
    pub agent_ready_ms: Option<u64>,
    pub agent_rang_ms: Option<u64>,
    /// Sound was sent elsewhere than the answer said, because it came from there.
    pub latched: bool,
}

/// What the figures are made of.
pub(crate) struct Seen<'a> {
    pub report: &'a Report,
    pub measures: Measures,
    pub played: Counts,
    pub agreed: Option<&'a Agreed>,
    pub code: Option<u16>,
    pub cause: Option<&'a Cause>,
    pub ended: Option<Party>,
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn fine(time: Duration) -> f64 {
    tenths(time.as_secs_f64() * 1000.0)
}

impl Figures {
    pub(crate) fn of(seen: &Seen<'_>) -> Figures {
        let answered = match &seen.report.outcome {
            Outcome::Answered(answered) => Some(answered),
            _ => None,
        };
        let measures = &seen.measures;
        let ladder = &seen.report.ladder;
        let came = answered.is_some() && measures.received > 0;
        let delay = answered.and_then(|answered| answered.quality.delay);
        let far = measures.far.filter(|_| answered.is_some());
        let rating = came.then(|| {
            // Where no chirp came, half the way there and back and what lies in buffers.
            let guess = || far.and_then(|far| far.round_trip).unwrap_or_default() / 2 + Duration::from_millis(80);
            let delay = delay.unwrap_or_else(guess).as_secs_f64() * 1000.0;
            Connection::measured(delay, 100.0 * seen.played.missing_share(), seen.played.burst_ratio()).rating()
        });
        Figures {
            pdd_ms: seen.report.rang_after.map(ms),
            answer_ms: seen.report.answered_after.map(ms),
            first_rtp_ms: seen.report.first_packet_after.map(ms),
            two_way_ms: answered.and_then(|answered| answered.two_way_after).map(ms),
            packets_in: measures.received,
            packets_out: measures.sent,
            lost_percent: came.then(|| tenths(100.0 * measures.lost())),
            jitter_mean_ms: came.then(|| fine(measures.jitter_mean)),
            jitter_max_ms: came.then(|| fine(measures.jitter_worst)),
            level_dbfs: answered.map(|answered| answered.quality.level).filter(|level| *level > NOTHING).map(tenths),
            mouth_to_ear_ms: delay.map(ms),
            codec: seen.agreed.map(|agreed| agreed.law.name()),
            ptime_ms: Some(ms(measures.packets_last)).filter(|ptime| *ptime > 0),
            rating: rating.map(tenths),
            mos: rating.map(|rating| (mos(rating) * 100.0).round() / 100.0),
            far_lost_percent: far.map(|far| tenths(100.0 * far.lost)),
            far_jitter_ms: far.map(|far| fine(far.jitter)),
            round_trip_ms: far.and_then(|far| far.round_trip).map(fine),
            sip_code: seen.code,
            q850: seen.cause.and_then(Cause::q850),
            reason: seen.cause.map(ToString::to_string),
            hung_up: seen.ended.map(|party| match party {
                Party::Us => "us",
                Party::Them => "them",
                Party::Nobody => "nobody",
            }),
            agent_ready_ms: ladder.0.iter().find_map(|rung| match rung.step {
                Step::AgentReady(after) => Some(ms(after)),
                _ => None,
            }),
            agent_rang_ms: ladder.first(|step| *step == Step::AgentRang).map(ms),
            latched: measures.latched,
        }
    }

    /// For people: a name and a value with its unit, of what is known.
    #[must_use]
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let ms = |value: Option<u64>| value.map(|value| format!("{value} ms"));
        let fine = |value: Option<f64>| value.map(|value| format!("{value:.1} ms"));
        let percent = |value: Option<f64>| value.map(|value| format!("{value:.1} %"));
        let all = [
            ("agent ready after", ms(self.agent_ready_ms)),
            ("post-dial delay", ms(self.pdd_ms)),
            ("rings there after", ms(self.agent_rang_ms)),
            ("answered after", ms(self.answer_ms)),
            ("first packet after", ms(self.first_rtp_ms)),
            ("both ways after", ms(self.two_way_ms)),
            (
                "codec",
                self.codec.map(|codec| match self.ptime_ms {
                    Some(ptime) => format!("{codec}, {ptime} ms a packet"),
                    None => codec.to_owned(),
                }),
            ),
            ("packets", self.codec.map(|_| format!("{} came, {} went", self.packets_in, self.packets_out))),
            ("lost", percent(self.lost_percent)),
            (
                "jitter",
                self.jitter_mean_ms
                    .zip(self.jitter_max_ms)
                    .map(|(mean, max)| format!("{mean:.1} ms, at most {max:.1} ms")),
            ),
            ("level", self.level_dbfs.map(|level| format!("{level:.1} dBFS"))),
            ("mouth to ear", ms(self.mouth_to_ear_ms)),
            (
                "R and MOS",
                self.rating.zip(self.mos).map(|(rating, mos)| format!("{rating:.0} and {mos:.1}, advice only")),
            ),
            ("far end lost", percent(self.far_lost_percent)),
            ("far end's jitter", fine(self.far_jitter_ms)),
            ("there and back", fine(self.round_trip_ms)),
            ("SIP", self.sip_code.map(|code| code.to_string())),
            ("reason", self.reason.clone()),
            ("hung up by", self.hung_up.map(str::to_owned)),
            (
                "sent elsewhere",
                self.latched.then(|| "to where sound came from, and not to where the answer said".to_owned()),
            ),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}
