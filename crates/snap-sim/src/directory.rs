//! Who and what exists: the seed, with look-ups by id and the question who may do what.

use std::collections::HashMap;

use crate::seed::{AdAccount, Client, Organization, Seed, User};

/// What kind of thing conversions are sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssetKind {
    Pixel,
    App,
}

/// A pixel or an app and where it belongs.
#[derive(Clone, Debug)]
pub struct AssetEntry {
    pub kind: AssetKind,
    pub id: String,
    pub name: String,
    pub organization: usize,
    /// Apps belong to no ad account.
    pub ad_account: Option<usize>,
}

/// The seed, indexed. It never changes while the simulator runs.
pub struct Directory {
    pub clients: Vec<Client>,
    pub organizations: Vec<Organization>,
    pub users: Vec<User>,
    /// In the order of the file.
    pub assets: Vec<AssetEntry>,
    by_asset: HashMap<String, usize>,
}

impl Directory {
    /// Indexes a seed.
    pub fn new(seed: &Seed) -> Self {
        let mut assets = Vec::new();
        for (organization, owner) in seed.organization.iter().enumerate() {
            let mut add = |kind, ad_account, asset: &crate::seed::Asset| {
                let (id, name) = (asset.id.clone(), asset.name.clone());
                assets.push(AssetEntry { kind, id, name, organization, ad_account });
            };
            for (index, account) in owner.ad_account.iter().enumerate() {
                account.pixel.iter().for_each(|pixel| add(AssetKind::Pixel, Some(index), pixel));
            }
            owner.app.iter().for_each(|app| add(AssetKind::App, None, app));
        }
        let by_asset = assets.iter().enumerate().map(|(index, asset)| (asset.id.clone(), index)).collect();
        Self {
            clients: seed.client.clone(),
            organizations: seed.organization.clone(),
            users: seed.user.clone(),
            assets,
            by_asset,
        }
    }

    /// The pixel or app with this id.
    pub fn asset(&self, id: &str) -> Option<&AssetEntry> {
        self.by_asset.get(id).map(|&index| &self.assets[index])
    }

    /// The organisation that owns a pixel or app.
    pub fn owner(&self, asset: &AssetEntry) -> &Organization {
        &self.organizations[asset.organization]
    }

    /// The organisation with this id.
    pub fn organization(&self, id: &str) -> Option<&Organization> {
        self.organizations.iter().find(|organization| organization.id == id)
    }

    /// An ad account with its organisation.
    pub fn ad_account(&self, id: &str) -> Option<(&Organization, &AdAccount)> {
        self.organizations.iter().find_map(|organization| {
            organization.ad_account.iter().find(|account| account.id == id).map(|account| (organization, account))
        })
    }

    /// The person who signs in with this name and password.
    pub fn sign_in(&self, name: &str, password: &str) -> Option<&User> {
        self.users.iter().find(|user| {
            let named = user.email.eq_ignore_ascii_case(name) || (!user.username.is_empty() && user.username == name);
            named && user.password == password
        })
    }

    /// The person with this id.
    pub fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }
}

impl User {
    /// The role in an organisation, when there is one.
    pub fn role_in(&self, organization: &Organization) -> Option<&str> {
        self.organization.iter().find(|role| role.id == organization.id).map(|role| &*role.role)
    }

    /// The role on an ad account; who administers the organisation administers each of its accounts.
    pub fn role_on(&self, organization: &Organization, account: &AdAccount) -> Option<&str> {
        if self.role_in(organization)? == "admin" {
            return Some("admin");
        }
        self.ad_account.iter().find(|role| role.id == account.id).map(|role| &*role.role)
    }
}
