//! The check of a connection: a made-up event through the validate endpoint, and what Snapchat saw last (reference section 8).

use domain::{
    Timestamp,
    destination::{Answer, CheckStep, Endpoint, Verdict},
    item::Item,
};
use serde_json::{Value, json};

use crate::{
    capi::{Capi, Reply},
    map::INTEGRATION,
    normalise::hash,
};

/// Runs the check. Nothing that is sent counts as a conversion.
pub(crate) async fn run(capi: &Capi<'_>, to: &Endpoint) -> Vec<CheckStep> {
    let event = made_up_event(capi.clock.now());
    let answer = capi.post(to, &["validate"], &[&event]).await;
    let mut steps = vec![token_and_asset(&answer)];
    if steps[0].ok {
        steps.extend(last_live_event(&capi.get(to, &["validate", "stats"]).await));
    }
    steps
}

/// An event of nobody, complete enough to be valid.
fn made_up_event(now: Timestamp) -> Item {
    let event = json!({
        "event_name": "PAGE_VIEW",
        "event_time": now.0,
        "event_id": format!("switchyard-check-{}", now.0),
        "action_source": "WEB",
        "event_source_url": "https://switchyard.invalid/connection-check",
        "integration": INTEGRATION,
        "user_data": {
            "em": [hash::sha256("connection-check@switchyard.invalid")],
            "client_ip_address": "192.0.2.1",
            "client_user_agent": "Mozilla/5.0 (Switchyard connection check)",
        },
    });
    event.into()
}

fn token_and_asset(answer: &Answer) -> CheckStep {
    let (ok, detail) = match &answer.verdict {
        Verdict::Accepted => {
            (true, "Snapchat accepts the token for this Snap Pixel; the test event was valid.".to_owned())
        }
        // The token and the pixel were looked at before the event was.
        Verdict::ItemInvalid { reason, .. } | Verdict::BatchInvalid { reason } => {
            (true, format!("Snapchat accepts the token for this Snap Pixel, but not the test event: {reason}"))
        }
        Verdict::Unauthorized { reason } => (
            false,
            format!(
                "Snapchat doesn't accept the token. It is wrong, was deleted, or is not active yet: a new token can take up to a \
                 day. Compare it with the one in Snapchat's Business Dashboard, section Conversion API Tokens. Snapchat's words: {reason}"
            ),
        ),
        Verdict::Blocked { code: "forbidden", reason } => (
            false,
            format!(
                "The token belongs to another organisation than the Snap Pixel. Generate a token in the business that owns the \
                 pixel. {reason}"
            ),
        ),
        Verdict::Blocked { reason, .. } => (false, format!("The Snap Pixel wasn't found: choose it again. {reason}")),
        Verdict::Throttled { .. } => {
            (false, "Snapchat takes no more requests just now. Try again in a minute.".to_owned())
        }
        Verdict::TooLarge => {
            (false, "Something between this server and Snapchat refuses even small requests.".to_owned())
        }
        Verdict::Unavailable { reason } | Verdict::NoAnswer { reason } => {
            (false, format!("Snapchat couldn't be reached: {reason}. Try again later."))
        }
    };
    CheckStep { title: "Token and Snap Pixel".to_owned(), ok, detail }
}

/// Nothing if Snapchat doesn't tell: that says nothing of the connection.
fn last_live_event(reply: &Reply) -> Option<CheckStep> {
    let stats: Value = match reply {
        Reply::Answered { status: 200..=299, body, .. } => serde_json::from_str(body).ok()?,
        _ => return None,
    };
    let live = stats.pointer("/stats/live");
    let number = |key: &str| live.and_then(|live| live.get(key)).and_then(Value::as_i64);
    let detail = match number("latest_event_ts").filter(|at| *at > 0) {
        Some(at) => format!(
            "Snapchat saw the last live event at {}, and {} in the past hour.",
            Timestamp(milliseconds(at)),
            number("event_count_past_hour").unwrap_or(0)
        ),
        None => "Snapchat has seen no live event yet.".to_owned(),
    };
    Some(CheckStep { title: "Last live event".to_owned(), ok: true, detail })
}

/// Times are milliseconds, but seconds have been seen elsewhere in this API (reference section 4.2).
fn milliseconds(at: i64) -> i64 {
    if at < 100_000_000_000 { at * 1_000 } else { at }
}
