//! `cargo xtask bench`: figures of the release build on this machine, never asserted, always beside what the disk can do.

mod audiences;
mod backlog;
mod csv;
mod deliver;
mod disk;
mod ingest;
mod load;
mod map;
mod mix;
mod pages;
mod printed;
mod processor;
mod server;
mod sink;
mod table;
mod visitor;

use std::{time::Duration, time::Instant};

use anyhow::{Result, bail};

use self::{server::Bench, table::Row};
use crate::{build, process, workspace::Workspace};

/// What to measure.
#[derive(clap::Args)]
pub struct Args {
    /// One benchmark by name; all of them without
    name: Option<String>,
    /// Print the benchmarks and what each measures
    #[arg(long)]
    list: bool,
    /// How long each figure is measured
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How many events are logged, or wait; how many people there are
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// How many events are logged already before a backlog is measured
    #[arg(long, default_value_t = 0)]
    logged: u64,
    /// Measure what was built last
    #[arg(long)]
    no_build: bool,
}

struct Benchmark {
    name: &'static str,
    about: &'static str,
    run: fn(&Bench) -> Result<Vec<Row>>,
}

const BENCHMARKS: [Benchmark; 9] = [
    Benchmark { name: "idle", about: "from start to ready, and the memory of an idle server", run: server::idle },
    Benchmark { name: "map", about: "events to request bodies on one core, beside a peer's", run: map::measure },
    Benchmark { name: "ingest", about: "one event a request over 64 connections, each durable", run: ingest::single },
    Benchmark { name: "ingest-batch", about: "100 events a request over 64 connections", run: ingest::batch },
    Benchmark { name: "deliver", about: "what waits, sent to a sink and marked for good", run: deliver::measure },
    Benchmark {
        name: "backlog",
        about: "ingestion and the log's page with a million events waiting",
        run: backlog::measure,
    },
    Benchmark { name: "csv", about: "a file of a million people into a static audience", run: csv::measure },
    Benchmark {
        name: "audiences",
        about: "a million people with 20 events each: everybody, and those who change",
        run: audiences::measure,
    },
    Benchmark { name: "pages", about: "the first byte of pages with a million events logged", run: pages::measure },
];

/// Runs the chosen benchmarks one after the other and prints the table.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    if args.list {
        BENCHMARKS.iter().for_each(|it| println!("{:<14}{}", it.name, it.about));
        return Ok(());
    }
    let chosen = chosen(args.name.as_deref())?;
    if !args.no_build {
        build(workspace)?;
    }
    let lasts = Duration::from_secs(args.seconds.max(1));
    let bench = Bench::new(workspace, lasts, args.rows.max(10_000), args.logged)?;
    let mut table = Vec::new();
    let mut failed = Vec::new();
    for it in chosen {
        println!("{} …", it.name);
        let began = Instant::now();
        match (it.run)(&bench) {
            Ok(rows) => table.push((format!("cargo xtask bench {}", it.name), rows)),
            Err(error) => failed.push(format!("{}: {error:#}", it.name)),
        }
        println!("{} took {}", it.name, process::readable(began.elapsed()));
    }
    table.push(("the disk of the databases".to_owned(), disk::measure(&bench.folder)?));
    println!("{}", table::print(&table));
    if failed.is_empty() { Ok(()) } else { bail!("{}", failed.join("\n")) }
}

fn chosen(name: Option<&str>) -> Result<Vec<&'static Benchmark>> {
    let chosen: Vec<_> = BENCHMARKS.iter().filter(|it| name.is_none_or(|name| name == it.name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = BENCHMARKS.iter().map(|it| it.name).collect();
        bail!("no benchmark has the name {:?}; there are {}", name.unwrap_or_default(), names.join(", "));
    }
    Ok(chosen)
}

/// The server as it is delivered, and the programs that measure single parts.
fn build(workspace: &Workspace) -> Result<()> {
    build::run(workspace, &build::Args { release: true })?;
    process::run(&mut workspace.cargo([
        "build",
        "--release",
        "-p",
        "snapchat",
        "-p",
        "store",
        "-p",
        "pipeline",
        "--examples",
    ]))
}
