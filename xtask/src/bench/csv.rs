//! A file of people into a static audience, from its first row to its last member.

use std::{fs, process::Command};

use anyhow::{Result, ensure};

use super::{
    printed::Printed,
    server::Bench,
    table::{Row, grouped},
};

/// The goal is for so many rows; for others it is in proportion.
const GOAL_ROWS: f64 = 1_000_000.0;
const GOAL_SECONDS: f64 = 60.0;

/// Imports a file, with purchases that arrive meanwhile.
pub fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let folder = bench.cache.join("bench-csv");
    fs::create_dir_all(&folder)?;
    let done = Printed::of(Command::new(bench.example("csv_speed")).arg(&folder).arg(bench.rows.to_string()));
    fs::remove_dir_all(&folder)?;
    let done = done?;
    let (rows, taken, seconds) = (done.number("rows")?, done.number("taken")?, done.number("import_seconds")?);
    ensure!(taken >= rows * 0.98, "only {taken} of {rows} rows were taken");
    let what = format!("{} rows of six columns into a static audience", grouped(rows));
    let goal = (GOAL_SECONDS * rows / GOAL_ROWS).ceil();
    Ok(vec![
        Row::at_most(what, (seconds * 10.0).round() / 10.0, goal, " s").with(format!(
            "{}/s, {:.0} µs of the processor a row",
            grouped((rows / seconds).round()),
            done.number("import_cpu_seconds")? * 1e6 / rows
        )),
        Row::new("looking through the file as it arrives", format!("{:.1} s", done.number("receive_seconds")?)),
        Row::new(
            "a purchase that arrives meanwhile, stored and answered",
            format!("p50 {:.0} ms, max {:.0} ms", done.number("purchase_p50_ms")?, done.number("purchase_max_ms")?),
        ),
        Row::at_most("memory at its highest", done.number("peak_mb")?.round(), 200.0, " MB"),
        Row::new("the write-ahead log at its largest", format!("{:.0} MB", done.number("log_mb")?)),
    ])
}
