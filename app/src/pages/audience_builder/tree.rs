//! The rule as a tree of groups and conditions.

use domain::{
    audience::{Draft, Match},
    view::builder::AudienceHints,
};
use leptos::prelude::*;

use super::{Builder, condition::condition};
use crate::components::Icon;

/// Whether a change of the select of this name changes which fields there are.
pub fn shapes(name: &str) -> bool {
    [".about]", ".how]", ".period]", ".op]"].iter().any(|end| name.ends_with(end))
}

/// The lists that fields suggest from.
pub fn hints(hints: &AudienceHints) -> AnyView {
    let list = |id: &'static str, names: &[String]| {
        let options: Vec<AnyView> =
            names.iter().map(|name| view! { <option value=name.clone()></option> }.into_any()).collect();
        view! { <datalist id=id>{options}</datalist> }.into_any()
    };
    let fixed = |id, names: &[&str]| list(id, &names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
    view! {
        {list("names-event", &hints.events)}
        {list("names-trait", &hints.traits)}
        {list("names-audience", &hints.audiences)}
        {fixed("names-utm", &["source", "medium", "name", "term", "content"])}
        {fixed("names-device", &["type", "os", "browser", "language"])}
    }
    .into_any()
}

/// Where a part of the tree stands: in the form's names, in problems, and for readers.
#[derive(Clone)]
pub struct Place {
    /// `g0.g1`, empty for the whole rule.
    pub field: String,
    /// `groups.0.groups.1`
    pub problem: String,
    /// `Group 1.2`, empty for the whole rule.
    pub spoken: String,
}

impl Place {
    fn group(&self, index: usize) -> Self {
        let join =
            |above: &str, part: String, dot: &str| if above.is_empty() { part } else { format!("{above}{dot}{part}") };
        Self {
            field: join(&self.field, format!("g{index}"), "."),
            problem: join(&self.problem, format!("groups.{index}"), "."),
            spoken: if self.spoken.is_empty() {
                format!("Group {}", index + 1)
            } else {
                format!("{}.{}", self.spoken, index + 1)
            },
        }
    }

    /// The name of a field of this group or below it.
    pub fn name(&self, rest: &str) -> String {
        if self.field.is_empty() { format!("rule[{rest}]") } else { format!("rule[{}.{rest}]", self.field) }
    }

    /// The place of a problem below it.
    pub fn problem_at(&self, rest: &str) -> String {
        if self.problem.is_empty() { rest.to_owned() } else { format!("{}.{rest}", self.problem) }
    }

    /// What a part is called for readers.
    pub fn called(&self, part: &str) -> String {
        if self.spoken.is_empty() { part.to_owned() } else { format!("{}, {}", self.spoken, part.to_ascii_lowercase()) }
    }
}

/// The whole rule.
pub fn tree(draft: &Draft, builder: Builder) -> AnyView {
    group(draft, &Place { field: String::new(), problem: String::new(), spoken: String::new() }, builder)
}

fn group(draft: &Draft, place: &Place, builder: Builder) -> AnyView {
    let conditions: Vec<AnyView> =
        draft.conditions.iter().enumerate().map(|(index, one)| condition(one, place, index, builder)).collect();
    let groups: Vec<AnyView> =
        draft.groups.iter().enumerate().map(|(index, one)| group(one, &place.group(index), builder)).collect();
    let outermost = place.field.is_empty();
    let problem = builder.problem(place.problem_at("conditions"));
    let too_deep = builder.problem(place.problem_at("groups"));
    let spoken = if outermost { "Rule".to_owned() } else { place.spoken.clone() };
    view! {
        <fieldset class="rule-group" class:inner=!outermost>
            <legend class="visually-hidden">{spoken}</legend>
            {head(draft, place)}
            <div class="rule-parts">{conditions} {groups}</div>
            <p class="field-error" hidden=move || problem.with(Option::is_none)>{move || problem.get()}</p>
            <p class="field-error" hidden=move || too_deep.with(Option::is_none)>{move || too_deep.get()}</p>
            {foot(place)}
        </fieldset>
    }
    .into_any()
}

fn head(draft: &Draft, place: &Place) -> AnyView {
    let any = draft.r#match == Match::Any;
    let (not, matches) = (place.called("Whether it holds"), place.called("How conditions combine"));
    view! {
        <div class="rule-head">
            <span>"People who"</span>
            <select name=place.name("not") aria-label=not>
                <option value="false" selected=!draft.not>"match"</option>
                <option value="true" selected=draft.not>"do not match"</option>
            </select>
            <select name=place.name("match") aria-label=matches>
                <option value="all" selected=!any>"all"</option>
                <option value="any" selected=any>"at least one"</option>
            </select>
            <span>"of these:"</span>
            {(!place.field.is_empty()).then(|| remove(&place.field, &place.spoken))}
        </div>
    }
    .into_any()
}

fn foot(place: &Place) -> AnyView {
    let (add, inner) = (format!("add:{}", place.field), format!("group:{}", place.field));
    let (add_text, inner_text) =
        if place.field.is_empty() { ("Add condition", "Add group") } else { ("Another condition", "Another group") };
    let named =
        |text: &str| if place.spoken.is_empty() { text.to_owned() } else { format!("{text} in {}", place.spoken) };
    let (add_name, inner_name) = (named(add_text), named(inner_text));
    view! {
        <div class="rule-foot">
            <button type="submit" class="button small" name="order" value=add aria-label=add_name>{add_text}</button>
            <button type="submit" class="button small plain" name="order" value=inner aria-label=inner_name>{inner_text}</button>
        </div>
    }
    .into_any()
}

/// The button that removes a part.
pub fn remove(at: &str, called: &str) -> AnyView {
    let label = format!("Remove {}", called.to_ascii_lowercase());
    view! {
        <button type="submit" class="button plain icon-only rule-remove" name="order" value=format!("remove:{at}") aria-label=label>
            <Icon name="cross"/>
        </button>
    }
    .into_any()
}
