//! A radix-2 Fourier transform, for correlating long sounds.

use std::f64::consts::TAU;

/// A real and an imaginary part.
pub(crate) type Complex = (f64, f64);

fn times(a: Complex, b: Complex) -> Complex {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

/// In place; the length is a power of two. `sign` -1 is the transform, 1 its inverse but for the length.
fn transform(values: &mut [Complex], sign: f64) {
    let length = values.len();
    let bits = length.trailing_zeros();
    for at in 0..length {
        let mirrored = if bits == 0 { 0 } else { at.reverse_bits() >> (usize::BITS - bits) };
        if at < mirrored {
            values.swap(at, mirrored);
        }
    }
    let angle = sign * TAU / length as f64;
    let turns: Vec<Complex> =
        (0..length / 2).map(|at| (angle * at as f64).sin_cos()).map(|(sin, cos)| (cos, sin)).collect();
    let mut half = 1;
    while half < length {
        for block in values.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for ((one, other), turn) in low.iter_mut().zip(high).zip(turns.iter().step_by(length / (2 * half))) {
                let turned = times(*other, *turn);
                *other = (one.0 - turned.0, one.1 - turned.1);
                *one = (one.0 + turned.0, one.1 + turned.1);
            }
        }
        half *= 2;
    }
}

/// For every place in `sound` at which all of `pattern` fits, the sum of products of the two.
pub(crate) fn correlate(sound: &[f64], pattern: &[f64]) -> Vec<f64> {
    let pattern: Vec<Complex> = pattern.iter().map(|value| (*value, 0.0)).collect();
    correlate_both(sound, &pattern).into_iter().map(|value| value.0).collect()
}

/// The same with two patterns at once, the second with its sign turned.
pub(crate) fn correlate_both(sound: &[f64], patterns: &[Complex]) -> Vec<Complex> {
    if patterns.is_empty() || sound.len() < patterns.len() {
        return Vec::new();
    }
    // What goes round at the end touches only places where the pattern does not fit.
    let length = sound.len().next_power_of_two();
    let lift = |values: &mut dyn Iterator<Item = Complex>| -> Vec<Complex> {
        let mut lifted: Vec<Complex> = values.collect();
        lifted.resize(length, (0.0, 0.0));
        transform(&mut lifted, -1.0);
        lifted
    };
    let mut product = lift(&mut sound.iter().map(|value| (*value, 0.0)));
    for (value, other) in product.iter_mut().zip(lift(&mut patterns.iter().copied())) {
        *value = times(*value, (other.0, -other.1));
    }
    transform(&mut product, 1.0);
    product.truncate(sound.len() - patterns.len() + 1);
    product.into_iter().map(|value| (value.0 / length as f64, value.1 / length as f64)).collect()
}

#[cfg(test)]
mod tests {
    use super::{correlate, correlate_both};

    #[test]
    fn it_is_the_sum_of_products() {
        let sound: Vec<f64> = (0..37).map(|at| f64::from((at * at * 7 + 3 * at) % 23) - 11.0).collect();
        for length in [1, 2, 5, 36, 37] {
            let pattern: Vec<f64> = (0..length).map(|at| f64::from((at * 5 + 1) % 13) - 6.0).collect();
            let slow = |at: usize| -> f64 { sound[at..].iter().zip(&pattern).map(|(a, b)| a * b).sum() };
            let fast = correlate(&sound, &pattern);
            assert_eq!(fast.len(), sound.len() - pattern.len() + 1);
            let twice: Vec<_> = pattern.iter().map(|value| (*value, 2.0 * value)).collect();
            for (at, (value, both)) in fast.iter().zip(correlate_both(&sound, &twice)).enumerate() {
                assert!((value - slow(at)).abs() < 1e-6, "{at}: {value}");
                assert!((both.0 - slow(at)).abs() < 1e-6 && (both.1 + 2.0 * slow(at)).abs() < 1e-6, "{at}: {both:?}");
            }
        }
        assert!(correlate(&sound[..3], &sound).is_empty());
        assert!(correlate(&sound, &[]).is_empty());
        assert!(correlate(&[], &[]).is_empty());
    }
}
