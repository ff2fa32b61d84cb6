//! The pages' code: cargo's wasm, cut into parts, and the JavaScript that loads them; optimised, compressed, named after content.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::{
    bundle, cache, optimise, publish,
    split::{self, LOADER},
};
use crate::{process, tools, workspace::Workspace};

/// The name that the pages' files begin with; `output-name` in the workspace's leptos settings.
pub const NAME: &str = "switchyard";

/// Stands for the hash until everything is made that the hash is of. As long as a hash, so that it can be replaced inside wasm too.
pub const MARK: &str = "hash-of-all-code";

/// The name, before the hash, of the list that tells leptos which parts a page needs.
pub const MANIFEST: &str = "__wasm_split_manifest";

/// To be counted up whenever the steps below make something else of the same input.
const STEPS: &[u8] = b"5";

/// Compiles the pages for the browser. Always for size: one wasm serves every build. Splitting needs the relocations.
pub fn compile(workspace: &Workspace) -> Result<PathBuf> {
    let mut cargo =
        workspace.cargo(["rustc", "-p", "frontend", "--lib", "--target", tools::WASM, "--profile", "wasm-release"]);
    cargo.args(["--", "-C", "link-arg=--emit-relocs"]);
    process::run(&mut cargo)?;
    Ok(workspace.target.join(tools::WASM).join("wasm-release/frontend.wasm"))
}

/// A folder with what the browser loads, made from cargo's wasm.
pub fn publish(workspace: &Workspace, wasm: &Path) -> Result<PathBuf> {
    let compiled = fs::read(wasm).with_context(|| format!("{} cannot be read", wasm.display()))?;
    let optimiser = optimise::Optimiser::find(workspace)?;
    let versions = ["wasm-bindgen-cli-support", "wasm_split_cli_support"].map(|tool| locked_version(workspace, tool));
    let [bindgen, splitter] = versions;
    let (bindgen, splitter) = (bindgen?, splitter?);
    let inputs: [&[u8]; 5] =
        [&compiled, STEPS, bindgen.as_bytes(), splitter.as_bytes(), optimiser.identity().as_bytes()];
    cache::filled(&workspace.cache(), "code", &inputs, |folder| {
        let loose = workspace.cache().join("bindgen");
        cache::remove(&loose)?;
        let files = make(&compiled, &optimiser, &loose)?;
        publish_together(folder, files)?;
        // Imported by the script with relative paths that carry a hash already.
        publish::copied(&loose.join("snippets"), &folder.join("snippets"))?;
        cache::remove(&loose)
    })
}

/// The finished files by name and extension, still with the mark in the place of the hash.
fn make(compiled: &[u8], optimiser: &optimise::Optimiser, loose: &Path) -> Result<BTreeMap<(String, String), Vec<u8>>> {
    let parts = split::split(compiled, &loose.join("parts"))?;
    bind(&parts.main, loose)?;
    let bound = loose.join(format!("{NAME}_bg.wasm"));
    optimiser.shrink(parts.others.iter().map(PathBuf::as_path).chain([bound.as_path()]))?;
    let bundles = bundle::bundle(&parts)?;
    let scripts = [NAME, LOADER].map(|name| loose.join(format!("{name}.js")));
    fs::write(&scripts[1], &bundles.loader)?;
    optimiser.shrink(scripts.iter().map(PathBuf::as_path))?;
    let named = |name: &str, extension: &str| (name.to_owned(), extension.to_owned());
    let manifest: BTreeMap<_, _> =
        bundles.files.keys().map(|part| (part.clone(), [format!("{part}.{MARK}")])).collect();
    let mut files: BTreeMap<_, _> =
        bundles.files.into_iter().map(|(name, content)| ((name, "wasm".to_owned()), content)).collect();
    files.insert(named(NAME, "wasm"), fs::read(&bound)?);
    for (name, script) in [NAME, LOADER].into_iter().zip(&scripts) {
        files.insert(named(name, "js"), fs::read(script)?);
    }
    files.insert(named(MANIFEST, "json"), serde_json::to_vec(&manifest)?);
    Ok(files)
}

/// Writes files under one hash of them all. They name each other in circles and only work together, so none has a hash of its own.
fn publish_together(folder: &Path, files: BTreeMap<(String, String), Vec<u8>>) -> Result<()> {
    let contents: Vec<&[u8]> =
        files.iter().flat_map(|((name, _), content)| [name.as_bytes(), content.as_slice()]).collect();
    let hash = cache::key(&contents);
    anyhow::ensure!(hash.len() == MARK.len(), "the mark must be as long as a hash");
    files.into_iter().try_for_each(|((name, extension), content)| {
        publish::with_copies(&folder.join(format!("{name}.{hash}.{extension}")), &replace(content, MARK, &hash))
    })
}

/// Replaces one text by another of the same length.
fn replace(mut content: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    let mut at = 0;
    while let Some(found) = content[at..].windows(from.len()).position(|window| window == from.as_bytes()) {
        let start = at + found;
        at = start + from.len();
        content[start..at].copy_from_slice(to.as_bytes());
    }
    content
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
        // The parts share the memory, the table and the stack of the main module.
        .keep_lld_exports(true)
        .out_name(NAME)
        .generate(folder)
        .context("wasm-bindgen could not read what cargo built")
}

/// The version of a tool that the lock file pins.
fn locked_version(workspace: &Workspace, tool: &str) -> Result<String> {
    let lock = fs::read_to_string(workspace.path("Cargo.lock"))?;
    let name = format!("name = \"{tool}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    Ok(lines.nth(1).with_context(|| format!("Cargo.lock names no {tool}"))?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_replaced_wherever_it_stands() {
        let content = format!("{MARK} a {MARK}{MARK} b").into_bytes();
        assert_eq!(
            replace(content, MARK, "0123456789abcdef"),
            b"0123456789abcdef a 0123456789abcdef0123456789abcdef b"
        );
        assert_eq!(replace(Vec::new(), MARK, "0123456789abcdef"), b"");
    }
}
