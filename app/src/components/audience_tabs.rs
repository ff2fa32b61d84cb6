//! The tabs of everything about people.

use leptos::prelude::*;
use leptos_router::hooks::use_url;

/// Label and address. The first one is not called "Audiences": that is the name of the navigation's link.
const TABS: [(&str, &str); 3] =
    [("Audience list", "/audiences"), ("Profiles", "/profiles"), ("Upload people", "/uploads")];

/// Audience list · Profiles · Upload people. The address says which one is open.
#[component]
pub fn AudienceTabs() -> impl IntoView {
    let url = use_url();
    let tabs: Vec<AnyView> = TABS
        .into_iter()
        .map(|(label, to)| {
            // A page below a tab's own, such as one person's, belongs to that tab.
            let current = move || {
                url.with(|url| match url.path().strip_prefix(to) {
                    Some("") => Some("page"),
                    Some(below) if below.starts_with('/') => Some("true"),
                    _ => None,
                })
            };
            view! { <li><a href=to aria-current=current>{label}</a></li> }.into_any()
        })
        .collect();
    view! { <nav class="tabs" aria-label="People and audiences"><ul>{tabs}</ul></nav> }.into_any()
}
