//! The pages and their server functions.

use app::{
    App,
    api::error::{FORM_ANSWER, status},
    shell,
};
use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use domain::ApiError;
use leptos::{prelude::*, server_fn::error::SERVER_FN_ERROR_HEADER};
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list};

use super::{AppState, security::page_policy};

/// Pages hold personal views: nothing between us and the browser keeps them.
const CACHE: HeaderValue = HeaderValue::from_static("no-store");

/// A refusal is a few sentences.
const ERROR_MAX: usize = 64 * 1024;

pub fn router(state: &AppState) -> Router<AppState> {
    let routes = generate_route_list(App);
    let options = LeptosOptions::clone(&state.leptos);
    let context = {
        let state = state.clone();
        move || {
            provide_context(state.switchyard.clone());
            set_headers(&state);
        }
    };
    Router::new()
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
        .layer(middleware::from_fn(with_own_status))
}

fn set_headers(state: &AppState) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    response.insert_header(header::CACHE_CONTROL, CACHE);
    if let Some(policy) = page_policy(&state.settings.snapchat.accounts_url) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// leptos answers every refusal with 500; the body says which one it is, and whoever asked as [`FORM_ANSWER`] gets it as an answer. A form
/// without scripts is redirected and not seen here.
async fn with_own_status(request: Request, next: Next) -> Response {
    let asked_as_form = request.headers().get(header::ACCEPT).is_some_and(|accept| accept == FORM_ANSWER);
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = next.run(request).await;
    // leptos redirects those alone who ask for HTML by name; a script that is to sign in first is to see that, too.
    if reads && response.status() == StatusCode::OK && response.headers().contains_key(header::LOCATION) {
        *response.status_mut() = StatusCode::FOUND;
    }
    let refused = response.status() == StatusCode::INTERNAL_SERVER_ERROR
        && response.headers().contains_key(SERVER_FN_ERROR_HEADER);
    if !refused {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, ERROR_MAX).await else { return parts.status.into_response() };
    if let Ok(error) = serde_json::from_slice::<ApiError>(&body) {
        parts.status = match error {
            ApiError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            _ if asked_as_form => StatusCode::OK,
            _ => status(&error),
        };
    }
    Response::from_parts(parts, body.into())
}
