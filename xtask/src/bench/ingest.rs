//! How many events are taken for good.

use anyhow::Result;

use super::{
    Row,
    load::{self, Load},
    server::Bench,
};

const CONNECTIONS: usize = 64;

const BATCH: u64 = 100;

/// One event a request.
pub fn single(bench: &Bench) -> Result<Vec<Row>> {
    measure(bench, "/v1/track", 1, |number| event(number, "\"writeKey\":\"wk_bench\","))
}

/// A hundred events a request.
pub fn batch(bench: &Bench) -> Result<Vec<Row>> {
    measure(bench, "/v1/batch", BATCH as usize, |number| {
        let events: Vec<String> =
            (0..BATCH).map(|index| event(number * BATCH + index, "\"type\":\"track\",")).collect();
        format!("{{\"writeKey\":\"wk_bench\",\"batch\":[{}]}}", events.join(","))
    })
}

fn measure(bench: &Bench, path: &'static str, events: usize, body: fn(u64) -> String) -> Result<Vec<Row>> {
    let server = bench.server()?;
    let mut rows =
        load::send(server.address, &Load { connections: CONNECTIONS, lasts: bench.lasts, path, events, body })?;
    rows.push(server.memory()?);
    Ok(rows)
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
