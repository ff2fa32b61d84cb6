//! Where things are: the folder of the sources and the folder of the artefacts, as cargo knows them.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use serde_json::Value;

/// The checkout that this command works on.
pub struct Workspace {
    /// The folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target folder; `CARGO_TARGET_DIR` may put it outside of the checkout.
    pub target: PathBuf,
    /// What `cargo metadata` says of the workspace's own packages.
    pub metadata: Value,
}

impl Workspace {
    /// Asks cargo for the workspace that `cargo xtask` was called in.
    pub fn load() -> Result<Self> {
        let here = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from);
        let output = Command::new(cargo_program())
            .args(["metadata", "--format-version", "1", "--no-deps"])
            .current_dir(here)
            .output()
            .context("cargo cannot be started")?;
        anyhow::ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
        let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata answered no JSON")?;
        let folder = |name: &str| {
            metadata[name].as_str().map(PathBuf::from).with_context(|| format!("cargo metadata names no {name}"))
        };
        Ok(Self { root: folder("workspace_root")?, target: folder("target_directory")?, metadata })
    }

    /// Where a build puts what can be moved elsewhere and run.
    pub fn dist(&self) -> PathBuf {
        self.target.join("dist")
    }

    /// Where the build keeps what it would otherwise work out again.
    pub fn cache(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// A path inside the sources.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// A cargo command in the root of the workspace.
    pub fn cargo<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(cargo_program());
        command.current_dir(&self.root).args(arguments);
        // What cargo told this program about its own package: build scripts that look at it would run again, and all that hangs
        // on them would be compiled again, whenever cargo is called once by hand and once from here.
        env::vars_os()
            .map(|(name, _)| name)
            .filter(|name| ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|own| name.to_string_lossy().starts_with(own)))
            .for_each(|name| {
                command.env_remove(name);
            });
        command
    }
}

/// The cargo that started this program, so that a toolchain chosen with `+name` stays chosen.
fn cargo_program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
