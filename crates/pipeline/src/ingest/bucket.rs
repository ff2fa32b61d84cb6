//! A token bucket on the clock that is handed in.

use domain::Timestamp;

/// So many tokens a second, and so many at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    per_second: f64,
    burst: f64,
    tokens: f64,
    at: Option<Timestamp>,
}

impl Bucket {
    pub(crate) fn new(per_second: f64, burst: f64) -> Self {
        Self { per_second, burst, tokens: burst, at: None }
    }

    /// Takes `n` tokens, or tells after how many milliseconds they are there.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // tokens and milliseconds are small numbers
    pub(crate) fn take(&mut self, n: usize, now: Timestamp) -> Result<(), i64> {
        let passed = self.at.map_or(0, |at| now.since(at)).max(0);
        self.at = Some(now);
        self.tokens = (self.tokens + passed as f64 / 1_000.0 * self.per_second).min(self.burst);
        let wanted = (n as f64).min(self.burst);
        if self.tokens >= wanted {
            self.tokens -= wanted;
            return Ok(());
        }
        Err(((wanted - self.tokens) / self.per_second * 1_000.0).ceil() as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_with_time_up_to_its_burst() {
        let mut bucket = Bucket::new(10.0, 20.0);
        assert_eq!(bucket.take(20, Timestamp(0)), Ok(()));
        assert_eq!(bucket.take(5, Timestamp(0)), Err(500));
        assert_eq!(bucket.take(5, Timestamp(500)), Ok(()));
        assert_eq!(bucket.take(20, Timestamp(60_000)), Ok(()));
        assert_eq!(bucket.take(1, Timestamp(60_000)), Err(100));
        // More than the burst at once is let through when the bucket is full.
        assert_eq!(bucket.take(50, Timestamp(120_000)), Ok(()));
    }
}
