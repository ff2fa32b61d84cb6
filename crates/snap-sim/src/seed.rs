//! The seed file: organisations, ad accounts, pixels, people, clients and tokens that the simulator starts with.

use serde::Deserialize;

use crate::settings::Settings;

/// What is known at the start, as the TOML file says it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seed {
    /// Settings that differ from the defaults.
    pub settings: Settings,
    /// OAuth apps.
    pub client: Vec<Client>,
    /// Organisations with all they own.
    pub organization: Vec<Organization>,
    /// People who can sign in.
    pub user: Vec<User>,
}

/// An OAuth app.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    pub id: String,
    pub secret: String,
    #[serde(default)]
    pub name: String,
    /// Exact addresses; an empty list allows any http or https address.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
}

/// A business: owns ad accounts, apps and CAPI tokens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    pub id: String,
    pub name: String,
    #[serde(default = "us")]
    pub country: String,
    #[serde(default)]
    pub postal_code: String,
    #[serde(default)]
    pub locality: String,
    #[serde(default)]
    pub ad_account: Vec<AdAccount>,
    #[serde(default)]
    pub app: Vec<Asset>,
    #[serde(default)]
    pub capi_tokens: Vec<String>,
}

/// An ad account: holds pixels and segments.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdAccount {
    pub id: String,
    pub name: String,
    #[serde(default = "active")]
    pub status: String,
    #[serde(default = "usd")]
    pub currency: String,
    #[serde(default = "utc")]
    pub timezone: String,
    #[serde(default)]
    pub pixel: Vec<Asset>,
}

/// A pixel or an app: what conversions are sent to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    pub id: String,
    pub name: String,
}

/// A person with a password and roles.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub id: String,
    pub email: String,
    #[serde(default)]
    pub username: String,
    pub display_name: String,
    pub password: String,
    /// `admin` (sees and may do everything in it) or `member`.
    #[serde(default)]
    pub organization: Vec<Role>,
    /// `admin`, `data_manager`, `general`, `creative` or `reports`.
    #[serde(default)]
    pub ad_account: Vec<Role>,
}

/// What someone may do with one organisation or ad account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub id: String,
    pub role: String,
}

/// The seed file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    #[error("{0}")]
    Settings(String),
    #[error("{0} stands twice")]
    Twice(String),
    #[error("{0} has a role on {1}, which is not in the file")]
    Nowhere(String, String),
}

impl Seed {
    /// The built-in seed that the README documents.
    pub fn northwind() -> Self {
        toml::from_str(include_str!("../seed/northwind.toml")).expect("the built-in seed is read by a test")
    }

    /// Reads a seed file and checks that its ids are unique and its roles lead somewhere.
    pub fn parse(text: &str) -> Result<Self, SeedError> {
        let seed: Self = toml::from_str(text)?;
        seed.settings.clone().checked().map_err(SeedError::Settings)?;
        let mut seen = std::collections::HashSet::new();
        for id in seed.ids() {
            if !seen.insert(id) {
                return Err(SeedError::Twice(id.to_owned()));
            }
        }
        for user in &seed.user {
            if let Some(role) = user.organization.iter().chain(&user.ad_account).find(|role| !seen.contains(&*role.id))
            {
                return Err(SeedError::Nowhere(user.email.clone(), role.id.clone()));
            }
        }
        Ok(seed)
    }

    fn ids(&self) -> impl Iterator<Item = &str> {
        let owned = self.organization.iter().flat_map(|organization| {
            let accounts = organization
                .ad_account
                .iter()
                .flat_map(|account| std::iter::once(&*account.id).chain(account.pixel.iter().map(|pixel| &*pixel.id)));
            std::iter::once(&*organization.id).chain(accounts).chain(organization.app.iter().map(|app| &*app.id))
        });
        let people = self.user.iter().flat_map(|user| [&*user.id, &*user.email]);
        owned.chain(people).chain(self.client.iter().map(|client| &*client.id))
    }
}

fn us() -> String {
    "US".into()
}

fn active() -> String {
    "ACTIVE".into()
}

fn usd() -> String {
    "USD".into()
}

fn utc() -> String {
    "UTC".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_seed_is_sound() {
        let seed = Seed::parse(include_str!("../seed/northwind.toml")).unwrap();
        assert_eq!(seed.organization[0].name, "Northwind Outdoor");
        assert_eq!(Seed::northwind().user.len(), 2);
    }

    #[test]
    fn a_seed_that_contradicts_itself_is_refused() {
        let twice = "[[client]]\nid='a'\nsecret='s'\n[[client]]\nid='a'\nsecret='t'";
        assert!(matches!(Seed::parse(twice), Err(SeedError::Twice(id)) if id == "a"));
        let nowhere =
            "[[user]]\nid='u'\nemail='e'\ndisplay_name='d'\npassword='p'\norganization=[{id='x',role='admin'}]";
        assert!(matches!(Seed::parse(nowhere), Err(SeedError::Nowhere(_, id)) if id == "x"));
        assert!(matches!(Seed::parse("[settings]\npage_size=0"), Err(SeedError::Settings(_))));
        assert!(matches!(Seed::parse("[setings]"), Err(SeedError::Syntax(_))));
    }
}
