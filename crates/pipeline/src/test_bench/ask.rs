//! What the destination itself says of an event: its validate endpoint, which counts nothing.

use std::time::Duration;

use domain::{
    ApiError,
    destination::{Answer, Endpoint, Verdict},
    item::Item,
    view_bench::TestAnswer,
};
use store::DestinationRecord;

use crate::{Switchyard, api_error};

/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A mapped event and the asset that it goes to.
pub(super) struct Ready {
    pub item: Item,
    pub asset: String,
}

pub(super) async fn ask(
    switchyard: &Switchyard,
    row: &DestinationRecord,
    ready: Option<Ready>,
) -> Result<TestAnswer, ApiError> {
    let refused = |words: &str| ApiError::Refused(words.to_owned());
    let Ready { item, asset } = ready.ok_or_else(|| {
        refused("There is nothing to ask Snapchat about: the event could not be mapped, or no Snap Pixel is chosen.")
    })?;
    let kind = switchyard.destination_type(&row.slug).ok_or(ApiError::NotFound)?;
    let token = match switchyard.store().capi_token(row.id).await.map_err(api_error)? {
        Some(token) => token,
        None => switchyard.access_token(row.id).await?,
    };
    let to = Endpoint { asset_id: asset, token };
    let items = [&item];
    let answer = tokio::time::timeout(PATIENCE, kind.validate(&to, &items))
        .await
        .map_err(|_| refused("Snapchat did not answer within 30 seconds. Try again later."))?;
    let remarks = kind.remarks(&answer.body);
    Ok(told(answer, &remarks))
}

fn told(answer: Answer, remarks: &[String]) -> TestAnswer {
    let (ok, sentence) = match answer.verdict {
        Verdict::Accepted if !remarks.is_empty() => {
            (true, format!("Snapchat would take this event, and remarks: {}.", remarks.join("; ")))
        }
        Verdict::Accepted => (true, "Snapchat finds nothing wrong with this event.".to_owned()),
        Verdict::ItemInvalid { reason, .. } | Verdict::BatchInvalid { reason } => {
            (false, format!("Snapchat would refuse this event: {reason}"))
        }
        Verdict::Unauthorized { reason } => (false, format!("Snapchat doesn't accept the credentials: {reason}")),
        Verdict::Blocked { reason, .. } => (false, reason),
        Verdict::TooLarge => (false, "Snapchat finds this event too large.".to_owned()),
        Verdict::Throttled { .. } => {
            (false, "Snapchat takes no more requests just now. Try again in a minute.".to_owned())
        }
        Verdict::Unavailable { reason } | Verdict::NoAnswer { reason } => {
            (false, format!("Snapchat could not be reached: {reason}."))
        }
    };
    TestAnswer { ok, sentence, status: answer.status, body: answer.body }
}
