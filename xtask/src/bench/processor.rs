//! Time of the processor, which says more than the clock where other programs run beside.

use std::fs;

use anyhow::{Context, Result};

/// The kernel counts in hundredths of a second.
const TICKS: f64 = 100.0;

/// The seconds that a process has computed so far, in all its threads.
pub fn seconds(process: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    of(&stat).context("the kernel tells no time of the processor")
}

/// Fields 14 and 15; the second one, the program's name, may hold blanks.
fn of(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_blanks_moves_nothing() {
        let stat = "42 (a b) c) S 1 42 42 0 -1 4194560 9 0 0 0 150 50 0 0 20 0 9 0 77";
        assert_eq!(of(stat), Some(2.0));
        assert!(seconds(std::process::id()).is_ok());
    }
}
