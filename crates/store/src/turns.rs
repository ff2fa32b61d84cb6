//! Processes that write to one database take turns. SQLite itself lets whoever comes first begin, and who finds it taken asks again
//! up to ten times a second: a process with one large change after the other would keep all others out.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Mutex, MutexGuard};

/// How long a process waits for its turn. Then it tries without.
const PATIENCE: Duration = Duration::from_secs(10);

/// The queue of processes, in two files beside the database: who has the first is the next, who has the second has the turn.
pub(crate) struct Turns {
    files: Arc<(File, File)>,
    /// Of the tasks of this process one at a time is in the queue: locks of files belong to all of them.
    one: Mutex<()>,
    taken: AtomicBool,
}

/// A turn, until it is dropped.
pub(crate) struct Turn<'t> {
    _lock: Option<Lock>,
    _one: MutexGuard<'t, ()>,
}

struct Lock(Arc<(File, File)>);

impl Drop for Lock {
    fn drop(&mut self) {
        // A lock that can't be given back ends with the process.
        let _ = self.0.1.unlock();
    }
}

impl Turns {
    /// The queue of the database at this path.
    pub(crate) fn open(database: &Path) -> io::Result<Self> {
        let beside = |end: &str| {
            let mut path = database.as_os_str().to_owned();
            path.push(end);
            File::options().create(true).truncate(false).write(true).open(PathBuf::from(path))
        };
        Ok(Self {
            files: Arc::new((beside(".next")?, beside(".turn")?)),
            one: Mutex::default(),
            taken: AtomicBool::new(false),
        })
    }

    /// Whether this process had a turn since this was asked last.
    pub(crate) fn were_taken(&self) -> bool {
        self.taken.swap(false, Ordering::Relaxed)
    }

    /// Waits for the turn of this process.
    pub(crate) async fn take(&self) -> Turn<'_> {
        let one = self.one.lock().await;
        self.taken.store(true, Ordering::Relaxed);
        let files = self.files.clone();
        let lock = match take_if_free(&files) {
            true => Some(Lock(files)),
            false => {
                // Dropped with what it got, should nobody wait for it any more.
                let waiting = tokio::task::spawn_blocking(move || wait(files));
                tokio::time::timeout(PATIENCE, waiting).await.ok().and_then(Result::ok).and_then(Result::ok)
            }
        };
        Turn { _lock: lock, _one: one }
    }
}

fn take_if_free((next, turn): &(File, File)) -> bool {
    if next.try_lock().is_err() {
        return false;
    }
    let taken = turn.try_lock().is_ok();
    let _ = next.unlock();
    taken
}

fn wait(files: Arc<(File, File)>) -> io::Result<Lock> {
    let (next, turn) = &*files;
    next.lock()?;
    let taken = turn.lock();
    next.unlock()?;
    taken.map(|()| Lock(files))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Of two that both want a turn again at once, neither has two in a row for long.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_waits_is_next() {
        const TURNS: usize = 200;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let (busy, patient) = (Turns::open(&path).unwrap(), Turns::open(&path).unwrap());
        let taken = Arc::new(AtomicUsize::new(0));
        let counted = taken.clone();
        let busily = tokio::spawn(async move {
            while counted.fetch_add(1, Ordering::SeqCst) < TURNS {
                let _turn = busy.take().await;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        while taken.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
        for _ in 0..10 {
            let before = taken.load(Ordering::SeqCst);
            drop(patient.take().await);
            assert!(taken.load(Ordering::SeqCst) - before < TURNS / 10, "it had to wait for too many others");
        }
        busily.await.unwrap();
    }

    #[tokio::test]
    async fn a_turn_that_nobody_waits_for_any_more_is_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let (one, other) = (Turns::open(&path).unwrap(), Turns::open(&path).unwrap());
        let turn = one.take().await;
        assert!(tokio::time::timeout(Duration::from_millis(20), other.take()).await.is_err());
        drop(turn);
        // The abandoned wait may get it first, and gives it back.
        drop(one.take().await);
        drop(other.take().await);
    }
}
