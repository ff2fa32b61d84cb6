//! SHA-256 as lower-case hex, values that come hashed already, and digests that are never sent (reference section 12).

use sha2::{Digest, Sha256};

use super::Refusal;

/// Digests of values that stand for nothing (reference section 12.1), in order.
const NEVER_SEND: [&str; 6] = [
    // the zero advertising id
    "12b9377cbe7e5c94e8a70d9d23929523d14afa954793130f8a3959c7b849aca8",
    // none
    "140bedbf9c3f6d56a9846d2ba7088798683f4da0c248231336e6a05679e4fdfe",
    // null
    "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b",
    // None
    "dc937b59892604f5a86ac96936cd7ff09e25f18ae6b758e8014a24c7fa039e91",
    // the empty text
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    // undefined
    "eb045d78d273107348b0300c01d29b7552d622abbc6faf81b3ec55359aa9950c",
];

/// The SHA-256 of a text in lower-case hex.
#[must_use]
pub fn sha256(text: &str) -> String {
    const_hex::encode(Sha256::digest(text.as_bytes()))
}

/// Whether a digest is of a value that stands for nothing.
#[must_use]
pub fn is_never_sent(digest: &str) -> bool {
    NEVER_SEND.binary_search(&digest).is_ok()
}

/// What a text is, seen as a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hashed {
    /// Plain text: still to be normalised and hashed.
    No,
    /// A SHA-256 digest, in lower case: passed on as it is.
    Sha256(String),
}

/// Recognises a value that is hashed already.
///
/// # Errors
/// [`Refusal::OtherHash`] for MD5 and SHA-1, [`Refusal::NeverSend`] for the digest of nothing.
pub fn recognise(text: &str) -> Result<Hashed, Refusal> {
    let hex = matches!(text.len(), 32 | 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
    if !hex {
        return Ok(Hashed::No);
    }
    if text.len() != 64 {
        return Err(Refusal::OtherHash);
    }
    let digest = text.to_ascii_lowercase();
    if is_never_sent(&digest) { Err(Refusal::NeverSend) } else { Ok(Hashed::Sha256(digest)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_nothing_are_refused_in_any_case() {
        for text in ["", "null", "undefined", "None", "none", "00000000-0000-0000-0000-000000000000"] {
            let digest = sha256(text);
            assert!(is_never_sent(&digest), "{text}");
            assert_eq!(recognise(&digest.to_uppercase()), Err(Refusal::NeverSend));
        }
        assert!(NEVER_SEND.is_sorted());
    }

    #[test]
    fn hashes_are_told_by_length_and_alphabet() {
        let digest = sha256("person@example.com");
        assert_eq!(recognise(&digest), Ok(Hashed::Sha256(digest.clone())));
        assert_eq!(recognise(&digest.to_uppercase()), Ok(Hashed::Sha256(digest.clone())));
        assert_eq!(recognise(&digest[..63]), Ok(Hashed::No));
        assert_eq!(recognise(&format!("{digest}a")), Ok(Hashed::No));
        assert_eq!(recognise(&digest.replace(&digest[..1], "g")), Ok(Hashed::No));
        assert_eq!(recognise(&digest[..32]), Err(Refusal::OtherHash));
        assert_eq!(recognise(&digest[..40]), Err(Refusal::OtherHash));
    }
}
