//! The stage that drives the built server and simulator through Chromium.

use std::process::Command;

use anyhow::Result;

use super::Passed;
use crate::{process, tools, workspace::Workspace};

/// Runs Playwright's journeys against `target/dist/`, whose place they learn from `SWITCHYARD_DIST`.
pub fn run(workspace: &Workspace) -> Result<Passed> {
    let folder = workspace.path("end2end");
    tools::npm_ci(&folder)?;
    tools::chromium()?;
    process::run(
        Command::new("npx")
            .args(["--no-install", "playwright", "test"])
            .env("SWITCHYARD_DIST", workspace.dist())
            .env("CHROMIUM", tools::CHROMIUM)
            .current_dir(folder),
    )?;
    Ok(Passed::Ran)
}
