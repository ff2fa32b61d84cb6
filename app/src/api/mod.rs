//! Server functions, one file per area: who is it, one call to the pipeline, a view type.

pub mod accounts;
pub mod audience_sync;
pub mod audiences;
pub mod configuration;
pub mod destinations;
pub mod display;
pub mod error;
pub mod events;
pub mod fields;
pub mod people;
pub mod quality;
#[cfg(feature = "ssr")]
pub mod session;
pub mod settings;
pub mod sources;
pub mod test_event;
pub mod uploads;
pub mod workflow;
