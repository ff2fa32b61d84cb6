//! The Ads API: who is logged in, and the businesses, ad accounts and pixels that the login sees (reference section 3).

use domain::{
    Clock,
    destination::{Asset, ConnectError, Login, Secret},
};
use http::{Method, header::CONTENT_TYPE};
use reqwest::Client;
use serde_json::Value;
use url::Url;

use crate::{
    capi::{Reply, call_reading},
    envelope::{elements, text, verdict},
    settings::join,
};

/// Entities on one page (reference section 3.2 allows 50 to 1000).
const PAGE_SIZE: &str = "1000";
/// More of an answer is not read: a full page of entities is under 1 MiB.
const BODY_MAX: usize = 8 * 1024 * 1024;
/// More pages than this aren't followed: no login sees 100,000 entities, so it would be a circle.
const PAGES_MAX: usize = 100;

/// Calls with one login.
pub(crate) struct AdsApi<'s> {
    pub(crate) http: &'s Client,
    pub(crate) base: &'s Url,
    pub(crate) token: &'s Secret,
    pub(crate) clock: &'s dyn Clock,
}

impl AdsApi<'_> {
    /// One request with a body in JSON, if there is one, and what came back.
    pub(crate) async fn reply(
        &self,
        method: Method,
        path: &[&str],
        query: Option<&str>,
        body: Option<String>,
    ) -> Reply {
        let mut url = join(self.base, path);
        url.set_query(query);
        let mut request = self.http.request(method, url).bearer_auth(self.token.0.trim());
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        call_reading(request, BODY_MAX).await
    }

    /// One request; the answer's body if it is a success as a whole.
    async fn request(&self, path: &[&str], query: Option<&str>) -> Result<Value, ConnectError> {
        match self.reply(Method::GET, path, query, None).await {
            Reply::Answered { status, body, .. } => verdict(status, &body),
            Reply::NotSent(why) | Reply::Unanswered(why) => Err(ConnectError::Unavailable(why)),
        }
    }

    /// Every entity of a list, over all pages.
    async fn list(&self, path: &[&str], collection: &str, entity: &str) -> Result<Vec<Value>, ConnectError> {
        let mut pages = Pages::default();
        let mut found = Vec::new();
        while let Some(query) = pages.next_query() {
            let page = self.request(path, Some(&query)).await?;
            found.extend(elements(&page, collection, entity)?);
            pages.read(&query, &page);
        }
        Ok(found)
    }

    /// Who is logged in: also the cheapest way to see that a token lives.
    pub(crate) async fn login(&self) -> Result<Login, ConnectError> {
        let answer = self.request(&["me"], None).await?;
        let name = answer.get("me").and_then(|me| text(me, "display_name"));
        Ok(Login { name: name.unwrap_or_else(|| "Snapchat user".to_owned()) })
    }

    pub(crate) async fn businesses(&self) -> Result<Vec<Asset>, ConnectError> {
        Ok(assets(&self.list(&["me", "organizations"], "organizations", "organization").await?))
    }

    pub(crate) async fn ad_accounts(&self, business: &str) -> Result<Vec<Asset>, ConnectError> {
        Ok(assets(&self.list(&["organizations", business, "adaccounts"], "adaccounts", "adaccount").await?))
    }

    pub(crate) async fn pixels(&self, ad_account: &str) -> Result<Vec<Asset>, ConnectError> {
        Ok(assets(&self.list(&["adaccounts", ad_account, "pixels"], "pixels", "pixel").await?))
    }
}

/// The way through the pages of a list. Only the query of a `next_link` is used: the token must not travel to another host.
#[derive(Default)]
pub(crate) struct Pages {
    read: usize,
    next: Option<String>,
}

impl Pages {
    /// The query of the next page; `None` behind the last one.
    pub(crate) fn next_query(&mut self) -> Option<String> {
        match self.read {
            0 => Some(format!("limit={PAGE_SIZE}")),
            PAGES_MAX.. => None,
            _ => self.next.take(),
        }
    }

    /// Notes where a page leads to.
    pub(crate) fn read(&mut self, query: &str, page: &Value) {
        self.read += 1;
        let link = page.pointer("/paging/next_link").and_then(Value::as_str);
        let next = link.and_then(|link| link.split_once('?')).map(|(_, query)| query.to_owned());
        self.next = next.filter(|next| next != query);
    }
}

fn assets(entities: &[Value]) -> Vec<Asset> {
    let asset = |entity: &Value| {
        let id = text(entity, "id")?;
        let status = text(entity, "status").or_else(|| text(entity, "state"));
        Some(Asset { name: text(entity, "name").unwrap_or_else(|| id.clone()), id, status })
    };
    entities.iter().filter_map(asset).collect()
}
