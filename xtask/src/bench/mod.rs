//! `cargo xtask bench`: figures of the release build on this machine, never asserted, always beside what the disk can do.

mod disk;
mod ingest;
mod load;
mod server;

use std::time::Duration;

use anyhow::{Result, bail};

use self::server::Bench;
use crate::{build, workspace::Workspace};

/// What to measure.
#[derive(clap::Args)]
pub struct Args {
    /// One benchmark by name; all of them without
    name: Option<String>,
    /// Print the benchmarks and what each measures
    #[arg(long)]
    list: bool,
    /// How long to send load
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Measure what was built last
    #[arg(long)]
    no_build: bool,
}

/// One measured figure.
pub struct Row {
    what: String,
    measured: String,
}

struct Benchmark {
    name: &'static str,
    about: &'static str,
    run: fn(&Bench) -> Result<Vec<Row>>,
}

const BENCHMARKS: [Benchmark; 3] = [
    Benchmark { name: "start", about: "from nothing to ready, and the memory of an idle server", run: server::start },
    Benchmark { name: "ingest", about: "one event a request over 64 connections, each durable", run: ingest::single },
    Benchmark { name: "ingest-batch", about: "100 events a request over 64 connections", run: ingest::batch },
];

impl Row {
    /// A figure and what it is of.
    pub fn new(what: impl Into<String>, measured: impl Into<String>) -> Self {
        Self { what: what.into(), measured: measured.into() }
    }
}

/// Runs the chosen benchmarks one after the other and prints the table.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    if args.list {
        BENCHMARKS.iter().for_each(|it| println!("{:<14}{}", it.name, it.about));
        return Ok(());
    }
    let chosen: Vec<&Benchmark> =
        BENCHMARKS.iter().filter(|it| args.name.as_deref().is_none_or(|name| name == it.name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = BENCHMARKS.iter().map(|it| it.name).collect();
        bail!(
            "no benchmark has the name {:?}; there are {}",
            args.name.as_deref().unwrap_or_default(),
            names.join(", ")
        );
    }
    if !args.no_build {
        build::run(workspace, &build::Args { release: true })?;
    }
    let bench = Bench::new(workspace, Duration::from_secs(args.seconds))?;
    let mut table: Vec<_> = disk::measure(&bench.folder)?.into_iter().map(|row| ("disk", row)).collect();
    let mut failed = Vec::new();
    for it in chosen {
        println!("{} …", it.name);
        match (it.run)(&bench) {
            Ok(rows) => table.extend(rows.into_iter().map(|row| (it.name, row))),
            Err(error) => failed.push(format!("{}: {error:#}", it.name)),
        }
    }
    println!("\n{:<14}{:<44}measured", "benchmark", "what");
    for (name, row) in table {
        println!("{name:<14}{:<44}{}", row.what, row.measured);
    }
    if failed.is_empty() { Ok(()) } else { bail!("{}", failed.join("\n")) }
}
