//! Unpacks gzip bodies up to a limit, and packs answers for browsers that take gzip.

use std::io::Read;

use axum::http::{HeaderMap, header};
use bytes::Bytes;
use flate2::{
    Compression,
    read::{GzEncoder, MultiGzDecoder},
};

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

/// The body as small as gzip makes it; `None` if that failed.
pub fn pack(body: &[u8]) -> Option<Vec<u8>> {
    let mut packed = Vec::with_capacity(body.len() / 2);
    GzEncoder::new(body, Compression::best()).read_to_end(&mut packed).ok()?;
    Some(packed)
}

/// Whether the client takes gzip.
pub fn is_accepted(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|entry| {
        let (coding, weight) = entry.split_once(';').unwrap_or((entry, ""));
        let refused = weight.split_once('=').is_some_and(|(_, q)| q.trim().parse() == Ok(0.0_f32));
        coding.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_the_client_lists() {
        for (list, expected) in
            [("gzip", true), ("br, GZip;q=0.5", true), ("gzip;q=0, br", false), ("identity", false), ("", false)]
        {
            let headers = [(header::ACCEPT_ENCODING, list.parse().unwrap())].into_iter().collect();
            assert_eq!(is_accepted(&headers), expected, "{list}");
        }
        assert!(!is_accepted(&HeaderMap::new()));
    }

    #[test]
    fn stops_at_the_limit() {
        let packed = pack(&vec![b'x'; 1_000]).unwrap();
        assert_eq!(unpack(&packed, 1_000).unwrap().len(), 1_000);
        assert_eq!(unpack(&packed, 999), Err(GzipError::TooLarge));
        assert_eq!(unpack(&packed[..packed.len() - 9], 1_000), Err(GzipError::Damaged));
        assert_eq!(unpack(b"{}", 1_000), Err(GzipError::Damaged));
    }
}
