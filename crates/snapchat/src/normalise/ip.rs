//! Client addresses: raw, the first of `X-Forwarded-For`, checked (reference section 4.3).

use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
};

use super::{Refusal, meaningful};

/// The address as it is sent: never hashed.
///
/// # Errors
/// When it is no address, or one that stands for none (`0.0.0.0`).
pub fn normalise(raw: &str) -> Result<Cow<'_, str>, Refusal> {
    let text = meaningful(raw).ok_or(Refusal::Blank)?;
    let first = text.split(',').next().unwrap_or(text).trim().trim_matches('"');
    let ip = match first.parse::<IpAddr>() {
        Ok(ip) => ip,
        Err(_) => match first.parse::<SocketAddr>() {
            Ok(with_port) => with_port.ip(),
            Err(_) => first
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
                .and_then(|inner| inner.parse().ok())
                .ok_or(Refusal::Malformed("it is not an IP address"))?,
        },
    };
    let plain = ip.to_canonical();
    if plain.is_unspecified() {
        return Err(Refusal::Malformed("it is the address that stands for none"));
    }
    Ok(if plain == ip && first.len() <= 45 && !first.contains(['[', ']']) && first.parse::<IpAddr>().is_ok() {
        Cow::Borrowed(first)
    } else {
        Cow::Owned(plain.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_first_address() {
        for (raw, expected) in [
            ("203.0.113.24", Some("203.0.113.24")),
            (" 203.0.113.24 , 10.0.0.1", Some("203.0.113.24")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("203.0.113.24:5000", Some("203.0.113.24")),
            ("::ffff:203.0.113.24", Some("203.0.113.24")),
            ("0.0.0.0", None),
            ("::", None),
            ("unknown", None),
            ("203.0.113", None),
        ] {
            assert_eq!(normalise(raw).ok().as_deref(), expected, "{raw}");
        }
    }
}
