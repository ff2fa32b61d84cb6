//! `user_data`: who did it, hashed where Snapchat wants it hashed (reference section 4.3).

use std::borrow::Cow;

use domain::{
    delivery::Reason,
    item::{Fields, Item},
};
use serde_json::Value;

use super::{action_source::ActionSource, put, texts, url};
use crate::{
    fields::{Field, Gathered, Raw},
    normalise::{
        Refusal, country, date, email, gender, hash, ip, name, phone,
        place::{self, Home},
    },
    reason::{self, Warnings},
};

/// More e-mail addresses or phone numbers of one person aren't sent.
const IDENTIFIERS_MAX: usize = 5;

/// Fills `user_data`.
///
/// # Errors
/// When none of the identifiers is there that Snapchat requires.
pub(super) fn map(
    values: &Gathered<'_>,
    source: ActionSource,
    default_country: Option<&str>,
    warnings: &mut Warnings,
) -> Result<Fields, Reason> {
    let mut out = Fields::with_capacity(16);
    hashed(values, Field::Em, "em", "e-mail address", &mut out, warnings, email::digest);
    let home = home(values, default_country);
    hashed(values, Field::Ph, "ph", "phone number", &mut out, warnings, |raw| {
        phone::digest(raw, default_country, home)
    });
    names(values, &mut out, warnings);
    hashed(values, Field::Ge, "ge", "gender", &mut out, warnings, gender::digest);
    hashed(values, Field::Db, "db", "date of birth", &mut out, warnings, date::digest);
    hashed(values, Field::Country, "country", "country", &mut out, warnings, country::digest);
    hashed(values, Field::Ct, "ct", "city", &mut out, warnings, |raw| place::digest(raw, place::city));
    hashed(values, Field::St, "st", "state", &mut out, warnings, |raw| {
        place::digest(raw, |plain| place::state(plain, home))
    });
    hashed(values, Field::Zp, "zp", "postcode", &mut out, warnings, |raw| {
        place::digest(raw, |plain| place::postcode(plain, home))
    });
    hashed(values, Field::ExternalId, "external_id", "external id", &mut out, warnings, external_id);
    plain(values, &mut out, warnings);
    if source == ActionSource::MobileApp && is_apple(values) {
        copy(values, Field::Idfv, "idfv", &mut out);
    }
    identified(&out, source, warnings)?;
    advise(&out, source, warnings);
    Ok(out)
}

/// Where the person lives: as stated, also by a digest; else the source's default country, for the rules of places only.
pub(crate) fn home(values: &Gathered<'_>, default_country: Option<&str>) -> Home {
    let mut stated = values.all(Field::Country).filter_map(Raw::text).peekable();
    if stated.peek().is_none() {
        return default_country.and_then(|code| country::normalise(code).ok()).map_or(Home::Unknown, Home::Assumed);
    }
    let read = |text: Cow<'_, str>| match hash::recognise(text.trim()) {
        Ok(hash::Hashed::Sha256(digest)) => country::of_digest(&digest),
        _ => country::normalise(&text).ok(),
    };
    stated.find_map(read).map_or(Home::Unknown, Home::Stated)
}

/// Puts the digests of the first value in that is fit; a list gives several. A yes or no is no such value.
fn hashed(
    values: &Gathered<'_>,
    field: Field,
    key: &'static str,
    what: &str,
    out: &mut Fields,
    warnings: &mut Warnings,
    digest: impl Fn(&str) -> Result<String, Refusal>,
) {
    let mut refusal = None;
    for raw in values.all(field).filter(|raw| !matches!(raw, Raw::Json(Value::Bool(_)))) {
        let mut digests: Vec<Item> = Vec::new();
        for text in raw.each().filter_map(Raw::text).take(IDENTIFIERS_MAX) {
            match digest(&text) {
                Ok(digest) if !digests.iter().any(|known| known.as_str() == Some(&digest)) => {
                    digests.push(digest.into())
                }
                Ok(_) => {}
                Err(why) => refusal = refusal.or(Some(why)),
            }
        }
        if !digests.is_empty() {
            out.push(key, digests);
            return;
        }
    }
    if let Some(why) = refusal {
        warnings.refused(key, what, why.sentence());
    }
}

/// First and last name; where only a full name is known, its first word and the rest.
fn names(values: &Gathered<'_>, out: &mut Fields, warnings: &mut Warnings) {
    hashed(values, Field::Fn, "fn", "first name", out, warnings, name::digest);
    hashed(values, Field::Ln, "ln", "last name", out, warnings, name::digest);
    if out.has("fn") || out.has("ln") {
        return;
    }
    let full = values.text(Field::FullName);
    let Some((first, last)) = full.as_deref().and_then(name::split) else { return };
    for (field, key, part) in [(Field::Fn, "fn", first), (Field::Ln, "ln", last)] {
        if !values.is_ruled(field)
            && let Ok(digest) = name::digest(part)
        {
            out.push(key, vec![Item::from(digest)]);
        }
    }
}

/// The advertising id, unless there is none (zeros) or it is a hash: Snapchat matches by the id itself. Where a person doesn't allow
/// tracking, Segment's plug-ins for iPhones put the vendor's id of the device in its place.
fn advertising_id(values: &Gathered<'_>, out: &mut Fields, warnings: &mut Warnings) {
    let mut hashed = false;
    let id = values.all(Field::Madid).filter_map(Raw::text).find(|id| {
        let hash = !matches!(hash::recognise(id.trim()), Ok(hash::Hashed::No));
        hashed |= hash;
        !hash && id.bytes().any(|b| !matches!(b, b'0' | b'-')) && !is_of_the_vendor(values, id)
    });
    match id {
        Some(id) => out.push("madid", id.to_ascii_lowercase()),
        None if hashed => {
            warnings.refused(
                "madid",
                "advertising id",
                "it is hashed, and Snapchat takes it only as the device has it",
            );
        }
        None => {}
    }
}

fn is_of_the_vendor(values: &Gathered<'_>, id: &str) -> bool {
    values.all(Field::Idfv).filter_map(Raw::text).any(|own| own.trim().eq_ignore_ascii_case(id.trim()))
        && values.text(Field::AdvertiserTracking).is_some_and(|text| !super::app::is_yes(&text))
}

/// Any stable id of the sender's, hashed as it is but for surrounding blanks (reference section 13, number 18).
fn external_id(raw: &str) -> Result<String, Refusal> {
    let id = raw.trim();
    match hash::recognise(id) {
        Ok(hash::Hashed::Sha256(digest)) => Ok(digest),
        // Ids of 32 or 40 hex characters are ids, not hashes.
        Ok(hash::Hashed::No) | Err(Refusal::OtherHash) => {
            let digest = hash::sha256(id);
            if hash::is_never_sent(&digest) { Err(Refusal::NeverSend) } else { Ok(digest) }
        }
        Err(why) => Err(why),
    }
}

/// What is sent as it is.
fn plain(values: &Gathered<'_>, out: &mut Fields, warnings: &mut Warnings) {
    let mut refusal = None;
    let address = values.all(Field::Ip).filter_map(Raw::text).find_map(|text| match ip::normalise(&text) {
        Ok(address) => Some(address.into_owned()),
        Err(why) => {
            refusal = Some(why);
            None
        }
    });
    match (address, refusal) {
        (Some(address), _) => out.push("client_ip_address", address),
        (None, Some(why)) => warnings.refused("client_ip_address", "IP address", why.sentence()),
        (None, None) => {}
    }
    if let Some(agent) = values.text(Field::UserAgent) {
        put(out, "client_user_agent", agent);
    }
    let click = values
        .all(Field::ClickId)
        .filter_map(Raw::text)
        .find_map(|text| url::click_id(&text).map(|id| id.into_owned()));
    if let Some(click) = click {
        out.push("sc_click_id", click);
    }
    advertising_id(values, out, warnings);
    for (field, key) in [
        (Field::Cookie1, "sc_cookie1"),
        (Field::SubscriptionId, "subscription_id"),
        (Field::LeadId, "lead_id"),
        (Field::DownloadId, "download_id"),
        (Field::PartnerId, "partner_id"),
    ] {
        copy(values, field, key, out);
    }
    let anonymous = texts(values.all(Field::AnonId).take(1).flat_map(Raw::each).filter_map(Raw::text));
    if !anonymous.is_empty() {
        out.push("anon_id", anonymous);
    }
}

fn copy(values: &Gathered<'_>, field: Field, key: &'static str, out: &mut Fields) {
    if let Some(text) = values.text(field) {
        put(out, key, text);
    }
}

fn is_apple(values: &Gathered<'_>) -> bool {
    values.is_ruled(Field::Idfv) || super::app::platform(values) == Some(super::app::Platform::Ios)
}

/// The minimum of identifiers (reference section 4.3). Click id, cookie and external id alone don't do.
fn identified(out: &Fields, source: ActionSource, warnings: &Warnings) -> Result<(), Reason> {
    let has = |key: &str| out.has(key);
    if has("em")
        || has("ph")
        || (has("client_ip_address") && has("client_user_agent"))
        || (source == ActionSource::MobileApp && has("madid"))
    {
        return Ok(());
    }
    let mut sentence = String::from(
        "Snapchat needs one of: an e-mail address (properties.email, context.traits.email or the profile's), a phone number \
         with its country code (properties.phone, context.traits.phone or the profile's), the IP address together with the \
         browser's user agent (context.ip and context.userAgent), or for app events the advertising id \
         (context.device.advertisingId). The event had none of them.",
    );
    if has("client_ip_address") != has("client_user_agent") {
        let other = if has("client_ip_address") { "context.userAgent" } else { "context.ip" };
        sentence.push_str(" Only ");
        sentence.push_str(other);
        sentence.push_str(" was missing.");
    }
    for warning in &warnings.0 {
        if matches!(warning.code.as_str(), "refused_em" | "refused_ph" | "refused_client_ip_address") {
            sentence.push(' ');
            sentence.push_str(&warning.message);
        }
    }
    Err(Reason::new(reason::NO_IDENTIFIER, sentence))
}

/// Tells which identifiers would raise the match rate.
fn advise(out: &Fields, source: ActionSource, warnings: &mut Warnings) {
    let has = |key: &str| out.has(key);
    if !has("em") && !has("ph") {
        warnings.missing(
            "em",
            "An e-mail address or a phone number matches best: properties.email, context.traits.email or an identify call.",
        );
    }
    if source == ActionSource::Web {
        if !has("client_ip_address") || !has("client_user_agent") {
            warnings
                .missing("client_ip_address", "The visitor's context.ip and context.userAgent together help matching.");
        }
        if !has("sc_click_id") && !has("sc_cookie1") {
            warnings.missing(
                "sc_cookie1",
                "The cookie _scid or the click id ScCid ties the event to an ad; the browser tag passes both on.",
            );
        }
    }
}
