//! .

use leptos::prelude::*;

/// The page.
#[component]
pub fn AudiencesPage() -> impl IntoView {}
