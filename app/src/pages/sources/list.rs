//! The sources of the workspace.

use domain::view::SourceView;
use leptos::prelude::*;

use super::countries::{country_name, country_options};
use crate::{
    api::sources::{AddSource, list_sources},
    components::{
        CopyButton, Dialog, DialogButton, EmptyState, ErrorBox, Failure, FormAction, FormError, PageHead, PostForm,
        SelectField, StatusChip, SubmitButton, TextField, Time, Tone, count_of, failure, grouped, load, when_read,
    },
};

const DIALOG: &str = "add-source";

/// The page.
#[component]
pub fn SourcesPage() -> impl IntoView {
    let add = FormAction::<AddSource>::new();
    let data = load(|| (), |()| list_sources());
    view! {
        {when_read(move || async move {
                match data.await {
                    Ok(sources) => page(sources, add),
                    Err(error) => view! { <ErrorBox error=error/> }.into_any(),
                }
        })}
    }
}

fn page(sources: Vec<SourceView>, add: FormAction<AddSource>) -> AnyView {
    let button = || view! { <DialogButton opens=DIALOG class="button primary">"Add source"</DialogButton> };
    let dialog = add_dialog(add, failure(add));
    if sources.is_empty() {
        return view! {
            <PageHead title="Sources" sentence="Where your events come from."/>
            <EmptyState icon="sources" sentence="No source yet. Add one for your shop, and paste its one line into your pages.">
                {button()}
            </EmptyState>
            {dialog}
        }
        .into_any();
    }
    let sentence = sentence(&sources);
    let cards: Vec<AnyView> = sources.into_iter().map(card).collect();
    view! {
        <PageHead title="Sources" sentence=sentence>{button()}</PageHead>
        <ul class="source-list">{cards}</ul>
        {dialog}
    }
    .into_any()
}

fn sentence(sources: &[SourceView]) -> String {
    let events: u64 = sources.iter().map(|source| source.events_24h).sum();
    let refused: u64 = sources.iter().map(|source| source.rejected_24h).sum();
    let mut text = format!("{} in the last 24 hours.", count_of(events, "event", "events"));
    if refused > 0 {
        text += &format!(" {} refused.", grouped(refused));
    }
    text
}

fn card(source: SourceView) -> AnyView {
    let address = format!("/sources/{}", source.id);
    let refused = (source.rejected_24h > 0).then(|| {
        view! { <a class="bad" href=address.clone()>{format!("{} refused", grouped(source.rejected_24h))}</a> }
    });
    let country = source.default_country.as_deref().and_then(country_name);
    view! {
        <li class="panel source">
            <header class="source-head">
                <h2><a href=address.clone()>{source.name.clone()}</a></h2>
                {enabled_chip(source.enabled)}
                <p class="source-facts">
                    <span>{count_of(source.events_24h, "event", "events")} " in 24 hours"</span>
                    {refused}
                    <span>
                        {match source.last_event {
                            Some(at) => view! { "last " <Time at=at/> }.into_any(),
                            None => "nothing received yet".into_any(),
                        }}
                    </span>
                    {country.map(|country| view! { <span>"phone numbers: " {country}</span> })}
                </p>
            </header>
            {key_and_snippet(&source)}
        </li>
    }
    .into_any()
}

/// Whether its events are accepted, in a word.
pub fn enabled_chip(enabled: bool) -> AnyView {
    if enabled {
        view! { <StatusChip tone=Tone::Good label="On" hint="Its events are accepted."/> }.into_any()
    } else {
        view! { <StatusChip tone=Tone::Neutral label="Off" icon="off" hint="Its events are refused with status 401."/> }
            .into_any()
    }
}

/// The write key and the line for the pages, both to copy.
pub fn key_and_snippet(source: &SourceView) -> AnyView {
    let named = |what: &str| format!("{what} of {}", source.name);
    let old = source.old_key.as_ref().map(|(key, until)| {
        view! {
            <dt>"Old key"</dt>
            <dd><code>{key.clone()}</code> <span class="muted">"accepted until " <Time at=*until/></span></dd>
        }
    });
    view! {
        <dl class="copy-list">
            <dt>"Write key"</dt>
            <dd>
                <code>{source.write_key.clone()}</code>
                <CopyButton text=source.write_key.clone() what=named("write key")/>
            </dd>
            {old}
            <dt>"Snippet"</dt>
            <dd>
                <code class="snippet">{source.snippet.clone()}</code>
                <CopyButton text=source.snippet.clone() what=named("snippet")/>
            </dd>
        </dl>
    }
    .into_any()
}

fn add_dialog(action: FormAction<AddSource>, failure: Failure) -> AnyView {
    view! {
        <Dialog id=DIALOG title="Add a source" failure=failure>
            <PostForm action=action>
                <TextField name="name" label="Source name" placeholder="Web shop" required=true maxlength=100 error=failure.field("name")/>
                <SelectField
                    name="default_country"
                    label="Default country"
                    hint="For phone numbers that come without a country code."
                    options=country_options()
                    error=failure.field("default_country")
                />
                <FormError failure=failure/>
                <div class="dialog-actions"><SubmitButton label="Create source" pending=action.pending()/></div>
            </PostForm>
        </Dialog>
    }
    .into_any()
}
