//! Erasing a person: asked for with the id again, with a day to change one's mind unless it is to happen at once.

use domain::{Timestamp, profile::ProfileId};
use leptos::prelude::*;

use crate::{
    api::people::{CancelErasure, ErasePerson},
    components::{Dialog, DialogButton, FormAction, FormError, PostForm, SubmitButton, TextField, Time, failure},
};

const DIALOG: &str = "erase-person";

/// The page's actions: they outlive the reading anew of what they changed.
#[derive(Clone, Copy)]
pub(super) struct EraseActions {
    pub erase: FormAction<ErasePerson>,
    pub cancel: FormAction<CancelErasure>,
}

impl EraseActions {
    pub(super) fn new() -> Self {
        Self { erase: FormAction::new(), cancel: FormAction::new() }
    }
}

/// Says when it will happen, and takes it back.
pub(super) fn planned(
    id: ProfileId,
    (due, by): (Timestamp, String),
    may_cancel: bool,
    actions: EraseActions,
) -> AnyView {
    let cancel = may_cancel.then(|| {
        view! {
            <PostForm action=actions.cancel>
                <input type="hidden" name="id" value=id.to_string()/>
                <FormError failure=failure(actions.cancel)/>
                <SubmitButton label="Keep this person" pending=actions.cancel.pending() class="button"/>
            </PostForm>
        }
    });
    view! {
        <div class="callout danger">
            <p><strong>"This person will be erased "</strong> <Time at=due/> <strong>"."</strong> {format!(" {by} asked for it. Until then it can be taken back.")}</p>
            {cancel}
        </div>
    }
    .into_any()
}

/// The panel with the dialog.
pub(super) fn erase_panel(id: ProfileId, actions: EraseActions) -> AnyView {
    let failure = failure(actions.erase);
    view! {
        <section class="panel" aria-labelledby="erase">
            <h2 id="erase">"Erase this person"</h2>
            <p>
                "Everything that is stored of this person goes: events, traits, identifiers, memberships. They leave every Snapchat audience, and what comes of them later is dropped. The log of changes keeps that it happened, and nothing about the person."
            </p>
            <div class="actions panel-foot">
                <DialogButton opens=DIALOG class="button danger">"Erase person"</DialogButton>
            </div>
        </section>
        <Dialog id=DIALOG title=format!("Erase person {id}?") failure=failure>
            <PostForm action=actions.erase>
                <input type="hidden" name="id" value=id.to_string()/>
                <p>"Nobody can bring back what was erased."</p>
                <fieldset class="choices">
                    <legend>"When"</legend>
                    <label><input type="radio" name="when" value="day" checked=true/> <span>"In 24 hours: until then it can be taken back"</span></label>
                    <label><input type="radio" name="when" value="now"/> <span>"At once"</span></label>
                </fieldset>
                <TextField
                    name="typed_id"
                    label="Id of the person"
                    hint=format!("Type {id} to be sure.")
                    required=true
                    error=failure.field("typed_id")
                />
                <FormError failure=failure/>
                <div class="dialog-actions"><SubmitButton label="Erase" pending=actions.erase.pending() class="button danger"/></div>
            </PostForm>
        </Dialog>
    }
    .into_any()
}
