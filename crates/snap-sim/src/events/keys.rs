//! Which identifiers an event carried; a set of bits, since there are many events.

/// A set of identifiers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keys(u16);

impl Keys {
    pub const EMAIL: Self = Self(1);
    pub const PHONE: Self = Self(1 << 1);
    pub const IP: Self = Self(1 << 2);
    pub const USER_AGENT: Self = Self(1 << 3);
    pub const CLICK_ID: Self = Self(1 << 4);
    pub const COOKIE: Self = Self(1 << 5);
    pub const EXTERNAL_ID: Self = Self(1 << 6);
    pub const AD_ID: Self = Self(1 << 7);

    const NAMES: [(Self, &'static str); 8] = [
        (Self::EMAIL, "em"),
        (Self::PHONE, "ph"),
        (Self::IP, "ip"),
        (Self::USER_AGENT, "ua"),
        (Self::CLICK_ID, "click id"),
        (Self::COOKIE, "cookie"),
        (Self::EXTERNAL_ID, "external id"),
        (Self::AD_ID, "ad id"),
    ];

    /// Puts one in.
    pub fn add(&mut self, key: Self) {
        self.0 |= key.0;
    }

    /// Whether it is in.
    pub fn has(self, key: Self) -> bool {
        self.0 & key.0 != 0
    }

    /// The names of those that are in.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(key, _)| self.has(*key)).map(|(_, name)| name)
    }
}
