//! Long-lived tokens: each belongs to an organisation and is valid until someone deletes it.

use std::collections::HashMap;

use crate::directory::Directory;

/// A long-lived token.
pub struct CapiToken {
    pub token: String,
    pub organization_id: String,
    pub created_at: i64,
}

/// All long-lived tokens, oldest first.
#[derive(Default)]
pub struct CapiTokens {
    listed: Vec<CapiToken>,
    owners: HashMap<String, String>,
}

impl CapiTokens {
    /// Those that the seed names.
    pub fn seeded(directory: &Directory, now: i64) -> Self {
        let mut tokens = Self::default();
        for organization in &directory.organizations {
            for token in &organization.capi_tokens {
                tokens.add(token.clone(), &organization.id, now);
            }
        }
        tokens
    }

    /// Adds a token.
    pub fn add(&mut self, token: String, organization_id: &str, now: i64) {
        self.owners.insert(token.clone(), organization_id.to_owned());
        self.listed.push(CapiToken { token, organization_id: organization_id.to_owned(), created_at: now });
    }

    /// The organisation that a token belongs to.
    pub fn owner(&self, token: &str) -> Option<&str> {
        self.owners.get(token).map(String::as_str)
    }

    /// The tokens of an organisation with their place in the list of all.
    pub fn of(&self, organization_id: &str) -> impl Iterator<Item = &CapiToken> {
        self.listed.iter().filter(move |token| token.organization_id == organization_id)
    }

    /// Deletes the tokens for which this is true; how many there were.
    pub fn delete(&mut self, doomed: impl Fn(&CapiToken) -> bool) -> usize {
        let before = self.listed.len();
        self.listed.retain(|token| !doomed(token));
        self.owners = self.listed.iter().map(|token| (token.token.clone(), token.organization_id.clone())).collect();
        before - self.listed.len()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.listed.len()
    }
}
