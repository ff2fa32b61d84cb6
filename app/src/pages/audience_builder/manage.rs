//! An audience that is there: its state, its size, and what can be done with it.

use domain::view::{audience::AudienceState, builder::BuiltAudience};
use leptos::prelude::*;

use crate::{
    api::audiences::{DeleteAudience, SetAudienceState},
    components::{ConfirmForm, FormAction, FormError, PostForm, StatusChip, Tone, failure, grouped},
};

/// What the panel's buttons call.
#[derive(Clone, Copy, Default)]
pub struct Manage {
    pub state: FormAction<SetAudienceState>,
    delete: FormAction<DeleteAudience>,
}

/// The panel; nothing for an audience that is not saved yet.
pub fn panel(audience: Option<&BuiltAudience>, manage: Manage) -> AnyView {
    let Some(audience) = audience else { return ().into_any() };
    let id = audience.id.to_string();
    let (tone, label, hint) = match audience.state {
        AudienceState::Draft => (Tone::Neutral, "Draft", "Nobody is in it until it is activated."),
        AudienceState::Active => (Tone::Good, "Active", "People enter and leave by themselves."),
        AudienceState::Archived => (Tone::Neutral, "Archived", "It stands as it was: nobody enters or leaves."),
    };
    let size = match (audience.state, audience.size) {
        (AudienceState::Draft, _) => "Nobody is in it yet.".to_owned(),
        (_, None) => "Its people are being counted.".to_owned(),
        (_, Some(1)) => "1 person is in it.".to_owned(),
        (_, Some(size)) => format!("{} people are in it.", grouped(size)),
    };
    let progress = audience.progress.map(|(done, all)| {
        view! {
            <p class="muted">
                "Everybody is being looked at anew: " {grouped(done)} " of " {grouped(all)} " changes are done. Until then the members stay as they are. "
                <progress value=done.to_string() max=all.max(1).to_string() aria-label="Evaluation"></progress>
            </p>
        }
    });
    view! {
        <section class="panel audience-state" aria-label="State">
            <div class="actions">
                <StatusChip tone=tone label=label hint=hint/>
                <span>{size}</span>
                {turn(audience.state, &id, manage)}
                <a class="button small" href=format!("/audiences/{id}/sync")>"Sync and receipts"</a>
                <a class="button small for-marketers" href=format!("/audiences/new?copy={id}")>"Duplicate"</a>
                {delete(&audience.name, &id, manage)}
            </div>
            {progress}
            <FormError failure=failure(manage.state)/>
        </section>
    }
    .into_any()
}

fn turn(state: AudienceState, id: &str, manage: Manage) -> AnyView {
    let (to, verb) = match state {
        AudienceState::Draft | AudienceState::Archived => (AudienceState::Active, "Activate"),
        AudienceState::Active => (AudienceState::Archived, "Archive"),
    };
    let id = id.to_owned();
    view! {
        <PostForm action=manage.state attr:class="inline-form">
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="state" value=to.as_str()/>
            <button type="submit" class="button small">{verb}</button>
        </PostForm>
    }
    .into_any()
}

fn delete(name: &str, id: &str, manage: Manage) -> AnyView {
    let (title, id) = (format!("Delete “{name}”?"), id.to_owned());
    view! {
        <ConfirmForm action=manage.delete id="delete-audience" open_label="Delete" class="button small danger" title=title verb="Delete audience">
            <p>"Everybody leaves it: they are taken out of its lists at your destinations, too. Its rule and history of members are lost."</p>
            <input type="hidden" name="id" value=id/>
        </ConfirmForm>
    }
    .into_any()
}
