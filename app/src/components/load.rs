//! Data that a page reads: on the server while it renders, in the browser out of the page, and again when what it depends on changes.

use std::future::Future;

#[cfg(all(feature = "ssr", debug_assertions))]
use leptos::reactive::computed::suspense::SuspenseContext;
use leptos::{
    prelude::*,
    server::codee::{Decoder, Encoder},
};
use serde::{Serialize, de::DeserializeOwned};

/// What [`load`] gives.
pub type Loaded<T> = Resource<T, PageJson>;

/// JSON in the page, read with the same code as the answers of server functions: leptos' own way reads text rather than bytes, which
/// would bring a second reader of every type to the browser.
pub struct PageJson;

impl<T: Serialize> Encoder<T> for PageJson {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Self::Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for PageJson {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Self::Error> {
        serde_json::from_slice(text.as_bytes())
    }
}

/// Reads with `fetch` what `source` names.
///
/// To be called by a page itself, never by what waits for data (`<Suspense>`, `<Transition>`): the server draws that several times,
/// so it would read several times, and the browser could be given another reading than the one that is drawn.
pub fn load<S, T, F>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetch: impl Fn(S) -> F + Send + Sync + 'static,
) -> Loaded<T>
where
    S: Clone + PartialEq + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = T> + Send + 'static,
{
    expect_page();
    Resource::new_with_options(source, fetch, false)
}

/// Reads what the answer's status or its redirection may depend on: the server sends nothing before it is there. See [`load`].
pub fn load_first<T, F>(fetch: impl Fn(()) -> F + Send + Sync + 'static) -> Loaded<T>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Future<Output = T> + Send + 'static,
{
    expect_page();
    Resource::new_with_options(|| (), fetch, true)
}

/// Stops a reading that would be done several times, before anybody but a developer meets it.
fn expect_page() {
    #[cfg(all(feature = "ssr", debug_assertions))]
    assert!(
        use_context::<SuspenseContext>().is_none(),
        "data is loaded by what waits for data: load it where the page begins, and hand it down"
    );
}
