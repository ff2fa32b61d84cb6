//! What a build or a test needs beside rustup's stable toolchain: installed if it can be, else named in one line.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::process;

/// The target that the pages are compiled for.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Debian's Chromium, which the browser tests drive.
pub const CHROMIUM: &str = "/usr/bin/chromium";

/// Makes sure that the compiler can build for the browser.
pub fn wasm_target() -> Result<()> {
    let folder = process::capture(Command::new("rustc").args(["--print", "target-libdir", "--target", WASM]))?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    process::run(Command::new("rustup").args(["target", "add", WASM])).with_context(|| {
        format!("the compiler has no {WASM}: install it with `rustup target add {WASM}` or your distribution's package")
    })
}

/// Makes sure that a component of the toolchain, such as clippy, is there.
pub fn component(name: &str, subcommand: &str) -> Result<()> {
    if process::capture(Command::new("cargo").args([subcommand, "--version"])).is_ok() {
        return Ok(());
    }
    process::run(Command::new("rustup").args(["component", "add", name]))
        .with_context(|| format!("{name} is missing: install it with `rustup component add {name}`"))
}

/// Whether a program is there and answers to `--version`.
pub fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Whether node and npm are there.
pub fn has_node() -> bool {
    has("node") && has("npm")
}

/// Installs exactly what `folder/package-lock.json` names into `folder/node_modules`, once per content of the lock.
pub fn npm_ci(folder: &Path) -> Result<PathBuf> {
    let modules = folder.join("node_modules");
    let lock = folder.join("package-lock.json");
    let wanted = const_hex::encode(Sha256::digest(fs::read(&lock).with_context(|| format!("{}", lock.display()))?));
    let stamp = modules.join(".installed-from");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(modules);
    }
    if !has_node() {
        bail!("node and npm are missing: install node 20 or newer (Debian: apt-get install nodejs npm)");
    }
    process::run(
        Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
            .current_dir(folder),
    )?;
    fs::write(stamp, wanted)?;
    Ok(modules)
}

/// Makes sure that Chromium is there; on Debian as root it is installed.
pub fn chromium() -> Result<()> {
    if Path::new(CHROMIUM).exists() {
        return Ok(());
    }
    if !(rustix::process::geteuid().is_root() && has("apt-get")) {
        bail!("{CHROMIUM} is missing: install it, on Debian with `sudo apt-get install chromium`");
    }
    let apt = |arguments: &[&str]| {
        process::run(
            Command::new("apt-get").args(["-qq", "-y"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive"),
        )
    };
    apt(&["update"])?;
    apt(&["install", "--no-install-recommends", "chromium"]).context("chromium could not be installed with apt-get")
}
