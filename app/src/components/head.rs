//! The head of a page: where it is, what it is, how it stands, and the one thing to do.

use leptos::prelude::*;
use leptos_meta::Title;

/// Breadcrumb, title, a sentence of state, and at the right the primary action (the children).
#[component]
pub fn PageHead(
    /// The title, also of the document.
    #[prop(into)]
    title: String,
    /// How things stand, in a sentence.
    #[prop(optional, into)]
    sentence: MaybeProp<String>,
    /// The pages above: label and address.
    #[prop(optional)]
    crumbs: Vec<(String, String)>,
    /// The primary action.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let document_title = match crumbs.last() {
        Some((above, _)) => format!("{title} · {above}"),
        None => title.clone(),
    };
    let crumbs: Vec<AnyView> =
        crumbs.into_iter().map(|(label, to)| view! { <li><a href=to>{label}</a></li> }.into_any()).collect();
    view! {
        <Title text=document_title/>
        <header class="page-head">
            <div class="page-head-text">
                {(!crumbs.is_empty())
                    .then(|| view! { <nav class="crumbs" aria-label="Breadcrumb"><ol>{crumbs}</ol></nav> })}
                <h1>{title}</h1>
                {move || sentence.get().map(|sentence| view! { <p class="sentence">{sentence}</p> })}
            </div>
            {children.map(|children| view! { <div class="actions">{children()}</div> })}
        </header>
    }
    .into_any()
}
