//! The last requests with what they were answered; credentials left out.

use std::collections::VecDeque;

use serde::Serialize;

/// One request to Snapchat's part of the simulator (not to the control routes or pages).
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// From 1, in order of arrival.
    pub number: u64,
    pub at_ms: i64,
    pub method: String,
    /// With the query, but without the values of credentials.
    pub path: String,
    /// Zero: the connection was cut.
    pub status: u16,
    /// A fault rule answered, delayed or cut it.
    pub fault: bool,
}

/// The last requests, oldest first.
#[derive(Default)]
pub struct Journal {
    pub entries: VecDeque<Entry>,
    /// Also those that are no longer kept.
    pub total: u64,
}

impl Journal {
    /// Adds one, and forgets the oldest beyond `keep`.
    pub fn push(&mut self, entry: Entry, keep: usize) {
        self.total += 1;
        self.entries.push_back(entry);
        while self.entries.len() > keep {
            self.entries.pop_front();
        }
    }
}

/// Path and query without what must not be shown: tokens, codes and secrets.
pub fn shown_path(uri: &axum::http::Uri) -> String {
    let Some(query) = uri.query() else { return uri.path().to_owned() };
    let parts = query.split('&').map(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        let secret = ["access_token", "code", "client_secret", "refresh_token"].contains(&name);
        if secret { format!("{name}=…") } else { pair.to_owned() }
    });
    format!("{}?{}", uri.path(), parts.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::shown_path;

    #[test]
    fn tokens_are_left_out() {
        let uri = "/v3/a/events?access_token=secret&x=1".parse().unwrap();
        assert_eq!(shown_path(&uri), "/v3/a/events?access_token=…&x=1");
        assert_eq!(shown_path(&"/p".parse().unwrap()), "/p");
    }
}
