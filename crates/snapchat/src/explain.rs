//! What became of each field of one event: where its value was found, how it was normalised, and what is sent.
//! The mapping itself says what is sent; a normalised text is shown only if its hash is among what is sent.

use domain::{
    destination::MapContext,
    event::TrackedEvent,
    fields::{FieldInfo, FieldTrace, Origin},
    workflow::FieldRule,
};
use serde_json::{Map, Value};

use crate::{
    fields::{self, Field, Gathered, Raw},
    map,
    normalise::{Refusal, country, date, email, gender, hash, ip, money, name, phone, place},
};

/// Every field that a rule can name.
pub(crate) fn field_list() -> Vec<FieldInfo> {
    fields::fields().map(|spec| FieldInfo { name: spec.name.to_owned(), paths: spec.paths().collect() }).collect()
}

/// The fields that the event fills, or that a rule decides.
pub(crate) fn explain(event: &TrackedEvent, context: &MapContext) -> Vec<FieldTrace> {
    let values = Gathered::new(event, context);
    let item = map::map(event, context).map(|mapped| mapped.item.to_value()).ok();
    let looking = Looking { event, context, values: &values, item: item.as_ref() };
    fields::fields().filter_map(|spec| looking.trace(spec.field, spec.name)).collect()
}

struct Looking<'e> {
    event: &'e TrackedEvent,
    context: &'e MapContext,
    values: &'e Gathered<'e>,
    item: Option<&'e Value>,
}

impl<'e> Looking<'e> {
    fn trace(&self, field: Field, name: &str) -> Option<FieldTrace> {
        let sent = self.item.and_then(|item| item.pointer(&pointer(name))).filter(|value| is_something(value)).cloned();
        let chosen = self.chosen(field, sent.as_ref());
        let origin = self.origin(field, name, chosen.map(|(raw, _)| raw), sent.is_some())?;
        let found = match chosen {
            Some((Raw::Json(value), _)) => Some(value.clone()),
            Some((Raw::Text(text), _)) => Some(Value::String(text.to_owned())),
            None => None,
        };
        let normalised = chosen.and_then(|(raw, _)| self.normalised(field, &raw.text()?)?.ok());
        let proven = normalised.filter(|text| !is_hashed(field) || sent.as_ref().is_none_or(|sent| holds(sent, text)));
        Some(FieldTrace { name: name.to_owned(), origin, found, normalised: proven, hashed: is_hashed(field), sent })
    }

    /// The value that was used: the one whose normalised form is sent, else the first that is fit, else the first.
    fn chosen(&self, field: Field, sent: Option<&Value>) -> Option<(Raw<'e>, bool)> {
        let fit = |raw: &Raw<'e>| {
            let text = raw.text()?;
            match self.normalised(field, &text) {
                Some(Ok(text)) => Some(sent.is_none_or(|sent| !is_hashed(field) || holds(sent, &text))),
                Some(Err(_)) => Some(false),
                None => Some(true),
            }
        };
        let all: Vec<(Raw<'e>, bool)> =
            self.values.all(field).map(|raw| (raw, fit(&raw).unwrap_or(!is_hashed(field)))).collect();
        all.iter().find(|(_, fit)| *fit).or_else(|| all.first()).copied()
    }

    fn origin(&self, field: Field, name: &str, chosen: Option<Raw<'e>>, is_sent: bool) -> Option<Origin> {
        match self.context.fields.get(name) {
            Some(FieldRule::Off) => return Some(Origin::Off),
            Some(FieldRule::Constant(_)) => return Some(Origin::Constant),
            Some(FieldRule::Path(path)) if chosen.is_none() => return Some(Origin::Missing(path.clone())),
            // CustomerLabs' places are told as what they became, so that what is masked there is masked here.
            Some(FieldRule::Path(path)) => {
                let there = chosen.and_then(|raw| if let Raw::Json(value) = raw { self.path(value) } else { None });
                return Some(Origin::Path(there.unwrap_or_else(|| path.clone())));
            }
            None => {}
        }
        match chosen {
            Some(Raw::Json(value)) => self.path(value).map(Origin::Path),
            Some(Raw::Text(_)) => Some(Origin::Constant),
            None if is_sent => Some(Origin::WorkedOut(self.basis(field).unwrap_or_else(|| "the event".to_owned()))),
            None => None,
        }
    }

    /// What a field without a value of its own was worked out from.
    fn basis(&self, field: Field) -> Option<String> {
        let from = match field {
            Field::Fn | Field::Ln => &[Field::FullName][..],
            Field::EventSourceUrl => &[Field::KnownPage],
            Field::Value => &[Field::FlatPrice],
            Field::Brands => &[Field::Products, Field::FlatBrand],
            Field::ContentCategory => &[Field::Products, Field::FlatCategory],
            Field::NumItems => &[Field::Products, Field::FlatQuantity],
            Field::ContentName => &[Field::Products, Field::FlatName],
            Field::ContentIds | Field::Contents => &[Field::Products, Field::FlatId],
            Field::Currency => &[Field::Products],
            _ => return None,
        };
        from.iter().flat_map(|field| self.values.all(*field)).find_map(|raw| match raw {
            Raw::Json(value) => self.path(value),
            Raw::Text(_) => None,
        })
    }

    /// Where in the event or the profile this very value lies.
    fn path(&self, value: &Value) -> Option<String> {
        let in_profile = || self.context.profile.iter().find_map(|(key, inner)| below(key, inner, value));
        in_map(&self.event.body, value).or_else(|| in_profile().map(|path| format!("profile.{path}")))
    }

    /// The text before it is hashed; nothing for fields that are sent as they are.
    fn normalised(&self, field: Field, raw: &str) -> Option<Result<String, Refusal>> {
        if is_hashed(field) && matches!(hash::recognise(raw.trim()), Ok(hash::Hashed::Sha256(_))) {
            return None;
        }
        let home = || map::user::home(self.values, self.context.default_country.as_deref());
        let malformed = Refusal::Malformed("it is unfit");
        Some(match field {
            Field::Em => email::normalise(raw).map(|text| text.into_owned()),
            Field::Ph => phone::normalise_at(raw, self.context.default_country.as_deref(), home()),
            Field::Fn | Field::Ln => name::normalise(raw),
            Field::Ge => gender::normalise(raw).map(str::to_owned),
            Field::Db => date::normalise(raw),
            Field::Ct => place::city(raw),
            Field::St => place::state(raw, home()),
            Field::Zp => place::postcode(raw, home()),
            Field::Country => country::normalise(raw).map(|code| code.map(char::from).iter().collect()),
            Field::ExternalId => Ok(raw.trim().to_owned()),
            Field::Ip => ip::normalise(raw).map(|text| text.into_owned()),
            Field::Value => money::amount_of_text(raw).map(|amount| amount.to_string()).ok_or(malformed),
            Field::Currency => money::currency(raw).map(|currency| currency.code().to_owned()).ok_or(malformed),
            _ => return None,
        })
    }
}

/// Fields whose values leave only as hashes (reference section 4.3).
fn is_hashed(field: Field) -> bool {
    (Field::Em..=Field::ExternalId).contains(&field)
}

/// Whether the hash of the text is among what is sent.
fn holds(sent: &Value, text: &str) -> bool {
    let digest = hash::sha256(text);
    match sent {
        Value::Array(list) => list.iter().any(|one| *one == digest),
        one => *one == digest,
    }
}

fn is_something(value: &Value) -> bool {
    !value.is_null() && value.as_str() != Some("")
}

/// `custom_data.value` as `/custom_data/value`.
fn pointer(name: &str) -> String {
    format!("/{}", name.replace('.', "/"))
}

fn in_map(map: &Map<String, Value>, wanted: &Value) -> Option<String> {
    map.iter().find_map(|(key, inner)| below(key, inner, wanted))
}

fn below(key: &str, value: &Value, wanted: &Value) -> Option<String> {
    if std::ptr::eq(value, wanted) {
        return Some(key.to_owned());
    }
    let deeper = match value {
        Value::Object(map) => in_map(map, wanted),
        Value::Array(list) => list.iter().enumerate().find_map(|(n, inner)| below(&n.to_string(), inner, wanted)),
        _ => None,
    };
    deeper.map(|path| format!("{key}.{path}"))
}

#[cfg(test)]
mod tests {
    use domain::{Timestamp, event::EventKind};
    use serde_json::json;

    use super::*;

    fn event(body: Value) -> TrackedEvent {
        let Value::Object(body) = body else { unreachable!() };
        TrackedEvent {
            kind: EventKind::Track,
            name: "Order Completed".into(),
            message_id: "m-1".into(),
            occurred_at: Timestamp(1_795_600_000_000),
            received_at: Timestamp(1_795_600_000_000),
            body,
        }
    }

    fn purchase() -> TrackedEvent {
        event(json!({
            "messageId": "m-1",
            "context": {"traits": {"email": " Dana@Northwind.example ", "phone": "(415) 555-0123"},
                        "page": {"url": "https://shop.example/"}},
            "properties": {"email": "nobody", "total": "59,90", "currency": "usd", "order_id": "A-1",
                           "products": [{"product_id": "p-1", "price": 59.9}]},
        }))
    }

    fn context(fields: &[(&str, FieldRule)]) -> MapContext {
        MapContext {
            event_name: "PURCHASE".into(),
            default_country: Some("US".into()),
            fields: fields.iter().map(|(name, rule)| ((*name).to_owned(), rule.clone())).collect(),
            ..MapContext::default()
        }
    }

    fn find<'t>(traces: &'t [FieldTrace], name: &str) -> &'t FieldTrace {
        traces.iter().find(|trace| trace.name == name).unwrap_or_else(|| panic!("no trace of {name}"))
    }

    #[test]
    fn tells_where_each_value_came_from_and_what_became_of_it() {
        let traces = explain(&purchase(), &context(&[]));
        let em = find(&traces, "user_data.em");
        // The first path held no address, so the next one was used.
        assert_eq!(em.origin, Origin::Path("context.traits.email".into()));
        assert_eq!(em.normalised.as_deref(), Some("dana@northwind.example"));
        assert_eq!(em.sent, Some(json!([hash::sha256("dana@northwind.example")])));
        let ph = find(&traces, "user_data.ph");
        assert_eq!((ph.normalised.as_deref(), ph.hashed), (Some("14155550123"), true));
        let value = find(&traces, "custom_data.value");
        assert_eq!(value.found, Some(json!("59,90")));
        assert_eq!((value.normalised.as_deref(), value.sent.clone()), (Some("59.9"), Some(json!(59.9))));
        let ids = find(&traces, "custom_data.content_ids");
        assert_eq!(ids.origin, Origin::WorkedOut("properties.products".into()));
        assert_eq!(find(&traces, "event_id").origin, Origin::Path("messageId".into()));
    }

    #[test]
    fn rules_show_in_the_origin() {
        let rules = [
            ("user_data.em", FieldRule::Off),
            ("custom_data.currency", FieldRule::Constant("GBP".into())),
            ("custom_data.value", FieldRule::Path("properties.grand_total".into())),
            ("custom_data.event_tag", FieldRule::Path("productProperties.0.product_id".into())),
        ];
        let traces = explain(&purchase(), &context(&rules));
        assert_eq!(find(&traces, "user_data.em").origin, Origin::Off);
        assert_eq!(find(&traces, "custom_data.currency").origin, Origin::Constant);
        assert_eq!(find(&traces, "custom_data.value").origin, Origin::Missing("properties.grand_total".into()));
        let tag = find(&traces, "custom_data.event_tag");
        assert_eq!(tag.origin, Origin::Path("properties.products.0.product_id".into()));
    }

    #[test]
    fn an_event_that_cannot_be_sent_is_explained_too() {
        let traces = explain(&event(json!({"context": {"ip": "203.0.113.9"}})), &context(&[]));
        let ip = find(&traces, "user_data.client_ip_address");
        assert_eq!((ip.normalised.as_deref(), ip.sent.as_ref()), (Some("203.0.113.9"), None));
    }
}
