//! The whole state, behind one mutex that is held for a moment only.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ads::segments::Segments;
use crate::capi::{test_log::TestLog, tokens::CapiTokens};
use crate::clock::Clock;
use crate::directory::Directory;
use crate::events::log::EventLog;
use crate::faults::Faults;
use crate::journal::Journal;
use crate::oauth::grants::Grants;
use crate::rates::Rates;
use crate::settings::Settings;

/// What handlers share.
pub struct Sim {
    pub clock: Clock,
    pub directory: Directory,
    world: Mutex<World>,
    start: Settings,
    requests: AtomicU64,
}

/// All that changes while the simulator runs.
#[derive(Default)]
pub struct World {
    pub settings: Settings,
    pub oauth: Grants,
    pub capi_tokens: CapiTokens,
    pub segments: Segments,
    pub events: EventLog,
    pub test_log: TestLog,
    pub faults: Faults,
    pub journal: Journal,
    pub rates: Rates,
}

impl Sim {
    /// A simulator in its first state.
    pub fn new(directory: Directory, settings: Settings) -> Arc<Self> {
        let sim = Self {
            clock: Clock::default(),
            directory,
            world: Mutex::default(),
            start: settings,
            requests: AtomicU64::new(0),
        };
        sim.reset(&[]);
        Arc::new(sim)
    }

    /// The state. A handler that panicked has left nothing half done that would matter to a test.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next number of a request, from 1.
    pub fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Puts the named parts (none named: all) back to the first state.
    pub fn reset(&self, only: &[Part]) {
        let named = |part: Part| only.is_empty() || only.contains(&part);
        let mut world = self.world();
        if named(Part::Settings) {
            world.settings = self.start.clone();
        }
        if named(Part::Clock) {
            self.clock.reset();
        }
        if named(Part::Oauth) {
            world.oauth = Grants::default();
            world.capi_tokens = CapiTokens::seeded(&self.directory, self.clock.now_ms());
        }
        if named(Part::Segments) {
            world.segments = Segments::default();
        }
        if named(Part::Events) {
            world.events = EventLog::default();
            world.test_log = TestLog::default();
        }
        if named(Part::Faults) {
            world.faults = Faults::default();
        }
        if named(Part::Requests) {
            world.journal = Journal::default();
            self.requests.store(0, Ordering::Relaxed);
        }
    }
}

/// A part of the state that can be reset by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Settings,
    Clock,
    Oauth,
    Segments,
    Events,
    Faults,
    Requests,
}
