//! Counters that wrap, unwrapped: the nearest value to the one before is meant (RFC 3550 A.1).

/// Follows a sequence number of 16 bits.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sequence(Option<i64>);

/// Follows a timestamp of 32 bits.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timestamp(Option<i64>);

impl Sequence {
    /// The number without wrapping; the first is itself. Older ones are told from newer ones up to half the range.
    pub fn unwrap(&mut self, wrapped: u16) -> i64 {
        let last = self.0.unwrap_or(i64::from(wrapped));
        let step = wrapped.wrapping_sub(last as u16) as i16;
        *self.0.insert(last + i64::from(step))
    }
}

impl Timestamp {
    /// The time without wrapping; the first is itself. Older ones are told from newer ones up to half the range.
    pub fn unwrap(&mut self, wrapped: u32) -> i64 {
        let last = self.0.unwrap_or(i64::from(wrapped));
        let step = wrapped.wrapping_sub(last as u32) as i32;
        *self.0.insert(last + i64::from(step))
    }
}
