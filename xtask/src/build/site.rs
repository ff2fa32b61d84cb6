//! The folder that the server reads beside its own binary: `pkg/` (named after content), `assets/` (own names), `hash.txt`.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::{cache, code, publish, split, style};
use crate::workspace::Workspace;

/// What leptos asks the hash of: its word for the file, and the file.
const HASHED: [(&str, &str, &str); 5] = [
    ("js", code::NAME, "js"),
    ("wasm", code::NAME, "wasm"),
    ("css", code::NAME, "css"),
    ("split", split::LOADER, "js"),
    ("manifest", code::MANIFEST, "json"),
];

/// Puts the whole site together and swaps it for the last one.
pub fn assemble(workspace: &Workspace, wasm: &Path) -> Result<()> {
    let made = code::publish(workspace, wasm)?;
    let fresh = workspace.dist().join("site.new");
    cache::remove(&fresh)?;
    let pkg = fresh.join("pkg");
    copy_tree(&made, &pkg)?;
    publish::hashed(&pkg, code::NAME, "css", style::sheet(&workspace.path("style/main.css"))?.as_bytes())?;
    publish::copied(&workspace.path("style/assets"), &fresh.join("assets"))?;
    fs::write(fresh.join("hash.txt"), hash_file(&pkg)?)?;
    let site = workspace.dist().join("site");
    cache::remove(&site)?;
    fs::rename(&fresh, &site).with_context(|| format!("{} cannot be replaced", site.display()))
}

/// The names' hashes in the form that leptos reads (`hash_files`).
fn hash_file(pkg: &Path) -> Result<String> {
    let mut lines = String::new();
    for (entry, name, extension) in HASHED {
        lines += &format!("{entry}: {}\n", publish::hash_in(pkg, name, extension)?);
    }
    Ok(lines)
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
