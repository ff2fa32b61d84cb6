//! The pages as routes whose code is fetched when a page of the same part is first visited.
//!
//! The build puts what a part needs beyond every page's code into one file; what several parts share is in each of theirs.

use leptos::prelude::*;
#[cfg(feature = "hydrate")]
use leptos::wasm_split::{SplitLoaderError, wasm_split};
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
                {
                    let fetched = match self {
                        $($(Self::$page)|+ => $part::preload().await,)+
                    };
                    if fetched.is_err() {
                        without_code().await
                    }
                }
            }
        }

        $(
            mod $part {
                use super::*;

                /// Where the code is cut: everything that only this calls goes into a file of its own.
                #[cfg(feature = "hydrate")]
                #[wasm_split($part, wasm_split_path = leptos::wasm_split, preload(preload), fallible)]
                pub fn fetched(page: Page) -> Result<AnyView, SplitLoaderError> {
                    Ok(draw(page))
                }

                #[cfg(feature = "hydrate")]
                pub async fn view(page: Page) -> AnyView {
                    if let Ok(view) = fetched(page).await {
                        return view;
                    }
                    without_code().await
                }

                /// Has the page say which files of code its browser will need.
                #[cfg(not(feature = "hydrate"))]
                pub async fn view(page: Page) -> AnyView {
                    leptos::prefetch_lazy_fn_on_server(stringify!($part));
                    draw(page)
                }

                fn draw(page: Page) -> AnyView {
                    match page {
                        $(Page::$page => view! { <$component/> }.into_any(),)+
                        _ => ().into_any(),
                    }
                }
            }
        )+
    };
}

/// What happens when the code of a page could not be fetched: nothing more in this document.
///
/// A page that the server wrote stays as it is: its links and forms need no code. On the way to another page the browser is sent
/// there itself, which also helps where a new version of the program has other files.
#[cfg(feature = "hydrate")]
async fn without_code<T>() -> T {
    let is_written = Owner::current_shared_context().is_some_and(|context| context.during_hydration());
    if !is_written {
        let address = leptos_router::hooks::use_url().with_untracked(crate::components::address);
        let _ = window().location().set_href(&address);
    }
    std::future::pending().await
}

parts! {
    audience_builder: AudienceBuilder => AudienceBuilderPage;
    audience_sync: AudienceSync => AudienceSyncPage;
    doors: Login => LoginPage, Setup => SetupPage;
    audiences: Audiences => AudiencesPage;
    lists: Catalog => CatalogPage, Destinations => DestinationsPage, Overview => OverviewPage;
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
