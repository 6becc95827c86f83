//! Sound as a file that everybody can play.

use tocsin_media::RATE;

/// 16 bit, mono, 8 kHz.
#[must_use]
pub fn wav(sound: &[i16]) -> Vec<u8> {
    let length = u32::try_from(sound.len() * 2).unwrap_or(u32::MAX - 36);
    let mut bytes = Vec::with_capacity(44 + sound.len() * 2);
    bytes.extend(b"RIFF");
    bytes.extend((length + 36).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(RATE.to_le_bytes());
    bytes.extend((RATE * 2).to_le_bytes());
    bytes.extend(2_u16.to_le_bytes());
    bytes.extend(16_u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(length.to_le_bytes());
    bytes.extend(sound.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_is_in_it() {
        let bytes = wav(&[0, 1, -2, 0x1234]);
        assert_eq!(&bytes[..4], b"RIFF");
        // All but these eight bytes; the rate; the bytes of sound; and the sound, its low byte first.
        assert_eq!(bytes[4..8], 44_u32.to_le_bytes());
        assert_eq!(bytes[24..28], 8000_u32.to_le_bytes());
        assert_eq!(bytes[40..44], 8_u32.to_le_bytes());
        assert_eq!(bytes[44..], [0, 0, 1, 0, 0xFE, 0xFF, 0x34, 0x12]);
        assert_eq!(wav(&[]).len(), 44);
    }
}
