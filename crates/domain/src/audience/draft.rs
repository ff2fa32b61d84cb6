//! A rule while it is edited: what the builder's form posts, what its buttons do to it, and the rule that comes of it.
//!
//! The form is the only place where a draft lives. Its fields are named by where they stand: `match`, `not`, `c0.about`, `c0.f1.op`,
//! `g1.c0.name`; so the browser and the server read the same draft from it, with scripts and without.

use std::collections::BTreeMap;

use super::{
    GROUPS_DEEP, Match, Problem, Rule,
    draft_condition::{condition, fields_of, starting},
};

/// The fields of a condition or of a test inside of it, by name.
pub type DraftFields = BTreeMap<String, String>;

/// A condition as it is edited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftCondition {
    /// What was filled in: see [`super::draft_condition`].
    pub fields: DraftFields,
    /// Tests of an event's properties.
    pub filters: Vec<DraftFields>,
}

/// A group as it is edited; the outermost one is the rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// How its parts combine.
    pub r#match: Match,
    /// Whoever it does not match.
    pub not: bool,
    /// Its conditions.
    pub conditions: Vec<DraftCondition>,
    /// Groups inside of it.
    pub groups: Vec<Draft>,
}

impl Draft {
    /// The draft that a form's fields hold. Names that mean nothing are left out.
    #[must_use]
    pub fn from_fields(fields: &BTreeMap<String, String>) -> Self {
        let mut draft = Self::default();
        for (name, value) in fields {
            draft.take(name, value, 0);
        }
        draft
    }

    /// Takes one field. Indexes and depths beyond what a form can hold are refused, so that a forged name costs neither memory nor stack.
    fn take(&mut self, name: &str, value: &str, deep: usize) {
        const PLACES: usize = 200;
        match name.split_once('.') {
            None if name == "match" => self.r#match = if value == "any" { Match::Any } else { Match::All },
            None if name == "not" => self.not = value == "true",
            None => {}
            Some((part, rest)) => {
                let Some((kind, index)) = part.split_at_checked(1) else { return };
                let Ok(index) = index.parse::<usize>() else { return };
                match kind {
                    "c" if index < PLACES => place(&mut self.conditions, index).take(rest, value),
                    // One more than a rule may have, so that the one too deep is told.
                    "g" if index < PLACES && deep <= GROUPS_DEEP => {
                        place(&mut self.groups, index).take(rest, value, deep + 1)
                    }
                    _ => {}
                }
            }
        }
    }

    /// The draft of a rule that is there.
    #[must_use]
    pub fn from_rule(rule: &Rule) -> Self {
        Self {
            r#match: rule.r#match,
            not: rule.not,
            conditions: rule.conditions.iter().map(fields_of).collect(),
            groups: rule.groups.iter().map(Self::from_rule).collect(),
        }
    }

    /// The fields of a form that holds it.
    #[must_use]
    pub fn to_fields(&self) -> BTreeMap<String, String> {
        let mut fields = BTreeMap::new();
        self.write("", &mut fields);
        fields
    }

    fn write(&self, prefix: &str, into: &mut BTreeMap<String, String>) {
        into.insert(format!("{prefix}match"), if self.r#match == Match::Any { "any" } else { "all" }.to_owned());
        if self.not {
            into.insert(format!("{prefix}not"), "true".to_owned());
        }
        for (index, condition) in self.conditions.iter().enumerate() {
            for (name, value) in &condition.fields {
                into.insert(format!("{prefix}c{index}.{name}"), value.clone());
            }
            for (at, filter) in condition.filters.iter().enumerate() {
                for (name, value) in filter {
                    into.insert(format!("{prefix}c{index}.f{at}.{name}"), value.clone());
                }
            }
        }
        for (index, group) in self.groups.iter().enumerate() {
            group.write(&format!("{prefix}g{index}."), into);
        }
    }

    /// The rule, and what doesn't make sense in it, by the places that [`Problem`] names.
    #[must_use]
    pub fn rule(&self) -> (Rule, Vec<Problem>) {
        let mut unreadable = Vec::new();
        let rule = self.read("", &mut unreadable);
        let known: Vec<String> = unreadable.iter().map(|problem| problem.at.clone()).collect();
        let mut problems = unreadable;
        problems.extend(rule.problems().into_iter().filter(|problem| !known.contains(&problem.at)));
        (rule, problems)
    }

    fn read(&self, prefix: &str, problems: &mut Vec<Problem>) -> Rule {
        let mut rule = Rule { r#match: self.r#match, not: self.not, ..Rule::default() };
        for (index, draft) in self.conditions.iter().enumerate() {
            match condition(draft) {
                Ok(condition) => rule.conditions.push(condition),
                Err(message) => {
                    problems.push(Problem { at: format!("{prefix}conditions.{index}"), message });
                    // Stands in its place, so that the places of the others stay right.
                    rule.conditions.push(super::Condition::Audience { audience: String::new(), member: true });
                }
            }
        }
        for (index, group) in self.groups.iter().enumerate() {
            rule.groups.push(group.read(&format!("{prefix}groups.{index}."), problems));
        }
        rule
    }

    /// Does what a button of the builder says: `add:`, `group:`, `filter:` or `remove:` and the place, such as `g0.c1`. Anything else
    /// does nothing.
    pub fn apply(&mut self, order: &str) {
        let Some((verb, at)) = order.split_once(':') else { return };
        match verb {
            "add" => {
                if let Some(group) = self.group_at(at) {
                    group.conditions.push(starting());
                }
            }
            "group" => {
                if let Some(group) = self.group_at(at) {
                    // A group that combines as the one around it would be none.
                    let r#match = if group.r#match == Match::All { Match::Any } else { Match::All };
                    let inner = Self { r#match, conditions: vec![starting()], ..Self::default() };
                    group.groups.push(inner);
                }
            }
            "filter" => {
                if let Some(condition) = self.condition_at(at) {
                    condition.filters.push(DraftFields::from([("op".into(), "is".into())]));
                }
            }
            "remove" => self.remove(at),
            _ => {}
        }
    }

    fn remove(&mut self, at: &str) {
        let (above, part) = at.rsplit_once('.').unwrap_or(("", at));
        let Some((kind, index)) = part.split_at_checked(1) else { return };
        let Ok(index) = index.parse::<usize>() else { return };
        match kind {
            "c" => remove_at(self.group_at(above).map(|group| &mut group.conditions), index),
            "g" => remove_at(self.group_at(above).map(|group| &mut group.groups), index),
            "f" => remove_at(self.condition_at(above).map(|condition| &mut condition.filters), index),
            _ => {}
        }
    }

    fn group_at(&mut self, at: &str) -> Option<&mut Self> {
        let mut group = self;
        for part in at.split('.').filter(|part| !part.is_empty()) {
            let index = part.strip_prefix('g')?.parse::<usize>().ok()?;
            group = group.groups.get_mut(index)?;
        }
        Some(group)
    }

    fn condition_at(&mut self, at: &str) -> Option<&mut DraftCondition> {
        let (above, part) = at.rsplit_once('.').unwrap_or(("", at));
        let index = part.strip_prefix('c')?.parse::<usize>().ok()?;
        self.group_at(above)?.conditions.get_mut(index)
    }
}

impl DraftCondition {
    fn take(&mut self, name: &str, value: &str) {
        const FILTERS: usize = 20;
        match name.split_once('.') {
            None => {
                self.fields.insert(name.to_owned(), value.to_owned());
            }
            Some((part, rest)) => {
                let index = part.strip_prefix('f').and_then(|index| index.parse::<usize>().ok());
                if let Some(index) = index.filter(|index| *index < FILTERS) {
                    place(&mut self.filters, index).insert(rest.to_owned(), value.to_owned());
                }
            }
        }
    }
}

fn place<T: Default>(list: &mut Vec<T>, index: usize) -> &mut T {
    if list.len() <= index {
        list.resize_with(index + 1, T::default);
    }
    &mut list[index]
}

fn remove_at<T>(list: Option<&mut Vec<T>>, index: usize) {
    if let Some(list) = list
        && index < list.len()
    {
        list.remove(index);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::audience::Suggestion;

    fn rule(json: serde_json::Value) -> Rule {
        serde_json::from_value(json).unwrap()
    }

    /// Every kind of condition, test, measure and period, nested.
    fn everything() -> Rule {
        rule(json!({"match": "any", "not": true, "conditions": [
            {"event": "A"}, {"event": "A", "at_most": 0, "within_days": 3},
            {"event": "A", "at_least": 2, "at_most": 4, "since": "2026-01-01", "until": "2026-02-01"},
            {"event": "A", "sum": "value", "at_least": 1.5}, {"event": "A", "max": "value", "at_most": 3},
            {"event": "A", "occurrence": "first", "since": "2026-01-01"}, {"event": "A", "occurrence": "last", "within_days": 7},
            {"event": "A", "where": [{"property": "p", "contains": "x"}, {"property": "q", "in": ["a, b", 2]}]},
            {"trait": "country", "is": "US"}, {"trait": "n", "is_not": 5}, {"trait": "n", "is": "5,5"},
            {"trait": "t", "not_in": ["a", "b"]}, {"trait": "t", "starts_with": "a"}, {"trait": "t", "exists": true},
            {"trait": "t", "exists": false}, {"trait": "t", "at_least": 1, "at_most": 2}, {"trait": "t", "more_than": 4},
            {"trait": "t", "less_than": 4.5}, {"trait": "t", "after": "2020-01-01"}, {"trait": "t", "before": "2020-01-01"},
            {"trait": "t", "after": "2020-01-01", "before": "2021-01-01"}, {"trait": "t", "is": true},
            {"utm": "source", "is": "snap"}, {"device": "os", "is": "iOS"}, {"audience": "vip"}, {"audience": "vip", "member": false},
        ], "groups": [{"conditions": [{"event": "B"}], "groups": [{"match": "any", "conditions": [{"trait": "x", "is": 1}]}]}]}))
    }

    #[test]
    fn a_rule_survives_the_form() {
        for rule in Suggestion::ALL.into_iter().map(Suggestion::rule).chain([everything()]) {
            let draft = Draft::from_rule(&rule);
            let posted = Draft::from_fields(&draft.to_fields());
            assert_eq!(posted, draft);
            let (read, problems) = posted.rule();
            assert_eq!((read, problems), (rule, Vec::new()));
        }
    }

    #[test]
    fn buttons_add_and_remove() {
        let mut draft = Draft::default();
        for order in ["add:", "group:", "add:g0", "group:g0", "filter:g0.g0.c0"] {
            draft.apply(order);
        }
        assert_eq!((draft.conditions.len(), draft.groups[0].conditions.len()), (1, 2));
        assert_eq!(draft.groups[0].groups[0].conditions[0].filters.len(), 1);
        let combined = (draft.r#match, draft.groups[0].r#match, draft.groups[0].groups[0].r#match);
        assert_eq!(combined, (Match::All, Match::Any, Match::All), "each otherwise than the one around it");
        for order in ["remove:g0.g0.c0.f0", "remove:g0.c0", "remove:c7", "remove:", "add:g9", "burn:g0", "remove:g0.g0"]
        {
            draft.apply(order);
        }
        assert_eq!((draft.conditions.len(), draft.groups[0].conditions.len(), draft.groups[0].groups.len()), (1, 1, 0));
        draft.apply("remove:g0");
        assert_eq!(draft.groups, []);
    }

    #[test]
    fn a_forged_depth_is_cut() {
        let fields = [(format!("{}c0.about", "g0.".repeat(300_000)), "event".to_owned())].into();
        let (rule, problems) = Draft::from_fields(&fields).rule();
        assert_eq!(rule.all_conditions().count(), 0);
        assert!(problems.iter().any(|problem| problem.message.contains("nest at most")));
    }

    #[test]
    fn mistakes_are_told_beside_their_condition() {
        let fields = [
            ("c0.about", "event"),
            ("c0.name", "A"),
            ("c0.how", "count"),
            ("c0.low", "two"),
            ("c1.about", "event"),
            ("c1.name", "A"),
            ("c1.how", "did"),
            ("c1.period", "within"),
            ("c1.days", ""),
            ("c2.about", "trait"),
            ("c2.name", ""),
            ("c2.op", "is"),
            ("c2.value", "x"),
            ("g0.c0.about", "trait"),
            ("g0.c0.name", "n"),
            ("g0.c0.op", "more_than"),
            ("g0.c0.value", "many"),
            ("g7999999999.c0.name", "x"),
            ("c99999999.name", "x"),
            ("nonsense", "x"),
            ("q1.x", "y"),
        ];
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let (_, problems) = Draft::from_fields(&fields).rule();
        let places: Vec<&str> = problems.iter().map(|problem| problem.at.as_str()).collect();
        assert_eq!(places, ["conditions.0", "conditions.1", "groups.0.conditions.0", "conditions.2"]);
        assert!(problems[0].message.contains("“two” is not a number"), "{}", problems[0].message);
    }
}
