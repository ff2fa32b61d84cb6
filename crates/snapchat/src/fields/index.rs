//! Finds the values of all fields in one walk over an event: a tree of keys, built once from the tables.

use std::{borrow::Cow, ops::Range, sync::LazyLock};

use domain::{
    destination::MapContext,
    event::{EventKind, TrackedEvent},
    workflow::FieldRule,
};
use serde_json::Value;

use super::{
    COUNT, Field, When,
    keys::{Folded, KEY_BUFFER, KeyBuffer, fold},
    tables,
};
use crate::normalise::meaningful;

/// A value as the event, the profile or a rule holds it.
#[derive(Clone, Copy, Debug)]
pub enum Raw<'e> {
    /// From the event or the profile.
    Json(&'e Value),
    /// A constant of a rule.
    Text(&'e str),
}

impl<'e> Raw<'e> {
    /// The text that it is, numbers and booleans written out; nothing for lists, objects and words for nothing.
    #[must_use]
    pub fn text(self) -> Option<Cow<'e, str>> {
        match self {
            Self::Text(text) => meaningful(text).map(Cow::Borrowed),
            Self::Json(Value::String(text)) => meaningful(text).map(Cow::Borrowed),
            // Phone numbers and ids that were typed as numbers: 4.4e11 would be no number to anybody.
            Self::Json(Value::Number(number)) => Some(match number.as_f64() {
                #[allow(clippy::cast_possible_truncation)]
                Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e18 => {
                    Cow::Owned((float as i64).to_string())
                }
                _ => Cow::Owned(number.to_string()),
            }),
            Self::Json(Value::Bool(flag)) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
            Self::Json(_) => None,
        }
    }

    /// The currency by which an amount is read that somebody wrote: a number has been read already.
    pub(crate) fn written_in(self, currency: Option<&str>) -> Option<&str> {
        currency.filter(|_| !matches!(self, Self::Json(Value::Number(_))))
    }

    /// The members of a list, or the one value.
    pub fn each(self) -> impl Iterator<Item = Raw<'e>> {
        let (list, one) = match self {
            Self::Json(Value::Array(list)) => (list.as_slice(), None),
            one => (&[][..], Some(one)),
        };
        list.iter().map(Raw::Json).chain(one)
    }
}

#[derive(Clone, Copy)]
struct Entry {
    field: Field,
    rank: u16,
    when: When,
}

/// A step from a path to the next deeper one. The node that it leads to has the edge's number plus one; the root is zero.
struct Edge {
    parent: u16,
    /// Whether deeper paths begin with it.
    has_children: bool,
    /// The fields that the path fills, in the tree's list.
    entries: Range<u16>,
    /// Zeros behind the key are a part of it.
    key: KeyBuffer,
}

/// A place of the table of edges.
#[derive(Clone, Copy, Default)]
struct Slot {
    /// Part of the edge's hash, zero where there is none: most of what isn't meant is passed over without a look at its edge.
    mark: u16,
    edge: u16,
}

struct Tree {
    /// Finds edges by parent and folded key; open-addressed.
    slots: Vec<Slot>,
    edges: Vec<Edge>,
    entries: Vec<Entry>,
    profile: u16,
}

/// Three times as many as there are edges.
const TABLE: usize = 8_192;

static TREE: LazyLock<Tree> = LazyLock::new(|| {
    let mut tree = Tree { slots: vec![Slot::default(); TABLE], edges: Vec::new(), entries: Vec::new(), profile: 0 };
    let mut filled: Vec<Vec<Entry>> = Vec::new();
    for spec in tables() {
        let whens = spec.sources.iter().flat_map(|s| std::iter::repeat_n(s.when, s.roots.len() * s.names.len()));
        for (rank, (path, when)) in (0..).zip(spec.paths().zip(whens)) {
            let node = path.split('.').fold(0, |node, key| tree.child(node, key));
            filled.resize_with(tree.edges.len(), Vec::new);
            filled[usize::from(node) - 1].push(Entry { field: spec.field, rank, when });
        }
    }
    for (edge, mut entries) in tree.edges.iter_mut().zip(filled) {
        let start = tree.entries.len();
        tree.entries.append(&mut entries);
        edge.entries = number(start)..number(tree.entries.len());
    }
    tree.profile = tree.child(0, "profile");
    tree
});

/// The tables are some two thousand paths.
#[allow(clippy::cast_possible_truncation)]
const fn number(count: usize) -> u16 {
    debug_assert!(count <= u16::MAX as usize);
    count as u16
}

impl Tree {
    /// The edge's number.
    fn find(&self, parent: u16, key: Folded<'_>) -> Option<u16> {
        let (mut at, mark) = key.place(parent, TABLE);
        loop {
            let slot = self.slots[at];
            if slot.mark == 0 {
                return None;
            }
            if slot.mark == mark {
                let edge = &self.edges[usize::from(slot.edge)];
                if edge.parent == parent && key.is(&edge.key) {
                    return Some(slot.edge);
                }
            }
            at = (at + 1) % TABLE;
        }
    }

    fn child(&mut self, parent: u16, key: &str) -> u16 {
        let mut buffer = KEY_BUFFER;
        let Some(folded) = fold(key, &mut buffer) else { unreachable!("keys of the tables are short") };
        if let Some(edge) = self.find(parent, folded) {
            return edge + 1;
        }
        let (mut at, mark) = folded.place(parent, TABLE);
        while self.slots[at].mark != 0 {
            at = (at + 1) % TABLE;
        }
        let edge = number(self.edges.len());
        self.slots[at] = Slot { mark, edge };
        if let Some(above) = usize::from(parent).checked_sub(1) {
            self.edges[above].has_children = true;
        }
        self.edges.push(Edge { parent, has_children: false, entries: 0..0, key: buffer });
        edge + 1
    }
}

/// The field that a rule names.
#[must_use]
pub fn field_by_name(name: &str) -> Option<Field> {
    super::fields().find(|spec| spec.name == name).map(|spec| spec.field)
}

/// What comes after so many hits repeats keys in other spellings.
const HITS_MAX: usize = 2_000;

struct Hit<'e> {
    raw: Raw<'e>,
    /// The next best of the same field.
    next: u16,
    rank: u16,
    when: When,
}

/// No hit.
const NONE: u16 = u16::MAX;

/// The values of an event by field, best first.
pub struct Gathered<'e> {
    hits: Vec<Hit<'e>>,
    /// Each field's best hit.
    first: [u16; COUNT],
    /// One bit for each field that a rule decides.
    ruled: u128,
    sign_up: bool,
    travel: bool,
    page: bool,
}

const _: () = assert!(COUNT <= 128, "one bit a field");

impl<'e> Gathered<'e> {
    /// Walks the event and the profile, then applies the rules.
    #[must_use]
    pub fn new(event: &'e TrackedEvent, context: &'e MapContext) -> Self {
        let mut gathered = Self {
            hits: Vec::with_capacity(64),
            first: [NONE; COUNT],
            ruled: 0,
            sign_up: context.event_name.eq_ignore_ascii_case("SIGN_UP"),
            travel: false,
            page: matches!(event.kind, EventKind::Page | EventKind::Screen),
        };
        let tree = &*TREE;
        // The traits of a group call are the group's, not the person's.
        let group = event.kind == EventKind::Group;
        gathered.walk(tree, 0, event.body.iter().filter(|(key, _)| !group || *key != "traits"));
        gathered.walk(tree, tree.profile, context.profile.iter());
        gathered.apply_rules(event, context);
        gathered.travel = gathered.has_travel_data();
        gathered
    }

    /// The values of a field, best first.
    pub fn all(&self, field: Field) -> impl Iterator<Item = Raw<'e>> {
        self.hits_from(self.first[field as usize]).filter(|hit| self.counts(hit)).map(|hit| hit.raw)
    }

    /// The first value of a field that is a text.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<Cow<'e, str>> {
        self.all(field).find_map(Raw::text)
    }

    /// Whether a rule decides about the field, so that nothing else may fill it.
    #[must_use]
    pub fn is_ruled(&self, field: Field) -> bool {
        self.ruled & (1 << (field as u32)) != 0
    }

    /// Whether the event carries travel data.
    #[must_use]
    pub fn is_travel(&self) -> bool {
        self.travel
    }

    fn hits_from(&self, first: u16) -> impl Iterator<Item = &Hit<'e>> {
        let hit = |number: u16| self.hits.get(usize::from(number));
        std::iter::successors(hit(first), move |before| hit(before.next))
    }

    fn counts(&self, hit: &Hit<'e>) -> bool {
        match hit.when {
            When::Always => true,
            When::Query => matches!(hit.raw, Raw::Json(Value::String(text)) if text.contains('?')),
            When::SignUp => self.sign_up,
            When::Travel => self.travel,
            When::NotTravel => !self.travel,
            When::Page => self.page,
        }
    }

    fn has_travel_data(&self) -> bool {
        let firsts = &self.first[Field::CheckinDate as usize..=Field::SuggestedHotels as usize];
        firsts.iter().any(|first| self.hits_from(*first).any(|hit| hit.when == When::Always))
    }

    fn walk(&mut self, tree: &Tree, node: u16, map: impl Iterator<Item = (&'e String, &'e Value)>) {
        let mut buffer = KEY_BUFFER;
        for (key, value) in map {
            let Some(number) = fold(key, &mut buffer).and_then(|key| tree.find(node, key)) else { continue };
            let edge = &tree.edges[usize::from(number)];
            let usable = match value {
                Value::Null => false,
                Value::String(text) => meaningful(text).is_some(),
                _ => true,
            };
            if usable && self.hits.len() < HITS_MAX {
                for entry in &tree.entries[usize::from(edge.entries.start)..usize::from(edge.entries.end)] {
                    self.add(*entry, Raw::Json(value));
                }
            }
            if let Value::Object(object) = value
                && edge.has_children
            {
                self.walk(tree, number + 1, object.iter());
            }
        }
    }

    /// Puts a hit behind those of its field that are as good or better.
    fn add(&mut self, Entry { field, rank, when }: Entry, raw: Raw<'e>) {
        let new = number(self.hits.len());
        let (mut before, mut next) = (NONE, self.first[field as usize]);
        while let Some(hit) = self.hits.get(usize::from(next)).filter(|hit| hit.rank <= rank) {
            (before, next) = (next, hit.next);
        }
        match self.hits.get_mut(usize::from(before)) {
            Some(hit) => hit.next = new,
            None => self.first[field as usize] = new,
        }
        self.hits.push(Hit { raw, next, rank, when });
    }

    fn apply_rules(&mut self, event: &'e TrackedEvent, context: &'e MapContext) {
        for (name, rule) in &context.fields {
            let Some(field) = field_by_name(name) else { continue };
            self.ruled |= 1 << (field as u32);
            self.first[field as usize] = NONE;
            let raw = match rule {
                FieldRule::Off => None,
                FieldRule::Constant(text) => Some(Raw::Text(text)),
                FieldRule::Path(path) => at(event, context, path).map(Raw::Json),
            };
            if let Some(raw) = raw {
                self.add(Entry { field, rank: 0, when: When::Always }, raw);
            }
        }
    }
}

fn at<'e>(event: &'e TrackedEvent, context: &'e MapContext, path: &str) -> Option<&'e Value> {
    match path.strip_prefix("profile.") {
        Some(rest) => {
            let pointer =
                |value: &'e Value, deeper: &str| deeper.split('.').try_fold(value, |value, key| value.get(key));
            match rest.split_once('.') {
                Some((first, deeper)) => pointer(context.profile.get(first)?, deeper),
                None => context.profile.get(rest),
            }
        }
        // Only what is not there may have been put elsewhere: a rule's path that fits costs no more.
        None => event.at(path).or_else(|| event.at(&domain::reading::moved(event.kind, path)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_of_spellings_of_one_key_are_not_too_many() {
        let spelt = |number| format!("{number:012b}email").replace('0', "_").replace('1', "-");
        let traits: serde_json::Map<String, Value> =
            (0..3_000).map(|number| (spelt(number), Value::from("dana@northwind.example"))).collect();
        let event = TrackedEvent {
            kind: EventKind::Track,
            name: "x".into(),
            message_id: "m".into(),
            occurred_at: domain::Timestamp(0),
            received_at: domain::Timestamp(0),
            body: [("traits".to_owned(), Value::Object(traits))].into_iter().collect(),
        };
        let context = MapContext {
            fields: [("user_data.ph".to_owned(), FieldRule::Constant("+15550100".into()))].into(),
            ..MapContext::default()
        };
        let gathered = Gathered::new(&event, &context);
        assert_eq!(gathered.text(Field::Em).as_deref(), Some("dana@northwind.example"));
        assert_eq!(gathered.text(Field::Ph).as_deref(), Some("+15550100"));
    }
}
