//! Data that a page reads: on the server while it renders, in the browser out of the page, and again when what it depends on changes.

use std::{any::Any, future::Future, marker::PhantomData, pin::Pin, sync::Arc};

#[cfg(all(feature = "ssr", debug_assertions))]
use leptos::reactive::computed::suspense::SuspenseContext;
use leptos::{
    prelude::*,
    server::codee::{Decoder, Encoder},
};
use serde::{Serialize, de::DeserializeOwned};

/// What [`load`] gives. Below it is one type of resource for whatever is read: leptos makes code for each type that it is given.
pub struct Loaded<T> {
    resource: Resource<Reading, PageJson>,
    value: PhantomData<fn() -> T>,
}

impl<T> Clone for Loaded<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Loaded<T> {}

impl<T: Readable + Clone + DeserializeOwned> Loaded<T> {
    /// What `look` sees in what is there now; it is told of changes.
    pub fn with<U>(self, look: impl FnOnce(Option<&T>) -> U) -> U {
        look(self.resource.get().map(Reading::of).as_ref())
    }

    /// What is there now, and nothing when the page is gone. Whoever calls is told of changes.
    #[must_use]
    pub fn try_get(self) -> Option<T> {
        self.resource.try_get().flatten().map(Reading::of)
    }

    /// What is there now, and nothing when the page is gone.
    #[must_use]
    pub fn try_get_untracked(self) -> Option<T> {
        self.resource.try_get_untracked().flatten().map(Reading::of)
    }

    /// Reads anew.
    pub fn refetch(self) {
        self.resource.refetch();
    }
}

impl<T: Readable + Clone + DeserializeOwned> IntoFuture for Loaded<T> {
    type Output = T;
    type IntoFuture = Pin<Box<dyn Future<Output = T> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let reading = self.resource.into_future();
        Box::pin(async move { reading.await.of() })
    }
}

/// What was read.
#[derive(Clone)]
pub enum Reading {
    /// By the server, which wrote it into the page.
    Page(Arc<str>),
    /// Here.
    Here(Arc<dyn Readable>),
}

impl Reading {
    fn of<T: Readable + Clone + DeserializeOwned>(self) -> T {
        match self {
            Self::Page(text) => {
                serde_json::from_slice(text.as_bytes()).expect("the page holds what its own code wrote")
            }
            Self::Here(value) => {
                let value: &dyn Any = &*value;
                value.downcast_ref::<T>().expect("a resource is read as what it was loaded as").clone()
            }
        }
    }
}

/// Whatever can be read.
pub trait Readable: Any + Send + Sync {
    /// As it is written into the page. Only the server writes, so the browser is spared the code.
    ///
    /// # Errors
    /// What it holds can't be JSON.
    #[cfg(feature = "ssr")]
    fn to_json(&self) -> serde_json::Result<String>;
}

impl<T: Serialize + Any + Send + Sync> Readable for T {
    #[cfg(feature = "ssr")]
    fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

/// JSON in the page, read with the same code as the answers of server functions: leptos' own way reads text rather than bytes, which
/// would bring a second reader of every type to the browser.
pub struct PageJson;

impl Encoder<Reading> for PageJson {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(reading: &Reading) -> Result<String, Self::Error> {
        match reading {
            Reading::Page(text) => Ok(text.to_string()),
            #[cfg(feature = "ssr")]
            Reading::Here(value) => value.to_json(),
            #[cfg(not(feature = "ssr"))]
            Reading::Here(_) => unreachable!("only the server writes pages"),
        }
    }
}

impl Decoder<Reading> for PageJson {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<Reading, Self::Error> {
        Ok(Reading::Page(text.into()))
    }
}

/// What a reading depends on: one type for whatever it is.
#[derive(Clone)]
struct Asked(Arc<dyn Question>);

impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        self.0.is(&*other.0)
    }
}

trait Question: Any + Send + Sync {
    fn is(&self, other: &(dyn Question + 'static)) -> bool;
}

impl<S: PartialEq + Any + Send + Sync> Question for S {
    fn is(&self, other: &(dyn Question + 'static)) -> bool {
        let other: &dyn Any = other;
        other.downcast_ref::<S>().is_some_and(|other| self == other)
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
    T: Readable,
    F: Future<Output = T> + Send + 'static,
{
    expect_page();
    loaded(source, fetch, false)
}

/// Reads what the answer's status or its redirection may depend on: the server sends nothing before it is there. See [`load`].
pub fn load_first<T, F>(fetch: impl Fn(()) -> F + Send + Sync + 'static) -> Loaded<T>
where
    T: Readable,
    F: Future<Output = T> + Send + 'static,
{
    expect_page();
    loaded(|| (), fetch, true)
}

type Source = Box<dyn Fn() -> Asked + Send + Sync>;
type Fetch = Box<dyn Fn(Asked) -> Pin<Box<dyn Future<Output = Reading> + Send>> + Send + Sync>;

fn loaded<S, T, F>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetch: impl Fn(S) -> F + Send + Sync + 'static,
    first: bool,
) -> Loaded<T>
where
    S: Clone + PartialEq + Send + Sync + 'static,
    T: Readable,
    F: Future<Output = T> + Send + 'static,
{
    let fetch = move |Asked(asked): Asked| -> Pin<Box<dyn Future<Output = Reading> + Send>> {
        let asked: &dyn Any = &*asked;
        let fetched = fetch(asked.downcast_ref::<S>().expect("a resource is asked what its source says").clone());
        Box::pin(async move { Reading::Here(Arc::new(fetched.await)) })
    };
    let resource = resource(Box::new(move || Asked(Arc::new(source()))), Box::new(fetch), first);
    Loaded { resource, value: PhantomData }
}

fn resource(source: Source, fetch: Fetch, first: bool) -> Resource<Reading, PageJson> {
    Resource::new_with_options(source, fetch, first)
}

/// Stops a reading that would be done several times, before anybody but a developer meets it.
fn expect_page() {
    #[cfg(all(feature = "ssr", debug_assertions))]
    assert!(
        use_context::<SuspenseContext>().is_none(),
        "data is loaded by what waits for data: load it where the page begins, and hand it down"
    );
}
