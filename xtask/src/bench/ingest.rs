//! How many events are taken for good.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Result, ensure};

use super::{
    load::{self, Load, Sent},
    server::{Bench, Server},
    table::Row,
};

const CONNECTIONS: usize = 64;

const BATCH: u64 = 100;

/// Connections that fill a database before something is measured on it.
const FILLING: u64 = 16;
const FILLING_MAX: Duration = Duration::from_secs(600);

/// One event a request.
pub fn single(bench: &Bench) -> Result<Vec<Row>> {
    let load = |number| event(number, "\"writeKey\":\"wk_bench\",");
    let (sent, mut rows) = measure(bench, "/v1/track", 1, load)?;
    rows.insert(0, Row::at_least(format!("requests, {CONNECTIONS} connections"), sent.rate(), 12_000.0, "/s"));
    let mut latencies = sent.latencies;
    let p99 = Row::at_most("a request until it is durable, p99", latencies.at(0.99), 20.0, " ms");
    rows.insert(1, p99.with(format!("p50 {:.1} ms, max {:.1} ms", latencies.at(0.5), latencies.at(1.0))));
    Ok(rows)
}

/// A hundred events a request.
pub fn batch(bench: &Bench) -> Result<Vec<Row>> {
    let (mut sent, mut rows) = measure(bench, "/v1/batch", BATCH, hundred)?;
    let rate = sent.rate() * BATCH as f64;
    rows.insert(0, Row::at_least(format!("events, {BATCH} a request"), rate, 50_000.0, "/s"));
    rows.insert(1, Row::new("a request until it is durable", sent.latencies.summary()));
    Ok(rows)
}

/// Numbers of events from here on are those of one measurement among several on one database.
pub const EMPTY_NUMBER: u64 = 1 << 52;

/// Requests a second with one event each, and the server's processor time for each in microseconds. `first` keeps its events apart
/// from others'.
pub fn rate(bench: &Bench, server: &Server, first: u64) -> Result<(f64, f64)> {
    let body = |number| event(number, "\"writeKey\":\"wk_bench\",");
    let load = Load { connections: CONNECTIONS, lasts: bench.lasts, most: u64::MAX, first, path: "/v1/track", body };
    let before = server.processor_seconds()?;
    let sent = load::send(server.address, &load)?;
    Ok((sent.rate(), (server.processor_seconds()? - before) * 1e6 / sent.requests as f64))
}

/// Stores about this many purchases, in hundreds, over several connections, and tells how many.
pub fn fill(server: SocketAddr, events: u64) -> Result<u64> {
    let most = events / BATCH / FILLING;
    let (connections, lasts) = (FILLING as usize, FILLING_MAX);
    let load = Load { connections, lasts, most, first: 0, path: "/v1/batch", body: hundred };
    let sent = load::send(server, &load)?.requests as u64;
    ensure!(sent == most * FILLING, "only {sent} batches were stored in time");
    Ok(sent * BATCH)
}

fn hundred(number: u64) -> String {
    let events: Vec<String> = (0..BATCH).map(|index| event(number * BATCH + index, "\"type\":\"track\",")).collect();
    format!("{{\"writeKey\":\"wk_bench\",\"batch\":[{}]}}", events.join(","))
}

fn measure(bench: &Bench, path: &'static str, events: u64, body: fn(u64) -> String) -> Result<(Sent, Vec<Row>)> {
    let server = bench.server("bench.toml")?;
    let before = server.processor_seconds()?;
    let load = Load { connections: CONNECTIONS, lasts: bench.lasts, most: u64::MAX, first: 0, path, body };
    let sent = load::send(server.address, &load)?;
    let cost = (server.processor_seconds()? - before) * 1e6 / (sent.requests as f64 * events as f64);
    let rows = vec![
        Row::new("the server's processor time an event", format!("{cost:.1} µs")),
        Row::new("resident memory", format!("{:.0} MB", server.memory()?)),
        Row::new("the write-ahead log at its largest", format!("{:.0} MB", bench.log_size()?)),
    ];
    bench.check(server)?;
    Ok((sent, rows))
}

/// A purchase like a shop sends it; ten in a row are of one visitor.
fn event(number: u64, first: &str) -> String {
    let visitor = number - number % 10;
    format!(
        "{{{first}\"messageId\":\"bench-{number:x}\",\"event\":\"Order Completed\",\"anonymousId\":\"anon-{visitor:x}\",\
         \"properties\":{{\"order_id\":\"o-{number:x}\",\"revenue\":349.0,\"currency\":\"USD\",\"products\":[{{\"product_id\":\
         \"NW-1001\",\"name\":\"Ridgeline 2 Tent\",\"category\":\"Tents\",\"price\":349.0,\"quantity\":1}}]}},\"context\":\
         {{\"ip\":\"203.0.113.7\",\"userAgent\":\"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)\",\"locale\":\"en-US\",\
         \"traits\":{{\"email\":\"v{visitor:x}@example.com\"}},\"page\":{{\"url\":\"https://shop.northwind.example/thanks\"}}}}}}"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn events_are_json_and_differ() {
        let read = |number| serde_json::from_str::<Value>(&event(number, "")).unwrap();
        assert_ne!(read(1)["messageId"], read(2)["messageId"]);
        assert_eq!(read(1)["anonymousId"], read(2)["anonymousId"]);
    }
}
