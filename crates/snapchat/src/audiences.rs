//! Audience lists: reading and making them, adding and removing people (reference section 6).

use std::collections::HashSet;

use domain::{
    destination::{ConnectError, IdentifierKind, Segment},
    lists::{LIFETIME_DAYS, ListDraft, ListError, ListLimits},
};
use http::Method;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    ads_api::{AdsApi, Pages},
    capi::Reply,
    envelope::{only, succeeded_as_a_whole, text, verdict, words_of},
    interpret::retry_after,
    normalise::{email, hash, meaningful, phone, place::Home},
    spec::{MEMBERS_MAX, MEMBERS_PER_CALL},
};

/// A list's name has at most so many characters (reference section 6.1).
pub const NAME_MAX: usize = 375;
/// People whom Snapchat must know in a list before ads can be targeted at it (reference section 6.3).
pub const TARGETABLE_MIN: u64 = 1_000;

/// What lists hold and take.
pub(crate) const LIMITS: ListLimits = ListLimits {
    per_call: MEMBERS_PER_CALL,
    per_call_max: MEMBERS_MAX,
    name_max: NAME_MAX,
    targetable_min: TARGETABLE_MIN,
};

/// The body of a request that adds or removes identifiers. Written at once: there are up to 100,000.
#[derive(Serialize)]
struct Members<'m> {
    users: [Rows<'m>; 1],
}

#[derive(Serialize)]
struct Rows<'m> {
    schema: [&'static str; 1],
    data: &'m [[&'m str; 1]],
}

impl AdsApi<'_> {
    pub(crate) async fn segments(&self, ad_account: &str) -> Result<Vec<Segment>, ListError> {
        let path = ["adaccounts", ad_account, "segments"];
        let (mut pages, mut found) = (Pages::default(), Vec::new());
        while let Some(query) = pages.next_query() {
            let page = self.list_call(Method::GET, &path, Some(&query), None).await?;
            let elements = page.get("segments").and_then(Value::as_array).into_iter().flatten();
            found.extend(elements.filter_map(|element| segment(element.get("segment")?)));
            pages.read(&query, &page);
        }
        Ok(found)
    }

    pub(crate) async fn segment(&self, id: &str) -> Result<Segment, ListError> {
        read(&self.entity(id).await?)
    }

    async fn entity(&self, id: &str) -> Result<Value, ListError> {
        let answer = self.list_call(Method::GET, &["segments", id], None, None).await?;
        let entity = only(&answer, "segments", "segment").map_err(told)?;
        match text(&entity, "status") {
            Some(status) if status.eq_ignore_ascii_case("DELETED") => {
                Err(ListError::NotFound("Somebody deleted this list in Snapchat.".to_owned()))
            }
            _ => Ok(entity),
        }
    }

    pub(crate) async fn create_segment(&self, ad_account: &str, draft: &ListDraft) -> Result<Segment, ListError> {
        let mut fields = drafted(draft)?;
        fields.insert("source_type".to_owned(), "FIRST_PARTY".into());
        fields.insert("ad_account_id".to_owned(), ad_account.into());
        let body = json!({"segments": [fields]});
        let path = ["adaccounts", ad_account, "segments"];
        let answer = self.list_call(Method::POST, &path, None, Some(body.to_string())).await?;
        read(&only(&answer, "segments", "segment").map_err(told)?)
    }

    /// A PUT replaces the whole: what can't be changed is sent back as it was read (reference section 3.2).
    pub(crate) async fn update_segment(&self, ad_account: &str, id: &str, draft: &ListDraft) -> Result<(), ListError> {
        let entity = self.entity(id).await?;
        let mut fields = drafted(draft)?;
        fields.insert("id".to_owned(), id.into());
        for key in ["source_type", "ad_account_id"] {
            fields.extend(text(&entity, key).map(|value| (key.to_owned(), value.into())));
        }
        let body = json!({"segments": [fields]});
        let path = ["adaccounts", ad_account, "segments"];
        let answer = self.list_call(Method::PUT, &path, None, Some(body.to_string())).await?;
        only(&answer, "segments", "segment").map(drop).map_err(told)
    }

    /// Adds or removes identifiers of one kind; how many Snapchat says it received.
    pub(crate) async fn change_members(
        &self,
        segment: &str,
        kind: IdentifierKind,
        digests: &[&str],
        wanted: bool,
    ) -> Result<u64, ListError> {
        let mut seen = HashSet::with_capacity(digests.len());
        let rows: Vec<[&str; 1]> = digests.iter().filter(|digest| seen.insert(**digest)).map(|one| [*one]).collect();
        if rows.is_empty() {
            return Ok(0);
        }
        if rows.len() > MEMBERS_MAX {
            return Err(ListError::TooLarge);
        }
        if !rows.iter().all(|[digest]| is_digest(digest)) {
            return Err(ListError::Refused("an identifier is not a SHA-256 digest".to_owned()));
        }
        let body = Members { users: [Rows { schema: [schema(kind)], data: &rows }] };
        let body = serde_json::to_string(&body).map_err(|error| ListError::Refused(error.to_string()))?;
        // Removing is a DELETE with a body (reference section 6.1).
        let method = if wanted { Method::POST } else { Method::DELETE };
        let answer = self.list_call(method, &["segments", segment, "users"], None, Some(body)).await?;
        let user = only(&answer, "users", "user").map_err(told)?;
        // One request is one element: an error of the whole is one of this (reference section 6.3).
        if !succeeded_as_a_whole(&answer) {
            return Err(ListError::Refused(words_of(&answer)));
        }
        Ok(user.get("number_uploaded_users").and_then(Value::as_u64).unwrap_or(rows.len() as u64))
    }

    /// One request about lists: the body of an answer that is a success, or what the failure means.
    async fn list_call(
        &self,
        method: Method,
        path: &[&str],
        query: Option<&str>,
        body: Option<String>,
    ) -> Result<Value, ListError> {
        let (status, headers, body) = match self.reply(method, path, query, body).await {
            Reply::Answered { status, headers, body } => (status, headers, body),
            Reply::NotSent(why) => return Err(ListError::Unavailable(why)),
            Reply::Unanswered(why) => return Err(ListError::NoAnswer(why)),
        };
        match status {
            413 => Err(ListError::TooLarge),
            429 => Err(ListError::Throttled { retry_after: retry_after(&headers, self.clock.now()) }),
            // Whatever stands in between may have answered: a success that can't be read is none.
            200..300 => verdict(status, &body).map_err(|error| match error {
                ConnectError::Unavailable(words) => ListError::NoAnswer(words),
                other => told(other),
            }),
            _ => verdict(status, &body).map_err(told),
        }
    }
}

fn told(error: ConnectError) -> ListError {
    match error {
        ConnectError::NeedsReconnect(words) => ListError::Unauthorized(words),
        ConnectError::Forbidden(sentence) => ListError::Forbidden(sentence),
        ConnectError::NotFound(sentence) => ListError::NotFound(sentence),
        ConnectError::Unavailable(words) => ListError::Unavailable(words),
        ConnectError::Refused(words) | ConnectError::NotConfigured(words) | ConnectError::BadClient(words) => {
            ListError::Refused(words)
        }
    }
}

fn drafted(draft: &ListDraft) -> Result<Map<String, Value>, ListError> {
    if draft.name.trim().is_empty() || draft.name.chars().count() > NAME_MAX {
        return Err(ListError::Refused(format!("a list needs a name of at most {NAME_MAX} characters")));
    }
    let mut fields = Map::new();
    fields.insert("name".to_owned(), draft.name.as_str().into());
    fields.insert("description".to_owned(), draft.description.as_str().into());
    fields.insert("retention_in_days".to_owned(), draft.retention_days.clamp(1, LIFETIME_DAYS).into());
    Ok(fields)
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) && !hash::is_never_sent(text)
}

fn schema(kind: IdentifierKind) -> &'static str {
    match kind {
        IdentifierKind::Email => "EMAIL_SHA256",
        IdentifierKind::Phone => "PHONE_SHA256",
        IdentifierKind::MobileAdId => "MOBILE_AD_ID_SHA256",
    }
}

fn read(entity: &Value) -> Result<Segment, ListError> {
    segment(entity).ok_or_else(|| ListError::NoAnswer("the answer holds a list without an id".to_owned()))
}

fn segment(entity: &Value) -> Option<Segment> {
    Some(Segment {
        id: text(entity, "id")?,
        name: text(entity, "name").unwrap_or_default(),
        description: text(entity, "description"),
        retention_days: entity.get("retention_in_days").and_then(Value::as_u64).and_then(|days| days.try_into().ok()),
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
        IdentifierKind::Phone => phone::digest(raw, default_country, Home::Unknown).ok(),
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
