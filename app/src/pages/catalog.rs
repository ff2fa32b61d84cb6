//! All Destinations: the types that can be added, each with a dialog that adds one.

use domain::{
    config::validate_name,
    view::{DestinationRow, DestinationType},
};
use leptos::{html, prelude::*};
use leptos_router::hooks::{use_navigate, use_query_map};

use super::destinations::{DestinationsNav, TypeTile, route::field_value};
use crate::{
    api::{
        destinations::{CreateDestination, destination_types, list_destinations},
        error::PageError,
    },
    browser,
    components::{
        ErrorBox, FormAction, FormError, Icon, PageHead, PostForm, SubmitButton, TextField, effect, failure, load,
        opened_by_server, when_read,
    },
};

const CATALOG: &str = "/destinations/catalog";
/// As long as a name may be: the browser stops there, the server checks it.
const NAME_LENGTH: u32 = 100;

/// The page. `?add=snapchat` opens the dialog of that type, with and without scripts.
#[component]
pub fn CatalogPage() -> impl IntoView {
    let create = FormAction::<CreateDestination>::new();
    let data = load(
        || (),
        |()| async move {
            let types = destination_types().await?;
            Ok::<_, PageError>((types, list_destinations().await?))
        },
    );
    view! {
        <PageHead
            title="All Destinations"
            sentence="Choose where your events and audiences should go."
        />
        <DestinationsNav/>
        {when_read(move || async move {
                match data.await {
                    Ok((types, rows)) => catalog(types, &rows, create),
                    Err(error) => view! { <ErrorBox error=error/> }.into_any(),
                }
        })}
    }
    .into_any()
}

fn catalog(types: Vec<DestinationType>, rows: &[DestinationRow], create: FormAction<CreateDestination>) -> AnyView {
    let query = use_query_map();
    let search = RwSignal::new(query.with_untracked(|query| query.get("q")).unwrap_or_default());
    let names: Vec<String> = types.iter().map(|each| each.name.to_lowercase()).collect();
    let none = move || search.with(|text| !names.iter().any(|name| name.contains(&text.trim().to_lowercase())));
    let dialogs: Vec<AnyView> = types
        .iter()
        .map(|each| {
            let suggestion = suggest(&each.name, rows);
            view! { <AddDialog kind=each.clone() suggestion=suggestion create=create/> }.into_any()
        })
        .collect();
    let cards: Vec<AnyView> = types.into_iter().map(|each| card(each, search)).collect();
    view! {
        <form method="get" role="search" class="filters" on:submit=|ev| ev.prevent_default() on:input=|ev| browser::keep_filters(&ev)>
            <label class="filter-search">
                <span class="visually-hidden">"Search destinations"</span>
                <input
                    type="search"
                    name="q"
                    placeholder="Search destinations"
                    value=search.try_get_untracked().unwrap_or_default()
                    on:input:target=move |ev| search.set(ev.target().value())
                />
            </label>
        </form>
        <ul class="cards">{cards}</ul>
        <p class="empty-filter" hidden=move || !none()>"There is no such destination type yet."</p>
        {dialogs}
    }
    .into_any()
}

fn card(kind: DestinationType, search: RwSignal<String>) -> AnyView {
    let name = kind.name.to_lowercase();
    let hidden = move || search.with(|text| !name.contains(&text.trim().to_lowercase()));
    let configured = match kind.configured {
        0 => "Not added yet".to_owned(),
        1 => "1 added".to_owned(),
        many => format!("{many} added"),
    };
    let href = format!("{CATALOG}?add={}", kind.slug);
    view! {
        <li class="card linked" hidden=hidden>
            <TypeTile name=kind.name.clone() bare=true/>
            <a class="row-link" href=href>{kind.name}</a>
            <p>{kind.description}</p>
            <p class="muted">{configured}</p>
        </li>
    }
    .into_any()
}

/// A name that no destination has yet.
fn suggest(name: &str, rows: &[DestinationRow]) -> String {
    let taken = |candidate: &str| rows.iter().any(|row| row.name.eq_ignore_ascii_case(candidate));
    let numbered = (2..).map(|number| format!("{name} {number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|candidate| !taken(candidate)).unwrap_or_default()
}

/// The dialog, driven by the address.
#[component]
fn AddDialog(kind: DestinationType, suggestion: String, create: FormAction<CreateDestination>) -> impl IntoView {
    let query = use_query_map();
    let slug = kind.slug.clone();
    let asked = Memo::new(move |_| query.with(|query| query.get("add")).is_some_and(|add| add == slug));
    let dialog = NodeRef::<html::Dialog>::new();
    // The server opens it by the attribute; alive, it opens as a modal, which keeps the focus inside.
    effect(move || {
        let Some(dialog) = dialog.get() else { return };
        match (asked.get(), dialog.open()) {
            (true, _) => {
                dialog.close();
                let _ = dialog.show_modal();
                browser::focus("#destination-name");
            }
            (false, true) => dialog.close(),
            (false, false) => {}
        }
    });
    let navigate = use_navigate();
    let closed = move |_| {
        // Opening it as a modal closes it first, and so does leaving the page: only a person's closing changes the address.
        let still_asked = window().location().search().is_ok_and(|query| query.contains("add="));
        if still_asked && dialog.try_get_untracked().flatten().is_some_and(|dialog| !dialog.open()) {
            navigate(CATALOG, Default::default());
        }
    };
    let asked_at_first = asked.try_get_untracked().unwrap_or_default();
    let title_id = format!("add-{}", kind.slug);
    let named_by = title_id.clone();
    let title = format!("Add {}", kind.name);
    let needs: Vec<AnyView> = kind.prerequisites.into_iter().map(|need| view! { <li>{need}</li> }.into_any()).collect();
    view! {
        <dialog node_ref=dialog aria-labelledby=named_by on:close={closed} {..opened_by_server(asked_at_first)}>
            <header class="dialog-head">
                <h2 id=title_id>{title}</h2>
                <form method="dialog">
                    <button class="button plain icon-only" aria-label="Close"><Icon name="cross"/></button>
                </form>
            </header>
            <div class="dialog-body">
                <p>{kind.description}</p>
                <h3>"What you need"</h3>
                <ul class="needs">{needs}</ul>
                {add_form(kind.slug, suggestion, create)}
            </div>
        </dialog>
    }
    .into_any()
}

fn add_form(slug: String, suggestion: String, create: FormAction<CreateDestination>) -> AnyView {
    let found = RwSignal::new(None::<String>);
    let check = move |ev: &leptos::ev::SubmitEvent| {
        let mistake = validate_name("name", "destination", &field_value(ev, "name")).map(|error| error.message);
        if mistake.is_some() {
            ev.prevent_default();
            browser::focus_first_invalid();
        }
        found.set(mistake);
    };
    let failed = failure(create);
    let told = failed.field("name");
    let mistake = Memo::new(move |_| found.get().or_else(|| told.get()));
    let pending = create.pending();
    view! {
        <PostForm action=create check=check attr:class="form">
            <input type="hidden" name="type_slug" value=slug/>
            <TextField
                name="name"
                id="destination-name"
                label="Destination name"
                hint="Only your workspace sees it. Rename it if you connect several."
                value=suggestion
                error=mistake
                maxlength=NAME_LENGTH
            />
            <FormError failure=failed/>
            <div class="dialog-actions"><SubmitButton label="Save and Enable" pending=pending/></div>
        </PostForm>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use domain::{DestinationId, view::ConnectionState};

    use super::*;

    #[test]
    fn the_suggested_name_is_free() {
        let row = |name: &str| DestinationRow {
            id: DestinationId("00000000-0000-0000-0000-000000000001".parse::<DestinationId>().unwrap().0),
            name: name.into(),
            type_name: "Snapchat".into(),
            enabled: true,
            state: ConnectionState::Healthy,
            login_problem: None,
            last_event: None,
            delivered_today: 0,
            failed_today: 0,
            waiting: 0,
        };
        assert_eq!(suggest("Snapchat", &[]), "Snapchat");
        assert_eq!(suggest("Snapchat", &[row("snapchat"), row("Snapchat 2"), row("US")]), "Snapchat 3");
    }
}
