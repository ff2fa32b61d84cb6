//! Snapchat as a destination: mapping and hashing of events, the Conversions API, the Ads API, OAuth and audience lists.

pub mod normalise;
