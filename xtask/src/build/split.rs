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
    /// The part that every page needs. wasm-bindgen has still to work on it.
    pub main: PathBuf,
    /// The parts that only some pages need, under the names that the loader knows.
    pub others: Vec<PathBuf>,
    /// The script that fetches them.
    pub loader: PathBuf,
    /// The names of the parts, without extension, that each lazy function needs.
    pub needed_by: BTreeMap<String, Vec<String>>,
}

/// Cuts cargo's wasm (linked with its relocations) into parts in a folder, the loader beside them.
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
    let loader = folder.join(&link);
    mark_parts(&loader)?;
    let others = made.split_modules.into_iter().filter(|part| part.is_file()).collect();
    Ok(Parts { main, others, loader, needed_by: made.prefetch_map.into_iter().collect() })
}

/// Makes the loader ask for `part.MARK.wasm` in the place of `part.wasm`.
fn mark_parts(loader: &Path) -> Result<()> {
    let script = fs::read_to_string(loader)?;
    Ok(fs::write(loader, script.replace(".wasm\"", &format!(".{MARK}.wasm\"")))?)
}
