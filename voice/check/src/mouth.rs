//! What one end says: a tone that goes on, or a piece of sound from a certain sample on, or nothing.

use tocsin_media::signal::Tone;
use tocsin_media::tone::Wave;

#[derive(Clone, Debug, Default)]
pub(crate) struct Mouth {
    tone: Option<Wave>,
    piece: Option<(usize, Vec<i16>)>,
    said: usize,
}

impl Mouth {
    pub(crate) fn tone(&mut self, tone: Tone) {
        self.tone = Some(tone.wave());
    }

    pub(crate) fn silence(&mut self) {
        self.tone = None;
    }

    /// From the next sample on, instead of any tone; where that is.
    pub(crate) fn piece(&mut self, sound: Vec<i16>) -> usize {
        let at = self.said;
        self.piece_at(at, sound);
        at
    }

    /// From a sample on that is still to be said; what lies before now is left out.
    pub(crate) fn piece_at(&mut self, at: usize, sound: Vec<i16>) {
        self.tone = None;
        self.piece = Some((at, sound));
    }

    /// How many samples were said.
    pub(crate) fn said(&self) -> usize {
        self.said
    }

    pub(crate) fn speak(&mut self, samples: usize) -> Vec<i16> {
        let mut said = match &mut self.tone {
            Some(wave) => wave.take(samples),
            None => vec![0; samples],
        };
        if let Some((at, piece)) = &self.piece {
            for (place, sample) in (self.said..).zip(&mut said) {
                if let Some(value) = place.checked_sub(*at).and_then(|place| piece.get(place)) {
                    *sample = *value;
                }
            }
            if self.said + samples >= at + piece.len() {
                self.piece = None;
            }
        }
        self.said += samples;
        said
    }
}
