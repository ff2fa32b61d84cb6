//! Native dialogs. Buttons open them by `commandfor`, which needs no script; scripts help older browsers.

use leptos::{
    prelude::*,
    tachys::html::attribute::{any_attribute::AnyAttribute, custom::custom_attribute},
};

use super::{Failure, Form, FormError, Icon, PostForm, SubmitButton, effect, failure, kept::by_server};
use crate::browser;

/// A button that opens the dialog with the id `opens`.
#[component]
pub fn DialogButton(
    /// The dialog's id.
    #[prop(into)]
    opens: String,
    /// The button's classes.
    #[prop(default = "button")]
    class: &'static str,
    /// An accessible name other than the text.
    #[prop(optional_no_strip, into)]
    name: Option<String>,
    /// What stands on it.
    children: Children,
) -> impl IntoView {
    let id = opens.clone();
    view! {
        <button
            type="button"
            class=class
            aria-haspopup="dialog"
            aria-label=name
            on:click=move |_| browser::open_dialog_for_command(&id)
            {..custom_attribute("command", "show-modal")}
            {..custom_attribute("commandfor", opens)}
        >
            {children()}
        </button>
    }
    .into_any()
}

/// The attribute `open` for a dialog. A modal one that loses the attribute is hidden and still keeps the page from being used.
pub fn opened_by_server(open: bool) -> Vec<AnyAttribute> {
    by_server("open", open)
}

/// A dialog: closed until its button is pressed, or open from the start when its form came back with a mistake.
#[component]
pub fn Dialog(
    /// Its id.
    #[prop(into)]
    id: String,
    /// Its title and name.
    #[prop(into)]
    title: String,
    /// The failure of the form inside, which keeps it open without scripts.
    #[prop(optional)]
    failure: Option<Failure>,
    /// What stands in it.
    children: Children,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    let failed = failure.is_some_and(Failure::is_some_untracked);
    if failed {
        let id = id.clone();
        effect(move || browser::open_dialog(&id));
    }
    view! {
        <dialog id=id aria-labelledby={labelled_by} {..custom_attribute("closedby", "any")} {..opened_by_server(failed)}>
            <header class="dialog-head">
                <h2 id=title_id>{title}</h2>
                <form method="dialog">
                    <button class="button plain icon-only" aria-label="Close"><Icon name="cross"/></button>
                </form>
            </header>
            <div class="dialog-body">{children()}</div>
        </dialog>
    }
    .into_any()
}

/// Asks before something is lost: a button, and a dialog that names it. The children are what is lost and the form's hidden fields.
#[component]
pub fn ConfirmForm(
    /// What is done.
    #[prop(into)]
    action: Form,
    /// The dialog's id.
    #[prop(into)]
    id: String,
    /// What stands on the button that opens the dialog.
    #[prop(into)]
    open_label: String,
    /// An accessible name for that button, where several stand on a page.
    #[prop(optional, into)]
    open_name: Option<String>,
    /// That button's classes.
    #[prop(default = "button")]
    class: &'static str,
    /// The question.
    #[prop(into)]
    title: String,
    /// What the button inside says: the verb.
    #[prop(into)]
    verb: String,
    /// What is lost, in words, and hidden fields.
    children: Children,
) -> impl IntoView {
    let failure = failure(action);
    let pending = action.pending();
    let body = children().into_any();
    view! {
        <DialogButton opens=id.clone() class=class name=open_name>{open_label}</DialogButton>
        <Dialog id=id title=title failure=failure>
            <PostForm action=action>
                {body}
                <FormError failure=failure/>
                <div class="dialog-actions">
                    <SubmitButton label=verb pending=pending class="button danger"/>
                </div>
            </PostForm>
        </Dialog>
    }
    .into_any()
}
