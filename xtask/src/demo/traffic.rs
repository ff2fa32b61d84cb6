//! A trickle of shop events, sent over HTTP like any shop would.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::shop::{Dice, visit};
use crate::http::Connection;

const WRITE_KEY: &str = "wk_northwind_web";

/// How often some visitor does something.
const STEP: Duration = Duration::from_millis(400);

/// How many visitors are in the shop; a new one comes when one leaves.
const VISITORS: usize = 4;

/// Sends events until the process ends. What cannot be sent now is sent with the next ones.
pub fn run(server: SocketAddr) {
    let start = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let (mut dice, mut visits, mut unsent) = (Dice(start as u64), VecDeque::new(), Vec::new());
    let mut told = false;
    for step in 0_u64.. {
        if visits.len() < VISITORS {
            visits.push_back(VecDeque::from(visit(&mut dice, &format!("{start:x}{step}"))));
        }
        if let Some(event) = next_event(&mut dice, &mut visits) {
            unsent.push(with_id(event, &format!("demo-{start:x}-{step}")));
        }
        match send(server, &unsent) {
            Ok(()) => unsent.clear(),
            Err(error) if !told => {
                told = true;
                println!("the shop's events are not taken: {error:#}");
            }
            Err(_) => unsent.drain(..unsent.len().saturating_sub(100)).for_each(drop),
        }
        thread::sleep(STEP);
    }
}

/// The next step of one of the visitors who are in the shop.
fn next_event(dice: &mut Dice, visits: &mut VecDeque<VecDeque<Value>>) -> Option<Value> {
    let chosen = dice.throw(visits.len().max(1));
    let event = visits.get_mut(chosen)?.pop_front();
    if visits.get(chosen).is_some_and(VecDeque::is_empty) {
        visits.remove(chosen);
    }
    event
}

fn with_id(mut event: Value, id: &str) -> Value {
    event["messageId"] = id.into();
    event
}

fn send(server: SocketAddr, events: &[Value]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let body = json!({"writeKey": WRITE_KEY, "batch": events}).to_string();
    let answer = Connection::open(server)?.post_json("/v1/batch", &body)?;
    ensure!(answer.status == 200, "{} {}", answer.status, String::from_utf8_lossy(&answer.body));
    Ok(())
}
