//! The pages' code: cargo's wasm, the JavaScript that loads it, both optimised, compressed and named after their content.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::{cache, optimise, publish};
use crate::{process, tools, workspace::Workspace};

/// The name that the pages' files begin with; `output-name` in the workspace's leptos settings.
pub const NAME: &str = "switchyard";

/// To be counted up whenever the steps below make something else of the same input.
const STEPS: &[u8] = b"1";

/// Compiles the pages for the browser. Always for size: one wasm serves every build.
pub fn compile(workspace: &Workspace) -> Result<PathBuf> {
    let mut cargo =
        workspace.cargo(["build", "-p", "frontend", "--lib", "--target", tools::WASM, "--profile", "wasm-release"]);
    process::run(&mut cargo)?;
    Ok(workspace.target.join(tools::WASM).join("wasm-release/frontend.wasm"))
}

/// A folder with what the browser loads, made from cargo's wasm.
pub fn publish(workspace: &Workspace, wasm: &Path) -> Result<PathBuf> {
    let compiled = fs::read(wasm).with_context(|| format!("{} cannot be read", wasm.display()))?;
    let optimiser = optimise::Optimiser::find(workspace)?;
    let bindgen = wasm_bindgen_version(workspace)?;
    let inputs: [&[u8]; 4] = [&compiled, STEPS, bindgen.as_bytes(), optimiser.identity().as_bytes()];
    cache::filled(&workspace.cache(), "code", &inputs, |folder| {
        let loose = workspace.cache().join("bindgen");
        cache::remove(&loose)?;
        bind(wasm, &loose)?;
        let bound = loose.join(format!("{NAME}_bg.wasm"));
        optimiser.shrink(&bound)?;
        publish::hashed(folder, NAME, "wasm", &fs::read(&bound)?)?;
        publish::hashed(folder, NAME, "js", &fs::read(loose.join(format!("{NAME}.js")))?)?;
        // Imported by the script with relative paths that carry a hash already.
        publish::copied(&loose.join("snippets"), &folder.join("snippets"))?;
        cache::remove(&loose)
    })
}

/// Makes the JavaScript that loads the wasm. The page says where the wasm is, so the script names no file.
fn bind(wasm: &Path, folder: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(wasm)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .out_name(NAME)
        .generate(folder)
        .context("wasm-bindgen could not read what cargo built")
}

/// The version of wasm-bindgen that the lock file pins.
fn wasm_bindgen_version(workspace: &Workspace) -> Result<String> {
    let lock = fs::read_to_string(workspace.path("Cargo.lock"))?;
    let mut lines = lock.lines().skip_while(|line| *line != "name = \"wasm-bindgen-cli-support\"");
    Ok(lines.nth(1).context("Cargo.lock names no wasm-bindgen-cli-support")?.to_owned())
}
