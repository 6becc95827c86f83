//! A call as a picture: who did what when, and how loud both directions were, over the same time.

use tocsin_domain::Call;
use tocsin_domain::call::{Loudness, Proof, Side};
use tocsin_domain::{Health, Timestamp};

use jiff::tz::TimeZone;

use crate::moment::Moment;
use crate::sign::Sign;

/// Width of a picture in its own units; it is stretched to the width of the page.
const WIDE: f64 = 1000.0;
/// Half the height of a lane.
const HALF: f64 = 24.0;
/// Steps of loudness that are one in a glimpse.
const COARSE: usize = 4;
/// What is not told apart from silence (dBFS), and what is heard.
const SILENT: i8 = -60;
const HEARD: i8 = -50;

/// One call, ready to be written.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    pub(crate) id: String,
    pub(crate) sign: Sign,
    pub(crate) verdict: &'static str,
    pub(crate) word: String,
    pub(crate) why: String,
    pub(crate) notes: Vec<String>,
    pub(crate) at: Moment,
    /// What stands in place of the picture for those who do not see it.
    pub(crate) told: String,
    pub(crate) lanes: Vec<Lane>,
    /// Times under the lanes.
    pub(crate) ticks: Vec<String>,
    pub(crate) steps: Vec<Step>,
    pub(crate) figures: Vec<(String, String)>,
    /// Where each side can be heard.
    pub(crate) sounds: Vec<(&'static str, String)>,
}

/// One lane: a name, areas and lines as SVG paths.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(crate) name: &'static str,
    /// Class and path.
    pub(crate) shapes: Vec<(&'static str, String)>,
}

/// One rung of the ladder.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) after: String,
    /// `us`, `them`, `agent` or `nobody`.
    pub(crate) by: &'static str,
    pub(crate) signalling: bool,
    pub(crate) what: String,
}

/// A verdict for people, inside a sentence.
#[must_use]
pub fn verdict(word: &str) -> &'static str {
    match word {
        "pass" => "passed",
        "not_answered" => "not answered",
        "busy" => "busy",
        "rejected" => "refused",
        "rings_forever" => "rings for ever",
        "answered_no_rtp" => "answered, no sound",
        "answered_silent" => "answered, silence",
        "one_way_in" => "they do not hear us",
        "one_way_out" => "we do not hear them",
        "late_audio" => "sound comes late",
        "poor_quality" => "hard to follow",
        "dropped_early" => "cut off",
        "codec_mismatch" => "no common codec",
        _ => "the probe is ill",
    }
}

pub(crate) fn sign(call: &Call) -> Sign {
    Sign::from(match call.proof {
        Proof::Passed => Health::Operational,
        Proof::Nothing => Health::Unknown,
        Proof::Failed if matches!(call.verdict.as_str(), "late_audio" | "poor_quality") => Health::Degraded,
        Proof::Failed => Health::MajorOutage,
    })
}

pub(crate) fn seconds(ms: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a call lasts a minute")]
    let seconds = ms as f64 / 1000.0;
    format!("{seconds:.1} s")
}

impl Picture {
    pub(crate) fn new(call: &Call, sounds: Vec<(&'static str, String)>, now: Timestamp, zone: &TimeZone) -> Self {
        let notes = [call.trouble.clone(), call.control.as_ref().map(|said| format!("Our own far end: {said}"))];
        Self {
            id: call.id.to_string(),
            sign: sign(call),
            verdict: verdict(&call.verdict),
            word: call.verdict.clone(),
            why: call.why.clone(),
            notes: notes.into_iter().flatten().collect(),
            at: Moment::near(call.at, now, zone),
            told: told(call),
            lanes: lanes(call),
            ticks: (0..=4).map(|part| seconds(whole(call) * part / 4)).collect(),
            steps: call.ladder.iter().map(step).collect(),
            figures: call.figures.clone(),
            sounds,
        }
    }
}

/// Signalling, and each direction of sound.
fn lanes(call: &Call) -> Vec<Lane> {
    let whole = whole(call);
    let mut lanes = vec![signalling(call, whole)];
    if let Some(loudness) = &call.loudness {
        let lane = |name, class, values: &[i8]| Lane {
            name,
            shapes: vec![(class, wave(loudness, within(call, loudness, values), ends(call), whole))],
        };
        lanes.push(lane("We say", "voice us", &loudness.sent));
        lanes.push(lane("We hear", "voice them", &loudness.heard));
        lanes.extend(loudness.agent.as_ref().map(|agent| lane("Agent hears", "voice us", agent)));
    }
    lanes
}

/// The lanes at a glance, for a row of a list.
pub(crate) fn glimpse(call: &Call) -> Vec<Lane> {
    let coarse = |values: &[i8]| values.chunks(COARSE).filter_map(|some| some.iter().copied().max()).collect();
    let loudness = call.loudness.as_ref().map(|loudness| Loudness {
        from_ms: loudness.from_ms,
        step_ms: loudness.step_ms * COARSE as u64,
        sent: coarse(&loudness.sent),
        heard: coarse(&loudness.heard),
        agent: loudness.agent.as_deref().map(coarse),
    });
    lanes(&Call { loudness, ..call.clone() })
}

/// When it was over (milliseconds).
fn ends(call: &Call) -> u64 {
    call.ladder.last().map_or(0, |rung| rung.after_ms)
}

/// What the whole width stands for: the call, rounded up to even seconds (milliseconds).
fn whole(call: &Call) -> u64 {
    let last = ends(call);
    last.max(1).div_ceil(2_000) * 2_000
}

#[expect(clippy::cast_precision_loss, reason = "a call lasts a minute")]
fn across(ms: u64, whole: u64) -> f64 {
    WIDE * ms.min(whole) as f64 / whole as f64
}

fn step(rung: &tocsin_domain::call::Rung) -> Step {
    let by = match rung.by {
        Side::Us => "us",
        Side::Them => "them",
        Side::Agent => "agent",
        Side::Nobody => "nobody",
    };
    Step { after: seconds(rung.after_ms), by, signalling: rung.signalling, what: rung.what.clone() }
}

/// Until it was answered, until it was over; each message of ours a line up, each of theirs a line down.
fn signalling(call: &Call, whole: u64) -> Lane {
    let answered = call.loudness.as_ref().map(|loudness| loudness.from_ms);
    let over = ends(call);
    let area = |from: u64, to: u64| {
        let (from, to) = (across(from, whole), across(to, whole));
        format!("M{from:.1} 14H{to:.1}V34H{from:.1}Z")
    };
    let mut shapes = vec![("rings", area(0, answered.unwrap_or(over)))];
    shapes.extend(answered.map(|answered| ("talks", area(answered, over))));
    let ticks = |by: Side, from: u8, to: u8| {
        let those = call.ladder.iter().filter(|rung| rung.signalling && rung.by == by);
        those
            .map(|rung| format!("M{:.1} {from}V{to}", across(rung.after_ms, whole).clamp(2.0, WIDE - 2.0)))
            .collect::<String>()
    };
    shapes.push(("tick us", ticks(Side::Us, 2, 24)));
    shapes.push(("tick them", ticks(Side::Them, 24, 46)));
    Lane { name: "Signalling", shapes }
}

/// What was said while the call lasted: what comes after its end is heard by nobody.
fn within<'a>(call: &Call, loudness: &Loudness, values: &'a [i8]) -> &'a [i8] {
    let over = ends(call);
    let steps = over.saturating_sub(loudness.from_ms).div_ceil(loudness.step_ms.max(1));
    values.get(..usize::try_from(steps).unwrap_or(usize::MAX)).unwrap_or(values)
}

/// Loudness around the middle of a lane; a hair where it is silent.
fn wave(loudness: &Loudness, values: &[i8], over: u64, whole: u64) -> String {
    let height = |value: i8| (HALF - 2.0) * f64::from(value.max(SILENT) - SILENT) / f64::from(-SILENT) + 0.6;
    let place = |index: usize| across((loudness.from_ms + loudness.step_ms * index as u64).min(over), whole);
    if values.is_empty() {
        return String::new();
    }
    let mut path = format!("M{:.1} {HALF}", place(0));
    for (index, value) in values.iter().enumerate() {
        let up = HALF - height(*value);
        path.push_str(&format!("L{:.1} {up:.1}H{:.1}", place(index), place(index + 1)));
    }
    path.push_str(&format!("V{HALF}"));
    for (index, value) in values.iter().enumerate().rev() {
        let down = HALF + height(*value);
        path.push_str(&format!("L{:.1} {down:.1}H{:.1}", place(index + 1), place(index)));
    }
    path.push('Z');
    path
}

/// The picture in words.
fn told(call: &Call) -> String {
    let over = ends(call);
    let Some(loudness) = &call.loudness else {
        let made = call.ladder.iter().any(|rung| rung.by == Side::Us);
        return if made {
            format!("A call of {}, not answered.", seconds(over))
        } else {
            "No call was made.".to_owned()
        };
    };
    let heard = |values: &[i8], none: &str, some: &str| {
        let first = values.iter().position(|value| *value > HEARD);
        let last = values.iter().rposition(|value| *value > HEARD);
        let at = |index: usize| seconds(loudness.from_ms + loudness.step_ms * index as u64);
        let end = |index: usize| loudness.from_ms + loudness.step_ms * (index as u64 + 1);
        match first.zip(last) {
            None => none.to_owned(),
            Some((first, last)) => format!("{some} from {} to {}", at(first), seconds(over.min(end(last)))),
        }
    };
    let mut told = format!(
        "A call of {}, answered after {}: {}, {}",
        seconds(over),
        seconds(loudness.from_ms),
        heard(within(call, loudness, &loudness.sent), "we said nothing", "we speak"),
        heard(within(call, loudness, &loudness.heard), "nothing was heard of them", "they are heard"),
    );
    if let Some(agent) = &loudness.agent {
        let agent = within(call, loudness, agent);
        told.push_str(&format!(", {}", heard(agent, "the agent heard nothing", "the agent hears something")));
    }
    told.push('.');
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use tocsin_domain::call::Rung;

    fn call(loudness: Option<Loudness>) -> Call {
        let rung = |after_ms, by, signalling, what: &str| Rung { after_ms, by, signalling, what: what.to_owned() };
        Call {
            id: uuid::Uuid::nil(),
            check: uuid::Uuid::nil(),
            at: Timestamp::from_second(0),
            lasted_ms: 9_400,
            verdict: "one_way_out".to_owned(),
            proof: Proof::Failed,
            why: "The far end heard us, and we heard nothing of it.".to_owned(),
            trouble: None,
            offered: vec!["PCMU".to_owned()],
            control: None,
            ladder: vec![
                rung(0, Side::Us, true, "we call"),
                rung(500, Side::Them, true, "the call is answered"),
                rung(7_000, Side::Us, true, "we hang up"),
            ],
            loudness,
            measures: serde_json::Value::Null,
            figures: Vec::new(),
            recorded: false,
            reading: None,
        }
    }

    #[test]
    fn the_picture_is_told_in_words() {
        let loudness =
            Loudness { from_ms: 500, step_ms: 100, sent: vec![-60, -12, -12], heard: vec![-60; 3], agent: None };
        let picture = Picture::new(&call(Some(loudness)), Vec::new(), Timestamp::from_second(0), &TimeZone::UTC);
        assert_eq!(
            picture.told,
            "A call of 7.0 s, answered after 0.5 s: we speak from 0.6 s to 0.8 s, nothing was heard of them."
        );
        assert_eq!(picture.ticks, ["0.0 s", "2.0 s", "4.0 s", "6.0 s", "8.0 s"]);
        assert_eq!(picture.lanes.iter().map(|lane| lane.name).collect::<Vec<_>>(), ["Signalling", "We say", "We hear"]);
        let without = Picture::new(&call(None), Vec::new(), Timestamp::from_second(0), &TimeZone::UTC);
        let with =
            Loudness { from_ms: 500, step_ms: 100, sent: vec![-12], heard: vec![-12], agent: Some(vec![-60, -20]) };
        let picture = Picture::new(&call(Some(with)), Vec::new(), Timestamp::from_second(0), &TimeZone::UTC);
        assert!(
            picture
                .told
                .ends_with("they are heard from 0.5 s to 0.6 s, the agent hears something from 0.6 s to 0.7 s.")
        );
        assert_eq!(picture.lanes.last().map(|lane| lane.name), Some("Agent hears"));
        assert_eq!((without.told.as_str(), without.lanes.len()), ("A call of 7.0 s, not answered.", 1));
    }

    #[test]
    fn what_is_louder_stands_higher_and_stays_within_its_lane() {
        let loudness = Loudness { from_ms: 0, step_ms: 500, sent: vec![-60, 0], heard: Vec::new(), agent: None };
        let path = wave(&loudness, &loudness.sent, 1_000, 1_000);
        assert_eq!(path, "M0.0 24L0.0 23.4H500.0L500.0 1.4H1000.0V24L1000.0 46.6H500.0L500.0 24.6H0.0Z");
        assert_eq!(wave(&loudness, &loudness.heard, 1_000, 1_000), "");
    }
}
