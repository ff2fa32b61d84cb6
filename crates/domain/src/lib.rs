//! Values and rules of Switchyard, without I/O: what an event, a workflow, a delivery and a destination are, and what happens next.

pub mod audience;
pub mod catalogue;
pub mod config;
pub mod decide;
pub mod delivery;
pub mod destination;
pub mod error;
pub mod event;
pub mod fields;
pub mod ids;
pub mod item;
pub mod lists;
pub mod options;
pub mod profile;
pub mod reading;
pub mod role;
pub mod time;
pub mod upload;
pub mod view;
pub mod view_bench;
pub mod view_fields;
pub mod view_quality;
pub mod view_sync;
pub mod view_uploads;
pub mod workflow;

pub use error::{ApiError, FieldError};
pub use ids::{AudienceId, DestinationId, DestinationTail, EventId, SourceId, UploadId, UserId, WorkspaceId};
pub use role::{Actor, Role};
pub use time::{Clock, Timestamp};
