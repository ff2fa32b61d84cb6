//! The pieces that the code was cut into, in one file for each part of the pages: a piece may have 200 bytes, and a page needs more than
//! a hundred of them. In one file they cost one request and are compressed together.

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result};
use serde_json::json;

use super::{
    code::{MARK, NAME},
    publish,
    split::Parts,
};

/// The script that fetches the files, without what this build knows.
const LOADER: &str = include_str!("loader.js");

/// The files, and how to find them.
pub struct Bundles {
    /// Content by part.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The script that fetches them.
    pub loader: String,
}

/// Reads the pieces and puts together what each part needs.
pub fn bundle(parts: &Parts) -> Result<Bundles> {
    let mut pieces = BTreeMap::new();
    for (number, path) in parts.others.iter().enumerate() {
        pieces.insert(publish::stem(path), (number, fs::read(path)?));
    }
    let (mut files, mut tables) = (BTreeMap::new(), BTreeMap::new());
    for (part, names) in &parts.needed_by {
        let (mut file, mut table) = (Vec::new(), Vec::new());
        for name in names {
            let (number, content) = pieces.get(name).with_context(|| format!("the piece {name} was not cut"))?;
            file.extend(content);
            table.push((number, content.len()));
        }
        files.insert(part.clone(), file);
        tables.insert(part, table);
    }
    let mut loader = LOADER
        .replace("\"MAIN\"", &format!("\"./{NAME}.{MARK}.js\""))
        .replace("MARK", MARK)
        .replace("PARTS = {}", &format!("PARTS = {}", json!(tables)));
    for part in files.keys() {
        loader += &format!("export const __wasm_split_load_{part} = loader(\"{part}\");\n");
    }
    Ok(Bundles { files, loader })
}
