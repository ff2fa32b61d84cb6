//! .

use leptos::prelude::*;

/// The page.
#[component]
pub fn LoginPage() -> impl IntoView {}
