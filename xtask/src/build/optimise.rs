//! Binaryen, which takes some more off the wasm than the compiler does, and Terser, which does it to the scripts that load it. They come from
//! npm, so they are left out where node is missing.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{process, tools, workspace::Workspace};

/// What node runs.
const SCRIPT: &str = "optimise.mjs";

/// Both tools, or their absence.
pub struct Optimiser {
    script: Option<PathBuf>,
    identity: String,
}

impl Optimiser {
    /// Installs the tools from the lock file beside the build's sources, if node is there.
    pub fn find(workspace: &Workspace) -> Result<Self> {
        if !tools::has_node() {
            println!("node is not installed: the pages' code stays a little larger (Binaryen and Terser are left out)");
            return Ok(Self { script: None, identity: "none".into() });
        }
        let folder = workspace.cache().join("npm");
        fs::create_dir_all(&folder)?;
        let mut identity = String::new();
        for file in ["package.json", "package-lock.json", SCRIPT] {
            let from = workspace.path("xtask/npm").join(file);
            identity += &fs::read_to_string(&from)?;
            fs::copy(from, folder.join(file))?;
        }
        match tools::npm_ci(&folder) {
            Ok(_) => Ok(Self { script: Some(folder.join(SCRIPT)), identity }),
            Err(error) => {
                println!(
                    "Binaryen and Terser could not be installed, the pages' code stays a little larger: {error:#}"
                );
                Ok(Self { script: None, identity: "none".into() })
            }
        }
    }

    /// What two runs must have in common to give the same result.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Makes the files smaller in place.
    pub fn shrink<'a>(&self, files: impl Iterator<Item = &'a Path>) -> Result<()> {
        let Some(script) = &self.script else { return Ok(()) };
        process::capture(Command::new("node").arg(script).args(files))?;
        Ok(())
    }
}
