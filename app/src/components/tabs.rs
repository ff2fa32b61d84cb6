//! The tabs of a destination.

use domain::DestinationId;
use leptos::prelude::*;
use leptos_router::hooks::use_url;

/// Overview · Configuration Settings · Setup Event Workflow · Events. The address says which one is open.
#[component]
pub fn Tabs(
    /// The destination.
    id: DestinationId,
) -> impl IntoView {
    let url = use_url();
    let base = format!("/destinations/{id}");
    let tabs: Vec<AnyView> = [
        ("Overview", base.clone()),
        ("Configuration Settings", format!("{base}/configuration")),
        ("Setup Event Workflow", format!("{base}/workflow")),
        ("Events", format!("{base}/events")),
    ]
    .into_iter()
    .map(|(label, to)| {
        let address = to.clone();
        let current = move || url.with(|url| url.path() == address).then_some("page");
        view! { <li><a href=to aria-current=current>{label}</a></li> }.into_any()
    })
    .collect();
    view! { <nav class="tabs" aria-label="Destination"><ul>{tabs}</ul></nav> }.into_any()
}
