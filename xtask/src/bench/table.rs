//! What was measured, beside what is to be reached.

use std::fmt::Write;

/// One measured figure.
pub struct Row {
    what: String,
    measured: String,
    goal: Option<Goal>,
}

struct Goal {
    text: String,
    met: bool,
}

impl Row {
    /// A figure and what it is of.
    pub fn new(what: impl Into<String>, measured: impl Into<String>) -> Self {
        Self { what: what.into(), measured: measured.into(), goal: None }
    }

    /// A figure that is to be at least so large.
    pub fn at_least(what: impl Into<String>, value: f64, goal: f64, unit: &str) -> Self {
        Self::with_goal(what, value, format!("≥ {}{unit}", grouped(goal)), value >= goal, unit)
    }

    /// A figure that is to be at most so large.
    pub fn at_most(what: impl Into<String>, value: f64, goal: f64, unit: &str) -> Self {
        Self::with_goal(what, value, format!("≤ {}{unit}", grouped(goal)), value <= goal, unit)
    }

    fn with_goal(what: impl Into<String>, value: f64, text: String, met: bool, unit: &str) -> Self {
        Self { what: what.into(), measured: format!("{}{unit}", grouped(value)), goal: Some(Goal { text, met }) }
    }

    /// The same figure with more words about it.
    pub fn with(mut self, more: impl AsRef<str>) -> Self {
        self.measured.push_str(", ");
        self.measured.push_str(more.as_ref());
        self
    }
}

/// A number as people read it: thousands apart, a fraction where it is small.
pub fn grouped(value: f64) -> String {
    if value < 100.0 && value.fract() != 0.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The table: a block for each benchmark, with the command that measures it again.
pub fn print(blocks: &[(String, Vec<Row>)]) -> String {
    let rows = || blocks.iter().flat_map(|(_, rows)| rows);
    let width = |text: fn(&Row) -> &str| rows().map(|row| text(row).chars().count()).max().unwrap_or(0);
    let (what, measured) = (width(|row| &row.what), width(|row| &row.measured));
    let mut out = String::new();
    for (command, rows) in blocks {
        let _ = writeln!(out, "\n{command}");
        for row in rows {
            let goal = row.goal.as_ref().map_or(String::new(), |goal| {
                format!("{:<14}{}", goal.text, if goal.met { "reached" } else { "MISSED" })
            });
            let line = format!("  {:<what$}  {:<measured$}  {goal}", row.what, row.measured);
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        for (value, text) in [(0.5, "0.5"), (3.0, "3"), (999.0, "999"), (1_234.4, "1,234"), (1_234_567.0, "1,234,567")]
        {
            assert_eq!(grouped(value), text);
        }
    }

    #[test]
    fn a_goal_is_told_beside_its_figure() {
        let rows =
            vec![Row::at_least("events", 130_000.0, 120_000.0, "/s"), Row::at_most("ready", 600.0, 500.0, " ms")];
        let table = print(&[("cargo xtask bench map".to_owned(), rows)]);
        assert!(table.contains("130,000/s  ≥ 120,000/s   reached"), "{table}");
        assert!(table.contains("600 ms     ≤ 500 ms      MISSED"), "{table}");
    }
}
