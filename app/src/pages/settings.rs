//! .

use leptos::prelude::*;

/// The page.
#[component]
pub fn SettingsPage() -> impl IntoView {}
