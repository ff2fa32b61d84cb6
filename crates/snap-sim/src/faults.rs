//! Faults on command: answers, delays and cut connections, by path.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header::CONTENT_TYPE};
use axum::middleware::Next;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::connection::Scissors;
use crate::journal::{Entry, shown_path};
use crate::sim::Sim;

/// Which requests go wrong, and how.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What the path must start with.
    pub path: String,
    /// Only this method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// That many matching requests pass unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// How often the rule still applies; 0 means until the rules are cleared.
    #[serde(default = "once")]
    pub times: u32,
    /// Answer with this status instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// A text is sent as it is, anything else as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Wait this long first.
    #[serde(default)]
    pub delay_ms: u64,
    /// Close the connection without an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// With `status`: carry the request out before answering with the fault.
    #[serde(default)]
    pub processed: bool,
}

/// When a connection is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cut {
    /// Before the body is read: nothing happened.
    Before,
    /// After the request has been carried out: only the answer is lost.
    After,
}

fn once() -> u32 {
    1
}

impl Rule {
    /// The first thing that is wrong with the rule.
    pub fn problem(&self) -> Option<String> {
        if !self.path.starts_with('/') {
            return Some("path must start with /".into());
        }
        if self.status.is_some_and(|status| !(200..600).contains(&status)) {
            return Some("status must be between 200 and 599".into());
        }
        if self.method.as_ref().is_some_and(|method| Method::from_bytes(method.as_bytes()).is_err()) {
            return Some("method is no HTTP method".into());
        }
        let sound = |(name, value): (&String, &String)| {
            HeaderName::from_bytes(name.as_bytes()).is_ok() && HeaderValue::from_str(value).is_ok()
        };
        if !self.headers.iter().all(sound) {
            return Some("headers holds a name or value that HTTP does not allow".into());
        }
        let idle = self.status.is_none() && self.cut.is_none() && self.delay_ms == 0;
        idle.then(|| "one of status, delay_ms and cut is needed".into())
    }

    fn answer(&self, status: StatusCode) -> Response {
        let (kind, body) = match &self.body {
            None => (None, String::new()),
            Some(Value::String(text)) => (Some("text/plain; charset=utf-8"), text.clone()),
            Some(json) => (Some("application/json"), json.to_string()),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        if let Some(kind) = kind {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The rules in force, first match first.
#[derive(Default)]
pub struct Faults {
    pub rules: VecDeque<Rule>,
    /// Requests that a rule has touched.
    pub applied: u64,
}

impl Faults {
    /// The rule for this request, used up by one.
    fn take(&mut self, method: &Method, path: &str) -> Option<Rule> {
        let index = self.rules.iter_mut().position(|rule| {
            let right_method = rule.method.as_deref().is_none_or(|name| name.eq_ignore_ascii_case(method.as_str()));
            if !right_method || !path.starts_with(&rule.path) {
                return false;
            }
            let due = rule.skip == 0;
            rule.skip = rule.skip.saturating_sub(1);
            due
        })?;
        self.applied += 1;
        let rule = self.rules[index].clone();
        match rule.times {
            0 => {}
            1 => drop(self.rules.remove(index)),
            _ => self.rules[index].times -= 1,
        }
        Some(rule)
    }
}

/// The number of a request, for what it brings.
#[derive(Clone, Copy)]
pub struct RequestNumber(pub u64);

/// Numbers and records each request, and lets it meet its fault.
pub async fn meet(State(sim): State<Arc<Sim>>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.starts_with("/_sim") {
        return next.run(request).await;
    }
    let number = sim.next_request();
    let rule = sim.world().faults.take(request.method(), path);
    let recorded = ["/login", "/v1", "/v3", "/p", "/scevent"].iter().any(|prefix| path.starts_with(prefix));
    let mut entry = Entry {
        number,
        at_ms: sim.clock.now_ms(),
        method: request.method().to_string(),
        path: shown_path(request.uri()),
        status: 0,
        fault: rule.is_some(),
    };
    request.extensions_mut().insert(RequestNumber(number));
    let cut = rule.as_ref().is_some_and(|rule| rule.cut.is_some());
    let response = match rule {
        None => next.run(request).await,
        Some(rule) => harm(rule, request, next).await,
    };
    if !cut {
        entry.status = response.status().as_u16();
    }
    if recorded {
        let mut world = sim.world();
        let keep = world.settings.max_requests;
        world.journal.push(entry, keep);
    }
    response
}

async fn harm(rule: Rule, request: Request, next: Next) -> Response {
    if rule.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(rule.delay_ms)).await;
    }
    let scissors = request.extensions().get::<ConnectInfo<Scissors>>().map(|info| info.0.clone());
    match (rule.cut, rule.status.and_then(|status| StatusCode::from_u16(status).ok())) {
        (Some(when), _) => {
            if when == Cut::After {
                next.run(request).await;
            }
            scissors.unwrap_or_default().cut();
            Response::new(Body::empty())
        }
        (None, Some(status)) => {
            if rule.processed {
                next.run(request).await;
            }
            rule.answer(status)
        }
        (None, None) => next.run(request).await,
    }
}
