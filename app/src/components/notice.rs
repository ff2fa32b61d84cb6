//! The confirmation of what was just done, in the one region with the role status.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map, use_url},
};

use super::effect;
use crate::{api::events::encode, browser};

/// How long a confirmation stays once scripts run.
const SHOWN_FOR: std::time::Duration = std::time::Duration::from_secs(6);

/// What is confirmed now.
#[derive(Clone, Copy)]
pub(super) struct Confirmed(RwSignal<Option<&'static str>>);

impl Confirmed {
    /// Shared by the page and its forms.
    pub fn provide() {
        provide_context(Self(RwSignal::new(None)));
    }

    /// Takes back what was confirmed before, so that it is not taken for the confirmation of what is done now.
    pub fn take_back(self) {
        self.0.try_set(None);
    }
}

/// Always in the page; says what the address's `notice` stands for. Unknown codes say nothing.
#[component]
pub fn Notice() -> impl IntoView {
    let query = use_query_map();
    // An address that brings an error back may still carry the notice of the change before.
    let code = Memo::new(move |_| {
        query.with(|query| if query.get_str("__err").is_some() { None } else { query.get("notice") })
    });
    // Pages without the frame have no form whose success they outlive.
    let Confirmed(shown) = use_context().unwrap_or_else(|| Confirmed(RwSignal::new(None)));
    shown.set(code.get_untracked().as_deref().and_then(sentence));
    let url = use_url();
    let navigate = use_navigate();
    let count = StoredValue::new(0_u32);
    effect(move || {
        let Some(code) = code.get() else { return };
        browser::close_dialogs();
        shown.set(sentence(&code));
        count.update_value(|count| *count += 1);
        let this = count.get_value();
        set_timeout(
            move || {
                if count.try_get_value() == Some(this) {
                    shown.set(None);
                }
            },
            SHOWN_FOR,
        );
        let without = url.with_untracked(|url| {
            let pairs: Vec<String> = url
                .search_params()
                .clone()
                .into_iter()
                .filter(|(name, _)| name != "notice")
                .map(|(name, value)| format!("{}={}", encode(&name), encode(&value)))
                .collect();
            if pairs.is_empty() { url.path().to_owned() } else { format!("{}?{}", url.path(), pairs.join("&")) }
        });
        let options = NavigateOptions { resolve: false, replace: true, scroll: false, ..NavigateOptions::default() };
        navigate(&without, options);
    });
    view! { <div class="notice" role="status">{move || shown.get()}</div> }.into_any()
}

/// What a code says. The address's text itself is never shown.
fn sentence(code: &str) -> Option<&'static str> {
    Some(match code {
        "welcome" => "Your account is ready.",
        "signed_out" => "You are signed out.",
        "workspace_created" => "The workspace was created, and you are in it.",
        "workspace_renamed" => "The workspace was renamed.",
        "person_added" => {
            "The person was added. They sign in with the password that you set, or with their own if they had an account here before."
        }
        "role_changed" => "The role was changed.",
        "person_removed" => "The person was removed from this workspace.",
        "password_changed" => "Your password was changed.",
        "source_added" => "The source was added. Paste its snippet into your pages.",
        "source_saved" => "The source was saved.",
        "source_enabled" => "The source is on: its events are accepted.",
        "source_disabled" => "The source is off: its events are refused.",
        "consent_required" => "From now on only events with marketing consent are sent.",
        "consent_not_required" => "Events are sent without asking for marketing consent.",
        "key_rotated" => "There is a new write key. The old one works for 7 more days.",
        "destination_created" => "The destination was saved and enabled. Next: authenticate Snapchat.",
        "destination_renamed" => "The destination was renamed.",
        "destination_enabled" => "The destination is enabled.",
        "destination_disabled" => "The destination is disabled. Its settings are kept.",
        "destination_deleted" => "The destination was deleted.",
        "authenticated" => "Snapchat is authenticated. Next: choose the Snap Pixel.",
        "authenticated_again" => "Snapchat is authenticated. The chosen Snap Pixel stays.",
        "assets_chosen" => "The Snap Pixel was saved.",
        "configuration_saved" => "Your changes were saved.",
        "options_saved" => "The options were saved. They count from now on.",
        "disconnected" => "The Snapchat login was forgotten.",
        "workflow_saved" => "Your changes were saved. They count for events that arrive from now on.",
        "fields_saved" => "The field mapping was saved. It counts from the next delivery on.",
        "workflow_unchanged" => "There was nothing to save.",
        "audience_saved" => "The audience was saved. Everybody is looked at anew.",
        "audience_activated" => "The audience is active. Its people are being counted.",
        "audience_drafted" => "The audience was saved as a draft.",
        "audience_archived" => "The audience was archived. Nobody enters or leaves it any more.",
        "audience_deleted" => "The audience was deleted.",
        "sync_settings_saved" => "The settings were saved. They count from the next run on.",
        "sync_again" => "Everything is sent again.",
        "sync_list_anew" => "A new list is made, and everybody in the audience is added to it.",
        "sync_started" => "The audience goes to this destination from now on.",
        "sync_stopped" => "The audience no longer goes to this destination.",
        "upload_read" => "The file was looked through again.",
        "upload_started" => "The import has started.",
        "upload_cancelled" => "The import was stopped. What was imported before stays.",
        "person_erased" => "The person was erased. Nothing of them is kept, and what comes of them later is dropped.",
        "erasure_planned" => "The person will be erased in 24 hours. Until then it can be taken back.",
        "erasure_cancelled" => "The person is kept.",
        "replayed" => "The delivery is back in the queue.",
        _ => return None,
    })
}
