//! An audience on its way to its destinations: the receipts of what was sent, what the destination says of it, and what can be done.

mod lists;
mod runs;
mod section;
mod settings;

use std::time::Duration;

use domain::{
    ApiError, AudienceId, DestinationId, Role,
    lists::SyncHealth,
    view_sync::{AudienceSync, LinkView, SyncStatus},
};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use self::section::section;
use super::destinations::route::successes;
use crate::{
    api::{
        accounts::Gate,
        audience_sync::{RemakeLists, ResyncAudience, SaveLinkSettings, SetAudienceLink, SyncPage, read_audience_sync},
        error::PageError,
    },
    browser,
    components::{
        AudienceTabs, EmptyState, ErrorBox, FormAction, FormError, Loaded, PageHead, PostForm, count_of, effect,
        failure, load, use_gate, when_read,
    },
};

/// How often the page looks again while something is on its way.
const UNDER_WAY: Duration = Duration::from_secs(2);
/// And else: people come and go, and Snapchat counts.
const AT_REST: Duration = Duration::from_secs(15);

/// The page's actions: they outlive the reading anew of what they changed.
#[derive(Clone, Copy, Default)]
pub(super) struct SyncActions {
    pub save: FormAction<SaveLinkSettings>,
    pub again: FormAction<ResyncAudience>,
    pub anew: FormAction<RemakeLists>,
    pub link: FormAction<SetAudienceLink>,
}

/// The page.
#[component]
pub fn AudienceSyncPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<AudienceId>().ok()));
    let query = use_query_map();
    let choosing =
        Memo::new(move |_| query.with(|query| query.get("settings").and_then(|id| id.parse::<DestinationId>().ok())));
    let actions = SyncActions::default();
    let changed = [successes(actions.save), successes(actions.again), successes(actions.anew), successes(actions.link)];
    let gate = use_gate();
    let data = load(
        move || (id.get(), choosing.get(), changed.map(|count| count.get())),
        |(id, choosing, _)| async move { read_audience_sync(id.ok_or(PageError(ApiError::NotFound))?, choosing).await },
    );
    look_again(data, choosing);
    when_read(move || async move {
        let may_change = matches!(gate.await, Ok(Gate::Open { me, .. }) if me.role >= Role::Marketer);
        match data.await {
            Ok(found) => page(found, may_change, actions),
            Err(error) => view! { <ErrorBox error=error/> }.into_any(),
        }
    })
}

/// Not while settings are open, where something may be typed, nor while the requests of a run are: another run would take its place.
fn look_again(data: Loaded<Result<SyncPage, PageError>>, choosing: Memo<Option<DestinationId>>) {
    let put_off = RwSignal::new(());
    effect(move || {
        put_off.track();
        let every = data.with(|answer| match answer {
            Some(Ok(found)) => Some(if is_under_way(&found.sync) { UNDER_WAY } else { AT_REST }),
            _ => None,
        });
        let Some(every) = every.filter(|_| choosing.get().is_none()) else { return };
        let look = move || if browser::is_there(".runs details[open]") { put_off.set(()) } else { data.refetch() };
        if let Ok(timer) = set_timeout_with_handle(look, every) {
            on_cleanup(move || timer.clear());
        }
    });
}

fn is_under_way(sync: &AudienceSync) -> bool {
    let moves = |status| matches!(status, SyncStatus::First | SyncStatus::Sending);
    let asks = |link: &LinkView| link.state.status == SyncStatus::InStep && link.lists.iter().any(|list| list.asking);
    let runs = |link: &LinkView| link.runs.first().is_some_and(|run| run.ended_at.is_none());
    sync.links.iter().any(|link| moves(link.state.status) || asks(link) || runs(link))
}

fn page(found: SyncPage, may_change: bool, actions: SyncActions) -> AnyView {
    let SyncPage { sync, choosing } = found;
    let builder = format!("/audiences/{}", sync.id);
    let crumbs = vec![("All audiences".to_owned(), "/audiences".to_owned()), (sync.name.clone(), builder)];
    let sentence = sentence(&sync);
    let (audience, size, none) = (sync.id, sync.size, sync.links.is_empty());
    let others = may_change.then(|| others(audience, sync.others, none, actions));
    let sections: Vec<AnyView> = sync
        .links
        .into_iter()
        .map(|link| {
            let open = choosing.clone().filter(|open| open.destination == link.state.destination);
            section((audience, size), link, open, may_change, actions)
        })
        .collect();
    let empty = none.then(|| {
        view! {
            <EmptyState
                icon="destinations"
                title="Synced to no destination yet"
                sentence="Connected to a Snapchat destination, its people are in a list of the ad account seconds after they qualified, and out of it when they leave."
            />
        }
    });
    view! {
        <PageHead title="Sync" crumbs=crumbs sentence=sentence/>
        <AudienceTabs/>
        <FormError failure=failure(actions.anew)/>
        {empty}
        {sections}
        {others}
    }
    .into_any()
}

fn sentence(sync: &AudienceSync) -> String {
    let people = count_of(sync.size, "person", "people");
    let needs = |status| matches!(status, SyncStatus::Hindered(health) if health != SyncHealth::Retrying);
    match sync.links.as_slice() {
        [] => format!("{people}."),
        [one] if needs(one.state.status) => format!("{people}. {} needs you.", one.state.name),
        [one] => format!("{people}. {}: {}.", one.state.name, one.state.sentence.trim_end_matches('.')),
        many => match many.iter().find(|link| needs(link.state.status)) {
            Some(link) => format!("{people}. {} needs you.", link.state.name),
            None => {
                let in_step = many.iter().filter(|link| link.state.status == SyncStatus::InStep).count();
                format!("{people}. {in_step} of {} destinations are in step.", many.len())
            }
        },
    }
}

/// Where the audience could go, too.
fn others(audience: AudienceId, others: Vec<(DestinationId, String)>, none: bool, actions: SyncActions) -> AnyView {
    let pending = actions.link.pending();
    let rows: Vec<AnyView> = others
        .into_iter()
        .map(|(destination, name)| {
            view! {
                <PostForm action=actions.link attr:class="inline-form">
                    <input type="hidden" name="audience" value=audience.to_string()/>
                    <input type="hidden" name="destination" value=destination.to_string()/>
                    <input type="hidden" name="on" value="true"/>
                    <button type="submit" class="button" disabled=move || pending.get()>"Sync to " {name}</button>
                </PostForm>
            }
            .into_any()
        })
        .collect();
    if rows.is_empty() {
        let catalog = view! { <a class="button" href="/destinations/catalog">"Add a Snapchat destination"</a> };
        return view! { {none.then(|| view! { <div class="actions sync-others">{catalog}</div> })} }.into_any();
    }
    view! {
        <section class="panel sync-others" aria-labelledby="others-title">
            <h2 id="others-title">{if none { "Destinations" } else { "Other destinations" }}</h2>
            <FormError failure=failure(actions.link)/>
            <div class="actions">{rows}</div>
        </section>
    }
    .into_any()
}
