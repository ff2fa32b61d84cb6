//! One condition: what it asks for, of what, and how much.

use domain::audience::{DraftCondition, DraftFields};
use leptos::prelude::*;

use super::{
    Builder,
    tree::{Place, remove},
};
use crate::components::Icon;

type Choices = &'static [(&'static str, &'static str)];

const ABOUT: Choices = &[
    ("event", "Event"),
    ("trait", "Trait"),
    ("utm", "Campaign (UTM)"),
    ("device", "Device"),
    ("audience", "Audience"),
];
const HOW: Choices = &[
    ("did", "happened"),
    ("did_not", "did not happen"),
    ("count", "happened … times"),
    ("sum", "has the sum of"),
    ("max", "has the maximum of"),
    ("first", "happened for the first time"),
    ("last", "happened for the last time"),
];
const PERIOD: Choices = &[("ever", "ever"), ("within", "within the last … days"), ("between", "between two dates")];
const OPS: Choices = &[
    ("is", "is"),
    ("is_not", "is not"),
    ("in", "is one of"),
    ("not_in", "is none of"),
    ("contains", "contains"),
    ("starts_with", "starts with"),
    ("exists", "has any value"),
    ("missing", "has no value"),
    ("between", "is a number from … to"),
    ("more_than", "is more than"),
    ("less_than", "is less than"),
    ("dates", "is a date from … to before"),
];
const MEMBER: Choices = &[("true", "is in it"), ("false", "is not in it")];

/// The controls of one condition, or of one test inside of it.
struct Controls<'a> {
    fields: &'a DraftFields,
    place: &'a Place,
    /// `c0` or `c0.f1`
    part: String,
    /// `Condition 1`
    spoken: String,
    wrong: Signal<Option<String>>,
    mistake_id: String,
}

impl Controls<'_> {
    fn get(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    fn name(&self, field: &str) -> String {
        self.place.name(&format!("{}.{field}", self.part))
    }

    fn label(&self, what: &str) -> String {
        format!("{}: {what}", self.spoken)
    }

    fn select(&self, field: &str, what: &str, choices: Choices) -> AnyView {
        let chosen = self.get(field).to_owned();
        let options: Vec<AnyView> = choices
            .iter()
            .map(|&(value, label)| view! { <option value=value selected=value == chosen>{label}</option> }.into_any())
            .collect();
        view! { <select name=self.name(field) aria-label=self.label(what)>{options}</select> }.into_any()
    }

    fn input(&self, field: &str, what: &str, kind: &'static str, list: Option<&'static str>) -> AnyView {
        let wrong = self.wrong;
        let mistake_id = self.mistake_id.clone();
        view! {
            <input
                type=kind
                class=format!("rule-{kind}")
                name=self.name(field)
                value=self.get(field).to_owned()
                aria-label=self.label(what)
                placeholder=what.to_owned()
                list=list
                inputmode=(kind == "text" && matches!(field, "low" | "high" | "days")).then_some("decimal")
                autocomplete="off"
                aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                aria-describedby=move || wrong.with(Option::is_some).then(|| mistake_id.clone())
            />
        }
        .into_any()
    }

    fn bounds(&self) -> AnyView {
        view! { {self.input("low", "at least", "text", None)} {self.input("high", "at most", "text", None)} }.into_any()
    }

    /// What is asked of a value.
    fn test(&self) -> AnyView {
        let value = |what| self.input("value", what, "text", None);
        let operand = match self.get("op") {
            "exists" | "missing" => ().into_any(),
            "between" => self.bounds(),
            "dates" => {
                view! { {self.input("after", "from", "date", None)} {self.input("before", "before", "date", None)} }
                    .into_any()
            }
            "more_than" | "less_than" => value("number"),
            "in" | "not_in" => {
                let name = self.name("value");
                let label = self.label("values, one a line");
                view! { <textarea name=name aria-label=label rows="3" placeholder="one a line">{self.get("value").to_owned()}</textarea> }
                    .into_any()
            }
            _ => value("value"),
        };
        view! { {self.select("op", "comparison", OPS)} {operand} }.into_any()
    }

    fn event(&self) -> AnyView {
        let of = |operand: AnyView| view! { {self.input("property", "property", "text", None)} {operand} }.into_any();
        let measure = match self.get("how") {
            "count" => self.bounds(),
            "sum" | "max" => of(self.bounds()),
            _ => ().into_any(),
        };
        let period = match self.get("period") {
            "within" => self.input("days", "days", "text", None),
            "between" => view! { {self.input("since", "first day", "date", None)} {self.input("until", "last day", "date", None)} }.into_any(),
            _ => ().into_any(),
        };
        view! {
            {self.input("name", "event name", "text", Some("names-event"))}
            {self.select("how", "what happened", HOW)}
            {measure}
            {self.select("period", "period", PERIOD)}
            {period}
        }
        .into_any()
    }

    fn about(&self) -> AnyView {
        let named = |what, list| self.input("name", what, "text", Some(list));
        match self.get("about") {
            "trait" => view! { {named("trait", "names-trait")} {self.test()} }.into_any(),
            "utm" => view! { {named("parameter", "names-utm")} {self.test()} }.into_any(),
            "device" => view! { {named("property", "names-device")} {self.test()} }.into_any(),
            "audience" => {
                view! { {named("audience name", "names-audience")} {self.select("member", "membership", MEMBER)} }
                    .into_any()
            }
            _ => self.event(),
        }
    }
}

/// One condition of a group.
pub fn condition(draft: &DraftCondition, place: &Place, index: usize, builder: Builder) -> AnyView {
    let wrong = builder.problem(place.problem_at(&format!("conditions.{index}")));
    let part = format!("c{index}");
    let at = if place.field.is_empty() { part.clone() } else { format!("{}.{part}", place.field) };
    let mistake_id = format!("wrong-{}", at.replace('.', "-"));
    let spoken = place.called(&format!("Condition {}", index + 1));
    let controls = Controls {
        fields: &draft.fields,
        place,
        part: part.clone(),
        spoken: spoken.clone(),
        wrong,
        mistake_id: mistake_id.clone(),
    };
    let is_event = !matches!(controls.get("about"), "trait" | "utm" | "device" | "audience");
    let filters: Vec<AnyView> = draft
        .filters
        .iter()
        .enumerate()
        .filter(|_| is_event)
        .map(|(number, fields)| {
            let spoken = format!("{spoken}, property {}", number + 1);
            let part = format!("{part}.f{number}");
            let test = Controls { fields, place, part, spoken: spoken.clone(), wrong, mistake_id: mistake_id.clone() };
            view! {
                <div class="rule-filter">
                    <span>"where"</span>
                    {test.input("name", "property name", "text", None)}
                    {test.test()}
                    {remove(&format!("{at}.f{number}"), &spoken)}
                </div>
            }
            .into_any()
        })
        .collect();
    let filter = is_event.then(|| {
        let label = format!("{spoken}: add a property test");
        view! {
            <button type="submit" class="button plain small" name="order" value=format!("filter:{at}") aria-label=label>
                "Add a property test"
            </button>
        }
    });
    view! {
        <div class="rule-condition" role="group" aria-label=spoken.clone()>
            <div class="rule-line">{controls.select("about", "kind", ABOUT)} {controls.about()} {remove(&at, &spoken)}</div>
            {filters}
            {filter}
            <p class="field-error" id=mistake_id hidden=move || wrong.with(Option::is_none)>
                <Icon name="warning"/>
                <span>{move || wrong.get()}</span>
            </p>
        </div>
    }
    .into_any()
}
