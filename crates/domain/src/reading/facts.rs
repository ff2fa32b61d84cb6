//! What the machinery itself wants to know of an event.

use crate::event::TrackedEvent;

/// The spellings of the order's id, Segment's first, then CustomerLabs'.
const ORDER_ID: &[&str] = &[
    "properties.order_id",
    "properties.orderId",
    "properties.transaction_id",
    "properties.transactionId",
    "properties.transaction_number",
    "properties.order_number",
];

/// The order id, if the event has one.
#[must_use]
pub fn order_id(event: &TrackedEvent) -> Option<String> {
    ORDER_ID.iter().find_map(|path| event.text(path)).map(|id| id.trim().to_owned())
}
