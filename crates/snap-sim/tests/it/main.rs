//! The simulator over real HTTP, in-process on a free port.

mod capi;
mod capi_rules;
mod command;
mod control;
mod faults;
mod harness;
mod oauth;
mod objects;
mod pages;
mod pixel;
mod segments;
