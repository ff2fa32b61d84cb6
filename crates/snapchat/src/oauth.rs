//! OAuth with Snapchat: one consent for both APIs, the code flow with the secret in the form body (reference section 2).

use domain::destination::{BoxFuture, ConnectError, Secret, TokenSet};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, RedirectUrl, RefreshToken, RequestTokenError, Scope, TokenResponse, TokenUrl,
    basic::{BasicClient, BasicErrorResponse, BasicErrorResponseType, BasicTokenResponse},
};
use reqwest::Client;
use url::Url;

use crate::{
    capi::{Reply, call},
    oauth_answer::tidy,
    settings::{Settings, join},
};

/// Ads API and Conversions API in one consent (reference section 1.2).
const SCOPES: [&str; 2] = ["snapchat-marketing-api", "snapchat-offline-conversions-api"];
/// The life of a token whose answer doesn't tell it, in milliseconds: the shortest that was ever documented.
const SHORTEST_LIFE: i64 = 1_800_000;

type App = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// The OAuth app at Snapchat.
pub(crate) struct OAuth<'s> {
    pub(crate) http: &'s Client,
    pub(crate) accounts: &'s Url,
    pub(crate) settings: &'s Settings,
}

impl OAuth<'_> {
    /// Where the browser goes to give consent; blanks between scopes as `%20`.
    pub(crate) fn authorize_url(&self, state: &str, redirect_uri: &str) -> Result<String, ConnectError> {
        let app = self.app()?.set_redirect_uri(redirect(redirect_uri)?);
        let state = state.to_owned();
        let (mut url, _) = app
            .authorize_url(|| CsrfToken::new(state))
            .add_scopes(SCOPES.iter().map(|scope| Scope::new((*scope).to_owned())))
            .url();
        // A plus in the encoded query is a blank: a real one is written %2B.
        let query = url.query().unwrap_or_default().replace('+', "%20");
        url.set_query(Some(&query));
        Ok(url.into())
    }

    /// Exchanges the code that the browser brought back.
    pub(crate) async fn exchange(&self, code: &str, redirect_uri: &str) -> Result<TokenSet, ConnectError> {
        let app = self.app()?.set_redirect_uri(redirect(redirect_uri)?);
        let answer =
            app.exchange_code(AuthorizationCode::new(code.to_owned())).request_async(&Carrier(self.http)).await;
        answer.map(|tokens| token_set(&tokens)).map_err(classify)
    }

    /// Gets a new access token.
    pub(crate) async fn refresh(&self, token: &Secret) -> Result<TokenSet, ConnectError> {
        let app = self.app()?;
        let token = RefreshToken::new(token.0.clone());
        let answer = app.exchange_refresh_token(&token).request_async(&Carrier(self.http)).await;
        answer.map(|tokens| token_set(&tokens)).map_err(classify)
    }

    fn app(&self) -> Result<App, ConnectError> {
        let id = self.settings.client_id.as_deref().map(str::trim).filter(|id| !id.is_empty());
        let secret = self.settings.client_secret.as_ref().map(|secret| secret.0.trim()).filter(|s| !s.is_empty());
        let (id, secret) = match (id, secret) {
            (Some(id), Some(secret)) => (id, secret),
            (None, Some(_)) => return Err(not_configured("SNAPCHAT_CLIENT_ID is")),
            (Some(_), None) => return Err(not_configured("SNAPCHAT_CLIENT_SECRET is")),
            (None, None) => return Err(not_configured("SNAPCHAT_CLIENT_ID and SNAPCHAT_CLIENT_SECRET are")),
        };
        let endpoint = |last: &str| join(self.accounts, &["login", "oauth2", last]);
        Ok(BasicClient::new(ClientId::new(id.to_owned()))
            .set_client_secret(ClientSecret::new(secret.to_owned()))
            .set_auth_uri(AuthUrl::from_url(endpoint("authorize")))
            .set_token_uri(TokenUrl::from_url(endpoint("access_token")))
            .set_auth_type(AuthType::RequestBody))
    }
}

/// Carries requests of the `oauth2` crate over our client. 429, 5xx and a broken connection become errors of their own here,
/// since the crate looks only at whether the status is 200.
struct Carrier<'s>(&'s Client);

impl<'c> AsyncHttpClient<'c> for Carrier<'_> {
    type Error = Unreachable;
    type Future = BoxFuture<'c, Result<oauth2::HttpResponse, Unreachable>>;

    fn call(&'c self, request: oauth2::HttpRequest) -> Self::Future {
        let (parts, body) = request.into_parts();
        let outgoing = self.0.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
        Box::pin(async move {
            match call(outgoing).await {
                Reply::Answered { status: status @ (408 | 429 | 500..), .. } => {
                    Err(Unreachable(format!("HTTP {status}")))
                }
                Reply::Answered { status, body, .. } => {
                    let body = tidy(status, &body);
                    let answer = http::Response::builder().status(status).header("content-type", "application/json");
                    answer.body(body.into_bytes()).map_err(|e| Unreachable(e.to_string()))
                }
                Reply::NotSent(why) | Reply::Unanswered(why) => Err(Unreachable(why)),
            }
        })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unreachable(String);

fn not_configured(what: &str) -> ConnectError {
    ConnectError::NotConfigured(format!(
        "{what} not set. Register an OAuth app in Snapchat Ads Manager (Business Details, OAuth Apps), set both variables and \
         start the server again."
    ))
}

fn redirect(uri: &str) -> Result<RedirectUrl, ConnectError> {
    RedirectUrl::new(uri.to_owned()).map_err(|_| {
        ConnectError::NotConfigured("SWITCHYARD_PUBLIC_URL is not an address that a browser can open.".into())
    })
}

fn token_set(tokens: &BasicTokenResponse) -> TokenSet {
    let scopes = tokens.scopes().filter(|scopes| !scopes.is_empty());
    let life = tokens.expires_in().and_then(|life| i64::try_from(life.as_millis()).ok());
    TokenSet {
        access: Secret(tokens.access_token().secret().clone()),
        // An empty refresh token would wipe the one that is kept.
        refresh: tokens.refresh_token().map(|t| t.secret().clone()).filter(|t| !t.trim().is_empty()).map(Secret),
        expires_in: life.filter(|life| *life > 0).unwrap_or(SHORTEST_LIFE),
        scope: scopes.map(|scopes| scopes.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(" ")),
    }
}

/// Only `invalid_grant` ends a login; everything else is somebody else's matter or passes (reference section 2.5).
fn classify(error: RequestTokenError<Unreachable, BasicErrorResponse>) -> ConnectError {
    match error {
        RequestTokenError::ServerResponse(answer) => {
            let words = answer.error_description().cloned().unwrap_or_else(|| answer.error().to_string());
            match answer.error() {
                BasicErrorResponseType::InvalidGrant => ConnectError::NeedsReconnect(words),
                BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient => {
                    ConnectError::BadClient(words)
                }
                _ => ConnectError::Refused(words),
            }
        }
        RequestTokenError::Request(Unreachable(why)) => ConnectError::Unavailable(why),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            ConnectError::Unavailable("the token answer can't be read".to_owned())
        }
    }
}
