//! The machinery against a moved clock and a scripted destination.

mod accounts;
mod agreement;
mod answers;
mod apply;
mod audience_list;
mod books;
mod configuration;
mod connections;
mod delivery;
mod durability;
mod erasing;
mod events_manager;
mod hostile;
mod list_world;
mod mortal;
mod office;
mod platform;
mod profiles;
mod segments;
mod signal;
mod sync;
mod sync_faults;
mod sync_kills;
mod test_bench;
mod uploads;
mod world;
