//! Load over many connections, and what came of it.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use super::Row;
use crate::http::Connection;

/// How long single things took.
#[derive(Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// Takes one more.
    pub fn add(&mut self, duration: Duration) {
        self.0.push(duration);
    }

    /// Median, 99th percentile and maximum.
    pub fn summary(mut self) -> String {
        self.0.sort_unstable();
        let at = |share: f64| {
            let index = ((self.0.len() as f64 * share) as usize).min(self.0.len().saturating_sub(1));
            self.0.get(index).map_or(0.0, |duration| duration.as_secs_f64() * 1_000.0)
        };
        format!("p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms", at(0.5), at(0.99), at(1.0))
    }
}

/// What to send.
pub struct Load {
    /// How many connections send at the same time, each waiting for its answer before it sends again.
    pub connections: usize,
    /// For how long.
    pub lasts: Duration,
    /// Where to.
    pub path: &'static str,
    /// How many events a request carries.
    pub events: usize,
    /// The body of a request, given a number that no other request has.
    pub body: fn(u64) -> String,
}

/// Sends the load and tells the rates. Any answer other than 200 fails the benchmark: a refusal is fast and would flatter it.
pub fn send(server: SocketAddr, load: &Load) -> Result<Vec<Row>> {
    let began = Instant::now();
    let deadline = began + load.lasts;
    let results: Vec<Result<Latencies>> = thread::scope(|scope| {
        let senders: Vec<_> = (0..load.connections as u64)
            .map(|number| scope.spawn(move || send_on_one(server, load, number << 32, deadline)))
            .collect();
        senders
            .into_iter()
            .map(|sender| sender.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a sender panicked"))))
            .collect()
    });
    let took = began.elapsed().as_secs_f64();
    let mut all = Latencies::default();
    for result in results {
        all.0.extend(result?.0);
    }
    let requests = all.0.len();
    let rate = |count: usize| format!("{:.0}/s", count as f64 / took);
    let mut rows = vec![Row::new(format!("requests, {} connections", load.connections), rate(requests))];
    if load.events > 1 {
        rows.push(Row::new(format!("events, {} a request", load.events), rate(requests * load.events)));
    }
    rows.push(Row::new("a request until it is durable", all.summary()));
    Ok(rows)
}

fn send_on_one(server: SocketAddr, load: &Load, first: u64, deadline: Instant) -> Result<Latencies> {
    let mut connection = Connection::open(server)?;
    let mut latencies = Latencies::default();
    for number in first.. {
        let body = (load.body)(number);
        let began = Instant::now();
        if began >= deadline {
            break;
        }
        let answer = connection.post_json(load.path, &body).context("the server does not answer")?;
        ensure!(answer.status == 200, "{} {}", answer.status, String::from_utf8_lossy(&answer.body));
        latencies.add(began.elapsed());
    }
    Ok(latencies)
}
