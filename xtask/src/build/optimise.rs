//! wasm-opt, which takes some more off the wasm than the compiler does. It comes from npm, so it is left out where node is missing.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{process, tools, workspace::Workspace};

/// Optimise for size, and accept what today's compiler emits by default.
const FLAGS: [&str; 8] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--strip-producers",
];

/// wasm-opt, or its absence.
pub struct Optimiser {
    program: Option<PathBuf>,
    identity: String,
}

impl Optimiser {
    /// Installs wasm-opt from the lock file beside the build's sources, if node is there.
    pub fn find(workspace: &Workspace) -> Result<Self> {
        if !tools::has_node() {
            println!("node is not installed: the wasm stays a little larger (wasm-opt is left out)");
            return Ok(Self { program: None, identity: "none".into() });
        }
        let folder = workspace.cache().join("npm");
        fs::create_dir_all(&folder)?;
        for file in ["package.json", "package-lock.json"] {
            fs::copy(workspace.path("xtask/npm").join(file), folder.join(file))?;
        }
        let identity = format!("{}{FLAGS:?}", fs::read_to_string(folder.join("package-lock.json"))?);
        match tools::npm_ci(&folder) {
            Ok(modules) => Ok(Self { program: Some(modules.join("binaryen/bin/wasm-opt")), identity }),
            Err(error) => {
                println!("wasm-opt could not be installed, the wasm stays a little larger: {error:#}");
                Ok(Self { program: None, identity: "none".into() })
            }
        }
    }

    /// What two runs must have in common to give the same result.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Makes the file smaller in place.
    pub fn shrink(&self, wasm: &Path) -> Result<()> {
        let Some(program) = &self.program else { return Ok(()) };
        let smaller = wasm.with_extension("opt");
        process::capture(Command::new("node").arg(program).args(FLAGS).arg(wasm).arg("-o").arg(&smaller))?;
        Ok(fs::rename(smaller, wasm)?)
    }
}
