//! Makes commits durable. A commit writes to the write-ahead log, and one sync is for all that came before it: while the disk is
//! busy with that, the database goes on with the next commit, whoever's it is.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
};

use tokio::sync::oneshot;

use crate::priority::go_first;

type Done = Box<dyn FnOnce(io::Result<()>) + Send>;

/// A thread that syncs the log of one database.
pub(crate) struct LogSync {
    waiting: mpsc::Sender<Done>,
}

impl LogSync {
    /// Starts it for the database at this path. It ends with the last one that could ask it.
    pub(crate) fn start(database: &Path) -> io::Result<Self> {
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        let (waiting, asked) = mpsc::channel();
        thread::Builder::new().name("log-sync".into()).spawn(move || run(&PathBuf::from(log), &asked))?;
        Ok(Self { waiting })
    }

    /// Calls back once everything is durable that was committed before.
    pub(crate) fn then(&self, done: impl FnOnce(io::Result<()>) + Send + 'static) {
        if let Err(mpsc::SendError(done)) = self.waiting.send(Box::new(done)) {
            done(Err(ended()));
        }
    }

    /// Waits until everything is durable that was committed before.
    pub(crate) async fn sync(&self) -> io::Result<()> {
        let (reply, answer) = oneshot::channel();
        self.then(|synced| drop(reply.send(synced)));
        answer.await.unwrap_or_else(|_| Err(ended()))
    }
}

fn ended() -> io::Error {
    io::Error::other("the thread that syncs the database's log has ended")
}

fn run(path: &Path, asked: &mpsc::Receiver<Done>) {
    go_first();
    let mut log = Ok(None);
    while let Ok(first) = asked.recv() {
        let all: Vec<Done> = asked.try_iter().collect();
        let synced = sync(path, &mut log);
        for done in std::iter::once(first).chain(all) {
            done(synced.as_ref().copied().map_err(|error| io::Error::new(error.kind(), error.to_string())));
        }
    }
}

/// Syncs the file that is at this path now: the log is removed with the last connection, and made anew by the next one. A sync that
/// failed is the last one: the system forgets what it could not write, and would call the next one a success.
fn sync(path: &Path, log: &mut io::Result<Option<File>>) -> io::Result<()> {
    let open = log.as_mut().map_err(|error| io::Error::new(error.kind(), format!("{error}; start again")))?;
    let there = fs::metadata(path)?;
    let same = |file: &File| file.metadata().is_ok_and(|file| (file.dev(), file.ino()) == (there.dev(), there.ino()));
    let file = match open.take().filter(same) {
        Some(file) => open.insert(file),
        None => open.insert(File::open(path)?),
    };
    if let Err(error) = file.sync_data() {
        *log = Err(error);
        return sync(path, log);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_log_that_was_made_anew_is_the_one_that_is_synced() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        let log = folder.path().join("a.db-wal");
        let sync = LogSync::start(&database).unwrap();
        assert_eq!(sync.sync().await.unwrap_err().kind(), io::ErrorKind::NotFound);
        for content in ["one", "two"] {
            fs::write(&log, content).unwrap();
            sync.sync().await.unwrap();
            fs::remove_file(&log).unwrap();
            assert!(sync.sync().await.is_err(), "nothing was synced");
        }
    }

    #[tokio::test]
    async fn after_a_sync_that_failed_none_succeeds() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("a.db-wal");
        // A device can be opened and not synced.
        std::os::unix::fs::symlink("/dev/null", &log).unwrap();
        let sync = LogSync::start(&folder.path().join("a.db")).unwrap();
        sync.sync().await.unwrap_err();
        fs::remove_file(&log).unwrap();
        fs::write(&log, "a log").unwrap();
        let error = sync.sync().await.unwrap_err().to_string();
        assert!(error.contains("start again"), "{error}");
    }
}
