//! What a browser has to fetch before the first page is alive.

use std::{collections::BTreeMap, fmt, fs, path::Path};

use anyhow::{Context, Result};

use super::{code, publish, split};

/// The most that the code of the first view may weigh, compressed with brotli.
pub const LIMIT: u64 = 300_000;

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
    anyhow::ensure!(!pages.is_empty(), "{} has no parts", pkg.display());
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
    /// The parts whose first view, the main module and both scripts with it, is over the limit; in bytes.
    pub fn over(&self) -> Vec<(&str, u64)> {
        let views = self.pages.iter().map(|(page, weight)| (page.as_str(), self.shared() + weight));
        views.filter(|(_, weight)| *weight > LIMIT).collect()
    }

    /// What is fetched whichever page comes first.
    fn shared(&self) -> u64 {
        self.wasm + self.script + self.loader
    }
}

impl fmt::Display for FirstView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kb = |bytes: u64| format!("{:.1} kB", bytes as f64 / 1_000.0);
        write!(
            f,
            "first view, brotli, of at most {}: {} for every page (wasm {}, script {}, loader {}), style {}, and with its part:",
            kb(LIMIT),
            kb(self.shared()),
            kb(self.wasm),
            kb(self.script),
            kb(self.loader),
            kb(self.style),
        )?;
        self.pages.iter().try_for_each(|(page, weight)| write!(f, "\n  {page}: {}", kb(self.shared() + weight)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_parts_that_are_over_their_limit() {
        let pages = [("events", LIMIT), ("people", LIMIT - 123)].map(|(page, weight)| (page.to_owned(), weight)).into();
        let view = FirstView { wasm: 100, script: 20, loader: 3, style: 4_000, pages };
        assert_eq!(view.over(), [("events", LIMIT + 123)]);
    }
}
