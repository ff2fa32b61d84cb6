//! "Test an event": one event through the very functions that ingestion and the worker call, with nothing sent and nothing kept.

mod ask;
mod drafts;
mod made_up;
mod run;
mod shown;
mod way;

use domain::{
    Actor, ApiError, DestinationId, EventId, Role,
    catalogue::STANDARD,
    view_bench::{TestAnswer, TestPage, TestRequest, TestedEvent},
};

use crate::{Switchyard, api_error};
pub(crate) use drafts::Drafts;
pub(crate) use shown::masked_trace;

/// The longest text that can be pasted, in bytes.
const PASTED_MAX: usize = 64 * 1024;
/// How many of the last events can be chosen from a list.
const RECENT: i64 = 25;

/// A test under way: what is tried, and what the destination said if it was asked.
#[derive(Clone)]
pub(crate) struct Test {
    request: TestRequest,
    answer: Option<TestAnswer>,
}

impl Switchyard {
    /// The page: what can be tried, and what came of the test behind `ticket`, or of a stored event.
    ///
    /// # Errors
    /// [`ApiError::NotFound`].
    pub async fn test_page(
        &self,
        actor: &Actor,
        id: DestinationId,
        ticket: Option<&str>,
        event: Option<EventId>,
    ) -> Result<TestPage, ApiError> {
        let row = self.store().destination(actor.workspace, id).await.map_err(api_error)?;
        let sources = self.sources(actor).await?;
        let recent = self.store().recent_events(actor.workspace, RECENT).await.map_err(api_error)?;
        let found = ticket.map(|ticket| self.tests().find(actor, id, ticket, self.now()));
        let expired = matches!(found, Some(Err(_)));
        let stored = || event.map(|event| TestRequest { event: TestedEvent::Stored(event), source: None });
        let test = match found {
            Some(test) => test.ok(),
            None => stored().map(|request| Test { request, answer: None }),
        };
        let run = match &test {
            Some(test) => Some(run::run(self, actor, &row, test).await?.run),
            None => None,
        };
        Ok(TestPage {
            id,
            name: row.name,
            sources: sources.into_iter().map(|source| (source.id, source.name)).collect(),
            recent,
            standard: STANDARD.iter().map(|standard| standard.name.to_owned()).collect(),
            request: test.map(|test| test.request),
            run,
            expired,
            may_ask: actor.require(Role::Marketer).is_ok(),
        })
    }

    /// Keeps what is to be tried for a while, in memory; answers with its ticket.
    ///
    /// # Errors
    /// A field error for a text that is empty or too long, [`ApiError::NotFound`].
    pub async fn start_test(&self, actor: &Actor, id: DestinationId, request: TestRequest) -> Result<String, ApiError> {
        self.store().destination(actor.workspace, id).await.map_err(api_error)?;
        if let TestedEvent::Pasted(text) = &request.event {
            if text.trim().is_empty() {
                return Err(ApiError::field("text", "Paste an event as JSON, or choose one below."));
            }
            if text.len() > PASTED_MAX {
                return Err(ApiError::field("text", "This is longer than 64 KiB. Paste a single event."));
            }
        }
        Ok(self.tests().keep(actor, id, Test { request, answer: None }, self.now()))
    }

    /// Asks the destination's validate endpoint about the test behind `ticket`; answers with the ticket of what it said.
    ///
    /// # Errors
    /// [`ApiError::Refused`] if the test is gone, the event can't be mapped, or nothing is connected.
    pub async fn ask_about_test(&self, actor: &Actor, id: DestinationId, ticket: &str) -> Result<String, ApiError> {
        actor.require(Role::Marketer)?;
        let row = self.store().destination(actor.workspace, id).await.map_err(api_error)?;
        let test = self.tests().find(actor, id, ticket, self.now())?;
        let tried = run::run(self, actor, &row, &test).await?;
        let answer = ask::ask(self, &row, tried.ready).await?;
        Ok(self.tests().keep(actor, id, Test { request: test.request, answer: Some(answer) }, self.now()))
    }
}
