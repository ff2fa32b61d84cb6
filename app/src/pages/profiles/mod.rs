//! Profiles: the people whom events are about.

mod erase;
mod history;
mod list;
mod person;
mod places;

pub use list::ProfilesPage;
pub use person::ProfilePage;
