//! Uploads: files of people, what is in them, and how far their import is.

mod import;
mod list;
mod new;
mod one;
mod preview;
mod reading;

pub use list::UploadsPage;
pub use new::NewUploadPage;
pub use one::UploadPage;
