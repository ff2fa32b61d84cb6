//! The machinery between the pages and the database: ingestion, delivery, connections, configuration.
//! It knows destinations by the trait [`domain::destination::Destination`] alone.

pub mod accounts;
pub mod apply;
pub mod audiences;
pub mod books;
mod configuration;
pub mod connections;
mod destination_state;
mod destinations;
mod events_manager;
pub mod export;
mod field_mapping;
pub mod housekeeping;
pub mod ingest;
mod match_quality;
mod passwords;
pub mod profiles;
mod random;
pub mod replay;
mod settings;
mod sources;
pub mod sync;
pub mod tag;
mod test_bench;
mod throttle;
pub mod uploads;
pub mod worker;
mod workflow;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use domain::{
    ApiError, Clock, Timestamp,
    destination::{Destination, DestinationSpec},
};
use store::{Store, StoreError};

/// Everything that pages, routes and commands call. Cheap to clone.
#[derive(Clone)]
pub struct Switchyard {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    dice: fn() -> f64,
    destinations: Vec<Arc<dyn Destination>>,
    public_url: String,
    wake: tokio::sync::Notify,
    arrived: tokio::sync::Notify,
    passwords: passwords::Passwords,
    throttle: throttle::Throttle,
    refreshes: connections::Refreshes,
    tests: test_bench::Drafts<test_bench::Test>,
    rule_drafts: test_bench::Drafts<field_mapping::RuleDraft>,
    suppressed: profiles::Suppressed,
    received: ingest::Received,
    /// Whether this process reads people from events.
    follows: AtomicBool,
}

/// What a [`Switchyard`] is made of.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The system's clock, or a test's own.
    pub clock: Arc<dyn Clock>,
    /// Random numbers in `0.0..1.0`, for jitter.
    pub dice: fn() -> f64,
    /// The destination types.
    pub destinations: Vec<Arc<dyn Destination>>,
    /// What browsers and Snapchat see, without a slash at the end.
    pub public_url: String,
}

impl Switchyard {
    /// Puts the parts together. Nothing runs yet.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { store, clock, dice, destinations, public_url } = parts;
        Self {
            inner: Arc::new(Inner {
                store,
                clock,
                dice,
                destinations,
                public_url,
                wake: tokio::sync::Notify::new(),
                arrived: tokio::sync::Notify::new(),
                passwords: passwords::Passwords::default(),
                throttle: throttle::Throttle::default(),
                refreshes: connections::Refreshes::default(),
                tests: test_bench::Drafts::default(),
                rule_drafts: test_bench::Drafts::default(),
                suppressed: profiles::Suppressed::default(),
                received: ingest::Received::default(),
                follows: AtomicBool::default(),
            }),
        }
    }

    /// The current time by this instance's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// What browsers and Snapchat see, without a slash at the end.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.inner.public_url
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) fn passwords(&self) -> &passwords::Passwords {
        &self.inner.passwords
    }

    pub(crate) fn throttle(&self) -> &throttle::Throttle {
        &self.inner.throttle
    }

    pub(crate) fn refreshes(&self) -> &connections::Refreshes {
        &self.inner.refreshes
    }

    /// What people are trying on the test bench.
    pub(crate) fn tests(&self) -> &test_bench::Drafts<test_bench::Test> {
        &self.inner.tests
    }

    /// Field rules that people try before saving them.
    pub(crate) fn rule_drafts(&self) -> &test_bench::Drafts<field_mapping::RuleDraft> {
        &self.inner.rule_drafts
    }

    /// Erased people, who stay away.
    pub(crate) fn now_follows(&self) {
        self.inner.follows.store(true, Ordering::Relaxed);
    }

    /// Whether this process reads people from events.
    pub(crate) fn follows(&self) -> bool {
        self.inner.follows.load(Ordering::Relaxed)
    }

    /// What came in last, as it came.
    pub(crate) fn received(&self) -> &ingest::Received {
        &self.inner.received
    }

    pub(crate) fn suppressed(&self) -> &profiles::Suppressed {
        &self.inner.suppressed
    }

    /// All destination types.
    pub(crate) fn destination_specs(&self) -> impl Iterator<Item = &'static DestinationSpec> {
        self.inner.destinations.iter().map(|kind| kind.spec())
    }

    /// The destination type of this name.
    pub(crate) fn destination_type(&self, slug: &str) -> Option<&Arc<dyn Destination>> {
        self.inner.destinations.iter().find(|d| d.spec().slug == slug)
    }

    /// The digits of a phone number with its country code, as a destination type knows numbers.
    pub(crate) fn whole_number(&self, raw: &str, default_country: Option<&str>) -> Option<String> {
        self.inner.destinations.iter().find_map(|kind| kind.whole_number(raw, default_country))
    }

    /// Tells this process's worker that there may be something to do.
    pub(crate) fn wake(&self) {
        self.inner.wake.notify_one();
        self.inner.arrived.notify_one();
    }

    /// As [`Switchyard::woken`], for those who follow the events.
    pub(crate) async fn arrived(&self) {
        self.inner.arrived.notified().await;
    }

    /// Returns at the next [`Switchyard::wake`], at once if there was one since the last return.
    pub(crate) async fn woken(&self) {
        self.inner.wake.notified().await;
    }

    /// A number in `0.0..1.0`.
    pub(crate) fn dice(&self) -> f64 {
        (self.inner.dice)()
    }
}

/// Turns a failure of the store into what a page may be told: refusals pass, the rest is logged under an id.
pub(crate) fn api_error(error: StoreError) -> ApiError {
    if let StoreError::Refused(refusal) = error {
        return refusal;
    }
    internal(&error)
}

/// Logs an unexpected failure under an id, which is all that a page is told.
pub(crate) fn internal(error: &dyn std::fmt::Display) -> ApiError {
    let mut id = [0; 4];
    // Without randomness the id is zeros; the log line still has the time.
    let _ = getrandom::fill(&mut id);
    let id = format!("{:08x}", u32::from_be_bytes(id));
    tracing::error!(error.id = %id, error = %error, "a call failed");
    ApiError::Internal(id)
}
