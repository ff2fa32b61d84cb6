//! Sending of one claim: calls, what their answers mean, and one transaction for each.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
};

use domain::{
    Timestamp,
    decide::{Next, Outcome, decide},
    delivery::{DeliveryState, Reason, code},
    destination::{Answer, AssetKind, Destination, Endpoint, Verdict},
    fields::Quality,
    time::SECOND,
};
use store::{Carried, Claimed, Health, Lane, Move, NewRequest, StoreError};

use super::{
    LaneState, Worker,
    credential::Credential,
    lane::Progress,
    mapping::{Batch, Item},
    masking::masked_text_of,
    verdict::{Judgement, Split, judge, met, word},
};

/// The part of an answer that the log keeps, in bytes.
const ANSWER_MAX: usize = 2_048;
/// What a lease has beyond two calls: the time for mapping, for the rate limit and for writing.
const LEASE_MARGIN: i64 = 60 * SECOND;

/// How long a claim is held: it follows from how long a call may take.
pub(super) fn lease(worker: &Worker) -> i64 {
    2 * call_timeout(worker) + LEASE_MARGIN
}

fn call_timeout(worker: &Worker) -> i64 {
    i64::try_from(worker.options.call_timeout.as_millis()).unwrap_or(i64::MAX / 4)
}

/// Sends a mapped claim. Whatever happens, nothing of it stays leased unless the worker dies.
pub(super) async fn send(
    worker: &Worker,
    lane: &Arc<Lane>,
    destination: &dyn Destination,
    state: &LaneState,
    credential: Credential,
    batch: Batch,
) -> Result<Progress, StoreError> {
    let mut run = Run { worker, lane, state, credential, lease_until: worker.switchyard.now().plus(lease(worker)) };
    run.settle_unsent(batch.settled).await?;
    let mut groups = run.grouped(batch.items).await?;
    while let Some((asset, group)) = groups.pop() {
        let ready = tokio::select! {
            () = worker.stop.cancelled() => false,
            () = state.limiter.until_ready() => true,
        };
        let group = if ready { run.renew(group, &mut groups).await? } else { group };
        if !ready {
            groups.push((asset, group));
            run.release(groups).await?;
            return Ok(Progress::Halted);
        }
        if group.is_empty() {
            continue;
        }
        let (judgement, again) = run.call(destination, &asset, group).await?;
        let halts = judgement.halts();
        groups.extend(again.into_iter().map(|group| (asset.clone(), group)));
        if halts {
            run.release(groups).await?;
            return Ok(Progress::Halted);
        }
    }
    Ok(Progress::Worked)
}

/// One claim under way.
struct Run<'a> {
    worker: &'a Worker,
    lane: &'a Lane,
    state: &'a LaneState,
    credential: Credential,
    lease_until: Timestamp,
}

type Group = Vec<Item>;

impl Run<'_> {
    fn now(&self) -> Timestamp {
        self.worker.switchyard.now()
    }

    async fn finish(&self, request: Option<&NewRequest>, moves: &[Move]) -> Result<HashSet<i64>, StoreError> {
        self.worker.switchyard.store().finish(self.lane.id, request, moves, self.now()).await
    }

    /// What is not sent has its state without a request.
    async fn settle_unsent(&self, settled: Vec<(Claimed, Outcome)>) -> Result<(), StoreError> {
        let now = self.now();
        let dice = || self.worker.switchyard.dice();
        let quality = self.quality();
        let lacked = |(claimed, outcome): &(Claimed, Outcome)| match outcome {
            Outcome::Filtered(reason) if quality.left_out.contains(&reason.code.as_str()) => Some((claimed.id, None)),
            _ => None,
        };
        let carried = Carried { quality, by_delivery: settled.iter().filter_map(lacked).collect() };
        let moves: Vec<Move> =
            settled.into_iter().map(|(claimed, outcome)| settle(&claimed, outcome, now, dice())).collect();
        let store = self.worker.switchyard.store();
        store.finish_counted(self.lane.id, None, &moves, Some(&carried), now).await.map(drop)
    }

    fn quality(&self) -> Quality {
        self.worker.switchyard.destination_type(&self.lane.kind).map_or(Quality::NONE, |kind| kind.quality())
    }

    /// One group per asset; items for an asset that is not chosen are filtered.
    async fn grouped(&self, items: Vec<Item>) -> Result<Vec<(String, Group)>, StoreError> {
        let (pixel, app): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| item.asset == AssetKind::Pixel);
        let mut groups = Vec::new();
        for (items, kind) in [(app, AssetKind::App), (pixel, AssetKind::Pixel)] {
            match asset_of(self.lane, kind) {
                _ if items.is_empty() => {}
                Ok(asset) => groups.push((asset, items)),
                Err(missing) => {
                    let reason = || Outcome::Filtered(missing.clone());
                    self.settle_unsent(items.into_iter().map(|item| (item.claimed, reason())).collect()).await?;
                }
            }
        }
        Ok(groups)
    }

    /// Holds everything longer if the lease would not outlast the next call. What was lost is dropped.
    async fn renew(&mut self, mut group: Group, rest: &mut [(String, Group)]) -> Result<Group, StoreError> {
        let now = self.now();
        if self.lease_until.since(now) > call_timeout(self.worker) + LEASE_MARGIN / 2 {
            return Ok(group);
        }
        self.lease_until = now.plus(lease(self.worker));
        let all = group.iter().chain(rest.iter().flat_map(|(_, group)| group));
        let moves: Vec<Move> = all.map(|item| self.hold(&item.claimed, None)).collect();
        let held = self.finish(None, &moves).await?;
        group.retain(|item| held.contains(&item.claimed.id));
        rest.iter_mut().for_each(|(_, group)| group.retain(|item| held.contains(&item.claimed.id)));
        Ok(group)
    }

    fn hold(&self, claimed: &Claimed, attempt: Option<(&'static str, Option<String>)>) -> Move {
        let mut held = unmoved(claimed, DeliveryState::Leased, self.lease_until);
        held.attempt = attempt;
        held
    }

    /// One request: the call, its meaning, one transaction. Answers with what goes again at once.
    async fn call(
        &mut self,
        destination: &dyn Destination,
        asset: &str,
        group: Group,
    ) -> Result<(Judgement, Vec<Group>), StoreError> {
        let (events, normaliser) = (group.len(), destination.normaliser_version());
        let mut began = self.now();
        let mut answer = self.answer(destination, asset, &group).await;
        if matches!(answer.verdict, Verdict::Unauthorized { .. })
            && self.credential.renew(&self.worker.switchyard, self.lane).await
        {
            self.finish(Some(&logged(&answer, began, self.now(), events, normaliser)), &[]).await?;
            began = self.now();
            answer = self.answer(destination, asset, &group).await;
        }
        let now = self.now();
        let request = logged(&answer, began, now, events, normaliser);
        let failures = self.state.failures.load(Ordering::Relaxed);
        let judgement = judge(answer.verdict, group.len(), failures, now);
        count_outcomes(&judgement);
        let moves: Vec<Move> =
            group.iter().zip(&judgement.outcomes).map(|(item, outcome)| self.step(item, outcome, now)).collect();
        let by_delivery = group.iter().map(|item| (item.claimed.id, Some(item.carried))).collect();
        let carried = Carried { quality: destination.quality(), by_delivery };
        let store = self.worker.switchyard.store();
        let held = store.finish_counted(self.lane.id, Some(&request), &moves, Some(&carried), now).await?;
        self.note_health(&judgement).await?;
        let again = group
            .into_iter()
            .zip(&judgement.outcomes)
            .filter(|(item, outcome)| **outcome == Outcome::Regroup && held.contains(&item.claimed.id))
            .map(|(item, _)| item)
            .collect();
        let again = split(again, judgement.split);
        Ok((judgement, again))
    }

    async fn answer(&self, destination: &dyn Destination, asset: &str, group: &Group) -> Answer {
        let items: Vec<&domain::item::Item> = group.iter().map(|item| &item.item).collect();
        let endpoint = Endpoint { asset_id: asset.to_owned(), token: self.credential.token.clone() };
        let call = destination.send(&endpoint, &items);
        tokio::time::timeout(self.worker.options.call_timeout, call).await.unwrap_or_else(|_| no_answer())
    }

    fn step(&self, item: &Item, outcome: &Outcome, now: Timestamp) -> Move {
        if *outcome == Outcome::Regroup {
            return self.hold(&item.claimed, Some((word(outcome), None)));
        }
        let mut step = settle(&item.claimed, outcome.clone(), now, self.worker.switchyard.dice());
        step.sent = Some(masked_text_of(&item.item));
        step.warnings = (!item.warnings.is_empty()).then(|| serde_json::to_string(&item.warnings).unwrap_or_default());
        step
    }

    async fn note_health(&self, judgement: &Judgement) -> Result<(), StoreError> {
        let store = self.worker.switchyard.store();
        if let Some(limit) = judgement.batch_limit {
            store.set_batch_limit(self.lane.id, limit).await?;
        }
        let (health, reason, until) = &judgement.health;
        match health {
            Health::Ok if !self.lane.healthy => store.set_health(self.lane.id, Health::Ok, None, None).await?,
            Health::Ok => {}
            _ => {
                tracing::warn!(destination.id = %self.lane.id, health = ?health, "events of a destination wait");
                store.set_health(self.lane.id, *health, reason.as_deref(), *until).await?;
            }
        }
        match health {
            Health::Ok => self.state.recovered(),
            _ => drop(self.state.failed()),
        }
        Ok(())
    }

    /// Puts what was not sent back, as if it had never been claimed.
    async fn release(&self, groups: Vec<(String, Group)>) -> Result<(), StoreError> {
        let now = self.now();
        let moves: Vec<Move> = groups
            .iter()
            .flat_map(|(_, group)| group)
            .map(|item| unmoved(&item.claimed, DeliveryState::Waiting, now))
            .collect();
        self.finish(None, &moves).await.map(drop)
    }
}

/// The asset that events of a kind go to.
pub(crate) fn asset_of(lane: &Lane, kind: AssetKind) -> Result<String, Reason> {
    let (asset, missing) = match kind {
        AssetKind::App => (
            lane.options.snap_app_id.as_deref(),
            "App events go to a Snap App ID, and none is set: add it to the options of the destination's configuration.",
        ),
        AssetKind::Pixel => (lane.pixel_id.as_deref(), "No Snap Pixel is chosen in the configuration."),
    };
    asset.map(str::to_owned).ok_or_else(|| Reason::new("no_asset", missing))
}

fn split(items: Vec<Item>, split: Split) -> Vec<Group> {
    match split {
        _ if items.is_empty() => Vec::new(),
        Split::Nothing => Vec::new(),
        Split::Together => vec![items],
        Split::Halves => {
            let mut first = items;
            let second = first.split_off(first.len().div_ceil(2));
            [first, second].into_iter().filter(|half| !half.is_empty()).collect()
        }
    }
}

fn unmoved(claimed: &Claimed, state: DeliveryState, due_at: Timestamp) -> Move {
    Move {
        id: claimed.id,
        lease_no: claimed.lease_no,
        state,
        due_at,
        history: claimed.history,
        reason: None,
        warnings: None,
        sent: None,
        attempt: None,
        frees_order: false,
    }
}

/// The move that an outcome leads to.
pub(super) fn settle(claimed: &Claimed, outcome: Outcome, now: Timestamp, dice: f64) -> Move {
    let mut step = unmoved(claimed, DeliveryState::Waiting, now);
    if matches!(outcome, Outcome::NoAnswer(_)) {
        step.history.first_unanswered.get_or_insert(now);
    }
    if outcome == Outcome::Crashed {
        step.history.crashes += 1;
    }
    if !matches!(outcome, Outcome::Filtered(_) | Outcome::Awaits { .. }) {
        step.attempt = Some((word(&outcome), None));
    }
    step.reason = met(&outcome);
    match decide(claimed.history, outcome, now, dice) {
        Next::Delivered => step.state = DeliveryState::Delivered,
        Next::Filtered(reason) => {
            step.state = DeliveryState::Filtered;
            step.frees_order = reason.code != code::DUPLICATE_ORDER;
            step.reason = Some(reason);
        }
        Next::Dead(reason) => {
            step.state = DeliveryState::Dead;
            // What may have arrived keeps its order.
            step.frees_order = reason.code != code::AMBIGUOUS;
            step.reason = Some(reason);
        }
        Next::WaitUntil { due, failed } => {
            step.due_at = due;
            step.history.failures += i64::from(failed);
        }
    }
    step
}

fn no_answer() -> Answer {
    let reason = "the call took too long".to_owned();
    Answer { verdict: Verdict::NoAnswer { reason }, url: String::new(), status: None, body: String::new() }
}

fn logged(answer: &Answer, began: Timestamp, now: Timestamp, events: usize, normaliser: u32) -> NewRequest {
    let mut text = answer.body.clone();
    if text.is_empty()
        && let Verdict::Unavailable { reason } | Verdict::NoAnswer { reason } = &answer.verdict
    {
        text.clone_from(reason);
    }
    text.truncate(text.floor_char_boundary(ANSWER_MAX));
    NewRequest {
        at: began,
        duration_ms: now.since(began),
        url: answer.url.split('?').next().unwrap_or_default().to_owned(),
        status: answer.status,
        answer: text,
        events,
        normaliser,
    }
}

fn count_outcomes(judgement: &Judgement) {
    for outcome in &judgement.outcomes {
        metrics::counter!("switchyard_deliveries_total", "outcome" => word(outcome)).increment(1);
    }
}
