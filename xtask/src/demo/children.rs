//! The demo's three processes: the simulator, the pages, the worker.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::Stage;
use crate::process;

/// What a process gets to end by itself: longer than the server waits for its own requests.
const STOP_PATIENCE: Duration = Duration::from_secs(25);

/// How many lines of a log are shown when its process ends by itself.
const LAST_LINES: usize = 15;

/// A running process and the file it logs to.
pub struct Child {
    name: &'static str,
    process: std::process::Child,
    log: std::path::PathBuf,
}

/// All processes of the demo. Dropping it stops them.
pub struct Parts {
    worker_command: Command,
    worker: Option<Child>,
    pages: Child,
    simulator: Child,
}

impl Parts {
    /// Brings the workspace to the demo's state and starts everything.
    pub fn start(stage: &Stage, setup: &Path) -> Result<Self> {
        let mut simulator = Command::new(stage.dist.join("snap-sim"));
        simulator.args(["--port", &stage.simulator.port().to_string()]);
        let mut simulator = Child::spawn("snap-sim", &mut simulator, &stage.data)?;
        let server = (|| {
            process::capture(switchyard(stage, &["apply"]).arg(setup)).context("the demo's workspace")?;
            Child::spawn("web", &mut switchyard(stage, &["serve", "--role", "web"]), &stage.data)
        })();
        let mut pages = server.inspect_err(|_| simulator.stop())?;
        let mut worker_command = switchyard(stage, &["serve", "--role", "worker"]);
        match Child::spawn("worker", &mut worker_command, &stage.data) {
            Ok(worker) => Ok(Self { worker_command, worker: Some(worker), pages, simulator }),
            Err(error) => {
                pages.stop();
                simulator.stop();
                Err(error)
            }
        }
    }

    /// Fails if the pages or the simulator are gone. A worker that was killed from outside is news, not an end.
    pub fn check(&mut self) -> Result<Option<String>> {
        for child in [&mut self.pages, &mut self.simulator] {
            if let Some(status) = child.process.try_wait()? {
                bail!("{} ended by itself ({status}); its last words:\n{}", child.name, child.last_words());
            }
        }
        let Some(worker) = &mut self.worker else { return Ok(None) };
        let Some(status) = worker.process.try_wait()? else { return Ok(None) };
        let words = worker.last_words();
        self.worker = None;
        if status.code().is_some_and(|code| code != 0) {
            bail!("the worker ended by itself ({status}); its last words:\n{words}");
        }
        Ok(Some(format!("the worker was stopped from outside ({status}); w + Enter starts it again")))
    }

    /// Stops the worker if it runs, else starts it, and says so.
    pub fn toggle_worker(&mut self) -> Result<String> {
        if let Some(mut worker) = self.worker.take() {
            worker.stop();
            return Ok("worker stopped: events wait; w + Enter starts it again".into());
        }
        let folder = self.pages.log.parent().context("a log without a folder")?;
        let worker = Child::spawn("worker", &mut self.worker_command, folder)?;
        let news = format!("worker started, process {}", worker.process.id());
        self.worker = Some(worker);
        Ok(news)
    }

    /// The worker's process id, while it runs.
    pub fn worker_id(&self) -> Option<u32> {
        self.worker.as_ref().map(|worker| worker.process.id())
    }

    /// Stops everything, whoever writes first.
    pub fn stop(&mut self) {
        if let Some(mut worker) = self.worker.take() {
            worker.stop();
        }
        self.pages.stop();
        self.simulator.stop();
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Child {
    /// Starts a process in a group of its own, so that Ctrl-C reaches it through us, in order.
    fn spawn(name: &'static str, command: &mut Command, logs: &Path) -> Result<Self> {
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
    fn stop(&mut self) {
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

    fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    }
}

/// The server's command with the demo's settings, pointed at the simulator.
fn switchyard(stage: &Stage, arguments: &[&str]) -> Command {
    let snapchat = format!("http://{}", stage.simulator);
    let mut command = Command::new(stage.dist.join("switchyard"));
    command
        .args(arguments)
        .env("SWITCHYARD_ADDR", stage.pages.to_string())
        .env("SWITCHYARD_PUBLIC_URL", format!("http://{}", stage.pages))
        .env("SWITCHYARD_DATABASE_URL", format!("sqlite://{}", stage.data.join("switchyard.db").display()))
        // Two processes cannot share one port, and nobody reads the demo's metrics.
        .env("SWITCHYARD_METRICS_ADDR", "127.0.0.1:0")
        .env("SNAPCHAT_CLIENT_ID", "switchyard-demo")
        .env("SNAPCHAT_CLIENT_SECRET", "switchyard-demo-secret")
        .env("SNAPCHAT_ACCOUNTS_URL", &snapchat)
        .env("SNAPCHAT_ADS_API_URL", format!("{snapchat}/v1"))
        .env("SNAPCHAT_CAPI_URL", &snapchat)
        .env("SNAPCHAT_PIXEL_URL", format!("{snapchat}/scevent.min.js"));
    command
}
