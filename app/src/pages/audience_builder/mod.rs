//! "Create Audience", and one audience: its rule, whom it matches, where it goes, and its state.
//!
//! The form is the only place where an edited rule lives (`domain::audience::Draft`): scripts read it after each change and draw the tree
//! anew when its shape changes; without scripts the same buttons post it, and the server answers with the page.

mod condition;
mod live;
mod manage;
mod tree;

use std::{collections::BTreeMap, time::Duration};

use domain::{
    ApiError, AudienceId,
    audience::{Draft, Suggestion},
    config::validate_name,
    view::{
        audience::AudienceState,
        builder::{BuilderPage, LinkChoice, link_key},
    },
};
use leptos::{html, leptos_dom::helpers::TimeoutHandle, prelude::*, wasm_bindgen::JsCast, web_sys};
use leptos_router::hooks::{use_params_map, use_query_map};

use self::{live::Live, manage::Manage};
use super::destinations::route::successes;
use crate::{
    api::{
        audiences::{SaveAudience, read_builder},
        error::PageError,
    },
    browser,
    components::{
        AudienceTabs, ErrorBox, Form, FormAction, FormError, PageHead, PostForm, TextField, effect, failure,
        guard_unsaved, load, when_read,
    },
};

/// How long the size waits for the next key.
const REST: Duration = Duration::from_millis(400);

/// The button that changes nothing: it asks whom the rule matches, and what is wrong with it.
const SHOW: &str = "show:";

/// The builder while it is worked with.
#[derive(Clone, Copy)]
struct Builder {
    form: NodeRef<html::Form>,
    /// What the tree is drawn from, and how often it was drawn. The form may be ahead of it in what was typed, never in its shape.
    draft: RwSignal<(u32, Draft)>,
    name_mistake: RwSignal<Option<String>>,
    dirty: RwSignal<bool>,
    live: Live,
    resting: StoredValue<Option<TimeoutHandle>>,
}

impl Builder {
    /// The rule's fields as the form holds them now.
    fn read(self) -> BTreeMap<String, String> {
        let rule =
            |(name, value): (String, String)| Some((name.strip_prefix("rule[")?.strip_suffix(']')?.to_owned(), value));
        browser::form_fields(self.form).into_iter().filter_map(rule).collect()
    }

    /// After a change: whom it matches is asked for, at once or when nothing was typed for a while.
    fn edited(self, at_once: bool) {
        // The form may be gone by now, and the guard of the page not.
        if self.draft.is_disposed() {
            return;
        }
        self.dirty.set(true);
        let fields = self.read();
        self.resting.update_value(|resting| {
            if let Some(handle) = resting.take() {
                handle.clear();
            }
            if at_once {
                self.live.ask(fields, true);
            } else {
                *resting = set_timeout_with_handle(move || self.live.ask(fields, false), REST).ok();
            }
        });
    }

    /// Draws the tree anew, and puts the focus on the field of that name.
    fn redraw(self, draft: Draft, focus: &str, at_once: bool) {
        self.draft.update(|(drawn, shown)| {
            *drawn += 1;
            *shown = draft;
        });
        let selector = format!("[name='{focus}']");
        request_animation_frame(move || {
            browser::focus(&selector);
            self.edited(at_once);
        });
    }

    /// A button inside of the tree: `add:g0` and the like.
    fn order(self, order: &str) {
        let mut draft = Draft::from_fields(&self.read());
        draft.apply(order);
        let at = order.split_once(':').map_or("", |(_, at)| at);
        let places = draft.to_fields();
        let new = match order.split_once(':') {
            Some(("add", _)) => last_place(&places, at, 'c', "about"),
            Some(("group", _)) => last_place(&places, at, 'g', "match"),
            Some(("filter", _)) => last_place(&places, at, 'f', "op"),
            _ => String::new(),
        };
        self.redraw(draft, &format!("rule[{new}]"), order == SHOW);
    }

    /// What is wrong at one place.
    fn problem(self, at: String) -> Signal<Option<String>> {
        let wrong = self.live.wrong;
        Signal::derive(move || {
            wrong.with(|wrong| wrong.iter().find(|error| error.field == at).map(|error| as_sentence(&error.message)))
        })
    }

    fn submitted(self, ev: &web_sys::SubmitEvent) {
        let button: Option<web_sys::HtmlButtonElement> = ev.submitter().and_then(|button| button.dyn_into().ok());
        let order = button.map(|button| button.value()).unwrap_or_default();
        if order.contains(':') {
            ev.prevent_default();
            self.order(&order);
            return;
        }
        let name = super::destinations::route::field_value(ev, "name");
        let mistake = validate_name("name", "audience", &name).map(|error| error.message);
        if mistake.is_some() {
            ev.prevent_default();
            browser::focus_first_invalid();
            self.live.ask(self.read(), true);
        }
        self.name_mistake.set(mistake);
    }

    /// What the server says is wrong with the rule stands beside it.
    fn told(self, answer: Option<Result<(), PageError>>) {
        if let Some(Err(PageError(ApiError::Invalid(wrong)))) = answer {
            self.live.wrong.set(wrong);
            browser::focus_first_invalid();
        }
    }
}

/// The name of the field `field` of the last part of `kind` right below `at`.
fn last_place(fields: &BTreeMap<String, String>, at: &str, kind: char, field: &str) -> String {
    let prefix = if at.is_empty() { kind.to_string() } else { format!("{at}.{kind}") };
    let index = |name: &String| name.strip_prefix(&prefix)?.split('.').next()?.parse::<usize>().ok();
    let last = fields.keys().filter_map(index).max().unwrap_or(0);
    format!("{prefix}{last}.{field}")
}

/// `the event has no name` → `The event has no name.`
fn as_sentence(words: &str) -> String {
    let mut sentence = words.to_owned();
    // What begins with a letter of another alphabet begins with somebody's own word.
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}

/// The page, of a new audience or of one that is there.
#[component]
pub fn AudienceBuilderPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").and_then(|id| id.parse::<AudienceId>().ok()));
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        let of = |name: &str| query.with(|query| query.get(name));
        (of("draft"), of("suggestion"), of("copy").and_then(|id| id.parse::<AudienceId>().ok()))
    });
    let save = FormAction::<SaveAudience>::new();
    let manage = Manage::default();
    // The form is made anew when another audience or suggestion is asked for; the guard stays.
    let dirty = RwSignal::new(false);
    guard_unsaved(Signal::derive(move || dirty.get() && !save.pending().get()));
    let saved = successes(save);
    let data = load(
        move || (id.get(), asked.get(), saved.get()),
        |(id, (draft, suggestion, copy), _)| async move { read_builder(id, draft, suggestion, copy).await },
    );
    when_read(move || async move {
        match data.await {
            Ok(page) => view! { <Page page=page save=save manage=manage dirty=dirty/> }.into_any(),
            Err(error) => view! { <ErrorBox error=error/> }.into_any(),
        }
    })
}

#[component]
fn Page(page: BuilderPage, save: FormAction<SaveAudience>, manage: Manage, dirty: RwSignal<bool>) -> impl IntoView {
    let named = page.tried.then(|| validate_name("name", "audience", &page.posted.name)).flatten();
    let builder = Builder {
        form: NodeRef::new(),
        draft: RwSignal::new((0, page.posted.draft())),
        name_mistake: RwSignal::new(named.map(|error| error.message)),
        dirty,
        live: Live::new(page.preview.clone(), page.wrong.clone()),
        resting: StoredValue::new(None),
    };
    let tried = page.tried;
    effect(move || dirty.set(tried));
    let saving = Form::from(save);
    let before = saving.version().get_untracked();
    effect(move || {
        if saving.version().get() > before {
            builder.told(saving.value().get_untracked());
        }
    });
    let title = page.audience.as_ref().map_or_else(|| "Create Audience".to_owned(), |audience| audience.name.clone());
    let sentence = match &page.audience {
        Some(audience) => audience.sentence.clone(),
        None => "Describe who belongs in it. People enter and leave by themselves.".to_owned(),
    };
    let is_new = page.audience.is_none();
    let shown = RwSignal::new(page.audience.clone());
    manage::look_again(shown, manage);
    // A number, since leptos makes code for each type that it remembers.
    let state = Memo::new(move |_| shown.with(|shown| shown.as_ref().map(|audience| audience.state as u64)));
    let above = move || state.get().map(|_| manage::panel(shown, manage));
    let members = Memo::new(move |_| {
        shown.with(|shown| shown.as_ref().map(|audience| (audience.members.clone(), audience.size)))
    });
    let below = move || members.get().map(|(people, size)| live::members(&people, size));
    view! {
        <PageHead title=title sentence=sentence crumbs=vec![("All audiences".to_owned(), "/audiences".to_owned())]/>
        <AudienceTabs/>
        {above}
        <p class="callout for-viewers">"Only marketers and admins build audiences."</p>
        {(is_new && !page.tried).then(suggested)}
        // In a function of its own, so that an audience that is read anew brings a form of its own instead of parts of the last one.
        {move || form(page.clone(), builder, save)}
        {below}
    }
    .into_any()
}

fn form(page: BuilderPage, builder: Builder, save: FormAction<SaveAudience>) -> AnyView {
    let failed = failure(save);
    let told = failed.field("name");
    let mistake = Signal::derive(move || builder.name_mistake.get().or_else(|| told.get()));
    let rule_mistake = failed.field("rule");
    let id = page.audience.as_ref().map(|audience| audience.id.to_string()).unwrap_or_default();
    let saving = buttons(page.audience.as_ref().map(|audience| audience.state), save.pending());
    let changed = move |ev: web_sys::Event| {
        let select = ev.target().and_then(|target| target.dyn_into::<web_sys::HtmlSelectElement>().ok());
        match select.map(|select| select.name()).filter(|name| tree::shapes(name)) {
            Some(name) => builder.redraw(Draft::from_fields(&builder.read()), &name, false),
            None => builder.edited(false),
        }
    };
    view! {
        <PostForm
            action=save
            node_ref=builder.form
            check=move |ev: &web_sys::SubmitEvent| builder.submitted(ev)
            on:change=changed
            on:input=move |_| builder.edited(false)
            attr:class="builder"
            attr:aria-label="Audience"
            attr:novalidate=true
        >
            // What the return key presses: the first button of the form.
            <button type="submit" class="visually-hidden" name="order" value=SHOW tabindex="-1" aria-hidden="true"></button>
            <input type="hidden" name="id" value=id/>
            <div class="builder-main">
                <section class="panel form">
                    <TextField name="name" label="Audience name" value=page.posted.name error=mistake maxlength=100/>
                    <TextField name="description" label="Description" hint="What it is for. Optional." value=page.posted.description maxlength=500/>
                </section>
                <section class="panel" aria-labelledby="rule-title">
                    <h2 id="rule-title">"Who is in it"</h2>
                    {tree::hints(&page.hints)}
                    // Drawn as a whole: a field that stayed would keep what was typed into it for another condition.
                    <For each=move || [builder.draft.get()] key=|(drawn, _)| *drawn let:shown>
                        {tree::tree(&shown.1, builder)}
                    </For>
                    <p class="field-error" role="alert" hidden=move || rule_mistake.with(Option::is_none)>{move || rule_mistake.get()}</p>
                </section>
                <section class="panel form">
                    {membership(page.posted.fixed)}
                    {destinations(page.destinations)}
                </section>
                <FormError failure=failed/>
                <div class="actions builder-actions">{saving}</div>
            </div>
            {builder.live.view()}
        </PostForm>
    }
    .into_any()
}

fn buttons(state: Option<AudienceState>, pending: Signal<bool>) -> AnyView {
    let busy = move || pending.get().then_some("true");
    match state {
        None => view! {
            <button type="submit" class="button primary" name="order" value="activate" aria-busy=busy>"Save and Activate"</button>
            <button type="submit" class="button" name="order" value="draft" aria-busy=busy>"Save as draft"</button>
        }
        .into_any(),
        Some(_) => view! {
            <button type="submit" class="button primary" name="order" value="save" aria-busy=busy>"Save Changes"</button>
        }
        .into_any(),
    }
}

fn membership(fixed: bool) -> AnyView {
    view! {
        <fieldset class="choices">
            <legend>"Membership"</legend>
            <label class="check">
                <input type="radio" name="fixed" value="false" checked=!fixed/>
                <span>"Dynamic: people enter and leave as they come to match"</span>
            </label>
            <label class="check">
                <input type="radio" name="fixed" value="true" checked=fixed/>
                <span>"Static: whoever matches when it is activated, and nobody else"</span>
            </label>
        </fieldset>
    }
    .into_any()
}

fn destinations(choices: Vec<LinkChoice>) -> AnyView {
    let none = choices.is_empty();
    let rows: Vec<AnyView> = choices
        .into_iter()
        .map(|choice| {
            let workflow = format!("/destinations/{}/workflow", choice.id);
            let off = (choice.linked && !choice.lets).then(|| {
                view! {
                    <p class="callout warning">
                        "added_to_segment is off for this destination, so nobody is sent there yet. " <a href=workflow>"Switch it on"</a>
                    </p>
                }
            });
            view! {
                <label class="check">
                    <input type="checkbox" name=format!("to[{}]", link_key(choice.id)) value="true" checked=choice.linked/>
                    <span>{choice.name}</span>
                </label>
                {off}
            }
            .into_any()
        })
        .collect();
    view! {
        <fieldset class="choices">
            <legend>"Sync to"</legend>
            {none.then(|| view! { <p class="muted">"No destination yet. "<a href="/destinations/catalog">"Add Snapchat"</a></p> })}
            {rows}
        </fieldset>
    }
    .into_any()
}

fn suggested() -> AnyView {
    let items: Vec<AnyView> = Suggestion::ALL
        .into_iter()
        .map(|suggestion| {
            let (name, description) = (suggestion.name(), suggestion.description());
            let to = format!("/audiences/new?suggestion={name}");
            view! {
                <li><a class="suggestion" href=to><strong>{name}</strong> <span class="muted">{description}</span></a></li>
            }
            .into_any()
        })
        .collect();
    view! {
        <details class="panel suggestions">
            <summary>"Start from a suggestion"</summary>
            <ul>{items}</ul>
        </details>
    }
    .into_any()
}
