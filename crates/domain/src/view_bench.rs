//! "Test an event": what the page shows of one event on its way, with nothing sent.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{DestinationId, EventId, SourceId, Timestamp, delivery::Reason, fields::FieldTrace};

/// Which event is tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TestedEvent {
    /// JSON that somebody pasted.
    Pasted(String),
    /// One that arrived.
    Stored(EventId),
    /// One that is made up for a standard event of this name.
    Standard(String),
}

/// What somebody wants to try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestRequest {
    /// Which event.
    pub event: TestedEvent,
    /// The source that it would come from: it decides about the country of phone numbers.
    pub source: Option<SourceId>,
}

/// The page "Test an event".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestPage {
    /// The destination.
    pub id: DestinationId,
    /// Its name.
    pub name: String,
    /// The sources to choose from.
    pub sources: Vec<(SourceId, String)>,
    /// The last events: number, name, when.
    pub recent: Vec<(EventId, String, Timestamp)>,
    /// The standard events that can be made up.
    pub standard: Vec<String>,
    /// What was tried last.
    pub request: Option<TestRequest>,
    /// What came of it.
    pub run: Option<TestRun>,
    /// Whether the address names a test that is no longer kept.
    pub expired: bool,
    /// Whether the viewer may ask the destination.
    pub may_ask: bool,
}

/// One event on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestRun {
    /// Its name, as far as it could be read.
    pub event: String,
    /// What it becomes.
    pub snap_event: Option<String>,
    /// Why it would not be sent; nothing: it would.
    pub problem: Option<Reason>,
    /// Each step, in order.
    pub steps: Vec<TestStep>,
    /// What came in.
    pub received: Value,
    /// What was understood.
    pub read: Option<Value>,
    /// Each field, before and after.
    pub fields: Vec<FieldTrace>,
    /// What would be sent.
    pub item: Option<Value>,
    /// Whether personal data is masked: it is someone else's event.
    pub masked: bool,
    /// What the destination said when it was asked.
    pub answer: Option<TestAnswer>,
}

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepState {
    /// All well.
    Passed,
    /// Well, with something to know.
    Noted,
    /// Here its way ends.
    Stopped,
}

/// A step of the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestStep {
    /// Its name.
    pub title: String,
    /// How it went.
    pub state: StepState,
    /// What happened, in a sentence.
    pub detail: String,
    /// What to know, with codes.
    pub notes: Vec<Reason>,
}

/// What the destination's validate endpoint said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestAnswer {
    /// Whether it is content.
    pub ok: bool,
    /// What it means.
    pub sentence: String,
    /// The HTTP status.
    pub status: Option<u16>,
    /// Its own words.
    pub body: String,
}
