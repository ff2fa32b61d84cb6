//! A process that was started here, with its output in a file, ended with us.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};

/// What a process gets to end by itself: longer than the server waits for its own requests.
const STOP_PATIENCE: Duration = Duration::from_secs(25);

/// How many lines of a log are shown when its process ends by itself.
const LAST_LINES: usize = 15;

/// A running process and the file it logs to. Dropping it stops it.
pub struct Child {
    /// What it is called in messages; its log is named so too.
    pub name: &'static str,
    process: std::process::Child,
    log: PathBuf,
}

impl Child {
    /// Starts a process in a group of its own, so that Ctrl-C reaches it through us, in order.
    pub fn spawn(name: &'static str, command: &mut Command, logs: &Path) -> Result<Self> {
        let log = logs.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log)?;
        let process = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        Ok(Self { name, process, log })
    }

    /// Asks it to end, and ends it if it does not.
    pub fn stop(&mut self) {
        let Ok(None) = self.process.try_wait() else { return };
        let asked = kill_process(Pid::from_child(&self.process), Signal::TERM);
        let deadline = Instant::now() + STOP_PATIENCE;
        while asked.is_ok() && Instant::now() < deadline {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        println!("{} does not end by itself, it is killed", self.name);
        if let Err(error) = self.process.kill().and_then(|()| self.process.wait().map(drop)) {
            println!("{} cannot be killed: {error}", self.name);
        }
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.process.try_wait()?)
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The end of its log.
    pub fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.stop();
    }
}
