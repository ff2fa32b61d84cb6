//! Ids, keys and one-time values. Randomness comes from the system; time from the clock that was handed in.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::{Builder, Uuid};

use crate::Switchyard;

/// Without letters and digits that look alike.
const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// 24 characters of 58 carry 140 bits.
const WRITE_KEY_CHARS: usize = 24;

impl Switchyard {
    /// A new id: of this time, and never the same twice.
    pub(crate) fn new_id(&self) -> Uuid {
        Builder::from_unix_timestamp_millis(self.now().0.unsigned_abs(), &bytes()).into_uuid()
    }
}

/// A write key.
pub(crate) fn write_key() -> String {
    let mut key = "wk_".to_owned();
    while key.len() < 3 + WRITE_KEY_CHARS {
        // 232 is the greatest multiple of 58 in a byte: each character is equally likely.
        let fair = bytes::<32>().into_iter().filter(|byte| *byte < 232);
        for byte in fair.take(3 + WRITE_KEY_CHARS - key.len()) {
            key.push(char::from(BASE58[usize::from(byte) % 58]));
        }
    }
    key
}

/// 32 random bytes for an address.
pub(crate) fn url_token() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system's randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_their_form_and_differ() {
        let key = write_key();
        assert_eq!(key.len(), 27);
        assert!(key.strip_prefix("wk_").unwrap().bytes().all(|b| BASE58.contains(&b)));
        assert_ne!(key, write_key());
        assert_eq!(url_token().len(), 43);
    }
}
