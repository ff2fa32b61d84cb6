//! What a browser has to fetch before the first page is alive.

use std::{fmt, fs, path::Path};

use anyhow::Result;

use super::{code, publish};

/// The most that wasm and script together may weigh, compressed with brotli. The goal is 300,000: until the code of pages comes in
/// parts, this keeps it from growing.
pub const LIMIT: u64 = 550_000;

/// The first view's files in bytes, compressed with brotli.
pub struct FirstView {
    wasm: u64,
    script: u64,
    style: u64,
}

/// Weighs a built site.
pub fn of(site: &Path) -> Result<FirstView> {
    let pkg = site.join("pkg");
    let weigh = |extension: &str| -> Result<u64> {
        let hash = publish::hash_in(&pkg, code::NAME, extension)?;
        Ok(fs::metadata(pkg.join(format!("{}.{hash}.{extension}.br", code::NAME)))?.len())
    };
    Ok(FirstView { wasm: weigh("wasm")?, script: weigh("js")?, style: weigh("css")? })
}

impl FirstView {
    /// What the limit is about.
    pub fn code(&self) -> u64 {
        self.wasm + self.script
    }
}

impl fmt::Display for FirstView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kb = |bytes: u64| format!("{:.1} kB", bytes as f64 / 1_000.0);
        write!(
            f,
            "first view, brotli: {} of {} (wasm {}, script {}; and style {})",
            kb(self.code()),
            kb(LIMIT),
            kb(self.wasm),
            kb(self.script),
            kb(self.style)
        )
    }
}
