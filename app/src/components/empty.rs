//! What stands where nothing is yet: one sentence, one action.

use leptos::prelude::*;

use super::Icon;

/// An empty list.
#[component]
pub fn EmptyState(
    /// The icon above.
    #[prop(default = "info")]
    icon: &'static str,
    /// A heading above the sentence, for whole pages.
    #[prop(optional, into)]
    title: Option<String>,
    /// The sentence: what is not there, and what to do.
    #[prop(into)]
    sentence: String,
    /// What stands on the link.
    #[prop(optional, into)]
    action: Option<String>,
    /// Where the link leads.
    #[prop(optional, into)]
    href: Option<String>,
    /// An action that is not a link.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let link = action.zip(href).map(|(action, href)| view! { <a class="button primary" href=href>{action}</a> });
    let acts = link.is_some() || children.is_some();
    view! {
        <div class="empty">
            <span class="empty-icon"><Icon name=icon/></span>
            {title.map(|title| view! { <h2>{title}</h2> })}
            <p>{sentence}</p>
            {acts.then(|| view! { <div class="actions">{link} {children.map(|children| children())}</div> })}
        </div>
    }
    .into_any()
}
