//! The pages as routes whose code is fetched when a page of the same part is first visited.
//!
//! The build cuts the code by part, and what several parts share again by who shares it: few parts make few files.

use leptos::prelude::*;
use leptos_router::ChooseView;

use super::*;

/// Names the parts and the pages in each, and cuts the code between them.
macro_rules! parts {
    ($($part:ident: $($page:ident => $component:ident),+;)+) => {
        /// A page, as a route takes it. One type for all of them: the router makes code for each type that it is given.
        #[derive(Clone, Copy)]
        pub enum Page {
            $($(
                #[doc = concat!("[`", stringify!($component), "`].")]
                $page,
            )+)+
        }

        impl ChooseView for Page {
            async fn choose(self) -> AnyView {
                match self {
                    $($(Self::$page)|+ => $part::view(self).await,)+
                }
            }

            async fn preload(&self) {
                // Written here rather than in `choose`, so that code and data are on their way at the same time.
                #[cfg(feature = "hydrate")]
                match self {
                    $($(Self::$page)|+ => $part::__preload_view().await,)+
                }
            }
        }

        $(
            mod $part {
                use super::*;

                /// Where the code is cut: everything that only this calls goes into a file of its own.
                #[lazy($part)]
                pub fn view(page: Page) -> AnyView {
                    match page {
                        $(Page::$page => view! { <$component/> }.into_any(),)+
                        _ => ().into_any(),
                    }
                }
            }
        )+
    };
}

parts! {
    audience_builder: AudienceBuilder => AudienceBuilderPage;
    doors: Login => LoginPage, Setup => SetupPage;
    lists: Audiences => AudiencesPage, Catalog => CatalogPage, Destinations => DestinationsPage, Overview => OverviewPage;
    configuration: Configuration => ConfigurationPage;
    workflow: Workflow => WorkflowPage;
    fields: Fields => FieldsPage, Quality => QualityPage;
    test_event: TestEvent => TestEventPage;
    events: DestinationEvents => DestinationEventsPage, Events => EventsPage;
    event: EventDetail => EventDetailPage;
    people: Profile => ProfilePage, Profiles => ProfilesPage;
    uploads: NewUpload => NewUploadPage, Upload => UploadPage, Uploads => UploadsPage;
    workspace: Settings => SettingsPage, Source => SourcePage, Sources => SourcesPage;
}
