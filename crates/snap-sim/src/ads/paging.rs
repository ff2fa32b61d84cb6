//! Lists in pages, with an absolute link to the next one.

use axum::http::{HeaderMap, Uri};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::envelope;
use super::error::AdsError;
use crate::origin::base_url;
use crate::settings::Settings;

/// The page sizes that may be asked for. What is answered may be less: `page_size` of the settings.
const LIMITS: std::ops::RangeInclusive<usize> = 50..=1_000;

/// Which page was asked for, and how to link to the next.
pub struct Page {
    limit: usize,
    size: usize,
    after: u64,
    base: String,
    path: String,
    others: Vec<(String, String)>,
}

impl Page {
    /// Reads `limit` and `cursor`.
    pub fn read(uri: &Uri, headers: &HeaderMap, settings: &Settings) -> Result<Self, AdsError> {
        let base = format!("{}{}", base_url(headers, settings.public_url.as_deref()), uri.path());
        let path = uri.path().to_owned();
        let mut page =
            Self { limit: *LIMITS.start(), size: settings.page_size, after: 0, base, path, others: Vec::new() };
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            match &*name {
                "limit" => {
                    page.limit = value.parse().ok().filter(|limit| LIMITS.contains(limit)).ok_or_else(|| {
                        AdsError::Invalid(format!("limit must be between {} and {}", LIMITS.start(), LIMITS.end()))
                    })?;
                }
                "cursor" => {
                    let place = place(&value, uri.path());
                    page.after = place.ok_or(AdsError::Invalid("cursor is not valid for this list".into()))?;
                }
                _ => page.others.push((name.into_owned(), value.into_owned())),
            }
        }
        Ok(page)
    }

    /// The page of `items`, which are in order of their places, as an envelope.
    pub fn answer<T>(
        self,
        collection: &str,
        items: impl Iterator<Item = (u64, T)>,
        mut shown: impl FnMut(T) -> Value,
    ) -> Value {
        let size = self.size.min(self.limit);
        let mut rest = items.filter(|(place, _)| *place > self.after).peekable();
        let (mut elements, mut last) = (Vec::new(), self.after);
        while elements.len() < size
            && let Some((place, item)) = rest.next()
        {
            last = place;
            elements.push(shown(item));
        }
        let mut answer = envelope(collection, elements);
        if rest.peek().is_some() {
            answer["paging"] = json!({"next_link": self.next_link(last)});
        }
        answer
    }

    fn next_link(&self, last: u64) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.others)
            .append_pair("limit", &self.limit.to_string())
            .append_pair("cursor", &URL_SAFE_NO_PAD.encode(format!("after:{last}:{}", self.path)))
            .finish();
        format!("{}?{query}", self.base)
    }
}

/// The place that a cursor of the list at `path` stands for.
fn place(cursor: &str, path: &str) -> Option<u64> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (place, of) = text.strip_prefix("after:")?.split_once(':')?;
    place.parse().ok().filter(|_| of == path)
}
