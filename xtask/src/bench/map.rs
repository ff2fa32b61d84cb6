//! The way of an event to the body of a request, ours and the best known open integration's, on the same events.

use std::{fs, io::Write, path::PathBuf, process::Command};

use anyhow::Result;

use super::{
    mix,
    printed::Printed,
    server::Bench,
    table::{Row, grouped},
};
use crate::tools;

/// Events of the file; both programs go over them again and again.
const EVENTS: u64 = 20_000;

/// Measures ours and the peer's.
pub fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let file = write_events(bench)?;
    let seconds = bench.lasts.as_secs().to_string();
    let ours = Printed::of(Command::new(bench.example("map_speed")).arg(&file).arg(&seconds))?;
    let rate = ours.per_second("events", "cpu_seconds")?;
    let filtered = ours.number("filtered")?;
    anyhow::ensure!(filtered == 0.0, "{filtered} events were not mapped");
    let mut rows = vec![
        Row::at_least("events mapped, hashed and written, one core", rate, 120_000.0, "/s"),
        Row::new("an event of the mix as JSON", format!("{:.0} bytes", ours.number("bytes")? / ours.number("events")?)),
    ];
    rows.extend(match peer(bench, &file, &seconds) {
        Ok(theirs) => vec![
            Row::new("@segment/action-destinations, same events", format!("{}/s", grouped(theirs))),
            Row::new("ours per second of the processor", format!("{:.0} times as many", rate / theirs)),
        ],
        Err(error) => {
            println!("{error:#}");
            vec![Row::new("@segment/action-destinations, same events", "not measured, see above")]
        }
    });
    Ok(rows)
}

fn write_events(bench: &Bench) -> Result<PathBuf> {
    let path = bench.folder.join("events.ndjson");
    let mut file = std::io::BufWriter::new(fs::File::create(&path)?);
    for number in 0..EVENTS {
        writeln!(file, "{}", mix::event(number))?;
    }
    file.flush()?;
    Ok(path)
}

fn peer(bench: &Bench, file: &PathBuf, seconds: &str) -> Result<f64> {
    let folder = bench.cache.join("peer");
    fs::create_dir_all(&folder)?;
    for name in ["package.json", "package-lock.json", ".npmrc", "measure.cjs"] {
        fs::copy(bench.sources.join("peer").join(name), folder.join(name))?;
    }
    tools::npm_ci(&folder)?;
    let theirs = Printed::of(Command::new("node").arg("measure.cjs").arg(file).arg(seconds).current_dir(&folder))?;
    let bodies = theirs.number("bodies")?;
    anyhow::ensure!(bodies == theirs.number("events")?, "only {bodies} of its events became a request");
    theirs.per_second("events", "cpu_seconds")
}
