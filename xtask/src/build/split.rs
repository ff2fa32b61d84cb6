//! The pages' wasm cut apart: what every page needs, and what only some do, fetched when such a page is first visited.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow};
use wasm_split_cli_support::{Options, transform};

use super::code::{MARK, NAME};

/// The name, before the hash, of the script that fetches parts; leptos looks for it.
pub const LOADER: &str = "__wasm_split";

/// What came out.
pub struct Parts {
    /// What every page needs. wasm-bindgen has still to work on it.
    pub main: PathBuf,
    /// The pieces that only some pages need. None of them is empty.
    pub others: Vec<PathBuf>,
    /// The names of the pieces, without extension, that each part of the pages needs.
    pub needed_by: BTreeMap<String, Vec<String>>,
}

/// Cuts cargo's wasm (linked with its relocations) into pieces in a folder.
pub fn split(compiled: &[u8], folder: &Path) -> Result<Parts> {
    fs::create_dir_all(folder)?;
    let main = folder.join("main.wasm");
    let (link, module) = (format!("./{LOADER}.{MARK}.js"), format!("./{NAME}.{MARK}.js"));
    let mut options = Options::new(compiled);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.link_name = &link;
    options.main_module = &module;
    let made = transform(options).map_err(|error| anyhow!("{error:#}")).context("the wasm could not be split")?;
    let others = made.split_modules.into_iter().filter(|part| part.is_file()).collect();
    Ok(Parts { main, others, needed_by: made.prefetch_map.into_iter().collect() })
}
