//! An import writes much: the write-ahead log is folded into the database beside it, and begins anew before it grows large.

use store::{Store, StoreError};
use tokio::task::JoinHandle;

/// Portions after which folding in begins.
const BEGIN_AFTER: u32 = 16;
/// Portions after which the import waits for it.
const WAIT_AFTER: u32 = 48;

/// How far the log of an import has grown.
pub(super) struct Folding {
    store: Store,
    portions: u32,
    beside: Option<JoinHandle<Result<(), StoreError>>>,
}

impl Folding {
    pub(super) fn new(store: &Store) -> Self {
        Self { store: store.clone(), portions: 0, beside: None }
    }

    /// A portion was written.
    pub(super) async fn written(&mut self) {
        self.portions += 1;
        match self.beside.take() {
            None if self.portions >= BEGIN_AFTER => {
                let store = self.store.clone();
                self.beside = Some(tokio::spawn(async move { store.checkpoint().await.map(drop) }));
            }
            None => {}
            Some(task) if task.is_finished() || self.portions >= WAIT_AFTER => {
                tell(task.await.unwrap_or(Ok(())));
                tell(self.store.begin_log_anew().await);
                self.portions = 0;
            }
            running => self.beside = running,
        }
    }
}

fn tell(folded: Result<(), StoreError>) {
    if let Err(error) = folded {
        tracing::warn!(%error, "the write-ahead log can't be folded in; it grows until the next time");
    }
}
