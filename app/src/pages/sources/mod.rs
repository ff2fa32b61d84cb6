//! Sources: where events come from, each with its write key and the line to paste.

mod countries;
mod detail;
mod list;
mod manage;

pub use countries::country_options;
pub use detail::SourcePage;
pub use list::SourcesPage;
