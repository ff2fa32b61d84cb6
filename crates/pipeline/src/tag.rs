//! The browser tag as it is served: one file, with what it has to know about its source around it.

use std::collections::BTreeMap;

use domain::{
    Actor, ApiError, DestinationTail, Role, SourceId,
    catalogue::{self, STANDARD},
    workflow::{event_key, is_audience_event},
};
use serde_json::{Value, json};
use store::{Author, TagPixel};

use crate::{Switchyard, api_error};

/// Built from `tag/src`; it reads its configuration from the name that [`tag_script`] binds.
const TAG: &str = include_str!("../../../tag/dist/tag.js");

/// What the browser tag needs. All of it is public: it stands in every page of the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagConfig {
    /// The write key that the tag sends with: today's, also if the page still names the one before.
    pub write_key: String,
    /// Where Switchyard answers, without a slash at the end.
    pub url: String,
    /// The script of the Snap Pixel.
    pub pixel_url: String,
    /// Whether nothing may be sent or stored before the visitor agreed.
    pub consent_required: bool,
    /// The destinations that take events through a pixel.
    pub destinations: Vec<TagDestination>,
}

/// A destination that takes events through its pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagDestination {
    /// Names the destination in `context.switchyard.client` of what the tag handed to its pixel.
    pub tail: DestinationTail,
    /// The pixel's id.
    pub pixel: String,
    /// By [`event_key`], aliases of standard events included: the event's name at the destination.
    pub events: BTreeMap<String, String>,
}

impl From<TagPixel> for TagDestination {
    fn from(pixel: TagPixel) -> Self {
        let mut events = BTreeMap::new();
        for (key, snap_event) in pixel.events {
            if is_audience_event(&key) {
                continue;
            }
            for alias in aliases(&key) {
                events.insert(alias, snap_event.clone());
            }
            events.insert(key, snap_event);
        }
        Self { tail: pixel.destination.into(), pixel: pixel.pixel_id, events }
    }
}

/// The keys of the other names that settings under this key are for.
fn aliases(key: &str) -> impl Iterator<Item = String> {
    STANDARD
        .iter()
        .filter(move |standard| event_key(standard.name) == key)
        .flat_map(|standard| standard.aliases)
        .filter(move |alias| catalogue::setting_key(alias) == key)
        .map(|alias| event_key(alias))
}

impl Switchyard {
    /// What the tag of this write key needs; `pixel_url` is where the Snap Pixel's script lies.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if no enabled source has this write key, now or until the end of its overlap.
    pub async fn tag_config(&self, write_key: &str, pixel_url: &str) -> Result<TagConfig, ApiError> {
        let source = self.store().tag_source(write_key, self.now()).await.map_err(api_error)?;
        let source = source.ok_or(ApiError::NotFound)?;
        let destinations = source.pixels.into_iter().map(TagDestination::from).filter(|d| !d.events.is_empty());
        Ok(TagConfig {
            write_key: source.write_key,
            url: self.public_url().to_owned(),
            pixel_url: pixel_url.to_owned(),
            consent_required: source.consent_required,
            destinations: destinations.collect(),
        })
    }

    /// Lets a source's tag send and store nothing, and its server events go nowhere, before the visitor agreed; or no longer.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`] below marketer, [`ApiError::NotFound`] for a source of another workspace.
    pub async fn set_source_consent(&self, actor: &Actor, id: SourceId, required: bool) -> Result<(), ApiError> {
        actor.require(Role::Marketer)?;
        let author = Author { user: Some(actor.user), at: self.now() };
        self.store().set_source_consent(actor.workspace, id, required, &author).await.map_err(api_error)
    }
}

/// The script that a page loads: the built tag in a function whose argument is the configuration.
#[must_use]
pub fn tag_script(config: &TagConfig) -> String {
    format!("(function(SWITCHYARD){{{}}})({});\n", TAG.trim_end(), script_safe(&written(config)))
}

/// The configuration as `tag/src/config.ts` reads it: lists, since names would cost bytes on every page of the shop.
fn written(config: &TagConfig) -> Value {
    let TagConfig { write_key, url, pixel_url, consent_required, destinations } = config;
    let mut list = vec![json!(write_key), json!(url), json!(pixel_url), json!(u8::from(*consent_required))];
    list.extend(destinations.iter().map(|to| json!([to.tail.to_string(), to.pixel, grouped(&to.events)])));
    Value::Array(list)
}

/// `PURCHASE ordercompleted purchased;SEARCH search`: neither a destination's names nor keys have blanks or semicolons.
fn grouped(events: &BTreeMap<String, String>) -> String {
    let mut groups: BTreeMap<&str, String> = BTreeMap::new();
    for (key, name) in events {
        let group = groups.entry(name).or_insert_with(|| name.clone());
        group.push(' ');
        group.push_str(key);
    }
    groups.into_values().collect::<Vec<_>>().join(";")
}

/// JSON that stays what it is inside a script, also one that was pasted into a page.
fn script_safe(value: &Value) -> String {
    let json = value.to_string();
    // Outside of texts JSON has none of these, and inside an escape means the same.
    json.chars().fold(String::with_capacity(json.len()), |mut out, c| {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            _ => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests;
