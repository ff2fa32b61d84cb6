//! Folders named after the content that they were made from. Times of files say nothing in a fresh clone beside an old target folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use sha2::{Digest, Sha256};

/// The folder for these inputs, filled by `fill` unless an earlier build did.
pub fn filled(cache: &Path, kind: &str, inputs: &[&[u8]], fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let folder = cache.join(format!("{kind}-{}", key(inputs)));
    if folder.is_dir() {
        return Ok(folder);
    }
    // A name that no key has: a build that was cut off never passes for a finished one.
    let unfinished = cache.join(format!("{kind}-unfinished"));
    remove(&unfinished)?;
    fs::create_dir_all(&unfinished)?;
    fill(&unfinished)?;
    forget_others(cache, kind)?;
    fs::rename(&unfinished, &folder)?;
    Ok(folder)
}

/// A name for content: the first 64 bits of its SHA-256.
pub fn key(inputs: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for input in inputs {
        hash.update((input.len() as u64).to_le_bytes());
        hash.update(input);
    }
    const_hex::encode(&hash.finalize()[..8])
}

/// Removes a folder, if it is there.
pub fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(())
}

/// Keeps the cache at one folder of each kind.
fn forget_others(cache: &Path, kind: &str) -> Result<()> {
    for entry in fs::read_dir(cache)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.strip_prefix(kind).is_some_and(|rest| rest.starts_with('-') && rest != "-unfinished") {
            remove(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-cache-{name}-{}", std::process::id()));
        remove(&folder).unwrap();
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn the_same_inputs_are_worked_on_once() {
        let cache = folder("once");
        let mut runs = 0;
        for _ in 0..2 {
            let made = filled(&cache, "code", &[b"a", b"b"], |to| {
                runs += 1;
                Ok(fs::write(to.join("made"), "x")?)
            })
            .unwrap();
            assert!(made.join("made").is_file());
        }
        assert_eq!(runs, 1);
        remove(&cache).unwrap();
    }

    #[test]
    fn a_failed_run_leaves_nothing_that_passes_for_finished() {
        let cache = folder("failed");
        assert!(filled(&cache, "code", &[b"a"], |_| anyhow::bail!("no")).is_err());
        let made = filled(&cache, "code", &[b"a"], |to| Ok(fs::write(to.join("made"), "x")?)).unwrap();
        assert!(made.join("made").is_file());
        remove(&cache).unwrap();
    }

    #[test]
    fn other_inputs_take_the_place_of_the_old() {
        let cache = folder("others");
        let old = filled(&cache, "code", &[b"a"], |_| Ok(())).unwrap();
        let new = filled(&cache, "code", &[b"b"], |_| Ok(())).unwrap();
        assert!(!old.exists() && new.is_dir());
        remove(&cache).unwrap();
    }

    #[test]
    fn inputs_do_not_run_into_each_other() {
        assert_ne!(key(&[b"ab", b"c"]), key(&[b"a", b"bc"]));
    }
}
