//! The demo's three processes: the simulator, the pages, the worker.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use super::Stage;
use crate::{child::Child, process};

/// All processes of the demo. Dropping it stops them, the worker first and the simulator last.
pub struct Parts {
    worker: Option<Child>,
    pages: Child,
    simulator: Child,
    worker_command: Command,
    logs: PathBuf,
}

impl Parts {
    /// Brings the workspace to the demo's state and starts everything.
    pub fn start(stage: &Stage, setup: &Path) -> Result<Self> {
        let mut simulator = Command::new(stage.dist.join("snap-sim"));
        simulator.args(["--port", &stage.simulator.port().to_string()]);
        let simulator = Child::spawn("snap-sim", &mut simulator, &stage.data)?;
        process::capture(switchyard(stage, &["apply"]).arg(setup)).context("the demo's workspace")?;
        let pages = Child::spawn("web", &mut switchyard(stage, &["serve", "--role", "web"]), &stage.data)?;
        let mut worker_command = switchyard(stage, &["serve", "--role", "worker"]);
        let worker = Some(Child::spawn("worker", &mut worker_command, &stage.data)?);
        Ok(Self { worker, pages, simulator, worker_command, logs: stage.data.clone() })
    }

    /// Fails if the pages or the simulator are gone. A worker that was stopped from outside is news, not an end.
    pub fn check(&mut self) -> Result<Option<String>> {
        for child in [&mut self.pages, &mut self.simulator] {
            if let Some(status) = child.ended()? {
                bail!("{} ended by itself ({status}); its last words:\n{}", child.name, child.last_words());
            }
        }
        let Some(worker) = &mut self.worker else { return Ok(None) };
        let Some(status) = worker.ended()? else { return Ok(None) };
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
        let worker = Child::spawn("worker", &mut self.worker_command, &self.logs)?;
        let news = format!("worker started, process {}", worker.id());
        self.worker = Some(worker);
        Ok(news)
    }

    /// The worker's process id, while it runs.
    pub fn worker_id(&self) -> Option<u32> {
        self.worker.as_ref().map(Child::id)
    }

    /// Stops everything, whoever writes first.
    pub fn stop(mut self) {
        drop(self.worker.take());
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
