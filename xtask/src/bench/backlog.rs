//! What a long queue costs: ingestion, the log's page and memory with very many events waiting.

use anyhow::Result;

use super::{
    ingest::{self, EMPTY_NUMBER},
    load::Latencies,
    pages::{EMAIL, PASSWORD},
    server::Bench,
    table::{Row, grouped},
    visitor::Visitor,
};

/// Times that the log's page is opened.
const TIMES: usize = 60;

/// Ingestion on an empty database and with a backlog, one after the other on the same server.
pub fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let server = bench.server("bench.toml")?;
    let empty = ingest::rate(bench, &server, EMPTY_NUMBER)?;
    ingest::fill(server.address, bench.rows)?;
    let full = ingest::rate(bench, &server, 2 * EMPTY_NUMBER)?;
    let visitor = Visitor::sign_in(server.address, EMAIL, PASSWORD)?;
    let mut latencies = Latencies::default();
    for _ in 0..TIMES {
        latencies.add(visitor.open("/events")?.first_byte);
    }
    let memory = server.memory()?;
    let slower = (1.0 - full / empty) * 100.0;
    let waiting = grouped(bench.rows as f64);
    let rows = vec![
        Row::at_most(format!("requests slower with {waiting} waiting"), slower.max(0.0).round(), 20.0, " %")
            .with(format!("{}/s, empty {}/s", grouped(full.round()), grouped(empty.round()))),
        Row::at_most("first byte of the log's page, median", latencies.at(0.5), 30.0, " ms").with(latencies.summary()),
        Row::at_most("resident memory", memory, 200.0, " MB"),
    ];
    bench.check(server)?;
    Ok(rows)
}
