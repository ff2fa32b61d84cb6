//! The stages that cargo runs.
//!
//! Packages are always named: the workspace in one go would give `app` the features `ssr` and `hydrate` at once.
//! Those that end up in one program stand in one call, so that what they share is compiled once.

use anyhow::Result;

use super::Passed;
use crate::{process, tools, workspace::Workspace};

/// Everything that runs on the server, `app` with its server side.
const SERVER_SIDE: [&str; 16] = [
    "-p",
    "domain",
    "-p",
    "snapchat",
    "-p",
    "store",
    "-p",
    "pipeline",
    "-p",
    "snap-sim",
    "-p",
    "app",
    "-p",
    "server",
    "--features",
    "app/ssr",
];

/// Everything that runs in the browser.
const BROWSER_SIDE: [&str; 9] =
    ["-p", "app", "-p", "frontend", "--lib", "--features", "app/hydrate", "--target", tools::WASM];

const OWN: [&str; 2] = ["-p", "xtask"];

/// Compares the sources with what rustfmt makes of them.
pub fn format(workspace: &Workspace) -> Result<Passed> {
    tools::component("rustfmt", "fmt")?;
    process::run(&mut workspace.cargo(["fmt", "--all", "--check"]))?;
    Ok(Passed::Ran)
}

/// Lints with warnings denied.
pub fn clippy(workspace: &Workspace) -> Result<Passed> {
    tools::component("clippy", "clippy")?;
    tools::wasm_target()?;
    for (packages, targets) in
        [(&SERVER_SIDE[..], &["--all-targets"][..]), (&BROWSER_SIDE[..], &[]), (&OWN[..], &["--all-targets"])]
    {
        let mut cargo = workspace.cargo(["clippy"]);
        process::run(cargo.args(packages).args(targets).args(["--", "-D", "warnings"]))?;
    }
    Ok(Passed::Ran)
}

/// Runs the tests, with nextest if it is installed.
pub fn unit(workspace: &Workspace) -> Result<Passed> {
    let nextest = process::capture(&mut workspace.cargo(["nextest", "--version"])).is_ok();
    for packages in [&SERVER_SIDE[..], &OWN[..]] {
        if nextest {
            process::run(workspace.cargo(["nextest", "run", "--no-fail-fast"]).args(packages))?;
        } else {
            process::run(workspace.cargo(["test", "--no-fail-fast", "--lib", "--bins", "--tests"]).args(packages))?;
        }
    }
    // Examples in the documentation, which nextest leaves out.
    process::run(workspace.cargo(["test", "--doc"]).args(SERVER_SIDE))?;
    Ok(Passed::Ran)
}
