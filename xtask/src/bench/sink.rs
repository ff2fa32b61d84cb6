//! In the place of Snapchat's Conversions API: takes every request at once, counts the events in it, and calls them valid.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Instant,
};

use anyhow::Result;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 49\r\n\r\n{\"status\":\"VALID\",\"reason\":\"All events accepted\"}";

/// Each event of a request has this key once.
const MARK: &[u8] = b"\"event_time\":";

/// What has arrived.
#[derive(Clone, Copy, Default)]
pub struct Arrived {
    /// Events.
    pub events: u64,
    /// Requests.
    pub requests: u64,
    /// When the first one came.
    pub first: Option<Instant>,
    /// When the last one was answered.
    pub last: Option<Instant>,
}

/// A listening sink. Its threads end with the process.
pub struct Sink {
    /// Where it listens.
    pub address: SocketAddr,
    arrived: Arc<Mutex<Arrived>>,
}

impl Sink {
    /// Starts to listen.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let sink = Self { address: listener.local_addr()?, arrived: Arc::default() };
        let arrived = sink.arrived.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let arrived = arrived.clone();
                thread::spawn(move || serve(stream, &arrived));
            }
        });
        Ok(sink)
    }

    /// What has arrived so far.
    pub fn arrived(&self) -> Arrived {
        self.arrived.lock().map(|arrived| *arrived).unwrap_or_default()
    }
}

fn serve(stream: TcpStream, arrived: &Mutex<Arrived>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::with_capacity(1 << 16, stream);
    let (mut line, mut body) = (String::new(), Vec::new());
    loop {
        let mut length = 0;
        loop {
            line.clear();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let header = line.trim_end();
            if header.is_empty() {
                break;
            }
            if let Some((name, value)) = header.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().ok()?;
            }
        }
        body.resize(length, 0);
        reader.read_exact(&mut body).ok()?;
        let came = Instant::now();
        let events = count(&body);
        reader.get_mut().write_all(ANSWER).ok()?;
        let mut arrived = arrived.lock().ok()?;
        arrived.events += events;
        arrived.requests += 1;
        arrived.first.get_or_insert(came);
        arrived.last = Some(Instant::now());
    }
}

fn count(body: &[u8]) -> u64 {
    let mut count = 0;
    let mut at = 0;
    // The mark begins with a quotation mark, which is rare enough to be looked for alone.
    while let Some(quote) = body[at..].iter().position(|byte| *byte == b'"') {
        at += quote;
        if body[at..].starts_with(MARK) {
            count += 1;
            at += MARK.len();
        } else {
            at += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Connection;

    #[test]
    fn counts_events_over_one_connection() {
        let sink = Sink::start().unwrap();
        let mut connection = Connection::open(sink.address).unwrap();
        for _ in 0..2 {
            let body = r#"{"data":[{"event_name":"PURCHASE","event_time":1},{"event_time":2,"x":"event_time"}]}"#;
            let answer = connection.post_json("/v3/p/events", body).unwrap();
            assert_eq!(answer.status, 200);
            assert!(serde_json::from_slice::<serde_json::Value>(&answer.body).is_ok());
        }
        // The last answer may be read before it is counted.
        while sink.arrived().requests < 2 {
            thread::yield_now();
        }
        assert_eq!(sink.arrived().events, 4);
    }
}
