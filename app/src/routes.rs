//! The application: which page stands at which address.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Redirect, Route, Router, Routes},
    path,
};

use crate::{
    components::{Frame, provide_now},
    pages::{
        AudiencesPage, CatalogPage, ConfigurationPage, DestinationEventsPage, DestinationsPage, EventDetailPage,
        EventsPage, FieldsPage, LoginPage, NotFoundPage, OverviewPage, QualityPage, SettingsPage, SetupPage,
        SourcePage, SourcesPage, TestEventPage, WorkflowPage,
    },
};

/// Everything in the document's body. Pages are rendered whole, so that they work without scripts.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_now();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "Switchyard".to_owned() } else { format!("{title} · Switchyard") }/>
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/setup") view=SetupPage ssr=SsrMode::Async/>
                <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async/>
                <ParentRoute path=path!("") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("") view=Home ssr=SsrMode::Async/>
                    <Route path=path!("/destinations") view=DestinationsPage ssr=SsrMode::Async/>
                    <Route path=path!("/destinations/catalog") view=CatalogPage ssr=SsrMode::Async/>
                    <Route path=path!("/destinations/:id") view=OverviewPage ssr=SsrMode::Async/>
                    <Route path=path!("/destinations/:id/configuration") view=ConfigurationPage ssr=SsrMode::Async/>
                    <Route path=path!("/destinations/:id/workflow") view=WorkflowPage ssr=SsrMode::Async/>
                    <Route path=path!("/destinations/:id/workflow/:event") view=FieldsPage ssr=SsrMode::Async/>
                    <Route path=path!("/destinations/:id/test") view=TestEventPage ssr=SsrMode::Async/>
                    <Route path=path!("/destinations/:id/quality") view=QualityPage ssr=SsrMode::Async/>
                    <Route path=path!("/destinations/:id/events") view=DestinationEventsPage ssr=SsrMode::Async/>
                    <Route path=path!("/events") view=EventsPage ssr=SsrMode::Async/>
                    <Route path=path!("/events/:id") view=EventDetailPage ssr=SsrMode::Async/>
                    <Route path=path!("/sources") view=SourcesPage ssr=SsrMode::Async/>
                    <Route path=path!("/sources/:id") view=SourcePage ssr=SsrMode::Async/>
                    <Route path=path!("/audiences") view=AudiencesPage ssr=SsrMode::Async/>
                    <Route path=path!("/settings") view=SettingsPage ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

#[component]
fn Home() -> impl IntoView {
    view! { <Redirect path="/destinations"/> }
}
