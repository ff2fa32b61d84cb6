//! The HTML document around the pages, written on the server alone.

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags};

use crate::{App, api::display::Display};

/// The mark in the browser's tab: a track that forks.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%23463cc4'/%3E%3Cpath d='M6 22h6c6 0 6-12 14-12M16 22h10' fill='none' stroke='%23fff' stroke-width='3' stroke-linecap='round'/%3E%3C/svg%3E";

/// The document. Its theme comes from a cookie, so that nothing flashes.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let display = Display::of_request();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=display.theme.attribute() data-density=display.dense.then_some("dense")>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" type="image/svg+xml" href=ICON/>
                <HashedStylesheet options=options.clone() id="style"/>
                <HydrationScripts options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}
