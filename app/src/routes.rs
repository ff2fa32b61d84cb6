//! The application: which page stands at which address.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    PossibleRouteMatch, SsrMode,
    components::{ParentRoute, Redirect, Route, Router, Routes},
    path,
};

use crate::{
    browser,
    components::{Frame, guard_history},
    pages::{NotFoundPage, lazy::Page},
};

/// Everything in the document's body. Pages are rendered whole, so that they work without scripts.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    guard_history();
    view! {
        // A page's own title comes alive with its code: until then the document keeps the one that the server gave it.
        <Title text=browser::title() formatter=document_title/>
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=at(path!("/setup")) view=Page::Setup ssr=SsrMode::Async/>
                <Route path=at(path!("/login")) view=Page::Login ssr=SsrMode::Async/>
                <ParentRoute path=at(path!("")) view=Frame ssr=SsrMode::Async>
                    <Route path=at(path!("")) view=Home ssr=SsrMode::Async/>
                    <Route path=at(path!("/destinations")) view=Page::Destinations ssr=SsrMode::Async/>
                    <Route path=at(path!("/destinations/catalog")) view=Page::Catalog ssr=SsrMode::Async/>
                    <Route path=at(path!("/destinations/:id")) view=Page::Overview ssr=SsrMode::Async/>
                    <Route path=at(path!("/destinations/:id/configuration")) view=Page::Configuration ssr=SsrMode::Async/>
                    <Route path=at(path!("/destinations/:id/workflow")) view=Page::Workflow ssr=SsrMode::Async/>
                    <Route path=at(path!("/destinations/:id/workflow/:event")) view=Page::Fields ssr=SsrMode::Async/>
                    <Route path=at(path!("/destinations/:id/test")) view=Page::TestEvent ssr=SsrMode::Async/>
                    <Route path=at(path!("/destinations/:id/quality")) view=Page::Quality ssr=SsrMode::Async/>
                    <Route path=at(path!("/destinations/:id/events")) view=Page::DestinationEvents ssr=SsrMode::Async/>
                    <Route path=at(path!("/events")) view=Page::Events ssr=SsrMode::Async/>
                    <Route path=at(path!("/events/:id")) view=Page::EventDetail ssr=SsrMode::Async/>
                    <Route path=at(path!("/sources")) view=Page::Sources ssr=SsrMode::Async/>
                    <Route path=at(path!("/sources/:id")) view=Page::Source ssr=SsrMode::Async/>
                    <Route path=at(path!("/audiences")) view=Page::Audiences ssr=SsrMode::Async/>
                    <Route path=at(path!("/audiences/new")) view=Page::AudienceBuilder ssr=SsrMode::Async/>
                    <Route path=at(path!("/audiences/:id")) view=Page::AudienceBuilder ssr=SsrMode::Async/>
                    <Route path=at(path!("/audiences/:id/sync")) view=Page::AudienceSync ssr=SsrMode::Async/>
                    <Route path=at(path!("/profiles")) view=Page::Profiles ssr=SsrMode::Async/>
                    <Route path=at(path!("/profiles/:id")) view=Page::Profile ssr=SsrMode::Async/>
                    <Route path=at(path!("/uploads")) view=Page::Uploads ssr=SsrMode::Async/>
                    <Route path=at(path!("/uploads/new")) view=Page::NewUpload ssr=SsrMode::Async/>
                    <Route path=at(path!("/uploads/:id")) view=Page::Upload ssr=SsrMode::Async/>
                    <Route path=at(path!("/settings")) view=Page::Settings ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// The title of the document that shows a page.
fn document_title(page: String) -> String {
    const PRODUCT: &str = "Switchyard";
    const SUFFIX: &str = " · Switchyard";
    if page.is_empty() {
        PRODUCT.to_owned()
    } else if page == PRODUCT || page.ends_with(SUFFIX) {
        page
    } else {
        page + SUFFIX
    }
}

/// An address as one type whatever its parts: the router makes code for each type that it is given.
fn at(path: impl PossibleRouteMatch + Send + Sync + 'static) -> Arc<dyn PossibleRouteMatch + Send + Sync> {
    Arc::new(path)
}

#[component]
fn Home() -> impl IntoView {
    view! { <Redirect path="/destinations"/> }
}
