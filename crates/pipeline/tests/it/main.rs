//! The machinery against a moved clock and a scripted destination.

mod answers;
mod books;
mod delivery;
mod durability;
mod events_manager;
mod hostile;
mod world;
