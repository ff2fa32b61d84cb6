//! The choice of business, ad account and pixel: each list is read from Snapchat once what it depends on is chosen.

use domain::{
    DestinationId,
    destination::Asset,
    view::{AssetLists, Configuration},
};
use leptos::{html, prelude::*};
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};

use super::address;
use crate::{
    api::{
        configuration::{ChooseAssets, read_asset_lists, read_configuration},
        error::PageError,
    },
    components::{Failure, FormAction, FormError, Icon, Loaded, PostForm, effect, failure, load},
};

/// The stored choice, by name.
pub fn chosen(configuration: &Configuration) -> impl IntoView + use<> {
    let name = |asset: &Option<Asset>| asset.as_ref().map(|asset| asset.name.clone()).unwrap_or_default();
    // Set by a file, a pixel goes by its id until a login has told its name.
    let pixel = configuration.pixel.as_ref().filter(|pixel| pixel.name != pixel.id);
    let pixel_id = pixel.map(|pixel| view! { " " <code class="muted">{pixel.id.clone()}</code> });
    let change = format!("{}?change=1", address(configuration.id));
    view! {
        <section class="panel">
            <h2>"Account and pixel"</h2>
            <dl class="facts">
                <dt>"Business Manager account"</dt><dd>{name(&configuration.business)}</dd>
                <dt>"Ad Account"</dt><dd>{name(&configuration.ad_account)}</dd>
                <dt>"Snap Pixel"</dt><dd>{name(&configuration.pixel)} {pixel_id}</dd>
            </dl>
            <div class="actions"><a class="button" href=change>"Change"</a></div>
        </section>
    }
    .into_any()
}

/// The lists with what is chosen in them; a list of one is chosen by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Picked {
    lists: AssetLists,
    business: Option<String>,
    ad_account: Option<String>,
}

/// A business and an ad account, by id.
type Choice = (Option<String>, Option<String>);

/// Whether the lists are shown: always until a pixel is chosen, and then to change it.
pub fn is_picking(configuration: &Configuration, changing: bool) -> bool {
    configuration.login.is_some() && (changing || configuration.pixel.is_none())
}

/// The choice that is stored, where there is something to pick.
async fn stored(id: DestinationId, changing: bool) -> Result<Option<Choice>, PageError> {
    let configuration = read_configuration(id).await?;
    let id = |asset: Option<Asset>| asset.map(|asset| asset.id);
    Ok(is_picking(&configuration, changing).then(|| (id(configuration.business), id(configuration.ad_account))))
}

async fn pick(id: DestinationId, (mut business, mut ad_account): Choice) -> Result<Picked, PageError> {
    let only = |list: &[Asset]| if let [one] = list { Some(one.id.clone()) } else { None };
    loop {
        let lists = read_asset_lists(id, business.clone(), ad_account.clone()).await?;
        if business.is_none()
            && let Some(one) = only(&lists.businesses)
        {
            business = Some(one);
        } else if ad_account.is_none()
            && let Some(one) = only(lists.ad_accounts.as_deref().unwrap_or_default())
        {
            ad_account = Some(one);
        } else {
            return Ok(Picked { lists, business, ad_account });
        }
    }
}

/// The choice that the address names. An ad account of the business that was shown before would not be in the new list.
fn asked_choice() -> Option<Choice> {
    let query = use_query_map().try_get_untracked().unwrap_or_default();
    let asked = |name: &str| query.get(name).filter(|id| !id.is_empty());
    asked("business_id").map(|business| (Some(business), asked("ad_account_id")))
}

/// What is picked and the lists to pick from, read where the page begins.
#[derive(Clone, Copy)]
pub struct Picking {
    /// What was chosen on this page, or by its address.
    choice: RwSignal<Option<Choice>>,
    again: RwSignal<u32>,
    picked: Loaded<Result<Option<Picked>, PageError>>,
}

impl Picking {
    /// Reads the lists whenever they are shown and what they depend on changes.
    pub fn new(id: Memo<Option<DestinationId>>, changing: Memo<bool>) -> Self {
        let choice = RwSignal::new(asked_choice());
        let again = RwSignal::new(0_u32);
        let picked = load(
            move || (id.get(), changing.get(), choice.get(), again.get()),
            |(id, changing, choice, _)| async move {
                let Some(id) = id else { return Ok(None) };
                let Some(stored) = stored(id, changing).await? else { return Ok(None) };
                pick(id, choice.unwrap_or(stored)).await.map(Some)
            },
        );
        Self { choice, again, picked }
    }
}

/// The picker with its button "Submit".
#[component]
pub fn AssetPicker(configuration: Configuration, picking: Picking, action: FormAction<ChooseAssets>) -> impl IntoView {
    let id = configuration.id;
    let stored_pixel = configuration.pixel.as_ref().map(|pixel| pixel.id.clone());
    let reading = RwSignal::new(false);
    let failed = failure(action);
    let Picking { choice, again, picked } = picking;
    let parts = PickerParts { id, choice, again, reading, picked, failed };
    view! {
        <section class="panel">
            <h2>"Account and pixel"</h2>
            <p>"Choose where events go. Each list shows what the Snapchat login may use."</p>
            <Transition set_pending=reading fallback=|| view! { <p class="muted">"Reading the lists from Snapchat…"</p> }>
                {move || match picked.try_get() {
                    Some(Err(error)) => unreadable(error, again),
                    _ => ().into_any(),
                }}
                <PostForm action=action attr:class="form">
                    <input type="hidden" name="id" value=id.to_string()/>
                    {business_select(parts)}
                    {ad_account_select(parts)}
                    {pixel_select(parts, stored_pixel.clone())}
                    {move || no_pixel(parts).unwrap_or_else(|| ().into_any())}
                    <FormError failure=failed/>
                    <div class="actions"><button type="submit" class="button primary">"Submit"</button></div>
                </PostForm>
            </Transition>
        </section>
    }
    .into_any()
}

#[derive(Clone, Copy)]
struct PickerParts {
    id: DestinationId,
    choice: RwSignal<Option<Choice>>,
    again: RwSignal<u32>,
    reading: RwSignal<bool>,
    picked: Loaded<Result<Option<Picked>, PageError>>,
    failed: Failure,
}

impl PickerParts {
    /// Nothing once the page has been replaced: effects of the old one may still run then.
    fn picked(self) -> Option<Picked> {
        self.picked.try_get().and_then(Result::ok).flatten()
    }

    fn read<T: Default>(self, part: impl FnOnce(Picked) -> T) -> T {
        self.picked().map(part).unwrap_or_default()
    }

    fn chosen_business(self) -> Option<String> {
        self.picked.try_get_untracked().and_then(Result::ok).flatten().and_then(|picked| picked.business)
    }

    fn choose(self, business: Option<String>, ad_account: Option<String>) {
        self.choice.set(Some((business, ad_account)));
    }
}

/// A list of the picker: what it is called, what it offers, and what is chosen.
struct List {
    label: &'static str,
    name: &'static str,
    none: &'static str,
    /// The choices, each with whether it is chosen and a key that changes with what the list depends on.
    offers: Signal<Vec<(String, Asset, bool)>>,
    /// What a browser without scripts presses to go on, as the button's words.
    show_next: Option<&'static str>,
}

fn select(parts: PickerParts, list: List, node: NodeRef<html::Select>, on_choice: Box<dyn Fn(String)>) -> AnyView {
    let List { label, name, none, offers, show_next } = list;
    let empty = move || offers.try_with(Vec::is_empty).unwrap_or(true);
    let mistake = parts.failed.field(name);
    let action = address(parts.id);
    let button = show_next.map(|words| {
        let html = format!("<button type=\"submit\" class=\"button\" formmethod=\"get\" formaction=\"{action}\" formnovalidate>{words}</button>");
        view! { <noscript inner_html=html></noscript> }
    });
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <div class="field-line">
                <select
                    id=name
                    name=name
                    node_ref=node
                    disabled=empty
                    aria-busy=move || parts.reading.try_get().unwrap_or(false).then_some("true")
                    aria-invalid=move || mistake.with(Option::is_some).then_some("true")
                    aria-describedby=format!("{name}-error")
                    on:change:target=move |ev| on_choice(ev.target().value())
                >
                    <option value="">{none}</option>
                    <For each=move || offers.try_get().unwrap_or_default() key=|(under, asset, _)| (under.clone(), asset.id.clone()) let((_, asset, chosen))>
                        <option value=asset.id.clone() selected=chosen>{told(&asset)}</option>
                    </For>
                </select>
                {button}
            </div>
            <p id=format!("{name}-error") class="field-error" hidden=move || mistake.with(Option::is_none)>
                <Icon name="warning"/>
                <span>{move || mistake.get()}</span>
            </p>
        </div>
    }
    .into_any()
}

fn told(asset: &Asset) -> String {
    match &asset.status {
        Some(status) if status != "ACTIVE" => format!("{} ({})", asset.name, status.to_ascii_lowercase()),
        _ => asset.name.clone(),
    }
}

fn offers(under: Option<String>, assets: Vec<Asset>, chosen: Option<&String>) -> Vec<(String, Asset, bool)> {
    let under = under.unwrap_or_default();
    assets.into_iter().map(|asset| (under.clone(), asset.clone(), Some(&asset.id) == chosen)).collect()
}

fn business_select(parts: PickerParts) -> AnyView {
    let list =
        Signal::derive(move || parts.read(|picked| offers(None, picked.lists.businesses, picked.business.as_ref())));
    let node = NodeRef::new();
    // What was chosen before the page came alive counts.
    effect(move || {
        let now = node.get().map(|select: leptos::web_sys::HtmlSelectElement| select.value());
        if let Some(now) = now.filter(|now| !now.is_empty() && Some(now) != parts.chosen_business().as_ref()) {
            parts.choose(Some(now), None);
        }
    });
    let list = List {
        label: "Business Manager account",
        name: "business_id",
        none: "Choose a business",
        offers: list,
        show_next: Some("Show ad accounts"),
    };
    select(parts, list, node, Box::new(move |id| parts.choose(Some(id).filter(|id| !id.is_empty()), None)))
}

fn ad_account_select(parts: PickerParts) -> AnyView {
    let list = Signal::derive(move || {
        parts.read(|picked| {
            offers(picked.business, picked.lists.ad_accounts.unwrap_or_default(), picked.ad_account.as_ref())
        })
    });
    let list = List {
        label: "Ad Account",
        name: "ad_account_id",
        none: "Choose an ad account",
        offers: list,
        show_next: Some("Show pixels"),
    };
    let on_choice = move |id: String| parts.choose(parts.chosen_business(), Some(id).filter(|id| !id.is_empty()));
    select(parts, list, NodeRef::new(), Box::new(on_choice))
}

fn pixel_select(parts: PickerParts, stored: Option<String>) -> AnyView {
    let list = Signal::derive(move || {
        parts.read(|picked| {
            let pixels = picked.lists.pixels.unwrap_or_default();
            let only = if let [one] = pixels.as_slice() { Some(one.id.clone()) } else { stored.clone() };
            offers(picked.ad_account, pixels, only.as_ref())
        })
    });
    let list = List { label: "Snap Pixel", name: "pixel_id", none: "Choose a pixel", offers: list, show_next: None };
    select(parts, list, NodeRef::new(), Box::new(|_| ()))
}

fn no_pixel(parts: PickerParts) -> Option<AnyView> {
    let picked = parts.picked()?;
    let nothing = |list: &Option<Vec<Asset>>| list.as_ref().is_some_and(Vec::is_empty);
    let what = if picked.lists.businesses.is_empty() {
        "This Snapchat login sees no Business Manager account. Ask an admin of the business at Snapchat to invite this user, or authenticate with another one."
    } else if nothing(&picked.lists.ad_accounts) {
        "This business has no ad account that the login may use. In Snapchat's Ads Manager, create one or have yourself added to it."
    } else if nothing(&picked.lists.pixels) {
        "This ad account has no Snap Pixel yet. In Snapchat's Ads Manager, open Events Manager and choose “Create Snap Pixel”; then look again."
    } else {
        return None;
    };
    let back = format!(
        "{}?business_id={}&ad_account_id={}",
        address(parts.id),
        picked.business.unwrap_or_default(),
        picked.ad_account.unwrap_or_default()
    );
    Some(
        view! {
            <div class="callout warning">
                <p>{what}</p>
                <a class="button" href=back rel="external" on:click=move |ev| {
                    ev.prevent_default();
                    parts.again.update(|times| *times += 1);
                }>"Look again"</a>
            </div>
        }
        .into_any(),
    )
}

fn unreadable(error: PageError, again: RwSignal<u32>) -> AnyView {
    view! {
        <div class="callout danger" role="alert">
            <p>"The lists could not be read. " {error.0.to_string()}</p>
            <a class="button" href="" rel="external" on:click=move |ev| {
                ev.prevent_default();
                again.update(|times| *times += 1);
            }>"Try again"</a>
        </div>
    }
    .into_any()
}
