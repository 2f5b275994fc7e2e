//! Medians and percentiles.

use std::time::Duration;

/// Measured times of one thing.
#[derive(Debug, Default, Clone)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Adds one.
    pub fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// How many there are.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    pub fn count(&self) -> f64 {
        self.0.len() as f64
    }

    /// The time that so many percent are at most, in milliseconds; not a number when nothing was measured.
    pub fn percentile(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort();
        let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
        sorted.get(rank).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    }

    /// The median, in milliseconds.
    pub fn median(&self) -> f64 {
        self.percentile(50)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let mut times = Times::default();
        for ms in (1..=100).rev() {
            times.push(Duration::from_millis(ms));
        }
        assert_eq!((times.median(), times.percentile(99), times.percentile(100)), (50.0, 99.0, 100.0));
        let mut one = Times::default();
        one.push(Duration::from_millis(7));
        assert_eq!((one.median(), one.percentile(99)), (7.0, 7.0));
        assert!(Times::default().median().is_nan());
    }
}
