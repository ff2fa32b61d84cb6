//! Events written out for the ingest statement: what each has of its own, and what many of a group have in common.

use domain::{DestinationTail, SourceId, Timestamp, WorkspaceId, event::EventKind, time::HOUR};

use crate::{NewEvent, ingest_sql::DELIVERY_AGE, jsonb::Items, young_messages::message_key};

/// An event written out for the ingest statement, so that the writer only has to join it with others.
#[derive(Clone, Debug)]
pub struct PreparedEvent {
    pub(crate) kind: Kind,
    pub(crate) received_at: Timestamp,
    pub(crate) message_key: i64,
    /// The columns of texts and numbers that are its own.
    pub(crate) columns: Items,
    /// So many bytes of them tell the message.
    message: usize,
    /// The others one after the other as they are, since they are looked for in a list with more effort: what has always the same length,
    /// the body, and what is sealed.
    pub(crate) content: Vec<u8>,
    pub(crate) body: usize,
    pub(crate) client: Vec<DestinationTail>,
}

/// What many events of a group have in common: it is written and judged once for them all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    pub(crate) workspace: WorkspaceId,
    pub(crate) source: SourceId,
    pub(crate) call: EventKind,
    pub(crate) name: String,
    pub(crate) event_key: String,
    /// Of its arrival.
    pub(crate) hour: Timestamp,
    pub(crate) consent: Option<bool>,
    pub(crate) too_old: bool,
}

/// The length of two look-up keys, with which content begins.
pub(crate) const FIXED: usize = 32 + 32;

impl NewEvent {
    /// Writes it out.
    #[must_use]
    pub fn prepare(self) -> PreparedEvent {
        let message_key = message_key(self.source, &self.message_id);
        let mut columns = Items::default();
        columns.int(message_key);
        columns.text(Some(&self.message_id));
        let message = columns.bytes().len();
        columns.int(self.occurred_at.0);
        columns.int(self.received_at.0);
        columns.text(self.order_id.as_deref());
        columns.text(self.person.as_deref());
        columns.text(self.notes.as_deref());
        let sealed = self.sealed.unwrap_or_default();
        let mut content = Vec::with_capacity(FIXED + self.body.len() + sealed.len());
        content.extend_from_slice(&self.email_key.unwrap_or_default());
        content.extend_from_slice(&self.phone_key.unwrap_or_default());
        content.extend_from_slice(self.body.as_bytes());
        content.extend_from_slice(&sealed);
        let kind = Kind {
            workspace: self.workspace,
            source: self.source,
            call: self.kind,
            name: self.name,
            event_key: self.event_key,
            hour: Timestamp(self.received_at.0 - self.received_at.0 % HOUR),
            consent: self.consent,
            too_old: self.occurred_at < self.received_at.minus(DELIVERY_AGE),
        };
        let (received_at, body) = (self.received_at, self.body.len());
        PreparedEvent { kind, received_at, message_key, columns, message, content, body, client: self.client }
    }
}

impl PreparedEvent {
    /// Its size in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let Kind { name, event_key, .. } = &self.kind;
        self.columns.bytes().len() + self.content.len() + name.len() + event_key.len() + size_of::<Self>()
    }

    /// Equal for events that are one.
    pub(crate) fn message(&self) -> (SourceId, &[u8]) {
        (self.kind.source, &self.columns.bytes()[..self.message])
    }
}

impl Kind {
    /// With the last arrival, and how many events are of it.
    pub(crate) fn written(&self, last: Timestamp, count: i64) -> Items {
        let mut columns = Items::default();
        columns.text(Some(&const_hex::encode(self.workspace.0.as_bytes())));
        columns.text(Some(&const_hex::encode(self.source.0.as_bytes())));
        columns.text(Some(self.call.as_str()));
        columns.text(Some(&self.name));
        columns.text(Some(&self.event_key));
        columns.int(self.hour.0);
        columns.int(last.0);
        match self.consent {
            Some(consent) => columns.int(consent.into()),
            None => columns.text(None),
        }
        columns.int(self.too_old.into());
        columns.int(count);
        columns
    }
}
