//! What a browser has to fetch before the first page is alive.

use std::{collections::BTreeMap, fmt, fs, path::Path};

use anyhow::{Context, Result};

use super::{code, publish, split};

/// The most that the code of the first view may weigh, compressed with brotli.
pub const LIMIT: u64 = 300_000;

/// The part with the pages that everybody meets first: set-up and sign-in. The others are fetched when they are visited.
const FIRST: &str = "doors";

/// The first view's files in bytes, compressed with brotli.
pub struct FirstView {
    wasm: u64,
    script: u64,
    loader: u64,
    style: u64,
    /// What each page needs beyond that, the heaviest first.
    pages: Vec<(String, u64)>,
}

/// Weighs a built site.
pub fn of(site: &Path) -> Result<FirstView> {
    let pkg = site.join("pkg");
    let weigh = |file: String| -> Result<u64> {
        let path = pkg.join(file + ".br");
        Ok(fs::metadata(&path).with_context(|| format!("{} cannot be weighed", path.display()))?.len())
    };
    let hashed = |name: &str, extension: &str| -> Result<u64> {
        weigh(format!("{name}.{}.{extension}", publish::hash_in(&pkg, name, extension)?))
    };
    let manifest = format!("{}.{}.json", code::MANIFEST, publish::hash_in(&pkg, code::MANIFEST, "json")?);
    let needed: BTreeMap<String, Vec<String>> = serde_json::from_slice(&fs::read(pkg.join(manifest))?)?;
    let mut pages = Vec::new();
    for (page, parts) in needed {
        let weights = parts.into_iter().map(|part| weigh(part + ".wasm")).collect::<Result<Vec<_>>>()?;
        pages.push((page, weights.iter().sum()));
    }
    pages.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    Ok(FirstView {
        wasm: hashed(code::NAME, "wasm")?,
        script: hashed(code::NAME, "js")?,
        loader: hashed(split::LOADER, "js")?,
        style: hashed(code::NAME, "css")?,
        pages,
    })
}

impl FirstView {
    /// What the limit is about: the main module, both scripts, and the parts of the first pages. Without those it can't hold.
    pub fn code(&self) -> u64 {
        let first = self.pages.iter().find(|(page, _)| page == FIRST);
        first.map_or(u64::MAX, |(_, weight)| self.shared() + weight)
    }

    /// What is fetched whichever page comes first.
    fn shared(&self) -> u64 {
        self.wasm + self.script + self.loader
    }
}

impl fmt::Display for FirstView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kb = |bytes: u64| format!("{:.1} kB", bytes as f64 / 1_000.0);
        writeln!(
            f,
            "first view, brotli: {} of {} for set-up and sign-in (and style {})",
            kb(self.code()),
            kb(LIMIT),
            kb(self.style)
        )?;
        write!(
            f,
            "  every page: {} (wasm {}, script {}, loader {})",
            kb(self.shared()),
            kb(self.wasm),
            kb(self.script),
            kb(self.loader)
        )?;
        self.pages.iter().try_for_each(|(page, weight)| write!(f, "\n  + {page}: {}", kb(*weight)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(pages: &[(&str, u64)]) -> FirstView {
        let pages = pages.iter().map(|(page, weight)| ((*page).to_owned(), *weight)).collect();
        FirstView { wasm: 100, script: 20, loader: 3, style: 4_000, pages }
    }

    #[test]
    fn counts_the_pages_that_come_first() {
        assert_eq!(view(&[("events", 50), (FIRST, 7)]).code(), 130);
        assert_eq!(view(&[("events", 50)]).code(), u64::MAX);
    }
}
