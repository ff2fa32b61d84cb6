//! How a person likes the pages: theme and density, in a cookie, so that the first byte is right already.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::PageError;

/// Light, dark, or what the device says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the device.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// All, as the switch lists them.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// The word in the cookie and in the form.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads the word. What can't be read is the default.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.as_str() == word).unwrap_or_default()
    }

    /// The value of `data-theme`.
    #[must_use]
    pub fn attribute(self) -> Option<&'static str> {
        (self != Self::Auto).then(|| self.as_str())
    }
}

/// The choices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Display {
    /// The theme.
    pub theme: Theme,
    /// Rows of 36 px instead of 44.
    pub dense: bool,
}

impl Display {
    /// Reads `theme-density`. What can't be read is the default.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (theme, density) = text.split_once('-').unwrap_or((text, ""));
        Self { theme: Theme::parse(theme), dense: density == "dense" }
    }

    /// The value of the cookie.
    #[must_use]
    pub fn text(self) -> String {
        format!("{}-{}", self.theme.as_str(), if self.dense { "dense" } else { "roomy" })
    }

    /// What the request's cookie says.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn of_request() -> Self {
        let Some(parts) = use_context::<http::request::Parts>() else { return Self::default() };
        parts
            .headers
            .get_all(http::header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .find_map(|pair| pair.trim().strip_prefix("display="))
            .map(Self::parse)
            .unwrap_or_default()
    }
}

/// Remembers a choice; the form posts it whole. Back to the page that it came from.
#[server]
pub async fn set_display(theme: Theme, #[server(default)] dense: bool) -> Result<(), PageError> {
    let display = Display { theme, dense };
    let cookie = format!("display={}; Path=/; Max-Age=31536000; SameSite=Lax", display.text());
    if let (Some(response), Ok(value)) =
        (use_context::<leptos_axum::ResponseOptions>(), http::HeaderValue::from_str(&cookie))
    {
        response.append_header(http::header::SET_COOKIE, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_read_back() {
        for theme in Theme::ALL {
            for dense in [true, false] {
                let display = Display { theme, dense };
                assert_eq!(Display::parse(&display.text()), display);
            }
        }
        assert_eq!(Display::parse("<script>"), Display::default());
    }
}
