//! The pages and their server functions.

use app::{App, shell};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::any,
};
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list, handle_server_fns_with_context};

use super::{AppState, security::page_policy};

/// Pages hold personal views: nothing between us and the browser keeps them.
const CACHE: HeaderValue = HeaderValue::from_static("no-store");

pub fn router(state: &AppState) -> Router<AppState> {
    let routes = generate_route_list(App);
    let options = state.leptos.clone();
    let context = {
        let state = state.clone();
        move || {
            provide_context(state.switchyard.clone());
            set_headers(&state);
        }
    };
    Router::new()
        .route("/api/{*function}", any(server_function))
        .leptos_routes_with_context(state, routes, context, move || shell(options.clone()))
        .fallback(leptos_axum::file_and_error_handler_with_context::<AppState, _>(
            {
                let state = state.clone();
                move || {
                    provide_context(state.switchyard.clone());
                    set_headers(&state);
                }
            },
            shell,
        ))
}

fn set_headers(state: &AppState) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    response.insert_header(header::CACHE_CONTROL, CACHE);
    if let Some(policy) = page_policy(&state.settings.snapchat.accounts_url) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

async fn server_function(State(state): State<AppState>, request: Request) -> Response {
    let context = move || provide_context(state.switchyard.clone());
    handle_server_fns_with_context(context, request).await.into_response()
}
