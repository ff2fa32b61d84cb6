//! The pages, one module each.

mod audiences;
mod catalog;
mod configuration;
mod destinations;
mod event;
mod events;
mod login;
mod not_found;
mod overview;
mod settings;
mod setup;
mod sources;
mod workflow;

pub use audiences::AudiencesPage;
pub use catalog::CatalogPage;
pub use configuration::ConfigurationPage;
pub use destinations::DestinationsPage;
pub use event::EventDetailPage;
pub use events::{DestinationEventsPage, EventsPage};
pub use login::LoginPage;
pub use not_found::NotFoundPage;
pub use overview::OverviewPage;
pub use settings::SettingsPage;
pub use setup::SetupPage;
pub use sources::{SourcePage, SourcesPage};
pub use workflow::WorkflowPage;
