//! A file of people on the disk: sealed in portions, readable from any byte on, deleted as soon as it was imported.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use domain::UploadId;
use store::Keys;

/// Plain bytes of one portion. All but the last one are full, so that the place of each is known.
const PORTION: usize = 256 * 1024;
/// What sealing adds: key id, nonce, tag.
const SEAL: usize = 1 + 24 + 16;

/// Where the files of people are.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    fn file(&self, id: UploadId) -> PathBuf {
        self.path.join(format!("{id}.sealed"))
    }

    /// Makes the file, readable by nobody else.
    pub(super) fn create(&self, id: UploadId, keys: Keys) -> io::Result<SealedWriter> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.path)?;
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.file(id))?;
        Ok(SealedWriter { file, keys, id, portion: Vec::with_capacity(PORTION), portions: 0, bytes: 0 })
    }

    /// Opens the file at a byte.
    pub(super) fn open(&self, id: UploadId, keys: Keys, bytes: u64, at: u64) -> io::Result<SealedReader> {
        let mut file = File::open(self.file(id))?;
        let portion = at / PORTION as u64;
        file.seek(SeekFrom::Start(portion * (PORTION + SEAL) as u64))?;
        let mut reader = SealedReader { file, keys, id, bytes, portion, plain: Vec::new(), at: 0 };
        reader.fill()?;
        reader.at = usize::try_from(at % PORTION as u64).unwrap_or(0).min(reader.plain.len());
        Ok(reader)
    }

    /// Deletes the file, if it is there.
    pub(super) fn delete(&self, id: UploadId) -> io::Result<()> {
        match fs::remove_file(self.file(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The files that are there.
    pub(super) fn list(&self) -> io::Result<Vec<PathBuf>> {
        match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            entries => entries?.map(|entry| Ok(entry?.path())).collect(),
        }
    }
}

/// Deletes these files unless they belong to one of the uploads that are kept.
pub(super) fn keep_only(files: &[PathBuf], kept: &[UploadId]) -> io::Result<()> {
    for path in files {
        let id = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        if id.is_none_or(|id| !kept.contains(&id)) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn place(id: UploadId, portion: u64) -> String {
    format!("uploads/{id}/{portion}")
}

/// Seals what arrives.
pub(super) struct SealedWriter {
    file: File,
    keys: Keys,
    id: UploadId,
    portion: Vec<u8>,
    portions: u64,
    bytes: u64,
}

impl SealedWriter {
    /// Bytes so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes some bytes.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            let part = bytes.len().min(PORTION - self.portion.len());
            self.portion.extend_from_slice(&bytes[..part]);
            bytes = &bytes[part..];
            if self.portion.len() == PORTION {
                self.seal()?;
            }
        }
        Ok(())
    }

    /// Writes what is left, for good.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        if !self.portion.is_empty() {
            self.seal()?;
        }
        self.file.sync_all()?;
        Ok(self.bytes)
    }

    fn seal(&mut self) -> io::Result<()> {
        self.file.write_all(&self.keys.seal(&place(self.id, self.portions), &self.portion))?;
        self.portions += 1;
        self.portion.clear();
        Ok(())
    }
}

/// Opens portion after portion.
pub(super) struct SealedReader {
    file: File,
    keys: Keys,
    id: UploadId,
    /// Plain bytes of the whole file: a file that was cut off is found out.
    bytes: u64,
    /// The portion that comes next.
    portion: u64,
    plain: Vec<u8>,
    at: usize,
}

impl SealedReader {
    fn fill(&mut self) -> io::Result<()> {
        let left = self.bytes.saturating_sub(self.portion * PORTION as u64);
        let wanted = usize::try_from(left).unwrap_or(PORTION).min(PORTION);
        self.at = 0;
        self.plain.clear();
        if wanted == 0 {
            return Ok(());
        }
        let mut sealed = vec![0; wanted + SEAL];
        self.file.read_exact(&mut sealed)?;
        self.plain = self.keys.open(&place(self.id, self.portion), &sealed).map_err(io::Error::other)?;
        self.portion += 1;
        Ok(())
    }
}

impl Read for SealedReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.plain.len() {
            self.fill()?;
        }
        let part = into.len().min(self.plain.len() - self.at);
        into[..part].copy_from_slice(&self.plain[self.at..self.at + part]);
        self.at += part;
        Ok(part)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_written_is_sealed_and_read_from_anywhere() {
        let temporary = tempfile::tempdir().unwrap();
        let (folder, keys) = (Folder::new(&temporary.path().join("uploads")), Keys::new(&[7; 32]));
        let id: UploadId = "01900000-0000-7000-8000-000000000001".parse().unwrap();
        let plain: Vec<u8> = (0..700_000_u32).map(|n| (n % 251) as u8).collect();
        let mut writer = folder.create(id, keys.clone()).unwrap();
        plain.chunks(1_000).for_each(|part| writer.write(part).unwrap());
        let bytes = writer.finish().unwrap();
        assert_eq!(bytes, plain.len() as u64);
        let path = folder.file(id);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let sealed = fs::read(&path).unwrap();
        assert!(!sealed.windows(64).any(|part| part == &plain[..64]));
        for at in [0, 1, PORTION - 1, PORTION, PORTION + 1, 2 * PORTION, plain.len() - 1, plain.len()] {
            let mut read = Vec::new();
            folder.open(id, keys.clone(), bytes, at as u64).unwrap().read_to_end(&mut read).unwrap();
            assert_eq!(read, plain[at..], "{at}");
        }
        fs::write(&path, &sealed[..sealed.len() - 1]).unwrap();
        assert!(folder.open(id, keys.clone(), bytes, 0).unwrap().read_to_end(&mut Vec::new()).is_err());
        assert!(folder.open(id, Keys::new(&[8; 32]), bytes, 0).is_err());
        keep_only(&folder.list().unwrap(), &[id]).unwrap();
        assert!(path.exists());
        keep_only(&folder.list().unwrap(), &[]).unwrap();
        assert!(!path.exists());
        folder.delete(id).unwrap();
    }
}
