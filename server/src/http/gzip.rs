//! Unpacks gzip bodies up to a limit.

use std::io::Read;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;

/// Why a body was not unpacked.
#[derive(Debug, PartialEq, Eq)]
pub enum GzipError {
    /// It expands to more than the limit.
    TooLarge,
    /// It is not gzip, or damaged.
    Damaged,
}

/// The unpacked body, which holds `limit` bytes at most.
pub fn unpack(packed: &[u8], limit: usize) -> Result<Bytes, GzipError> {
    let mut body = Vec::with_capacity((packed.len() * 4).min(limit));
    MultiGzDecoder::new(packed).take(limit as u64 + 1).read_to_end(&mut body).map_err(|_| GzipError::Damaged)?;
    if body.len() > limit { Err(GzipError::TooLarge) } else { Ok(body.into()) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn pack(body: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn stops_at_the_limit() {
        let packed = pack(&vec![b'x'; 1_000]);
        assert_eq!(unpack(&packed, 1_000).unwrap().len(), 1_000);
        assert_eq!(unpack(&packed, 999), Err(GzipError::TooLarge));
        assert_eq!(unpack(&packed[..packed.len() - 9], 1_000), Err(GzipError::Damaged));
        assert_eq!(unpack(b"{}", 1_000), Err(GzipError::Damaged));
    }
}
