//! Load over many connections, and what came of it.

use std::{
    io::{ErrorKind, Read, Write},
    net::{self, SocketAddr},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use mio::{Events, Interest, Poll, Token, net::TcpStream};

use crate::http::{self, Response};

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(30);

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

/// Sends the load from one thread, which wakes for all answers that came meanwhile: the less of the machine the load takes, the more
/// of it is the server's. Any answer other than 200 fails the benchmark: a refusal is fast and would flatter it.
pub fn send(server: SocketAddr, load: &Load) -> Result<Sent> {
    let mut poll = Poll::new()?;
    let mut senders = Vec::with_capacity(load.connections);
    for number in 0..load.connections {
        let mut sender = Sender::open(server, load.first + ((number as u64) << 32))?;
        poll.registry().register(&mut sender.stream, Token(number), Interest::READABLE | Interest::WRITABLE)?;
        senders.push(sender);
    }
    let mut latencies = Latencies::default();
    let began = Instant::now();
    let deadline = began + load.lasts;
    let mut busy = 0;
    for sender in &mut senders {
        busy += usize::from(sender.next(server, load, deadline)?);
    }
    let mut ready = Events::with_capacity(load.connections);
    while busy > 0 {
        poll.poll(&mut ready, Some(PATIENCE))?;
        ensure!(!ready.is_empty(), "the server does not answer");
        for event in &ready {
            let sender = &mut senders[event.token().0];
            sender.write()?;
            if let Some(latency) = sender.answered()? {
                latencies.add(latency);
                busy -= usize::from(!sender.next(server, load, deadline)?);
            }
        }
    }
    Ok(Sent { requests: latencies.0.len(), seconds: began.elapsed().as_secs_f64(), latencies })
}

/// One connection, and how far it is.
struct Sender {
    stream: TcpStream,
    /// The number of the next request.
    number: u64,
    sent: u64,
    began: Instant,
    /// What is to be written still.
    unwritten: Vec<u8>,
    /// What was read of the answer.
    read: Vec<u8>,
}

impl Sender {
    fn open(server: SocketAddr, number: u64) -> Result<Self> {
        let stream = net::TcpStream::connect(server).context("the server takes no connection")?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let stream = TcpStream::from_std(stream);
        Ok(Self { stream, number, sent: 0, began: Instant::now(), unwritten: Vec::new(), read: Vec::new() })
    }

    /// Sends the next request, unless it was the last.
    fn next(&mut self, server: SocketAddr, load: &Load, deadline: Instant) -> Result<bool> {
        let request = http::post_json(server, load.path, &(load.body)(self.number));
        self.began = Instant::now();
        if self.sent == load.most || self.began >= deadline {
            return Ok(false);
        }
        self.number += 1;
        self.sent += 1;
        self.unwritten = request.into_bytes();
        self.write()?;
        Ok(true)
    }

    /// Writes as much as the connection takes.
    fn write(&mut self) -> Result<()> {
        while !self.unwritten.is_empty() {
            match self.stream.write(&self.unwritten) {
                Ok(written) => drop(self.unwritten.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error).context("the server takes no request"),
            }
        }
        Ok(())
    }

    /// How long the answer took, if it is there.
    fn answered(&mut self) -> Result<Option<Duration>> {
        let mut piece = [0; 4096];
        loop {
            match self.stream.read(&mut piece) {
                Ok(0) => bail!("the server closed the connection"),
                Ok(length) => self.read.extend_from_slice(&piece[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error).context("the server does not answer"),
            }
            // The only answer that was asked for: there is no more to read until the next request.
            if let Some(answer) = Response::take(&mut self.read)? {
                ensure!(answer.status == 200, "{} {}", answer.status, String::from_utf8_lossy(&answer.body));
                return Ok(Some(self.began.elapsed()));
            }
        }
    }
}
