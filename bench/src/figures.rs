//! Medians and percentiles.

use std::time::Duration;

/// The value below which this share of the times lies, in milliseconds.
pub fn percentile_ms(times: &mut [Duration], share: f64) -> f64 {
    times.sort();
    let at = ((times.len() as f64 * share).ceil() as usize).clamp(1, times.len()) - 1;
    times[at].as_secs_f64() * 1000.0
}

/// The middle, in milliseconds.
pub fn median_ms(times: &mut [Duration]) -> f64 {
    percentile_ms(times, 0.5)
}
