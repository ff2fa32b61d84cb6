//! A switch: a checkbox with the role switch, its state also in a word.

use leptos::prelude::*;

/// On or off, posted as `true` or not at all.
#[component]
pub fn Switch(
    /// The name in the form.
    name: &'static str,
    /// The label, which is also its accessible name.
    #[prop(into)]
    label: String,
    /// Whether it is on at first.
    #[prop(optional)]
    checked: bool,
    /// What it does, below it.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The element's id, where the name is not unique on the page.
    #[prop(optional, into)]
    id: Option<String>,
    /// Whether it can't be changed.
    #[prop(optional)]
    disabled: bool,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| name.to_owned());
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label class="switch">
                <input
                    id=id
                    type="checkbox"
                    role="switch"
                    name=name
                    value="true"
                    aria-label=label.clone()
                    aria-describedby=hint.is_some().then(|| hint_id.clone())
                    checked=checked
                    disabled=disabled
                />
                <span class="switch-word" aria-hidden="true"></span>
                <span class="switch-label">{label}</span>
            </label>
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
        </div>
    }
    .into_any()
}
