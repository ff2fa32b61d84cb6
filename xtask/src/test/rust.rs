//! The stages that cargo runs.
//!
//! Packages are always named: the workspace in one go would give `app` the features `ssr` and `hydrate` at once. Lints look
//! at one package at a time, so that each is seen with the features it asks for itself. Tests of all that runs on the server
//! stand in one call, and what they share with the built server is compiled once.

use anyhow::Result;

use super::Passed;
use crate::{process, tools, workspace::Workspace};

/// What is linted: a package, a feature, a target.
const LINTED: [&[&str]; 10] = [
    &["-p", "domain", "--all-targets"],
    &["-p", "store", "--all-targets"],
    &["-p", "snapchat", "--all-targets"],
    &["-p", "pipeline", "--all-targets"],
    &["-p", "snap-sim", "--all-targets"],
    &["-p", "app", "--features", "ssr", "--all-targets"],
    &["-p", "server", "--all-targets"],
    &["-p", "app", "--features", "hydrate", "--lib", "--target", tools::WASM],
    &["-p", "frontend", "--lib", "--target", tools::WASM],
    &["-p", "xtask", "--all-targets"],
];

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
    for package in LINTED {
        process::run(workspace.cargo(["clippy", "--quiet"]).args(package).args(["--", "-D", "warnings"]))?;
    }
    Ok(Passed::Ran)
}

/// Runs the tests: with nextest if it is installed, which leaves out the examples in the documentation, else with cargo's own runner.
pub fn unit(workspace: &Workspace) -> Result<Passed> {
    let nextest = process::capture(&mut workspace.cargo(["nextest", "--version"])).is_ok();
    for packages in [&SERVER_SIDE[..], &OWN[..]] {
        if nextest {
            process::run(workspace.cargo(["nextest", "run", "--no-fail-fast", "--no-tests=pass"]).args(packages))?;
        } else {
            process::run(workspace.cargo(["test", "--no-fail-fast"]).args(packages))?;
        }
    }
    if nextest {
        process::run(workspace.cargo(["test", "--quiet", "--doc"]).args(SERVER_SIDE))?;
    }
    Ok(Passed::Ran)
}
