//! The two native programs.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use crate::{process, workspace::Workspace};

const NAMES: [&str; 2] = ["switchyard", "snap-sim"];

/// Compiles both programs and puts them into the dist folder.
pub fn build(workspace: &Workspace, release: bool) -> Result<()> {
    let mut cargo = workspace.cargo(["build", "-p", "server", "-p", "snap-sim", "--bins"]);
    if release {
        cargo.arg("--release");
    }
    process::run(&mut cargo)?;
    let built = workspace.target.join(if release { "release" } else { "debug" });
    fs::create_dir_all(workspace.dist())?;
    NAMES.iter().try_for_each(|name| replace(&built.join(name), &workspace.dist().join(name)))
}

/// Copies beside the old file and renames, since a program that is running cannot be overwritten.
fn replace(from: &Path, to: &Path) -> Result<()> {
    let fresh = to.with_extension("new");
    fs::copy(from, &fresh).with_context(|| format!("{} cannot be copied", from.display()))?;
    fs::rename(&fresh, to).with_context(|| format!("{} cannot be replaced", to.display()))
}
