//! The pages: a shell with a router, components, and server functions between the pages and the pipeline.

pub mod api;
mod browser;
pub mod components;
mod pages;
mod routes;
#[cfg(feature = "ssr")]
mod shell;

pub use routes::App;
#[cfg(feature = "ssr")]
pub use shell::shell;
