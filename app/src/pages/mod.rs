//! The pages, one module each.

mod audience_builder;
mod audiences;
mod catalog;
mod configuration;
mod destinations;
mod event;
mod events;
mod fields;
pub mod lazy;
mod login;
mod not_found;
mod overview;
mod quality;
mod settings;
mod setup;
mod sources;
mod test_event;
mod workflow;

pub use audience_builder::AudienceBuilderPage;
pub use audiences::AudiencesPage;
pub use catalog::CatalogPage;
pub use configuration::ConfigurationPage;
pub use destinations::DestinationsPage;
pub use event::EventDetailPage;
pub use events::{DestinationEventsPage, EventsPage};
pub use fields::FieldsPage;
pub use login::LoginPage;
pub use not_found::NotFoundPage;
pub use overview::OverviewPage;
pub use quality::QualityPage;
pub use settings::SettingsPage;
pub use setup::SetupPage;
pub use sources::{SourcePage, SourcesPage};
pub use test_event::TestEventPage;
pub use workflow::WorkflowPage;
