//! ITU-T G.711: eight bits a sample, in either law.
//!
//! Linear values are the Recommendation's 13 (A) and 14 (µ) bits, scaled to 16: A-law's largest is 32256, µ-law's 32124.

/// Which of the two laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// µ-law, payload type 0: North America, Japan, and what browsers take.
    Mu,
    /// A-law, payload type 8: elsewhere.
    A,
}

impl Law {
    pub const BOTH: [Law; 2] = [Law::Mu, Law::A];

    /// The static payload type of RFC 3551.
    #[must_use]
    pub fn payload_type(self) -> u8 {
        match self {
            Law::Mu => 0,
            Law::A => 8,
        }
    }

    #[must_use]
    pub fn of_payload_type(payload_type: u8) -> Option<Law> {
        Law::BOTH.into_iter().find(|law| law.payload_type() == payload_type)
    }

    /// As session descriptions call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Law::Mu => "PCMU",
            Law::A => "PCMA",
        }
    }

    /// The code of silence.
    #[must_use]
    pub fn silence(self) -> u8 {
        self.encode(0)
    }

    #[must_use]
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Law::Mu => to_mu(sample),
            Law::A => to_a(sample),
        }
    }

    #[must_use]
    pub fn decode(self, code: u8) -> i16 {
        match self {
            Law::Mu => MU[usize::from(code)],
            Law::A => A[usize::from(code)],
        }
    }

    #[must_use]
    pub fn encoded(self, samples: &[i16]) -> Vec<u8> {
        samples.iter().map(|sample| self.encode(*sample)).collect()
    }

    #[must_use]
    pub fn decoded(self, codes: &[u8]) -> Vec<i16> {
        codes.iter().map(|code| self.decode(*code)).collect()
    }
}

const MU: [i16; 256] = table_of_mu();
const A: [i16; 256] = table_of_a();

/// Added to a magnitude so that every segment begins at a power of two.
const MU_BIAS: i32 = 132;
/// From here on all is the last code.
const MU_CLIP: i32 = 32635;

fn to_mu(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let biased = i32::from(sample).abs().min(MU_CLIP) + MU_BIAS;
    let segment = biased.ilog2() - 7;
    let step = (biased >> (segment + 3)) & 0x0F;
    !(sign | (segment << 4) as u8 | step as u8)
}

const fn table_of_mu() -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        let bits = !(code as u8);
        let magnitude = ((((bits & 0x0F) as i32) << 3) + MU_BIAS) << ((bits & 0x70) >> 4);
        let value = (magnitude - MU_BIAS) as i16;
        table[code] = if bits & 0x80 == 0 { value } else { -value };
        code += 1;
    }
    table
}

/// Every other bit is turned over on the line.
const A_MASK: u8 = 0x55;

fn to_a(sample: i16) -> u8 {
    // A-law has no zero: negative values mirror at -1/2.
    let (sign, magnitude) = if sample < 0 { (0, !sample) } else { (0x80, sample) };
    let magnitude = magnitude >> 3;
    let code = if magnitude < 32 {
        magnitude >> 1
    } else {
        let segment = magnitude.ilog2() as i16 - 4;
        (segment << 4) | ((magnitude >> segment) & 0x0F)
    };
    (sign | code as u8) ^ A_MASK
}

const fn table_of_a() -> [i16; 256] {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        let bits = code as u8 ^ A_MASK;
        let segment = (bits & 0x70) >> 4;
        let step = ((bits & 0x0F) as i32) << 4;
        let magnitude = if segment == 0 { step + 8 } else { (step + 0x108) << (segment - 1) };
        table[code] = if bits & 0x80 == 0 { -magnitude as i16 } else { magnitude as i16 };
        code += 1;
    }
    table
}
