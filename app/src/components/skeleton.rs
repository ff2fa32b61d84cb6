//! What stands where rows will be: as high as they are, so that nothing jumps.

use leptos::prelude::*;

/// Rows that are on their way.
#[component]
pub fn SkeletonRows(
    /// How many.
    #[prop(default = 6)]
    rows: usize,
) -> impl IntoView {
    let rows: Vec<AnyView> = (0..rows).map(|_| view! { <div class="skeleton-row"></div> }.into_any()).collect();
    view! { <div class="skeleton" aria-busy="true" aria-label="Loading" role="img">{rows}</div> }.into_any()
}
