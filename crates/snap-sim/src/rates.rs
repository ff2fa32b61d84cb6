//! Rate limits: requests a second, counted per token.

use std::collections::HashMap;

/// Per OAuth token, on either API.
pub const OAUTH_PER_SECOND: u32 = 10;
/// Per long-lived token of the Conversions API.
pub const CAPI_PER_SECOND: u32 = 1_000;
/// Above this many tokens, those that are idle are forgotten.
const SWEEP_ABOVE: usize = 1_000;

/// The count of the current second for each token.
#[derive(Default)]
pub struct Rates {
    seconds: HashMap<String, (i64, u32)>,
}

impl Rates {
    /// Counts one request; false when it is one too many.
    pub fn admit(&mut self, token: &str, per_second: u32, now_ms: i64) -> bool {
        let second = now_ms.div_euclid(1_000);
        if self.seconds.len() > SWEEP_ABOVE {
            self.seconds.retain(|_, (last, _)| *last == second);
        }
        let entry = self.seconds.entry(token.to_owned()).or_insert((second, 0));
        if entry.0 != second {
            *entry = (second, 0);
        }
        entry.1 += 1;
        entry.1 <= per_second
    }
}

#[cfg(test)]
mod tests {
    use super::Rates;

    #[test]
    fn each_second_starts_anew_for_each_token() {
        let mut rates = Rates::default();
        let admitted = [(0, "a"), (999, "a"), (999, "a"), (999, "b"), (1_000, "a")];
        assert_eq!(admitted.map(|(now, token)| rates.admit(token, 2, now)), [true, true, false, true, true]);
    }
}
