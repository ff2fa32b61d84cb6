//! The same life remembered plainly: who is who, what each did, and what was last told of them.

use std::collections::BTreeMap;

use domain::{
    Timestamp,
    audience::{Happened, History, Known, fold_all},
    catalogue::setting_key,
    workflow::event_key,
};
use serde_json::{Value, json};

use super::deeds::{ADDRESSES, AGENTS, BROWSERS, CATEGORIES, Deed, EVENTS, USERS, Who, happened};

/// Somebody, with everything that leads to them.
pub struct Person {
    pub identifiers: Vec<String>,
    /// Said no to marketing, and not yes since.
    pub refused: bool,
    pub history: History,
}

/// A deed with the time of its arrival and its number.
pub type Lived = (Deed, Timestamp, usize);

fn text(who: Who) -> String {
    match who {
        Who::User(user) => USERS[user].to_owned(),
        Who::Browser(browser) => BROWSERS[browser].to_owned(),
    }
}

fn identifiers(deed: &Deed) -> Vec<String> {
    match deed {
        Deed::Did { who, .. } | Deed::Told { who, .. } | Deed::Says { who, .. } => vec![text(*who)],
        Deed::SameAs { user, browser, .. } => vec![USERS[*user].to_owned(), BROWSERS[*browser].to_owned()],
        Deed::HasAddress { who, address } => vec![text(*who), ADDRESSES[*address].to_owned()],
    }
}

/// Everybody: whoever shares an identifier with somebody, through however many others, is the same person.
pub fn people(lived: &[Lived]) -> Vec<Person> {
    let mut groups: Vec<(Vec<String>, Vec<&Lived>)> = Vec::new();
    for deed in lived {
        let mut all = (identifiers(&deed.0), vec![deed]);
        let (same, others): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|(known, _)| known.iter().any(|it| all.0.contains(it)));
        for (known, deeds) in same {
            all.0.extend(known);
            all.1.extend(deeds);
        }
        all.0.sort();
        all.0.dedup();
        groups = others;
        groups.push(all);
    }
    // A no tells nothing but itself: of somebody of whom nothing else was told nothing is known.
    let tells = |(deed, ..): &&Lived| !matches!(deed, Deed::Says { yes: false, .. });
    groups
        .into_iter()
        .filter(|(_, deeds)| deeds.iter().any(tells))
        .map(|(identifiers, deeds)| Person { identifiers, refused: refused(&deeds), history: history(&deeds) })
        .collect()
}

fn refused(deeds: &[&Lived]) -> bool {
    let said = deeds.iter().filter_map(|(deed, arrived, n)| match deed {
        Deed::Says { yes, .. } => Some((happened(deed, *arrived, *n), *yes)),
        _ => None,
    });
    said.max_by_key(|(at, _)| *at).is_some_and(|(_, yes)| !yes)
}

fn history(deeds: &[&Lived]) -> History {
    let mut history = History::default();
    // By trait: when it was last told, and what.
    let mut told: BTreeMap<String, (Timestamp, Value, bool)> = BTreeMap::new();
    for (deed, arrived, n) in deeds {
        let at = happened(deed, *arrived, *n);
        let mut tell = |key: String, value: Value, personal: bool| {
            if told.get(&key).is_none_or(|(known, ..)| at > *known) {
                told.insert(key, (at, value, personal));
            }
        };
        match deed {
            Deed::Did { event, value, category, products, .. } => {
                let products: Vec<Value> = products.iter().map(|it| json!(CATEGORIES[*it])).collect();
                let properties = [
                    ("category", json!(CATEGORIES[*category])),
                    ("products.category", Value::Array(products)),
                    ("value", value.clone().unwrap_or(Value::Null)),
                ];
                let properties = properties.iter().map(|(name, value)| (event_key(name), fold_all(value))).collect();
                history.events.push(Happened { key: setting_key(EVENTS[*event]), at, properties });
            }
            Deed::Told { traits, campaign, agent, .. } => {
                for (name, value) in traits {
                    tell(event_key(name), value.clone(), false);
                }
                if let Some(source) = campaign {
                    tell("utm/source".into(), json!(source), false);
                }
                if let Some(agent) = agent {
                    let (_, form, os, browser) = AGENTS[*agent];
                    for (name, value) in [("type", form), ("os", os), ("browser", browser)] {
                        tell(format!("device/{name}"), json!(value), false);
                    }
                }
            }
            Deed::SameAs { .. } | Deed::Says { .. } => {}
            Deed::HasAddress { address, .. } => tell("email".into(), json!(ADDRESSES[*address]), true),
        }
    }
    for (key, (_, value, personal)) in told {
        let known = fold_all(&value).into_iter().map(|value| Known { value, personal }).collect();
        history.values.insert(key, known);
    }
    history
}
