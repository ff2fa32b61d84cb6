//! Server functions of "Test an event".

use domain::{DestinationId, EventId, view_bench::TestPage};
#[cfg(feature = "ssr")]
use domain::{
    SourceId,
    view_bench::{TestRequest, TestedEvent},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::PageError;
#[cfg(feature = "ssr")]
use super::session::actor;

/// What a form of the page says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PostedTest {
    /// A pasted event.
    pub text: String,
    /// The number of a stored one.
    pub event: String,
    /// The name of a standard one.
    pub standard: String,
    /// The source that a pasted one would come from.
    pub source: String,
}

#[cfg(feature = "ssr")]
impl PostedTest {
    fn request(&self) -> TestRequest {
        let event = match self.event.trim().parse() {
            Ok(id) => TestedEvent::Stored(id),
            Err(_) if self.standard.is_empty() => TestedEvent::Pasted(self.text.clone()),
            Err(_) => TestedEvent::Standard(self.standard.clone()),
        };
        TestRequest { event, source: self.source.parse::<SourceId>().ok() }
    }
}

/// The page, with what came of the test that the address names.
#[server]
pub async fn read_test(
    id: DestinationId,
    ticket: Option<String>,
    event: Option<EventId>,
) -> Result<TestPage, PageError> {
    let (switchyard, actor) = actor().await?;
    Ok(switchyard.test_page(&actor, id, ticket.as_deref(), event).await?)
}

/// Tries an event.
#[server]
pub async fn start_test(id: DestinationId, #[server(default)] test: PostedTest) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    let ticket = switchyard.start_test(&actor, id, test.request()).await?;
    leptos_axum::redirect(&format!("/destinations/{id}/test?ticket={ticket}#result"));
    Ok(())
}

/// Asks Snapchat's validate endpoint about the event that is being tried.
#[server]
pub async fn ask_snapchat(
    id: DestinationId,
    #[server(default)] ticket: String,
    #[server(default)] test: PostedTest,
) -> Result<(), PageError> {
    let (switchyard, actor) = actor().await?;
    let ticket = if ticket.is_empty() { switchyard.start_test(&actor, id, test.request()).await? } else { ticket };
    let ticket = switchyard.ask_about_test(&actor, id, &ticket).await?;
    leptos_axum::redirect(&format!("/destinations/{id}/test?ticket={ticket}#result"));
    Ok(())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_which_event_it_means() {
        let posted = |text: &str, event: &str, standard: &str| {
            PostedTest { text: text.into(), event: event.into(), standard: standard.into(), source: String::new() }
                .request()
                .event
        };
        assert_eq!(posted("{}", "", ""), TestedEvent::Pasted("{}".into()));
        assert_eq!(posted("", "12", ""), TestedEvent::Stored(EventId(12)));
        assert_eq!(posted("", "", "Order Completed"), TestedEvent::Standard("Order Completed".into()));
    }
}
