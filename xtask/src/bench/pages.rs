//! How soon pages begin to arrive where a million events are logged.

use anyhow::{Context, Result};

use super::{
    ingest,
    load::Latencies,
    server::Bench,
    table::{Row, grouped},
    visitor::Visitor,
};

/// Times that each page is opened.
const TIMES: usize = 60;

/// Opens the pages that look at the log, and those beside them.
pub fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let server = bench.server("bench.toml")?;
    ingest::fill(server.address, bench.rows)?;
    let visitor = Visitor::sign_in(server.address, EMAIL, PASSWORD)?;
    let logged = grouped(bench.rows as f64);
    let mut all = Latencies::default();
    let mut rows = Vec::new();
    for path in paths(&visitor)? {
        let mut latencies = Latencies::default();
        for _ in 0..TIMES {
            let took = visitor.open(&path)?.first_byte;
            latencies.add(took);
            all.add(took);
        }
        rows.push(Row::new(format!("first byte of {}", shown(&path)), latencies.summary()));
    }
    rows.insert(0, Row::at_most(format!("first byte, all pages, p99, {logged} logged"), all.at(0.99), 60.0, " ms"));
    rows.push(Row::new("resident memory", format!("{:.0} MB", server.memory()?)));
    bench.check(server)?;
    Ok(rows)
}

/// The user of `bench.toml`.
pub const EMAIL: &str = "bench@northwind.example";
/// Their password.
pub const PASSWORD: &str = "only-for-the-benchmarks";

fn paths(visitor: &Visitor) -> Result<Vec<String>> {
    let list = visitor.open("/destinations")?.text;
    let mut links = list.split("href=\"/destinations/").skip(1).filter_map(|rest| rest.get(..36));
    let id =
        links.find(|id| id.bytes().filter(|byte| *byte == b'-').count() == 4).context("there is no destination")?;
    Ok(vec![
        "/events".to_owned(),
        "/events?event=Order+Completed".to_owned(),
        format!("/destinations/{id}/events"),
        format!("/destinations/{id}"),
        "/destinations".to_owned(),
        "/sources".to_owned(),
        "/audiences".to_owned(),
    ])
}

/// A path without the destination's id.
fn shown(path: &str) -> String {
    path.split('/').map(|part| if part.len() == 36 { "…" } else { part }).collect::<Vec<_>>().join("/")
}
