//! Status chips: an icon and a word, never colour alone, with an explanation when pointed at or focused.

use domain::{
    delivery::DeliveryState,
    lists::SyncHealth,
    view::ConnectionState,
    view_sync::{SyncState, SyncStatus},
};
use leptos::prelude::*;

use super::Icon;

/// How much attention a state wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to say about it.
    Neutral,
    /// All is well.
    Good,
    /// Something is on its way.
    Info,
    /// Look at it when there is time.
    Warning,
    /// A person has to act.
    Danger,
}

impl Tone {
    /// The class that colours it.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Good => "good",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Danger => "danger",
        }
    }

    fn icon(self) -> &'static str {
        match self {
            Self::Neutral => "filter",
            Self::Good => "check",
            Self::Info => "clock",
            Self::Warning | Self::Danger => "warning",
        }
    }
}

impl From<&str> for Tone {
    fn from(class: &str) -> Self {
        [Self::Good, Self::Info, Self::Warning, Self::Danger]
            .into_iter()
            .find(|tone| tone.class() == class)
            .unwrap_or(Self::Neutral)
    }
}

/// A state in a word.
#[component]
pub fn StatusChip(
    /// How much attention it wants.
    #[prop(into)]
    tone: Tone,
    /// The word.
    #[prop(into)]
    label: String,
    /// A sentence that explains it.
    #[prop(optional, into)]
    hint: Option<String>,
    /// An icon other than the tone's.
    #[prop(optional)]
    icon: Option<&'static str>,
) -> impl IntoView {
    let explained = hint.is_some().then_some("0");
    view! {
        <span class=format!("chip {}", tone.class()) tabindex=explained>
            <Icon name=icon.unwrap_or(tone.icon())/>
            <span class="chip-word">{label}</span>
            {hint.map(|hint| view! { <span class="tip">{hint}</span> })}
        </span>
    }
    .into_any()
}

/// The chip of a delivery's state, with its own explanation or `hint`.
#[must_use]
pub fn state_chip(state: DeliveryState, hint: Option<String>) -> AnyView {
    let (tone, icon, default) = match state {
        DeliveryState::Delivered => (Tone::Good, "check", "The destination accepted it."),
        DeliveryState::Waiting => (Tone::Info, "clock", "It will be sent, or sent again, by itself."),
        DeliveryState::Leased => (Tone::Info, "send", "It is being sent right now."),
        DeliveryState::Filtered => (Tone::Neutral, "filter", "It was not meant to be sent."),
        DeliveryState::Dead => (Tone::Danger, "cross", "It will not be sent again unless you replay it."),
    };
    let hint = hint.unwrap_or_else(|| default.to_owned());
    view! { <StatusChip tone=tone label=state.label() hint=hint icon=icon/> }.into_any()
}

/// The chip of a destination's connection.
#[must_use]
pub fn connection_chip(state: &ConnectionState) -> AnyView {
    let (tone, icon, hint) = match state {
        ConnectionState::Incomplete(next) => (Tone::Warning, "info", next.as_str()),
        ConnectionState::Healthy => (Tone::Good, "check", "Events are delivered."),
        ConnectionState::Retrying(why) => (Tone::Warning, "retry", why.as_str()),
        ConnectionState::NeedsReconnect(why) => (Tone::Danger, "plug", why.as_str()),
        ConnectionState::Paused(why) => (Tone::Danger, "pause", why.as_str()),
        ConnectionState::Disabled => (Tone::Neutral, "off", "Switched off: events that arrive are not sent."),
    };
    view! { <StatusChip tone=tone label=state.label() hint=hint.to_owned() icon=icon/> }.into_any()
}

/// The chip of an audience at a destination.
#[must_use]
pub fn sync_chip(state: &SyncState) -> AnyView {
    let (tone, icon, label) = match state.status {
        SyncStatus::Off => (Tone::Neutral, "off", "Off"),
        SyncStatus::First => (Tone::Info, "clock", "Waiting"),
        SyncStatus::Sending | SyncStatus::Hindered(SyncHealth::Ok) => (Tone::Info, "send", "Sending"),
        SyncStatus::InStep => (Tone::Good, "check", "In step"),
        SyncStatus::Hindered(SyncHealth::Retrying) => (Tone::Warning, "retry", "Retrying"),
        SyncStatus::Hindered(SyncHealth::NeedsReconnect) => (Tone::Danger, "plug", "Needs reconnecting"),
        SyncStatus::Hindered(SyncHealth::Paused) => (Tone::Danger, "pause", "Paused"),
        SyncStatus::Hindered(SyncHealth::Gone) => (Tone::Danger, "trash", "List deleted"),
    };
    view! { <StatusChip tone=tone label=label hint=state.sentence.clone() icon=icon/> }.into_any()
}
