//! SHA-256 digests as they must be written, and those that are never of anything meaningful.

use crate::ads::segments::Digest;

/// Digests of nothing: the empty text, `null`, `undefined`, `None`, and the advertising id of all zeros.
const EMPTY: [&str; 5] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b",
    "eb045d78d273107348b0300c01d29b7552d622abbc6faf81b3ec55359aa9950c",
    "dc937b59892604f5a86ac96936cd7ff09e25f18ae6b758e8014a24c7fa039e91",
    "12b9377cbe7e5c94e8a70d9d23929523d14afa954793130f8a3959c7b849aca8",
];

/// Reads 64 lower-case hex digits; the error says what is wrong without repeating the value.
pub fn parse(text: &str) -> Result<Digest, &'static str> {
    const NOT_HASHED: &str = "must be a SHA-256 hash of 64 lower-case hex digits";
    let bytes = text.as_bytes();
    if bytes.len() != 64 {
        return Err(NOT_HASHED);
    }
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(bytes.chunks_exact(2)) {
        let (Some(high), Some(low)) = (nibble(pair[0]), nibble(pair[1])) else { return Err(NOT_HASHED) };
        *byte = high << 4 | low;
    }
    if EMPTY.contains(&text) {
        return Err("is the hash of an empty value");
    }
    Ok(digest)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_meaningful_lower_case_digests_pass() {
        let good = "542d240129883c019e106e3b1b2d3f3cb3537c43c425364de8e951d5a3083345";
        assert_eq!(parse(good).map(|digest| digest[0]), Ok(0x54));
        assert!(parse(&good.to_uppercase()).is_err());
        assert!(parse(&good[1..]).is_err());
        assert!(parse("person@example.com").is_err());
        assert!(EMPTY.iter().all(|empty| parse(empty) == Err("is the hash of an empty value")));
    }
}
