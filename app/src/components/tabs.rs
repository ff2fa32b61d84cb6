//! The tabs of a destination.

use domain::DestinationId;
use leptos::prelude::*;
use leptos_router::hooks::use_url;

/// Overview · Configuration Settings · Setup Event Workflow · Events · Test an event · Match quality. The address says which one is open.
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
        ("Test an event", format!("{base}/test")),
        ("Match quality", format!("{base}/quality")),
    ]
    .into_iter()
    .map(|(label, to)| {
        let (address, is_base) = (to.clone(), to == base);
        // A page below a tab's own, such as the fields of one event, belongs to that tab.
        let current = move || {
            url.with(|url| match url.path().strip_prefix(&address) {
                Some("") => Some("page"),
                Some(below) if !is_base && below.starts_with('/') => Some("true"),
                _ => None,
            })
        };
        view! { <li><a href=to aria-current=current>{label}</a></li> }.into_any()
    })
    .collect();
    view! { <nav class="tabs" aria-label="Destination"><ul>{tabs}</ul></nav> }.into_any()
}
