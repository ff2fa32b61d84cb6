//! Files as a browser fetches them: named after their content, with a brotli and a gzip copy beside each.

use std::{fs, io::Write, path::Path};

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};

use super::cache;

/// Formats that are compressed already gain nothing.
const COMPRESSIBLE: [&str; 8] = ["css", "html", "ico", "js", "json", "svg", "txt", "webmanifest"];

/// Writes `name.HASH.extension` and its compressed copies.
pub fn hashed(folder: &Path, name: &str, extension: &str, content: &[u8]) -> Result<()> {
    with_copies(&folder.join(format!("{name}.{}.{extension}", cache::key(&[content]))), content)
}

/// A file's name without its extension.
pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The hash in the name of the one file `name.HASH.extension` in a folder.
pub fn hash_in(folder: &Path, name: &str, extension: &str) -> Result<String> {
    let (before, after) = (format!("{name}."), format!(".{extension}"));
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        if let Some(hash) = file.strip_prefix(&before).and_then(|rest| rest.strip_suffix(&after)) {
            return Ok(hash.to_owned());
        }
    }
    anyhow::bail!("{} has no {name}.HASH.{extension}", folder.display())
}

/// Copies a folder of static files under their own names, with compressed copies where that helps; nothing if it is missing.
pub fn copied(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let extension = source.extension().unwrap_or_default().to_string_lossy().into_owned();
        if source.is_dir() {
            copied(&source, &target)?;
        } else if COMPRESSIBLE.contains(&extension.as_str()) {
            with_copies(&target, &fs::read(&source)?)?;
        } else {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

/// Writes a file and its compressed copies.
pub fn with_copies(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).with_context(|| format!("{} cannot be written", path.display()))?;
    let beside = |suffix: &str| format!("{}.{suffix}", path.display());
    let mut brotli = fs::File::create(beside("br"))?;
    brotli::BrotliCompress(&mut &content[..], &mut brotli, &BrotliEncoderParams::default())?;
    let mut gzip = GzEncoder::new(fs::File::create(beside("gz"))?, Compression::best());
    gzip.write_all(content)?;
    gzip.finish()?;
    Ok(())
}
