//! How fast what waits is mapped, sent and marked as delivered for good.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use super::{
    ingest, processor,
    server::Bench,
    sink::Sink,
    table::{Row, grouped},
};

/// Events that wait at most: longer takes no other rate.
const EVENTS_MAX: u64 = 160_000;
/// Those of `deliver.toml`, each of which gets every event.
const DESTINATIONS: u64 = 3;

/// As long as it may take on the slowest of machines.
const PATIENCE: Duration = Duration::from_secs(300);

/// Stores events, then starts the worker and waits until everything has arrived.
pub fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let server = bench.server("deliver.toml")?;
    let wanted = DESTINATIONS * ingest::fill(server.address, bench.rows.min(EVENTS_MAX))?;
    drop(server);
    let sink = Sink::start()?;
    let mut worker = bench.worker(sink.address)?;
    let began = Instant::now();
    while sink.arrived().events < wanted {
        ensure!(worker.ended()?.is_none(), "the worker ended:\n{}", worker.last_words());
        ensure!(began.elapsed() < PATIENCE, "only {} events arrived in time", sink.arrived().events);
        thread::sleep(Duration::from_millis(20));
    }
    let (cost, log) = (processor::seconds(worker.id())?, bench.log_size()?);
    // It records what was answered before it ends.
    worker.stop();
    let books = bench.books()?;
    let delivered: i64 = books["lines"]
        .as_array()
        .context("the books have no lines")?
        .iter()
        .filter_map(|line| line["delivered"].as_i64())
        .sum();
    let mut rows = rows(&sink, wanted, delivered, cost)?;
    rows.push(Row::new("the write-ahead log at its largest", format!("{log:.0} MB")));
    Ok(rows)
}

fn rows(sink: &Sink, wanted: u64, delivered: i64, cost: f64) -> Result<Vec<Row>> {
    let arrived = sink.arrived();
    ensure!(delivered == i64::try_from(wanted)?, "{delivered} of {wanted} are marked as delivered");
    let (first, last) = arrived.first.zip(arrived.last).context("nothing arrived")?;
    let rate = wanted as f64 / last.duration_since(first).as_secs_f64();
    Ok(vec![
        Row::at_least(format!("deliveries, {} waiting", grouped(wanted as f64)), rate, 25_000.0, "/s"),
        Row::at_least("events a request, mean", arrived.events as f64 / arrived.requests as f64, 1_900.0, ""),
        Row::new("the worker's processor time a delivery", format!("{:.1} µs", cost * 1e6 / wanted as f64)),
    ])
}
