//! Form fields: label above, hint below, mistake below with what to do.

use leptos::{html, prelude::*};

use super::{Icon, kept::keep_choice};

/// A line of text.
#[component]
pub fn TextField(
    /// The name in the form.
    name: &'static str,
    /// The label.
    #[prop(into)]
    label: String,
    /// The element's id, where the name is not unique on the page.
    #[prop(optional, into)]
    id: Option<String>,
    /// What it is for, below it.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What it holds at first.
    #[prop(optional, into)]
    value: Option<String>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Whether it has to be filled in.
    #[prop(optional)]
    required: bool,
    /// An example.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// The most characters.
    #[prop(optional)]
    maxlength: Option<u32>,
    /// Which keyboard a phone shows.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// Where the input can be found.
    #[prop(optional)]
    node_ref: NodeRef<html::Input>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| name.to_owned());
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let described = described_by(hint.is_some(), &hint_id, &error_id, error);
    // Without scripts the page comes back with the mistake, and the browser honours the first autofocus.
    let focus = error.with_untracked(Option::is_some);
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                id=id
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                required=required
                placeholder=placeholder
                maxlength=maxlength.map(|max| max.to_string())
                inputmode=inputmode
                node_ref=node_ref
                autofocus=focus
                spellcheck=(kind != "text").then_some("false")
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=described
            />
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <FieldMistake id=error_id error=error/>
        </div>
    }
    .into_any()
}

/// A choice from a list of value and label.
#[component]
pub fn SelectField(
    /// The name in the form.
    name: &'static str,
    /// The label.
    #[prop(into)]
    label: String,
    /// Value and label of each choice.
    options: Vec<(String, String)>,
    /// The element's id, where the name is not unique on the page.
    #[prop(optional, into)]
    id: Option<String>,
    /// What it is for, below it.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The value that is chosen at first.
    #[prop(optional, into)]
    value: Option<String>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Whether a choice has to be made.
    #[prop(optional)]
    required: bool,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| name.to_owned());
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let described = described_by(hint.is_some(), &hint_id, &error_id, error);
    let select = NodeRef::<html::Select>::new();
    keep_choice(select);
    let options: Vec<AnyView> = options
        .into_iter()
        .map(|(option, label)| {
            let selected = value.as_ref() == Some(&option);
            view! { <option value=option selected=selected>{label}</option> }.into_any()
        })
        .collect();
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select
                id=id
                name=name
                required=required
                node_ref=select
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=described
            >
                {options}
            </select>
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <FieldMistake id=error_id error=error/>
        </div>
    }
    .into_any()
}

#[component]
fn FieldMistake(id: String, error: Signal<Option<String>>) -> impl IntoView {
    view! {
        <p class="field-error" id=id hidden=move || error.with(Option::is_none)>
            <Icon name="warning"/>
            <span>{move || error.get()}</span>
        </p>
    }
    .into_any()
}

fn described_by(
    hinted: bool,
    hint: &str,
    mistake: &str,
    error: Signal<Option<String>>,
) -> impl Fn() -> Option<String> + Send + Sync + Clone + 'static + use<> {
    let (hint, mistake) = (hinted.then(|| hint.to_owned()), mistake.to_owned());
    move || {
        let mistake = error.with(Option::is_some).then(|| mistake.clone());
        let both: Vec<String> = hint.iter().cloned().chain(mistake).collect();
        (!both.is_empty()).then(|| both.join(" "))
    }
}
