//! The seam between the machinery and a destination such as Snapchat: data that describes it, pure mapping, and a few calls.

use std::{collections::BTreeMap, future::Future, pin::Pin};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    delivery::Reason,
    event::TrackedEvent,
    fields::{FieldInfo, FieldTrace, Quality},
    item::Item,
    lists::AudienceLists,
    workflow::FieldRule,
};

/// A boxed future: the trait is used as an object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A secret that doesn't print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a destination type is: pages, validation and the worker read it.
#[derive(Debug)]
pub struct DestinationSpec {
    /// The word in `apply` files and in the database: `snapchat`.
    pub slug: &'static str,
    /// The name on pages.
    pub name: &'static str,
    /// What it does, a sentence or two.
    pub description: &'static str,
    /// What a marketer needs before connecting, one line each.
    pub prerequisites: &'static [&'static str],
    /// The event names that the destination takes.
    pub event_names: &'static [&'static str],
    /// Events in one request at most.
    pub events_per_call: usize,
    /// Requests per second for one token.
    pub requests_per_second: u32,
    /// How old an event may be when it is sent, in milliseconds.
    pub max_event_age: i64,
}

/// What the mapping of one event needs beyond the event.
#[derive(Clone, Debug, Default)]
pub struct MapContext {
    /// The destination's name for the event, e.g. `PURCHASE`.
    pub event_name: String,
    /// ISO 3166 alpha-2 country for phone numbers without a country code: the source's setting.
    pub default_country: Option<String>,
    /// Field rules of this event in the event workflow, by the destination's field name.
    pub fields: BTreeMap<String, FieldRule>,
    /// The token for limited data use, if the event asks for it (`LMU` or `LDU`).
    pub data_processing_option: Option<String>,
    /// Identifiers that the profile knows and the event may lack, as Segment traits (`email`, `phone`, `clickId`, …).
    pub profile: BTreeMap<String, Value>,
}

/// An event as the destination takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapped {
    /// The item of the request body, with personal data hashed.
    pub item: Item,
    /// Which asset it goes to: requests hold one kind each.
    pub asset: AssetKind,
    /// Advised fields that it lacks, and oddities, as codes with sentences.
    pub warnings: Vec<Reason>,
}

/// Which of a destination's assets an event goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AssetKind {
    /// Web and offline events: the Snap Pixel.
    Pixel,
    /// App events: the Snap App ID.
    App,
}

/// Where a batch goes and with which credential.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The asset's id at the destination (Pixel ID or Snap App ID).
    pub asset_id: String,
    /// The CAPI token or OAuth access token.
    pub token: Secret,
}

/// What the answer to one request means. Worked out in one place; nothing else looks at an HTTP status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every item was taken.
    Accepted,
    /// The item at this 0-based index was refused; nothing of the batch was taken.
    ItemInvalid {
        /// 0-based position in the request.
        index: usize,
        /// The destination's own words.
        reason: String,
    },
    /// Some item was refused and the answer doesn't say which; nothing was taken.
    BatchInvalid {
        /// The destination's own words.
        reason: String,
    },
    /// The credential was refused (401, or a 400 that names the token).
    Unauthorized {
        /// The destination's own words.
        reason: String,
    },
    /// The destination can't be used until a person acts (403, 404).
    Blocked {
        /// `forbidden` or `not_found`.
        code: &'static str,
        /// What it means, for a marketer.
        reason: String,
    },
    /// 413: the request was too large.
    TooLarge,
    /// 429.
    Throttled {
        /// Milliseconds that the destination asked for.
        retry_after: Option<i64>,
    },
    /// 408, 5xx, or the connection was refused: the request had no effect.
    Unavailable {
        /// What happened, without secrets.
        reason: String,
    },
    /// The request was sent and no answer came.
    NoAnswer {
        /// What happened, without secrets.
        reason: String,
    },
}

/// An answer with what the log of attempts shows of it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What it means.
    pub verdict: Verdict,
    /// The address without its query: the token travels there.
    pub url: String,
    /// The HTTP status, if an answer came.
    pub status: Option<u16>,
    /// The body's first 2 KiB.
    pub body: String,
}

/// Tokens from an OAuth exchange.
#[derive(Clone, Debug)]
pub struct TokenSet {
    /// Sent with calls.
    pub access: Secret,
    /// Gets new access tokens. `None` in a refresh: keep the old one.
    pub refresh: Option<Secret>,
    /// Life of the access token in milliseconds.
    pub expires_in: i64,
    /// Granted scopes, blank-separated, if the answer told them.
    pub scope: Option<String>,
}

/// Why a call with the connected login failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The server lacks settings; the text names them.
    #[error("{0}")]
    NotConfigured(String),
    /// The login is no longer valid (`invalid_grant`, 401 after a refresh): a person has to authenticate again.
    #[error("Snapchat no longer accepts this login: {0}")]
    NeedsReconnect(String),
    /// The OAuth app itself was refused (`invalid_client`): the operator's matter.
    #[error("Snapchat refused the OAuth app: {0}")]
    BadClient(String),
    /// The login lacks a right.
    #[error("{0}")]
    Forbidden(String),
    /// It is gone.
    #[error("{0}")]
    NotFound(String),
    /// Snapchat refused the request; its words.
    #[error("Snapchat refused the request: {0}")]
    Refused(String),
    /// Network, 429 or 5xx: try later.
    #[error("Snapchat can't be reached just now: {0}")]
    Unavailable(String),
}

/// One choice of a list: a business, an ad account or a pixel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// Its id at the destination.
    pub id: String,
    /// Its name there.
    pub name: String,
    /// Its status there, e.g. `ACTIVE`, where one is told.
    pub status: Option<String>,
}

/// Who is logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// Display name.
    pub name: String,
}

/// One line of a connection check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckStep {
    /// What was tried.
    pub title: String,
    /// Whether it went well.
    pub ok: bool,
    /// What the answer means and what to do.
    pub detail: String,
}

/// Identifier types of audience lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentifierKind {
    /// SHA-256 of the e-mail address.
    Email,
    /// SHA-256 of the phone number.
    Phone,
    /// SHA-256 of the advertising id.
    MobileAdId,
}

impl IdentifierKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Email, Self::Phone, Self::MobileAdId];

    /// The word in the database and in addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::MobileAdId => "mobile_ad_id",
        }
    }

    /// The kind that the word names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The words for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Email => "e-mail addresses",
            Self::Phone => "phone numbers",
            Self::MobileAdId => "advertising ids",
        }
    }
}

/// A list of people at the destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Its id there: a long decimal text.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its description, if it was told.
    pub description: Option<String>,
    /// Days that members stay, if it was told.
    pub retention_days: Option<u32>,
    /// Matched people, rounded and delayed.
    pub approximate_users: Option<i64>,
    /// `NO_UPLOAD`, `PROCESSING`, `COMPLETE`.
    pub upload_status: Option<String>,
    /// `NOT_READY`, `TOO_FEW_USERS`, `READY`.
    pub targetable_status: Option<String>,
}

/// A destination type. Snapchat is the first; each is a folder of its own.
pub trait Destination: Send + Sync {
    /// What it is.
    fn spec(&self) -> &'static DestinationSpec;

    /// Maps one event. Pure; hashes personal data there and then.
    ///
    /// # Errors
    /// The reason why the event can't be valid at the destination: it is filtered, not sent.
    fn map(&self, event: &TrackedEvent, context: &MapContext) -> Result<Mapped, Reason>;

    /// The version of the rules by which it normalises: stamped on each attempt.
    fn normaliser_version(&self) -> u32;

    /// The order that a mapped item is of, as the destination knows it: a purchase is sent once per order.
    fn order_id<'i>(&self, item: &'i Item) -> Option<&'i str>;

    /// The fields that rules can name, in the order of pages.
    fn fields(&self) -> Vec<FieldInfo> {
        Vec::new()
    }

    /// What is wrong with a rule's constant for the field of this name, as a sentence; nothing if it may be valid.
    fn constant_mistake(&self, _field: &str, _text: &str) -> Option<String> {
        None
    }

    /// The traits of a profile that fields are filled from where an event lacks them.
    fn profile_traits(&self) -> Vec<String> {
        Vec::new()
    }

    /// What became of each field of an event, by the mapping of [`Destination::map`].
    fn explain(&self, _event: &TrackedEvent, _context: &MapContext) -> Vec<FieldTrace> {
        Vec::new()
    }

    /// What its match quality is made of.
    fn quality(&self) -> Quality {
        Quality::NONE
    }

    /// Sends mapped items (at most [`DestinationSpec::events_per_call`], one kind of asset) in one request.
    fn send<'a>(&'a self, to: &'a Endpoint, items: &'a [&'a Item]) -> BoxFuture<'a, Answer>;

    /// Checks the credential and asset without sending an event that counts.
    fn check<'a>(&'a self, to: &'a Endpoint) -> BoxFuture<'a, Vec<CheckStep>>;

    /// The same items through the destination's validate endpoint: its answer, masked of secrets.
    fn validate<'a>(&'a self, to: &'a Endpoint, items: &'a [&'a Item]) -> BoxFuture<'a, Answer>;

    /// What such an answer's body remarks of items that the destination would take.
    fn remarks(&self, _body: &str) -> Vec<String> {
        Vec::new()
    }

    /// Where the browser goes to give consent.
    ///
    /// # Errors
    /// [`ConnectError::NotConfigured`] names the missing settings.
    fn authorize_url(&self, state: &str, redirect_uri: &str) -> Result<String, ConnectError>;

    /// Exchanges the code that the browser brought back.
    fn exchange<'a>(&'a self, code: &'a str, redirect_uri: &'a str) -> BoxFuture<'a, Result<TokenSet, ConnectError>>;

    /// Gets a new access token.
    fn refresh<'a>(&'a self, refresh_token: &'a Secret) -> BoxFuture<'a, Result<TokenSet, ConnectError>>;

    /// Who gave consent.
    fn login<'a>(&'a self, token: &'a Secret) -> BoxFuture<'a, Result<Login, ConnectError>>;

    /// The businesses that the login sees.
    fn businesses<'a>(&'a self, token: &'a Secret) -> BoxFuture<'a, Result<Vec<Asset>, ConnectError>>;

    /// The ad accounts of a business.
    fn ad_accounts<'a>(
        &'a self,
        token: &'a Secret,
        business: &'a str,
    ) -> BoxFuture<'a, Result<Vec<Asset>, ConnectError>>;

    /// The pixels of an ad account.
    fn pixels<'a>(&'a self, token: &'a Secret, ad_account: &'a str) -> BoxFuture<'a, Result<Vec<Asset>, ConnectError>>;

    /// Its audience lists, if it has any.
    fn lists(&self) -> Option<&dyn AudienceLists> {
        None
    }

    /// The digits of a phone number with its country code, however it was typed; `None` if it can't be one.
    fn whole_number(&self, _raw: &str, _default_country: Option<&str>) -> Option<String> {
        None
    }

    /// The digest that audience lists know a raw identifier by; `None` if it can't be one.
    fn digest(&self, kind: IdentifierKind, raw: &str, default_country: Option<&str>) -> Option<String>;
}
