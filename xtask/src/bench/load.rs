//! Load over many connections, and what came of it.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use crate::http::Connection;

/// How long single things took.
#[derive(Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// Takes one more.
    pub fn add(&mut self, duration: Duration) {
        self.0.push(duration);
    }

    /// The milliseconds that this share of them stayed within.
    pub fn at(&mut self, share: f64) -> f64 {
        self.0.sort_unstable();
        let index = ((self.0.len() as f64 * share) as usize).min(self.0.len().saturating_sub(1));
        self.0.get(index).map_or(0.0, |duration| duration.as_secs_f64() * 1_000.0)
    }

    /// Median, 99th percentile and maximum.
    pub fn summary(&mut self) -> String {
        format!("p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms", self.at(0.5), self.at(0.99), self.at(1.0))
    }
}

/// What to send.
pub struct Load {
    /// How many connections send at the same time, each waiting for its answer before it sends again.
    pub connections: usize,
    /// For how long.
    pub lasts: Duration,
    /// How many requests each connection sends at most.
    pub most: u64,
    /// Where the numbers of requests begin.
    pub first: u64,
    /// Where to.
    pub path: &'static str,
    /// The body of a request, given a number that no other request has.
    pub body: fn(u64) -> String,
}

/// What came of a load.
pub struct Sent {
    /// Requests that were answered.
    pub requests: usize,
    /// The seconds it took.
    pub seconds: f64,
    /// Each request's time until its answer.
    pub latencies: Latencies,
}

impl Sent {
    /// Requests a second.
    pub fn rate(&self) -> f64 {
        self.requests as f64 / self.seconds
    }
}

/// Sends the load. Any answer other than 200 fails the benchmark: a refusal is fast and would flatter it.
pub fn send(server: SocketAddr, load: &Load) -> Result<Sent> {
    let began = Instant::now();
    let deadline = began + load.lasts;
    let results: Vec<Result<Latencies>> = thread::scope(|scope| {
        let senders: Vec<_> = (0..load.connections as u64)
            .map(|number| scope.spawn(move || send_on_one(server, load, load.first + (number << 32), deadline)))
            .collect();
        senders
            .into_iter()
            .map(|sender| sender.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a sender panicked"))))
            .collect()
    });
    let seconds = began.elapsed().as_secs_f64();
    let mut latencies = Latencies::default();
    for result in results {
        latencies.0.extend(result?.0);
    }
    Ok(Sent { requests: latencies.0.len(), seconds, latencies })
}

fn send_on_one(server: SocketAddr, load: &Load, first: u64, deadline: Instant) -> Result<Latencies> {
    let mut connection = Connection::open(server)?;
    let mut latencies = Latencies::default();
    for number in first..first.saturating_add(load.most) {
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
