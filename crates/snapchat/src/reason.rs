//! Codes and sentences for events that can't be sent, and for what an event lacks.

use domain::delivery::Reason;

/// The event name is none of Snapchat's.
pub const UNKNOWN_EVENT: &str = "unknown_event";
/// The event's own `integrations` keep it from Snapchat.
pub const INTEGRATION_OFF: &str = "integration_off";
/// None of the identifiers that Snapchat requires is there.
pub const NO_IDENTIFIER: &str = "no_identifier";
/// A purchase without an amount.
pub const NO_VALUE: &str = "no_value";
/// A purchase without a currency.
pub const NO_CURRENCY: &str = "no_currency";
/// Warning: the page is not the event's own, but the last one known.
pub const KNOWN_PAGE: &str = "known_page";
/// Warning: an action source that is none of Snapchat's.
pub const UNKNOWN_ACTION_SOURCE: &str = "unknown_action_source";
/// Warning: a currency that ISO 4217 doesn't have.
pub const UNKNOWN_CURRENCY: &str = "unknown_currency";
/// Warning: a currency that Snapchat isn't known to take.
pub const UNLISTED_CURRENCY: &str = "unlisted_currency";
/// Warnings about a value that was left out start so; the field's name follows: `refused_em`.
pub const REFUSED_PREFIX: &str = "refused_";
/// Warnings about an advised field that is missing start so; the field's name follows: `missing_order_id`.
pub const MISSING_PREFIX: &str = "missing_";

/// Warnings of one event.
#[derive(Debug, Default)]
pub struct Warnings(pub Vec<Reason>);

impl Warnings {
    /// A value was there and is not sent.
    pub fn refused(&mut self, field: &str, what: &str, why: &str) {
        self.0.push(Reason {
            code: [REFUSED_PREFIX, field].concat(),
            message: ["The ", what, " was not sent: ", why, "."].concat(),
        });
    }

    /// An advised field has no value.
    pub fn missing(&mut self, field: &str, sentence: &str) {
        self.0.push(Reason { code: [MISSING_PREFIX, field].concat(), message: sentence.to_owned() });
    }

    /// Another oddity.
    pub fn add(&mut self, code: &str, sentence: String) {
        self.0.push(Reason { code: code.to_owned(), message: sentence });
    }
}
