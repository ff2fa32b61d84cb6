//! The sidebar: workspace, the five links, display, user and sign-out. A bar with a menu on small screens.

use domain::{Role, view::Me};
use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn, wasm_bindgen::JsCast, web_sys::HtmlButtonElement};
use leptos_router::hooks::use_url;

use super::{FormAction, Icon, PostForm};
use crate::{
    api::{
        accounts::{SignOut, SwitchWorkspace},
        display::{Display, SetDisplay, Theme},
    },
    browser,
};

/// Addresses that belong to a link beside its own.
const PEOPLE: [&str; 2] = ["/profiles", "/uploads"];

const LINKS: [(&str, &str, &str); 5] = [
    ("Destinations", "/destinations", "destinations"),
    ("Sources", "/sources", "sources"),
    ("Audiences", "/audiences", "audiences"),
    ("Events Manager", "/events", "events"),
    ("Settings", "/settings", "settings"),
];

/// The sidebar of somebody who is signed in.
#[component]
pub fn Sidebar(
    /// Who, and where.
    me: Me,
    /// How they like the pages.
    display: Display,
) -> impl IntoView {
    // Open by default: the style sheet shows it on wide screens whatever its state, and small screens close it by themselves.
    view! {
        <header class="sidebar" data-role=me.role.as_str()>
            <div class="sidebar-top">
                <span class="mark" aria-hidden="true"><Icon name="destinations"/></span>
                <span class="workspace-name" title=me.workspace.clone()>{me.workspace.clone()}</span>
            </div>
            <details class="menu">
                <summary><Icon name="menu"/> <span>"Menu"</span></summary>
            </details>
            <div class="sidebar-body">
                {workspace_switcher(&me)}
                <nav aria-label="Main"><ul class="nav">{links()}</ul></nav>
                <div class="sidebar-foot">
                    <DisplayForm display=display/>
                    <div class="user">
                        <span class="user-name">{me.name.clone()}</span>
                        <span class="user-mail">{me.email.clone()}</span>
                        {(me.role == Role::Viewer).then(|| view! { <span class="user-role">"Viewer: sees everything, changes nothing"</span> })}
                    </div>
                    <form method="post" action=SignOut::url()>
                        <button type="submit" class="button plain wide"><Icon name="sign-out"/> "Sign out"</button>
                    </form>
                </div>
            </div>
        </header>
    }
    .into_any()
}

fn links() -> Vec<AnyView> {
    let url = use_url();
    LINKS
        .into_iter()
        .map(|(label, to, icon)| {
            let current = move || {
                let here = url.with(|url| {
                    let below = |to: &str| {
                        url.path().strip_prefix(to).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                    };
                    below(to) || (to == "/audiences" && PEOPLE.into_iter().any(below))
                });
                here.then_some("page")
            };
            view! { <li><a href=to aria-current=current><Icon name=icon/> <span>{label}</span></a></li> }.into_any()
        })
        .collect()
}

fn workspace_switcher(me: &Me) -> AnyView {
    if me.workspaces.len() < 2 {
        return ().into_any();
    }
    let here = me.workspace_id;
    let options: Vec<AnyView> = me
        .workspaces
        .iter()
        .map(|(id, name)| {
            view! { <option value=id.to_string() selected=*id == here>{name.clone()}</option> }.into_any()
        })
        .collect();
    view! {
        <form class="switcher" method="post" action=SwitchWorkspace::url()>
            <select name="workspace" aria-label="Workspace">{options}</select>
            <button type="submit" class="button small">"Switch"</button>
        </form>
    }
    .into_any()
}

#[component]
fn DisplayForm(display: Display) -> impl IntoView {
    let action = FormAction::<SetDisplay>::new();
    let shown = RwSignal::new(display);
    // What a form sends is also shown at once. The listener stands around the forms, so that they are read before their fields change.
    let sent = move |ev: SubmitEvent| {
        let button = ev.submitter().and_then(|button| button.dyn_into::<HtmlButtonElement>().ok());
        let Some((name, value)) = button.map(|button| (button.name(), button.value())) else { return };
        shown.update(|shown| match name.as_str() {
            "dense" => shown.dense = value == "true",
            _ => shown.theme = Theme::parse(&value),
        });
        let Display { theme, dense } = shown.get_untracked();
        browser::set_root_attribute("data-theme", theme.attribute());
        browser::set_root_attribute("data-density", dense.then_some("dense"));
    };
    let themes: Vec<AnyView> = Theme::ALL
        .into_iter()
        .map(|theme| {
            let (icon, label) = match theme {
                Theme::Auto => ("device", "Theme of the device"),
                Theme::Light => ("sun", "Light theme"),
                Theme::Dark => ("moon", "Dark theme"),
            };
            let pressed = move || if shown.get().theme == theme { "true" } else { "false" };
            view! {
                <button type="submit" name="theme" value=theme.as_str() aria-label=label title=label aria-pressed=pressed>
                    <Icon name=icon/>
                </button>
            }
            .into_any()
        })
        .collect();
    view! {
        <div class="display" on:submit=sent>
            <PostForm action=action attr:class="segmented" attr:aria-label="Theme">
                {move || shown.get().dense.then(|| view! { <input type="hidden" name="dense" value="true"/> })}
                {themes}
            </PostForm>
            <PostForm action=action attr:class="segmented">
                <input type="hidden" name="theme" value=move || shown.get().theme.as_str()/>
                <button
                    type="submit"
                    name="dense"
                    value=move || if shown.get().dense { "false" } else { "true" }
                    aria-label="Compact rows"
                    title="Compact rows"
                    aria-pressed=move || if shown.get().dense { "true" } else { "false" }
                >
                    <Icon name="rows"/>
                </button>
            </PostForm>
        </div>
    }
    .into_any()
}
