//! Keys without regard to case and separators, in a form that is quickly hashed and compared.

/// Keys longer than this are none of ours.
const KEY_MAX: usize = 56;

/// Room for a folded key and the zeros behind it.
pub(crate) type KeyBuffer = [u8; KEY_MAX + WORD];

/// A new one.
pub(crate) const KEY_BUFFER: KeyBuffer = [0; KEY_MAX + WORD];

/// Keys are hashed and compared so many bytes at a time.
const WORD: usize = 8;

/// A folded key in its buffer, with a word of zeros behind it.
#[derive(Clone, Copy)]
pub(super) struct Folded<'b> {
    buffer: &'b KeyBuffer,
    length: usize,
}

impl Folded<'_> {
    /// How many tell it from all others: the last one ends in a zero.
    fn words(self) -> usize {
        self.length / WORD + 1
    }

    /// Where the search for an edge begins in a table of so many places, and the edge's mark, which is never zero.
    pub(super) fn place(self, parent: u16, table: usize) -> (usize, u16) {
        let mut hash = u64::from(parent).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for word in self.buffer.as_chunks::<WORD>().0.iter().take(self.words()) {
            hash = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(29);
        }
        hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
        let (place, mark) = ((hash >> 48) as usize % table, (hash >> 32) as u16 | 1);
        (place, mark)
    }

    pub(super) fn is(self, key: &KeyBuffer) -> bool {
        let pairs = self.buffer.as_chunks::<WORD>().0.iter().zip(key.as_chunks::<WORD>().0);
        pairs.take(self.words()).all(|(one, other)| u64::from_le_bytes(*one) == u64::from_le_bytes(*other))
    }
}

/// A key without regard to case and separators: `first_name`, `firstName` and `First Name` are one.
pub(crate) fn fold_key<'b>(key: &str, buffer: &'b mut KeyBuffer) -> Option<&'b str> {
    let Folded { buffer, length } = fold(key, buffer)?;
    std::str::from_utf8(&buffer[..length]).ok()
}

/// Without a branch that depends on the key: what it holds can't be foreseen.
pub(super) fn fold<'b>(key: &str, buffer: &'b mut KeyBuffer) -> Option<Folded<'b>> {
    if key.len() > KEY_MAX {
        return None;
    }
    let (mut length, mut foreign) = (0, false);
    for byte in key.bytes() {
        let folded = FOLDED[usize::from(byte)];
        buffer[length % KEY_BUFFER.len()] = folded;
        length += usize::from(folded != 0);
        foreign |= folded == FOREIGN;
    }
    if foreign {
        return None;
    }
    buffer[length..length + WORD].fill(0);
    Some(Folded { buffer, length })
}

/// Marks bytes that no key of ours holds.
const FOREIGN: u8 = 0xff;

/// Each byte in lower case; nothing for separators.
const FOLDED: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let ascii = byte as u8;
        table[byte] = if ascii.is_ascii_alphanumeric() {
            ascii.to_ascii_lowercase()
        } else if ascii.is_ascii() {
            0
        } else {
            FOREIGN
        };
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_folded_and_told_from_those_that_begin_alike() {
        let folded = |key: &str| fold_key(key, &mut KEY_BUFFER.clone()).map(str::to_owned);
        for (key, expected) in [
            ("firstName", Some("firstname")),
            ("First-Name_2", Some("firstname2")),
            ("_", Some("")),
            ("größe", None),
            (&"a".repeat(KEY_MAX), Some("a".repeat(KEY_MAX).as_str())),
            (&"a".repeat(KEY_MAX + 1), None),
        ] {
            assert_eq!(folded(key).as_deref(), expected, "{key}");
        }
        let is = |one: &str, other: &str| {
            let (mut first, mut second) = (KEY_BUFFER, KEY_BUFFER);
            assert!(fold(other, &mut second).is_some());
            fold(one, &mut first).is_some_and(|key| key.is(&second))
        };
        for (one, other) in [("eightchs", "eightchsx"), ("eightchsx", "eightchs"), ("", "a"), ("email", "emails")] {
            assert!(is(one, one) && !is(one, other), "{one} {other}");
        }
    }
}
