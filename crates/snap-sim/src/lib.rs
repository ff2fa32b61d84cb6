//! A Snapchat look-alike: OAuth, Ads API, Conversions API, audiences, pixel script, and pages that show what arrived.

mod ads;
mod capi;
mod chance;
mod clock;
mod connection;
mod control;
mod directory;
mod events;
mod faults;
mod journal;
mod oauth;
mod origin;
mod pages;
mod pixel;
mod rates;
mod seed;
mod server;
mod settings;
mod sim;

pub use seed::{Seed, SeedError};
pub use server::{Options, Running, StartError, start};
pub use settings::Settings;
