//! .

use leptos::prelude::*;

/// The page.
#[component]
pub fn SourcesPage() -> impl IntoView {}
/// The page.
#[component]
pub fn SourcePage() -> impl IntoView {}
