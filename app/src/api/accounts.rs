//! Server functions around signing in: the first run, sign in, sign out, and what the frame shows.

use domain::view::Me;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::session;
use super::{display::Display, error::PageError};

/// What a visitor finds at the door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gate {
    /// There is no user yet: the first run.
    Setup,
    /// Sign in first.
    SignedOut {
        /// The address of a sign-in that was just refused, without scripts.
        email: Option<String>,
    },
    /// Come in.
    Open {
        /// Who is signed in, and where.
        me: Me,
        /// How they like the pages.
        display: Display,
    },
}

/// Whether the visitor may come in, and as whom.
#[server]
pub async fn find_gate() -> Result<Gate, PageError> {
    match session::actor().await {
        Ok((switchyard, actor)) => Ok(Gate::Open { me: switchyard.me(&actor).await?, display: Display::of_request() }),
        Err(domain::ApiError::SignedOut) => {
            let setup = session::switchyard()?.needs_setup().await?;
            Ok(if setup { Gate::Setup } else { Gate::SignedOut { email: session::kept_email() } })
        }
        Err(error) => Err(error.into()),
    }
}

/// The first run: the workspace and its first admin.
#[server]
pub async fn set_up(
    #[server(default)] workspace: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] password: String,
) -> Result<(), PageError> {
    let signed_in = session::switchyard()?.setup(&workspace, &name, &email, &password).await?;
    session::begin(&signed_in).await?;
    leptos_axum::redirect("/destinations?notice=welcome");
    Ok(())
}

/// Signs in and goes where the visitor wanted to.
#[server]
pub async fn sign_in(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<(), PageError> {
    let switchyard = session::switchyard()?;
    let signed_in =
        switchyard.sign_in(&email, &password, &session::peer()).await.inspect_err(|_| session::keep_email(&email))?;
    session::forget_email();
    session::begin(&signed_in).await?;
    leptos_axum::redirect(safe_next(&next));
    Ok(())
}

/// Ends the session.
#[server]
pub async fn sign_out() -> Result<(), PageError> {
    session::end().await?;
    leptos_axum::redirect("/login?notice=signed_out");
    Ok(())
}

/// Goes on in another workspace of the same user.
#[server]
pub async fn switch_workspace(workspace: domain::WorkspaceId) -> Result<(), PageError> {
    let (switchyard, actor) = session::actor().await?;
    let signed_in = switchyard.switch_workspace(&actor, workspace).await?;
    session::begin(&signed_in).await?;
    leptos_axum::redirect("/destinations");
    Ok(())
}

/// Where to go after signing in: a path on this server, never another host.
#[must_use]
pub fn safe_next(next: &str) -> &str {
    let local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.starts_with("/api/")
        && !next.contains('\\')
        && next.bytes().all(|byte| byte.is_ascii_graphic());
    if local { next } else { "/destinations" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_paths_are_followed() {
        for good in ["/events?event=Order%20Completed", "/destinations/1/workflow", "/"] {
            assert_eq!(safe_next(good), good);
        }
        for bad in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "/a\r\nb",
            "/api/sign_out",
        ] {
            assert_eq!(safe_next(bad), "/destinations", "{bad:?}");
        }
    }
}
