//! A sample of durations that never grows.

use std::time::Duration;

/// The durations that are kept, four bytes each.
const SAMPLES: usize = 1024;

/// A fair sample of everything that was recorded: each had the same chance to be in it.
#[derive(Debug)]
pub(super) struct Reservoir {
    /// In microseconds, at most an hour.
    samples: Vec<u32>,
    recorded: u64,
    random: u64,
}

impl Default for Reservoir {
    fn default() -> Self {
        Reservoir {
            samples: Vec::new(),
            recorded: 0,
            // Any number but 0. A sample needs no secrets.
            random: 0x9e37_79b9_7f4a_7c15,
        }
    }
}

impl Reservoir {
    pub(super) fn record(&mut self, duration: Duration) {
        let sample = u32::try_from(duration.as_micros()).unwrap_or(u32::MAX);
        self.recorded += 1;
        if self.samples.len() < SAMPLES {
            self.samples.push(sample);
            return;
        }
        let place = usize::try_from(self.next() % self.recorded).unwrap_or(usize::MAX);
        if let Some(old) = self.samples.get_mut(place) {
            *old = sample;
        }
    }

    /// The durations below which the given shares lie, in milliseconds; 0 before the first one.
    pub(super) fn percentiles<const N: usize>(&self, shares: [f64; N]) -> [f64; N] {
        let mut sorted = self.samples.clone();
        sorted.sort_unstable();
        shares.map(|share| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a share of at most 1024 samples"
            )]
            let place = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
            sorted
                .get(place)
                .map_or(0.0, |sample| f64::from(*sample) / 1000.0)
        })
    }

    /// The xorshift of Marsaglia.
    fn next(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}
