//! An audience that is there: its state, its size, and what can be done with it.

use std::time::Duration;

use domain::view::{audience::AudienceState, builder::BuiltAudience};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::audiences::{DeleteAudience, SetAudienceState, read_built_audience},
    components::{ConfirmForm, FormAction, FormError, PostForm, StatusChip, Tone, effect, failure, grouped},
    pages::destinations::route::successes,
};

/// What the panel's buttons call.
#[derive(Clone, Copy, Default)]
pub struct Manage {
    pub state: FormAction<SetAudienceState>,
    delete: FormAction<DeleteAudience>,
}

/// How often the page looks again while everybody is looked at anew.
const UNDER_WAY: Duration = Duration::from_secs(1);
/// And else: people come and go.
const AT_REST: Duration = Duration::from_secs(10);

/// Keeps what is shown of an active audience up to date, and of one whose state was changed. The form beside it is left alone: something
/// may be typed there that is not saved.
pub fn look_again(shown: RwSignal<Option<BuiltAudience>>, manage: Manage) {
    let turned = successes(manage.state);
    effect(move || {
        if turned.get() > 0 {
            look(shown);
        }
    });
    effect(move || {
        let every = shown.with(|shown| {
            let active = shown.as_ref().filter(|audience| audience.state == AudienceState::Active)?;
            Some(if active.progress.is_some() { UNDER_WAY } else { AT_REST })
        });
        if let Some(every) = every
            && let Ok(timer) = set_timeout_with_handle(move || look(shown), every)
        {
            on_cleanup(move || timer.clear());
        }
    });
}

fn look(shown: RwSignal<Option<BuiltAudience>>) {
    let Some(id) = shown.try_with_untracked(|shown| shown.as_ref().map(|audience| audience.id)).flatten() else {
        return;
    };
    spawn_local(async move {
        let answer = read_built_audience(id).await;
        // The page may be gone by now. What can't be read is asked for again.
        shown.try_update(|shown| {
            if let Ok(found) = answer {
                *shown = Some(found);
            }
        });
    });
}

/// The panel; nothing for an audience that is not saved yet.
pub fn panel(shown: RwSignal<Option<BuiltAudience>>, manage: Manage) -> AnyView {
    let Some(audience) = shown.get_untracked() else { return ().into_any() };
    let state = audience.state;
    let size = Memo::new(move |_| shown.with(|shown| shown.as_ref().and_then(|audience| audience.size)));
    let way = move || shown.with(|shown| shown.as_ref().and_then(|audience| audience.progress)).map(progress);
    let id = audience.id.to_string();
    let (tone, label, hint) = match audience.state {
        AudienceState::Draft => (Tone::Neutral, "Draft", "Nobody is in it until it is activated."),
        AudienceState::Active => (Tone::Good, "Active", "People enter and leave by themselves."),
        AudienceState::Archived => (Tone::Neutral, "Archived", "It stands as it was: nobody enters or leaves."),
    };
    let size = move || match (state, size.get()) {
        (AudienceState::Draft, _) => "Nobody is in it yet.".to_owned(),
        (_, None) => "Its people are being counted.".to_owned(),
        (_, Some(1)) => "1 person is in it.".to_owned(),
        (_, Some(size)) => format!("{} people are in it.", grouped(size)),
    };
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
            {way}
            <FormError failure=failure(manage.state)/>
        </section>
    }
    .into_any()
}

/// How far it is worked out: until it is known who has to change, nothing can be counted.
fn progress((done, all): (u64, u64)) -> AnyView {
    if all == 0 {
        return view! {
            <p class="muted">
                "Everybody is being looked at anew. Until that is done the members stay as they are. "
                <progress aria-label="Evaluation"></progress>
            </p>
        }
        .into_any();
    }
    view! {
        <p class="muted">
            "Everybody was looked at anew: " {grouped(done)} " of " {grouped(all)} " changes are done. "
            <progress value=done.to_string() max=all.to_string() aria-label="Evaluation"></progress>
        </p>
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
