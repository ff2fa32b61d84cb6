//! Against the Snapchat look-alike over real HTTP.

mod connecting;
mod lists;
mod sending;
mod world;
