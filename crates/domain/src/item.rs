//! What a destination gets of an event: JSON whose keys are the destination's own. Items come by the ten thousand a second, and a tree
//! of `serde_json` allocates every key and keeps each object in nodes with room for eleven.

use std::borrow::Cow;

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Number, Value};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// Nothing.
    Null,
    /// A yes or no.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(Cow<'static, str>),
    /// A list.
    List(Vec<Item>),
    /// An object.
    Object(Fields),
}

/// The fields of an object, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(Vec<(Cow<'static, str>, Item)>);

impl Fields {
    /// None, with room for some.
    #[must_use]
    pub fn with_capacity(fields: usize) -> Self {
        Self(Vec::with_capacity(fields))
    }

    /// Puts a field in that isn't there yet.
    pub fn push(&mut self, key: &'static str, item: impl Into<Item>) {
        debug_assert!(!self.has(key), "{key} is there already");
        self.0.push((Cow::Borrowed(key), item.into()));
    }

    /// The field of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Item> {
        // They are few: comparing lengths and bytes is quicker than halving.
        self.0.iter().find(|(known, _)| known == key).map(|(_, item)| item)
    }

    /// Whether there is such a field.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Item)> {
        self.0.iter().map(|(key, item)| (key.as_ref(), item))
    }
}

impl Item {
    /// The field of a key; nothing if it is no object, too.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.get(key),
            _ => None,
        }
    }

    /// What stands at a place such as `/user_data/em`.
    #[must_use]
    pub fn at(&self, place: &str) -> Option<&Self> {
        place.split('/').skip(1).try_fold(self, |item, key| item.get(key))
    }

    /// The text that it is.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The same as a tree of `serde_json`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(yes) => Value::Bool(*yes),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.clone().into_owned()),
            Self::List(list) => Value::Array(list.iter().map(Self::to_value).collect()),
            Self::Object(fields) => {
                Value::Object(fields.iter().map(|(key, item)| (key.to_owned(), item.to_value())).collect())
            }
        }
    }
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => to.serialize_unit(),
            Self::Bool(yes) => to.serialize_bool(*yes),
            Self::Number(number) => number.serialize(to),
            Self::Text(text) => to.serialize_str(text),
            Self::List(list) => to.collect_seq(list),
            Self::Object(fields) => {
                let mut map = to.serialize_map(Some(fields.0.len()))?;
                for (key, item) in &fields.0 {
                    map.serialize_entry(key, item)?;
                }
                map.end()
            }
        }
    }
}

impl From<Value> for Item {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(yes) => Self::Bool(yes),
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::Text(text.into()),
            Value::Array(list) => Self::List(list.into_iter().map(Self::from).collect()),
            Value::Object(map) => Self::Object(map.into_iter().collect()),
        }
    }
}

/// Of keys that differ from each other.
impl<K: Into<Cow<'static, str>>, V: Into<Item>> FromIterator<(K, V)> for Fields {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(key, item)| (key.into(), item.into())).collect())
    }
}

impl From<&'static str> for Item {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Item {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<bool> for Item {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

impl From<i64> for Item {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<u64> for Item {
    fn from(number: u64) -> Self {
        Self::Number(number.into())
    }
}

impl From<Number> for Item {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl From<Vec<Item>> for Item {
    fn from(list: Vec<Item>) -> Self {
        Self::List(list)
    }
}

impl From<Fields> for Item {
    fn from(fields: Fields) -> Self {
        Self::Object(fields)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_the_same_json() {
        let value = json!({"b": [1, 2.5, "x", null, true, {"d": {}, "c": []}], "a": -3, "Z": "ü\"\n"});
        let item = Item::from(value.clone());
        assert_eq!(item.to_value(), value);
        assert_eq!(serde_json::to_string(&item).unwrap(), value.to_string());
        assert_eq!(item.at("/a"), Some(&Item::from(-3_i64)));
        assert_eq!((item.at("/b/c"), item.at("/x"), item.get("Z").and_then(Item::as_str)), (None, None, Some("ü\"\n")));
    }

    #[test]
    fn fields_keep_their_order() {
        let mut fields = Fields::default();
        for (key, number) in [("m", 1_u64), ("a", 2), ("z", 3)] {
            fields.push(key, number);
        }
        assert_eq!(serde_json::to_string(&Item::from(fields.clone())).unwrap(), r#"{"m":1,"a":2,"z":3}"#);
        assert!(fields.has("z") && !fields.has("b"));
    }
}
