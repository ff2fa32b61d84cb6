//! Audience lists: reading and making them, adding and removing people (reference section 6).

use std::collections::HashSet;

use domain::destination::{ConnectError, IdentifierKind, Segment};
use http::Method;
use serde_json::{Value, json};

use crate::{
    ads_api::AdsApi,
    envelope::{only, text},
    normalise::{email, hash, meaningful, phone},
    spec::MEMBERS_MAX,
};

/// A list's name has at most so many characters (reference section 6.1).
pub const NAME_MAX: usize = 375;
/// The retention that stands for ever (reference section 6.1).
pub const LIFETIME_DAYS: u32 = 9_999;

impl AdsApi<'_> {
    pub(crate) async fn segments(&self, ad_account: &str) -> Result<Vec<Segment>, ConnectError> {
        let found = self.list(&["adaccounts", ad_account, "segments"], "segments", "segment").await?;
        Ok(found.iter().filter_map(segment).collect())
    }

    pub(crate) async fn segment(&self, id: &str) -> Result<Segment, ConnectError> {
        let answer = self.request(Method::GET, &["segments", id], None, None).await?;
        read(&only(&answer, "segments", "segment")?)
    }

    pub(crate) async fn create_segment(
        &self,
        ad_account: &str,
        name: &str,
        description: &str,
        retention_days: u32,
    ) -> Result<Segment, ConnectError> {
        if name.trim().is_empty() || name.chars().count() > NAME_MAX {
            return Err(ConnectError::Refused(format!("a list needs a name of at most {NAME_MAX} characters")));
        }
        let body = json!({"segments": [{
            "name": name,
            "description": description,
            "source_type": "FIRST_PARTY",
            "retention_in_days": retention_days.clamp(1, LIFETIME_DAYS),
            "ad_account_id": ad_account,
        }]});
        let answer = self.request(Method::POST, &["adaccounts", ad_account, "segments"], None, Some(&body)).await?;
        read(&only(&answer, "segments", "segment")?)
    }

    /// Adds or removes identifiers of one kind; how many Snapchat says it received.
    pub(crate) async fn change_members(
        &self,
        segment: &str,
        kind: IdentifierKind,
        digests: &[String],
        wanted: bool,
    ) -> Result<u64, ConnectError> {
        let mut seen = HashSet::with_capacity(digests.len());
        let distinct: Vec<&str> = digests.iter().map(String::as_str).filter(|digest| seen.insert(*digest)).collect();
        if distinct.is_empty() {
            return Ok(0);
        }
        if distinct.len() > MEMBERS_MAX {
            return Err(ConnectError::Refused(format!("one request holds at most {MEMBERS_MAX} identifiers")));
        }
        if distinct.iter().any(|digest| !matches!(hash::recognise(digest), Ok(hash::Hashed::Sha256(_)))) {
            return Err(ConnectError::Refused("an identifier is not a SHA-256 digest".to_owned()));
        }
        let rows: Vec<[&str; 1]> = distinct.iter().map(|digest| [*digest]).collect();
        let body = json!({"users": [{"schema": [schema(kind)], "data": rows}]});
        // Removing is a DELETE with a body (reference section 6.1).
        let method = if wanted { Method::POST } else { Method::DELETE };
        let answer = self.request(method, &["segments", segment, "users"], None, Some(&body)).await?;
        let user = only(&answer, "users", "user")?;
        Ok(user.get("number_uploaded_users").and_then(Value::as_u64).unwrap_or(distinct.len() as u64))
    }
}

fn schema(kind: IdentifierKind) -> &'static str {
    match kind {
        IdentifierKind::Email => "EMAIL_SHA256",
        IdentifierKind::Phone => "PHONE_SHA256",
        IdentifierKind::MobileAdId => "MOBILE_AD_ID_SHA256",
    }
}

fn read(entity: &Value) -> Result<Segment, ConnectError> {
    segment(entity).ok_or_else(|| ConnectError::Unavailable("the answer holds a list without an id".to_owned()))
}

fn segment(entity: &Value) -> Option<Segment> {
    Some(Segment {
        id: text(entity, "id")?,
        name: text(entity, "name").unwrap_or_default(),
        approximate_users: entity.get("approximate_number_users").and_then(Value::as_i64),
        upload_status: text(entity, "upload_status"),
        targetable_status: text(entity, "targetable_status"),
    })
}

/// The digest that lists know an identifier by. Advertising ids are hashed here, with their hyphens, unlike in events.
#[must_use]
pub fn digest(kind: IdentifierKind, raw: &str, default_country: Option<&str>) -> Option<String> {
    match kind {
        IdentifierKind::Email => email::digest(raw).ok(),
        IdentifierKind::Phone => phone::digest(raw, default_country).ok(),
        IdentifierKind::MobileAdId => {
            let id = meaningful(raw)?;
            match hash::recognise(id).ok()? {
                hash::Hashed::Sha256(digest) => Some(digest),
                hash::Hashed::No => {
                    let digest = hash::sha256(&id.to_ascii_lowercase());
                    (!hash::is_never_sent(&digest)).then_some(digest)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_as_lists_know_them() {
        let id = |raw: &str| digest(IdentifierKind::MobileAdId, raw, None);
        let expected = "30a5154b77ab8b2ddbe19f5e7af72f33cc2a4a41f22940d965102650a1c72863";
        assert_eq!(id("F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6").as_deref(), Some(expected));
        assert_eq!(id("00000000-0000-0000-0000-000000000000"), None);
        assert_eq!(id(" "), None);
        assert_eq!(digest(IdentifierKind::Phone, "(415) 555-0132", None), None);
        assert!(digest(IdentifierKind::Phone, "(415) 555-0132", Some("US")).is_some());
        assert_eq!(digest(IdentifierKind::Email, "nobody", None), None);
    }
}
