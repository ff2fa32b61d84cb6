//! Finds the values of all fields in one walk over an event: a tree of keys, built once from the tables.

use std::{borrow::Cow, sync::LazyLock};

use domain::{
    destination::MapContext,
    event::{EventKind, TrackedEvent},
    workflow::FieldRule,
};
use serde_json::Value;

use super::{COUNT, Field, When, tables};
use crate::normalise::meaningful;

/// Keys longer than this are none of ours.
const KEY_MAX: usize = 40;

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

    /// The members of a list, or the one value.
    pub fn each(self) -> impl Iterator<Item = Raw<'e>> {
        let (list, one) = match self {
            Self::Json(Value::Array(list)) => (list.as_slice(), None),
            one => (&[][..], Some(one)),
        };
        list.iter().map(Raw::Json).chain(one)
    }
}

struct Entry {
    field: Field,
    rank: u16,
    when: When,
}

/// What lies at one path: fields that it fills, and whether deeper paths begin with it.
#[derive(Default)]
struct Node {
    entries: Vec<Entry>,
    has_children: bool,
}

struct Edge {
    parent: u16,
    child: u16,
    key: Box<[u8]>,
}

struct Tree {
    nodes: Vec<Node>,
    /// All edges in one open-addressed table, found by parent and folded key.
    edges: Vec<Option<Edge>>,
    /// Part of each edge's hash, zero where there is none: most of what isn't meant is passed over without a look at its edge.
    marks: Vec<u32>,
    profile: Option<u16>,
}

/// Room for all edges at a quarter of the table's size.
const TABLE: usize = 8_192;

static TREE: LazyLock<Tree> = LazyLock::new(|| {
    let mut tree = Tree {
        nodes: vec![Node::default()],
        edges: std::iter::repeat_with(|| None).take(TABLE).collect(),
        marks: vec![0; TABLE],
        profile: None,
    };
    for spec in tables() {
        let whens = spec.sources.iter().flat_map(|s| std::iter::repeat_n(s.when, s.roots.len() * s.names.len()));
        for (rank, (path, when)) in (0..).zip(spec.paths().zip(whens)) {
            let node = path.split('.').fold(0, |node, key| tree.child(node, key));
            tree.nodes[usize::from(node)].entries.push(Entry { field: spec.field, rank, when });
        }
    }
    tree.profile = tree.find(0, b"profile");
    tree
});

impl Tree {
    fn find(&self, parent: u16, folded: &[u8]) -> Option<u16> {
        let (mut at, mark) = place(parent, folded);
        while self.marks[at] != 0 {
            if self.marks[at] == mark
                && let Some(edge) = &self.edges[at]
                && edge.parent == parent
                && *edge.key == *folded
            {
                return Some(edge.child);
            }
            at = (at + 1) % TABLE;
        }
        None
    }

    fn child(&mut self, parent: u16, key: &str) -> u16 {
        let mut buffer = [0; KEY_MAX];
        let folded = fold_bytes(key, &mut buffer).unwrap_or_default();
        if let Some(child) = self.find(parent, folded) {
            return child;
        }
        let (mut at, mark) = place(parent, folded);
        while self.marks[at] != 0 {
            at = (at + 1) % TABLE;
        }
        // The tables are a few hundred paths.
        #[allow(clippy::cast_possible_truncation)]
        let child = self.nodes.len() as u16;
        self.nodes.push(Node::default());
        self.nodes[usize::from(parent)].has_children = true;
        self.edges[at] = Some(Edge { parent, child, key: folded.into() });
        self.marks[at] = mark;
        child
    }
}

/// Where the search for an edge begins, and the edge's mark, which is never zero.
fn place(parent: u16, folded: &[u8]) -> (usize, u32) {
    let start = u64::from(parent).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ folded.len() as u64;
    let mut hash = start;
    let mut chunks = folded.chunks_exact(8);
    for chunk in &mut chunks {
        let word = u64::from_le_bytes(chunk.try_into().unwrap_or_default());
        hash = (hash ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(29);
    }
    let rest = chunks.remainder().iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    hash = (hash ^ rest).wrapping_mul(0xff51_afd7_ed55_8ccd);
    #[allow(clippy::cast_possible_truncation)]
    let (place, mark) = ((hash >> 48) as usize % TABLE, (hash >> 16) as u32 | 1);
    (place, mark)
}

/// A key without regard to case and separators: `first_name`, `firstName` and `First Name` are one.
pub(crate) fn fold_key<'b>(key: &str, buffer: &'b mut [u8; KEY_MAX]) -> Option<&'b str> {
    std::str::from_utf8(fold_bytes(key, buffer)?).ok()
}

fn fold_bytes<'b>(key: &str, buffer: &'b mut [u8; KEY_MAX]) -> Option<&'b [u8]> {
    let mut length = 0;
    for byte in key.bytes() {
        match FOLDED[usize::from(byte)] {
            0 => {}
            FOREIGN => return None,
            folded => {
                *buffer.get_mut(length)? = folded;
                length += 1;
            }
        }
    }
    Some(&buffer[..length])
}

/// Marks bytes that no key of ours holds.
const FOREIGN: u8 = 0xff;

/// Each byte in lower case; nothing for separators.
const FOLDED: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[allow(clippy::cast_possible_truncation)]
        let ascii = byte as u8;
        table[byte] = if ascii.is_ascii_alphanumeric() {
            ascii.to_ascii_lowercase()
        } else if ascii.is_ascii() {
            0
        } else {
            FOREIGN
        };
        byte += 1;
    }
    table
};

/// The field that a rule names.
#[must_use]
pub fn field_by_name(name: &str) -> Option<Field> {
    super::fields().find(|spec| spec.name == name).map(|spec| spec.field)
}

#[derive(Clone, Copy)]
struct Hit<'e> {
    field: Field,
    rank: u16,
    when: When,
    raw: Raw<'e>,
}

/// The values of an event by field, best first.
pub struct Gathered<'e> {
    hits: Vec<Hit<'e>>,
    /// Where each field's hits begin.
    starts: [u16; COUNT + 1],
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
        let tree = &*TREE;
        let mut hits = Vec::with_capacity(64);
        // The traits of a group call are the group's, not the person's.
        let group = event.kind == EventKind::Group;
        walk(tree, 0, event.body.iter().filter(|(key, _)| !group || *key != "traits"), &mut hits);
        if let Some(profile) = tree.profile {
            walk(tree, profile, context.profile.iter(), &mut hits);
        }
        let mut ruled = 0;
        if !context.fields.is_empty() {
            ruled = apply_rules(event, context, &mut hits);
        }
        let (hits, starts) = by_field(&hits);
        let mut gathered = Self {
            hits,
            starts,
            ruled,
            sign_up: context.event_name.eq_ignore_ascii_case("SIGN_UP"),
            travel: false,
            page: matches!(event.kind, EventKind::Page | EventKind::Screen),
        };
        gathered.travel = gathered.has_travel_data();
        gathered
    }

    /// The values of a field, best first.
    pub fn all(&self, field: Field) -> impl Iterator<Item = Raw<'e>> {
        let range = usize::from(self.starts[field as usize])..usize::from(self.starts[field as usize + 1]);
        self.hits[range].iter().filter(|hit| self.counts(hit.when)).map(|hit| hit.raw)
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

    fn counts(&self, when: When) -> bool {
        match when {
            When::Always => true,
            When::SignUp => self.sign_up,
            When::Travel => self.travel,
            When::NotTravel => !self.travel,
            When::Page => self.page,
        }
    }

    fn has_travel_data(&self) -> bool {
        self.hits
            .iter()
            .any(|hit| hit.when == When::Always && (Field::CheckinDate..=Field::SuggestedHotels).contains(&hit.field))
    }
}

/// Hits by field, best first, and where each field's begin: counted into their places, since there are as many fields as hits.
fn by_field<'e>(hits: &[Hit<'e>]) -> (Vec<Hit<'e>>, [u16; COUNT + 1]) {
    let mut starts = [0; COUNT + 1];
    for hit in hits {
        starts[hit.field as usize + 1] += 1;
    }
    for at in 1..=COUNT {
        starts[at] += starts[at - 1];
    }
    let (mut ends, mut sorted) = (starts, hits.to_vec());
    for hit in hits {
        let (first, end) = (usize::from(starts[hit.field as usize]), &mut ends[hit.field as usize]);
        let mut at = usize::from(*end);
        *end += 1;
        while at > first && sorted[at - 1].rank > hit.rank {
            sorted[at] = sorted[at - 1];
            at -= 1;
        }
        sorted[at] = *hit;
    }
    (sorted, starts)
}

fn walk<'e>(tree: &Tree, node: u16, map: impl Iterator<Item = (&'e String, &'e Value)>, hits: &mut Vec<Hit<'e>>) {
    let mut buffer = [0; KEY_MAX];
    for (key, value) in map {
        let Some(child) = fold_bytes(key, &mut buffer).and_then(|folded| tree.find(node, folded)) else { continue };
        let inner = &tree.nodes[usize::from(child)];
        let usable = match value {
            Value::Null => false,
            Value::String(text) => meaningful(text).is_some(),
            _ => true,
        };
        if usable {
            hits.extend(inner.entries.iter().map(|entry| Hit {
                field: entry.field,
                rank: entry.rank,
                when: entry.when,
                raw: Raw::Json(value),
            }));
        }
        if let Value::Object(object) = value
            && inner.has_children
        {
            walk(tree, child, object.iter(), hits);
        }
    }
}

fn apply_rules<'e>(event: &'e TrackedEvent, context: &'e MapContext, hits: &mut Vec<Hit<'e>>) -> u128 {
    let mut ruled = 0;
    for (name, rule) in &context.fields {
        let Some(field) = field_by_name(name) else { continue };
        ruled |= 1 << (field as u32);
        hits.retain(|hit| hit.field != field);
        let raw = match rule {
            FieldRule::Off => None,
            FieldRule::Constant(text) => Some(Raw::Text(text)),
            FieldRule::Path(path) => at(event, context, path).map(Raw::Json),
        };
        hits.extend(raw.map(|raw| Hit { field, rank: 0, when: When::Always, raw }));
    }
    ruled
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
        None => event.at(path),
    }
}
