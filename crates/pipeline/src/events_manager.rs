//! The Events Manager: what arrived, and what became of it.

use domain::{
    Actor, ApiError, DestinationId, EventId, Role, SourceId, Timestamp, catalogue,
    delivery::{DeliveryState, Reason},
    view::{DeliveryDetail, EventCount, EventDetail, EventFilter, EventPage},
};
use serde_json::Value;
use store::{DeliveryRecord, EventRecord, LogQuestion};

use crate::{Switchyard, api_error, profiles::known, worker};

/// The most rows of one page.
const PAGE_MAX: u32 = 500;

impl Switchyard {
    /// A page of the log, newest first: the rows before a key, or the newest.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] for a destination of another workspace.
    pub async fn events(
        &self,
        actor: &Actor,
        filter: EventFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<EventPage, ApiError> {
        self.log_page(actor, &filter, before, None, limit).await
    }

    /// The rows that are newer than a key, newest first.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] for a destination of another workspace.
    pub async fn events_since(
        &self,
        actor: &Actor,
        filter: EventFilter,
        after: i64,
        limit: u32,
    ) -> Result<EventPage, ApiError> {
        self.log_page(actor, &filter, None, Some(after), limit).await
    }

    async fn log_page(
        &self,
        actor: &Actor,
        filter: &EventFilter,
        below: Option<i64>,
        above: Option<i64>,
        limit: u32,
    ) -> Result<EventPage, ApiError> {
        self.own_destination(actor, filter.destination).await?;
        let limit = limit.clamp(1, PAGE_MAX);
        // One more row than shown tells whether there are older ones.
        let question = LogQuestion { workspace: actor.workspace, filter, below, above, limit: i64::from(limit) + 1 };
        let mut rows = self.store().log(&question).await.map_err(api_error)?;
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        let next = (rows.len() > shown).then(|| rows[shown - 1].key);
        rows.truncate(shown);
        Ok(EventPage { rows, next })
    }

    async fn own_destination(&self, actor: &Actor, id: Option<DestinationId>) -> Result<(), ApiError> {
        match id {
            Some(id) if !self.store().owns_destination(actor.workspace, id).await.map_err(api_error)? => {
                Err(ApiError::NotFound)
            }
            _ => Ok(()),
        }
    }

    /// Everything about one event: received, mapped, sent, answered. Personal data is masked.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn event(&self, actor: &Actor, id: EventId) -> Result<EventDetail, ApiError> {
        let record = self.store().event_record(actor.workspace, id).await.map_err(api_error)?;
        let EventRecord { event: stored, source_name, notes, deliveries: found } = record.ok_or(ApiError::NotFound)?;
        let masked = stored.masked().clone();
        let mut deliveries = Vec::with_capacity(found.len());
        for delivery in found {
            deliveries.push(self.delivery_detail(&stored, delivery).await?);
        }
        Ok(EventDetail {
            event_id: id,
            event: masked.name,
            source: source_name,
            occurred_at: masked.occurred_at,
            received_at: masked.received_at,
            came: self.received().find(stored.source, &masked.message_id),
            message_id: masked.message_id,
            received: Value::Object(masked.body),
            notes,
            deliveries,
        })
    }

    async fn delivery_detail(
        &self,
        stored: &store::StoredEvent,
        delivery: DeliveryRecord,
    ) -> Result<DeliveryDetail, ApiError> {
        let (mapped, warnings) = match &delivery.sent {
            Some(sent) => (Some(sent.clone()), delivery.warnings.clone()),
            None => self.mapped_now(stored, &delivery).await?,
        };
        let waiting = matches!(delivery.state, DeliveryState::Waiting | DeliveryState::Leased);
        Ok(DeliveryDetail {
            id: delivery.id,
            destination: (delivery.destination, delivery.name),
            side: delivery.side,
            state: delivery.state,
            reason: delivery.reason,
            due_at: waiting.then_some(delivery.due_at),
            snap_event: delivery.snap_event,
            mapped,
            warnings,
            attempts: delivery.attempts,
        })
    }

    /// What would be sent now, by the mapping that sends.
    async fn mapped_now(
        &self,
        stored: &store::StoredEvent,
        delivery: &DeliveryRecord,
    ) -> Result<(Option<Value>, Vec<Reason>), ApiError> {
        let name = delivery.snap_event.clone().or_else(|| standard_name(&stored.masked().name));
        let lane = self.store().lane(delivery.destination).await.map_err(api_error)?;
        let (Some(destination), Some(event_name), Some(lane)) = (self.destination_type(&delivery.kind), name, lane)
        else {
            return Ok((None, Vec::new()));
        };
        let event = stored.clone().open(self.store().keys()).map_err(api_error)?;
        let key = catalogue::setting_key(&event.name);
        let rules = lane.fields.get(&key).cloned().unwrap_or_default();
        let place = (lane.workspace, lane.countries.get(&stored.source).map(String::as_str));
        let profile = known::of(self, &**destination, place, &rules, &event).await.map_err(api_error)?;
        let context = worker::context_of(&lane, stored.source, &key, Some(&event_name), profile);
        Ok(match worker::map_event(&**destination, &event, &context) {
            Ok(mapped) => (Some(worker::masking::masked_item(&mapped.item)), mapped.warnings),
            Err(missing) => (None, vec![missing]),
        })
    }

    /// Events per name of the last 24 hours, most frequent first; with a destination, those that are switched on for it.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] for a destination of another workspace.
    pub async fn event_counts(
        &self,
        actor: &Actor,
        destination: Option<DestinationId>,
    ) -> Result<Vec<EventCount>, ApiError> {
        self.own_destination(actor, destination).await?;
        self.store().event_counts(actor.workspace, destination, self.now()).await.map_err(api_error)
    }

    /// Puts a dead delivery back in the queue.
    ///
    /// # Errors
    /// [`ApiError::Refused`] if it is not dead.
    pub async fn replay_delivery(&self, actor: &Actor, delivery: i64) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        if !self.store().owns_delivery(actor.workspace, delivery).await.map_err(api_error)? {
            return Err(ApiError::NotFound);
        }
        if self.store().revive(&[delivery], self.now()).await.map_err(api_error)? == 0 {
            return Err(ApiError::Refused("Only a dead delivery can be replayed; this one is not.".into()));
        }
        self.wake();
        Ok(())
    }

    /// The refused events of a source, newest first: when, why, and how they began.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] for a source of another workspace.
    pub async fn rejections(
        &self,
        actor: &Actor,
        source: SourceId,
    ) -> Result<Vec<(Timestamp, Reason, String)>, ApiError> {
        if !self.store().owns_source(actor.workspace, source).await.map_err(api_error)? {
            return Err(ApiError::NotFound);
        }
        self.store().rejections(source).await.map_err(api_error)
    }
}

/// The name that the catalogue proposes for an event nobody has switched on.
fn standard_name(name: &str) -> Option<String> {
    domain::catalogue::find(name).map(|event| event.snap_event.to_owned()).filter(|name| !name.is_empty())
}
