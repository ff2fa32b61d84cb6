//! Sealing of personal data and secrets, and keyed hashes for looking them up.

use std::{cell::RefCell, sync::Arc};

use chacha20::{R20, hchacha};
use hmac::{Hmac, KeyInit, Mac};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Stands in front of each sealed value, so that keys can be changed later.
const KEY_ID: u8 = 1;
const NONCE_LEN: usize = 24;
const TAG_LEN: usize = 16;
/// Nonces that a thread draws at once.
const NONCES: usize = 64;

/// A sealed value that can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another key, another row, or damaged.
    #[error(
        "a sealed value can't be opened: SWITCHYARD_SECRET_KEY is not the one that it was sealed with, or it is damaged"
    )]
    Wrong,
    /// It doesn't hold text.
    #[error("a sealed value is not UTF-8")]
    NotText,
}

/// The keys that follow from `SWITCHYARD_SECRET_KEY`.
#[derive(Clone)]
pub struct Keys {
    seal: Arc<Zeroizing<[u8; 32]>>,
    /// Has taken its key already.
    lookup: Hmac<Sha256>,
}

impl Keys {
    /// Derives all keys from the master key.
    #[must_use]
    pub fn new(master: &[u8; 32]) -> Self {
        let lookup = Zeroizing::new(mac(master, b"switchyard lookup v1"));
        Self {
            seal: Arc::new(Zeroizing::new(mac(master, b"switchyard seal v1"))),
            lookup: <Hmac<Sha256>>::new_from_slice(&lookup[..]).expect("any key length will do"),
        }
    }

    /// Seals a value for one place: `place` names table, row and column, and is needed to open it.
    ///
    /// # Panics
    /// If the system has no randomness.
    #[must_use]
    pub fn seal(&self, place: &str, plain: &[u8]) -> Vec<u8> {
        let nonce = nonce();
        let mut out = Vec::with_capacity(1 + NONCE_LEN + plain.len() + TAG_LEN);
        out.push(KEY_ID);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(plain);
        let (cipher, nonce) = self.cipher(&nonce);
        let tag = cipher
            .seal_in_place_separate_tag(nonce, Aad::from(place), &mut out[1 + NONCE_LEN..])
            .expect("messages here are far below the cipher's limit");
        out.extend_from_slice(tag.as_ref());
        out
    }

    /// XChaCha20-Poly1305 is ChaCha20-Poly1305 with a key of the nonce's own: the beginning of the nonce makes the key, the rest is
    /// the nonce.
    fn cipher(&self, nonce: &[u8; NONCE_LEN]) -> (LessSafeKey, Nonce) {
        let (first, rest) = nonce.split_first_chunk::<16>().expect("it is longer");
        let key = Zeroizing::new(<[u8; 32]>::from(hchacha::<R20>((&**self.seal).into(), first.into())));
        let key = UnboundKey::new(&CHACHA20_POLY1305, &key[..]).expect("a key of the cipher's length");
        let mut short = [0; 12];
        short[4..].copy_from_slice(rest);
        (LessSafeKey::new(key), Nonce::assume_unique_for_key(short))
    }

    /// Opens what was sealed for the same place.
    ///
    /// # Errors
    /// [`OpenError::Wrong`] for another key or place.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (&KEY_ID, rest) = sealed.split_first().ok_or(OpenError::Wrong)? else { return Err(OpenError::Wrong) };
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>().ok_or(OpenError::Wrong)?;
        let (cipher, nonce) = self.cipher(nonce);
        let mut plain = sealed.to_vec();
        let length = cipher.open_in_place(nonce, Aad::from(place), &mut plain).map_err(|_| OpenError::Wrong)?.len();
        plain.truncate(length);
        Ok(plain)
    }

    /// Opens text.
    ///
    /// # Errors
    /// As [`Keys::open`].
    pub fn open_text(&self, place: &str, sealed: &[u8]) -> Result<String, OpenError> {
        String::from_utf8(self.open(place, sealed)?).map_err(|_| OpenError::NotText)
    }

    /// The keyed hash that a value of this kind (`email`, `phone`, …) is looked up by. Fold the value first.
    #[must_use]
    pub fn lookup(&self, kind: &str, value: &str) -> [u8; 32] {
        let mut hmac = self.lookup.clone();
        hmac.update(kind.as_bytes());
        hmac.update(&[0]);
        hmac.update(value.as_bytes());
        hmac.finalize().into_bytes().into()
    }
}

/// Random bytes that nobody had before. The system is asked for many at once, which costs hardly more than few.
fn nonce() -> [u8; NONCE_LEN] {
    thread_local! {
        static SPARE: RefCell<Vec<[u8; NONCE_LEN]>> = const { RefCell::new(Vec::new()) };
    }
    SPARE.with_borrow_mut(|spare| {
        if spare.is_empty() {
            spare.resize(NONCES, [0; NONCE_LEN]);
            getrandom::fill(spare.as_flattened_mut()).expect("the system's randomness");
        }
        spare.pop().expect("there are some")
    })
}

fn mac(key: &[u8], label: &[u8]) -> [u8; 32] {
    let mut hmac = <Hmac<Sha256>>::new_from_slice(key).expect("any key length will do");
    hmac.update(label);
    hmac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use chacha20poly1305::{
        XChaCha20Poly1305, XNonce,
        aead::{Aead, Payload},
    };

    use super::*;

    #[test]
    fn opens_only_in_its_own_place_and_with_its_own_key() {
        let keys = Keys::new(&[7; 32]);
        let sealed = keys.seal("users/1/email", b"dana@northwind.example");
        assert_eq!(keys.open_text("users/1/email", &sealed).unwrap(), "dana@northwind.example");
        assert!(keys.open("users/2/email", &sealed).is_err());
        assert!(Keys::new(&[8; 32]).open("users/1/email", &sealed).is_err());
        for end in 0..sealed.len() {
            assert!(keys.open("users/1/email", &sealed[..end]).is_err());
        }
    }

    #[test]
    fn what_is_sealed_is_xchacha20_poly1305() {
        let keys = Keys::new(&[7; 32]);
        let other = XChaCha20Poly1305::new(&(**keys.seal).into());
        for length in [0, 1, 15, 16, 63, 64, 65, 1_000] {
            let (place, plain) = (&"events/1/body"[..length % 14], vec![length as u8; length]);
            let sealed = keys.seal(place, &plain);
            let nonce = XNonce::try_from(&sealed[1..1 + NONCE_LEN]).unwrap();
            let by_other = other.encrypt(&nonce, Payload { msg: &plain, aad: place.as_bytes() }).unwrap();
            assert_eq!(sealed[1 + NONCE_LEN..], by_other);
            assert_eq!(keys.open(place, &sealed).unwrap(), plain);
        }
    }

    #[test]
    fn look_ups_are_keyed_and_kinds_are_apart() {
        let keys = Keys::new(&[7; 32]);
        assert_eq!(keys.lookup("email", "a@b.c"), keys.lookup("email", "a@b.c"));
        assert_ne!(keys.lookup("email", "1"), keys.lookup("phone", "1"));
        assert_ne!(keys.lookup("email", "1"), Keys::new(&[8; 32]).lookup("email", "1"));
    }
}
