//! What a long queue costs: ingestion, the log's page and memory with very many events waiting, and others logged.

use std::{path::Path, process::Command};

use anyhow::Result;

use super::{
    ingest::{self, EMPTY_NUMBER},
    load::Latencies,
    pages::{EMAIL, PASSWORD},
    printed::Printed,
    server::Bench,
    table::{Row, grouped},
    visitor::Visitor,
};

/// Times that the log's page is opened.
const TIMES: usize = 60;

/// Ingestion on an empty database, then on one with a log and a backlog.
pub fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let server = bench.server("bench.toml")?;
    let (empty, empty_cost) = ingest::rate(bench, &server, EMPTY_NUMBER)?;
    drop(server);
    let server = bench.server_with("bench.toml", |database| log(bench, database))?;
    ingest::fill(server.address, bench.rows)?;
    let (full, full_cost) = ingest::rate(bench, &server, 2 * EMPTY_NUMBER)?;
    let visitor = Visitor::sign_in(server.address, EMAIL, PASSWORD)?;
    let mut latencies = Latencies::default();
    for _ in 0..TIMES {
        latencies.add(visitor.open("/events")?.first_byte);
    }
    let memory = server.memory()?;
    let slower = (1.0 - full / empty) * 100.0;
    let (waiting, logged) = (grouped(bench.rows as f64), grouped(bench.logged as f64));
    let rows = vec![
        Row::at_most(
            format!("requests slower with {waiting} waiting and {logged} logged"),
            slower.max(0.0).round(),
            20.0,
            " %",
        )
        .with(format!("{}/s, empty {}/s", grouped(full.round()), grouped(empty.round()))),
        Row::new("the server's processor time an event", format!("{full_cost:.1} µs, empty {empty_cost:.1} µs")),
        Row::at_most("first byte of the log's page, median", latencies.at(0.5), 30.0, " ms").with(latencies.summary()),
        Row::at_most("resident memory", memory, 200.0, " MB"),
    ];
    bench.check(server)?;
    Ok(rows)
}

/// Events that were delivered before.
fn log(bench: &Bench, database: &Path) -> Result<()> {
    if bench.logged > 0 {
        Printed::of(Command::new(bench.example("fill_events")).arg(database).arg(bench.logged.to_string()))?;
    }
    Ok(())
}
