//! The frame around every page of a workspace: skip link, sidebar, the page, confirmations, keys.

use leptos::prelude::*;
use leptos_router::components::{Outlet, Redirect};

use super::{
    Notice,
    error_box::login_address,
    focus::follow_pages,
    keys::Keys,
    load::{Loaded, load_first},
    notice::Confirmed,
    sidebar::Sidebar,
    time::provide_now,
};
use crate::api::{
    accounts::{Gate, find_gate},
    error::PageError,
};

/// Who is signed in: read once for the frame, for pages that show less to some.
#[derive(Clone, Copy)]
struct AtTheGate(Loaded<Result<Gate, PageError>>);

/// Who is signed in.
///
/// # Panics
/// Outside the frame.
#[must_use]
pub fn use_gate() -> Loaded<Result<Gate, PageError>> {
    expect_context::<AtTheGate>().0
}

/// The frame. Visitors who are not signed in are sent to the sign-in page, or to the first run.
#[component]
pub fn Frame() -> impl IntoView {
    let at_the_gate = load_first(|()| find_gate());
    provide_context(AtTheGate(at_the_gate));
    provide_now();
    Confirmed::provide();
    follow_pages();
    view! {
        <a class="skip" href="#content">"Skip to content"</a>
        <div class="frame">
            <Suspense fallback=|| view! { <div class="sidebar"></div> }>
                {move || Suspend::new(async move {
                    match at_the_gate.await {
                        Ok(Gate::Open { me, display }) => view! { <Sidebar me=me display=display/> }.into_any(),
                        Ok(Gate::Setup) => view! { <Redirect path="/setup"/> }.into_any(),
                        Ok(Gate::SignedOut { .. }) => view! { <Redirect path=login_address()/> }.into_any(),
                        Err(_) => view! { <div class="sidebar"></div> }.into_any(),
                    }
                })}
            </Suspense>
            <main id="content" tabindex="-1">
                <Outlet/>
            </main>
        </div>
        <Notice/>
        <Keys/>
    }
    .into_any()
}
