//! Requests to the Conversions API: one asset each, the token in the query and nowhere else (reference section 4.1).

use std::time::Duration;

use domain::{
    Clock,
    destination::{Answer, Endpoint, Secret, Verdict},
    item::Item,
};
use http::HeaderMap;
use reqwest::{Client, Method, Response};
use serde::Serialize;
use url::Url;

use crate::{
    interpret::interpret,
    settings::{SettingsError, join},
};

/// A request that takes longer has no answer (reference section 9).
const TIMEOUT: Duration = Duration::from_secs(20);
/// A connection that takes longer isn't one; shorter than the whole, so that it is known that nothing was sent.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// More of an answer is not read.
const BODY_MAX: usize = 64 * 1024;
/// What the log of attempts shows of an answer.
const SHOWN_MAX: usize = 2 * 1024;

#[derive(Serialize)]
struct Body<'a> {
    data: &'a [&'a Item],
}

/// The client for all of Snapchat's hosts. Redirects aren't followed: they would carry the token elsewhere.
pub(crate) fn client() -> Result<Client, SettingsError> {
    Client::builder()
        .timeout(TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("switchyard/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|e| SettingsError::Client(e.to_string()))
}

/// What came back from one call.
pub(crate) enum Reply {
    /// An answer.
    Answered { status: u16, headers: HeaderMap, body: String },
    /// The connection was never made, so the request had no effect.
    NotSent(String),
    /// It may have had an effect.
    Unanswered(String),
}

/// Sends a request and reads the answer; errors are told without the address, whose query holds the token.
pub(crate) async fn call(request: reqwest::RequestBuilder) -> Reply {
    call_reading(request, BODY_MAX).await
}

/// The same; of the answer's body only so many bytes are read.
pub(crate) async fn call_reading(request: reqwest::RequestBuilder, body_max: usize) -> Reply {
    match request.send().await {
        Ok(response) => read(response, body_max).await,
        Err(error) => {
            let not_sent = error.is_connect() || error.is_builder();
            let timeout = error.is_timeout();
            let why = causes(&error.without_url());
            match (not_sent, timeout) {
                (true, _) => Reply::NotSent(format!("no connection to Snapchat: {why}")),
                (false, true) => Reply::Unanswered("Snapchat didn't answer in time".to_owned()),
                (false, false) => Reply::Unanswered(format!("the connection broke before an answer came: {why}")),
            }
        }
    }
}

async fn read(mut response: Response, body_max: usize) -> Reply {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= body_max => body.extend_from_slice(&chunk),
            Ok(Some(chunk)) => {
                body.extend_from_slice(&chunk[..body_max - body.len()]);
                break;
            }
            Ok(None) => break,
            // Other statuses speak without their body.
            Err(_) if !(200..300).contains(&status) && status != 400 => break,
            Err(_) => return Reply::Unanswered("the connection broke within the answer".to_owned()),
        }
    }
    Reply::Answered { status, headers, body: String::from_utf8_lossy(&body).into_owned() }
}

/// The innermost cause, which names the matter: "connection refused", "dns error".
fn causes(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

/// Where calls to the Conversions API go.
pub(crate) struct Capi<'s> {
    pub(crate) http: &'s Client,
    pub(crate) base: &'s Url,
    pub(crate) clock: &'s dyn Clock,
}

impl Capi<'_> {
    /// Sends items to `/events` or `/events/validate` and tells what the answer means.
    pub(crate) async fn post(&self, to: &Endpoint, path: &[&str], items: &[&Item]) -> Answer {
        let url = self.address(to, path);
        let shown = url.to_string();
        let body = match serde_json::to_vec(&Body { data: items }) {
            Ok(body) => body,
            Err(error) => {
                let reason = format!("the request can't be written: {error}");
                return Answer {
                    verdict: Verdict::BatchInvalid { reason },
                    url: shown,
                    status: None,
                    body: String::new(),
                };
            }
        };
        let request = self
            .http
            .request(Method::POST, url)
            .query(&[("access_token", to.token.0.trim())])
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(body);
        match call(request).await {
            Reply::Answered { status, headers, body } => {
                let body = masked(&body, &to.token);
                let verdict = interpret(status, &headers, &body, items.len(), self.clock.now());
                Answer { verdict, url: shown, status: Some(status), body: shorten(&body) }
            }
            Reply::NotSent(reason) => {
                Answer { verdict: Verdict::Unavailable { reason }, url: shown, status: None, body: String::new() }
            }
            Reply::Unanswered(reason) => {
                Answer { verdict: Verdict::NoAnswer { reason }, url: shown, status: None, body: String::new() }
            }
        }
    }

    /// Reads below `/events/validate`.
    pub(crate) async fn get(&self, to: &Endpoint, path: &[&str]) -> Reply {
        let url = self.address(to, path);
        call(self.http.get(url).query(&[("access_token", to.token.0.trim())])).await
    }

    /// The address without its query.
    fn address(&self, to: &Endpoint, path: &[&str]) -> Url {
        let mut segments = vec!["v3", to.asset_id.trim(), "events"];
        segments.extend(path);
        join(self.base, &segments)
    }
}

/// The body without the token, should an answer repeat it.
fn masked(body: &str, token: &Secret) -> String {
    let token = token.0.trim();
    if token.len() >= 8 && body.contains(token) { body.replace(token, "…") } else { body.to_owned() }
}

fn shorten(body: &str) -> String {
    let mut end = body.len().min(SHOWN_MAX);
    while !body.is_char_boundary(end) {
        end -= 1;
    }
    body[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_show_no_token_and_not_too_much() {
        let token = Secret("secret-token-123".into());
        assert_eq!(masked("bad secret-token-123!", &token), "bad …!");
        assert_eq!(shorten(&"é".repeat(SHOWN_MAX)).len(), SHOWN_MAX);
        assert_eq!(shorten(&format!("a{}", "é".repeat(SHOWN_MAX))).len(), SHOWN_MAX - 1);
    }
}
