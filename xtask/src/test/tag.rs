//! The stage that builds the browser tag anew and compares it with the file that is checked in.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, ensure};

use super::Passed;
use crate::{process, tools, workspace::Workspace};

/// Builds the tag where it stands, so that a file that differs is at once ready to be committed.
pub fn run(workspace: &Workspace) -> Result<Passed> {
    let folder = workspace.path("tag");
    if !folder.join("package.json").exists() {
        return Ok(Passed::Skipped("there is no tag/package.json"));
    }
    let built = folder.join("dist");
    let before = contents(&built)?;
    tools::npm_ci(&folder)?;
    process::run(Command::new("npm").args(["run", "--silent", "build"]).current_dir(&folder))?;
    process::run(Command::new("npm").args(["test", "--silent"]).current_dir(&folder))?;
    let after = contents(&built)?;
    let stale: Vec<String> = before
        .keys()
        .chain(after.keys())
        .filter(|path| before.get(*path) != after.get(*path))
        .map(|path| path.display().to_string())
        .collect();
    ensure!(
        stale.is_empty(),
        "not what the sources build (the fresh one is there now, commit it): {}",
        stale.join(", ")
    );
    Ok(Passed::Ran)
}

fn contents(folder: &PathBuf) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    fs::read_dir(folder)
        .with_context(|| format!("{} cannot be read", folder.display()))?
        .map(|entry| {
            let path = entry?.path();
            let content = fs::read(&path)?;
            Ok((path, content))
        })
        .collect()
}
