//! What an event tells about a person: identifiers, traits, and the facts that rules may ask for. Pure.

mod device;
mod facts;
mod identifiers;
mod known;
mod merging;
mod visit;

use serde_json::{Map, Value};

pub use facts::facts;
pub(crate) use identifiers::is_digest;
pub use identifiers::{Identifier, IdentifierKind, complete, identifiers};
pub use known::{KnownIdentifier, KnownPerson};
pub use merging::{KeyHasher, KeyMap, KeyState, Known, LookupKey, Outcome, Resolver, limit};
pub use visit::{Visit, visit};

use crate::{
    Timestamp,
    audience::{Folded, Origin, fold_all},
    event::{EventKind, TrackedEvent},
    reading::privacy,
    workflow::event_key,
};

/// A tracked person: its number. Counts up, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ProfileId(pub i64);

impl std::fmt::Display for ProfileId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for ProfileId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim().parse().map(Self)
    }
}

/// A trait as an event tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct TraitSeen {
    /// [`Origin::key`] of its name.
    pub key: String,
    /// Its name as people know it.
    pub name: String,
    /// Its value; nothing: the trait is taken away.
    pub value: Value,
    /// The value, and each element of a list, as rules compare it.
    pub folded: Vec<Folded>,
    /// Whether it is personal data: sealed, and only compared by a keyed hash.
    pub personal: bool,
}

/// What one event tells about a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub identifiers: Vec<Identifier>,
    /// Traits, campaign and device.
    pub traits: Vec<TraitSeen>,
    /// The properties that rules may ask for, JSON (see [`facts`]).
    pub facts: Option<String>,
    /// The ad click, the pixel's cookie and the page.
    pub visit: Visit,
}

/// Reads an event. `whole` has its personal data; `originals` are the places that hold some.
#[must_use]
pub fn sighting(whole: &TrackedEvent, originals: &Map<String, Value>) -> Sighting {
    let mut traits = Vec::new();
    if whole.kind == EventKind::Identify {
        read_traits(whole, "traits", originals, &mut traits);
    }
    read_traits(whole, "context.traits", originals, &mut traits);
    read_campaign(whole, &mut traits);
    traits.extend(device::device(whole));
    Sighting {
        at: whole.occurred_at,
        identifiers: identifiers(whole),
        traits,
        facts: facts(whole, originals),
        visit: visit(whole),
    }
}

/// Traits of one event that are kept.
const TRAITS_MAX: usize = 100;

fn read_traits(event: &TrackedEvent, path: &str, originals: &Map<String, Value>, into: &mut Vec<TraitSeen>) {
    let Some(Value::Object(map)) = event.at(path) else { return };
    let pointer = path.replace('.', "/");
    for (name, value) in map.iter().take(TRAITS_MAX) {
        let key = Origin::Trait.key(name);
        if key.is_empty() || into.iter().any(|known| known.key == key) || privacy::is_personal(name) {
            continue;
        }
        let personal = is_personal(&format!("/{pointer}"), name, originals);
        match value {
            Value::Object(parts) => nested_traits(name, parts, personal, into),
            value => into.push(TraitSeen {
                key,
                name: name.clone(),
                value: value.clone(),
                folded: fold_all(value),
                personal,
            }),
        }
    }
}

/// `address: {city: …}` is known as `address.city`.
fn nested_traits(name: &str, parts: &Map<String, Value>, personal: bool, into: &mut Vec<TraitSeen>) {
    for (part, value) in parts.iter().take(TRAITS_MAX) {
        let name = format!("{name}.{part}");
        let (key, folded) = (Origin::Trait.key(&name), fold_all(value));
        if !folded.is_empty() && !into.iter().any(|known| known.key == key) && !privacy::is_personal(&name) {
            into.push(TraitSeen { key, name, value: value.clone(), folded, personal });
        }
    }
}

/// Whether something personal stands at a place or below it.
pub(crate) fn is_personal(pointer: &str, name: &str, originals: &Map<String, Value>) -> bool {
    if originals.is_empty() {
        return false;
    }
    let place = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
    originals.keys().any(|path| {
        path.strip_prefix(place.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            || place.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'))
    })
}

/// The campaign in the context, or the `utm_` parameters of the page's address. Somebody's address in one of them is a mistake of
/// the link's, and told to nobody.
pub(crate) fn campaign(event: &TrackedEvent) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    if let Some(Value::Object(map)) = event.at("context.campaign") {
        let texts = map.iter().filter_map(|(name, value)| Some((event_key(name), value.as_str()?.trim().to_owned())));
        found.extend(texts.map(|(key, text)| (key.strip_prefix("utm").unwrap_or(&key).to_owned(), text)));
    }
    let url = event.text("context.page.url").or_else(|| event.text("properties.url"));
    let search = event.text("context.page.search");
    for query in [search, url].into_iter().flatten() {
        let query = query.split_once('?').map_or(query.as_str(), |(_, query)| query).to_owned();
        for pair in query.split('#').next().unwrap_or_default().split('&') {
            if let Some((name, text)) = pair.split_once('=')
                && let Some(name) = name.strip_prefix("utm_")
            {
                // `utm_campaign` is the campaign's name.
                let key = if name == "campaign" { "name".to_owned() } else { event_key(name) };
                if !found.iter().any(|(known, _)| *known == key) {
                    found.push((key, decoded(text)));
                }
            }
        }
    }
    found.retain(|(key, text)| !key.is_empty() && !text.is_empty());
    found.retain(|(key, text)| !privacy::is_personal(key) && !privacy::is_personal(text));
    found
}

/// Percent-decoding, with `+` for a blank.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let (byte, length) = match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => (u8::try_from(high * 16 + low).unwrap_or(b'%'), 3),
            (b'+', ..) => (b' ', 1),
            (byte, ..) => (byte, 1),
        };
        out.push(byte);
        at += length;
    }
    String::from_utf8_lossy(&out).trim().to_owned()
}

/// What a campaign may tell.
const CAMPAIGN: [&str; 5] = ["source", "medium", "name", "term", "content"];

/// A campaign comes as a whole: what the last one doesn't tell is not known of the one before either.
fn read_campaign(event: &TrackedEvent, into: &mut Vec<TraitSeen>) {
    let told = campaign(event);
    if told.is_empty() {
        return;
    }
    let silent = CAMPAIGN.into_iter().filter(|name| !told.iter().any(|(known, _)| known == name));
    let silent: Vec<String> = silent.map(str::to_owned).collect();
    let told = told.into_iter().map(|(name, text)| (name, Value::String(text)));
    for (name, value) in told.chain(silent.into_iter().map(|name| (name, Value::Null))) {
        let folded = fold_all(&value);
        into.push(TraitSeen {
            key: Origin::Utm.key(&name),
            name: format!("utm {name}"),
            value,
            folded,
            personal: false,
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(kind: EventKind, body: Value) -> (TrackedEvent, Map<String, Value>) {
        let Value::Object(body) = body else { unreachable!() };
        let mut masked = body.clone();
        let split = privacy::split(&mut masked);
        let event = TrackedEvent {
            kind,
            name: "x".into(),
            message_id: "m".into(),
            occurred_at: Timestamp(5),
            received_at: Timestamp(5),
            body,
        };
        (event, split.originals)
    }

    #[test]
    fn addresses_are_no_names_and_no_campaigns() {
        let body = json!({
            "userId": "u1", "traits": {"dana@n.example": 1, "address": {"+1 415 555 0132": "x"}, "plan": "pro"},
            "context": {"campaign": {"name": "dana@n.example", "source": "snap"},
                "page": {"url": "https://s.example/?utm_term=dana%40n.example&utm_medium=cpc", "path": "/u/dana@n.example"}},
        });
        let (event, originals) = event(EventKind::Identify, body);
        let sighting = sighting(&event, &originals);
        let told: Vec<&str> = sighting.traits.iter().filter(|t| !t.value.is_null()).map(|t| t.key.as_str()).collect();
        assert!(!told.iter().any(|key| key.contains("dana") || key.contains("415")), "{told:?}");
        assert!(told.contains(&"utm/source") && told.contains(&"utm/medium"), "{told:?}");
        assert!(!told.contains(&"utm/name") && !told.contains(&"utm/term"), "{told:?}");
        let facts = sighting.facts.unwrap();
        assert!(facts.contains("snap") && !facts.contains("dana"), "{facts}");
    }

    #[test]
    fn reads_traits_campaign_and_facts() {
        let (event, originals) = event(
            EventKind::Identify,
            json!({
                "userId": "u1", "traits": {"email": "Dana@N.example", "plan": "Pro", "age": "41", "tags": ["a", "b"],
                    "address": {"city": "Reno", "country": "US"}, "gone": null},
                "context": {"page": {"url": "https://s.example/?utm_source=snap%20chat&utm_campaign=x+y#z"},
                    "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1"},
                "properties": {"value": "12.50", "category": "Tents", "email": "dana@n.example",
                    "products": [{"sku": "1", "category": "Stoves"}, {"sku": 2}]},
            }),
        );
        let sighting = sighting(&event, &originals);
        let of = |key: &str| sighting.traits.iter().find(|seen| seen.key == key).unwrap();
        assert!(of("email").personal && of("addresscity").personal && !of("plan").personal);
        assert_eq!(of("age").folded[0].number, Some(410_000));
        assert_eq!(of("tags").folded.len(), 2);
        assert_eq!(of("gone").value, Value::Null);
        assert_eq!(of("utm/source").value, "snap chat");
        assert_eq!(of("utm/name").value, "x y");
        assert_eq!(of("utm/medium").value, Value::Null, "a campaign comes as a whole");
        assert_eq!((&of("device/os").value, &of("device/type").value), (&json!("iOS"), &json!("mobile")));
        let facts: Value = serde_json::from_str(&sighting.facts.unwrap()).unwrap();
        assert_eq!(facts["n"]["value"], 125_000);
        assert_eq!(facts["t"]["category"], "tents");
        assert_eq!(facts["t"]["productssku"], json!(["1", "2"]));
        assert_eq!(facts["t"]["utmsource"], "snap chat");
        assert!(!facts.to_string().contains("dana"));
    }
}
