//! A row of My Destinations.

use domain::view::DestinationRow;
use leptos::prelude::*;

use super::filter::{Filtered, ListFilter};
use crate::{
    api::destinations::SetDestinationEnabled,
    components::{FormAction, PostForm, Time, connection_chip, grouped},
};

/// The row; the filter above the table hides it if it does not match.
pub fn destination_row(row: DestinationRow, filter: ListFilter, switch: FormAction<SetDestinationEnabled>) -> AnyView {
    let filtered = Filtered::from(&row);
    let hidden = move || !filter.shows(&filtered);
    let failed = if row.failed_today > 0 { "number bad" } else { "number" };
    view! {
        <tr class="linked" hidden=hidden>
            <th scope="row"><a class="row-link" href=format!("/destinations/{}", row.id)>{row.name.clone()}</a></th>
            <td data-label="Type"><TypeTile name=row.type_name.clone()/></td>
            <td data-label="Enabled">{enabled_form(&row, switch)}</td>
            <td data-label="Connection">{connection_chip(&row.state)} {sign_in_again(&row)}</td>
            <td data-label="Last event" class="muted">{match row.last_event {
                Some(at) => view! { <Time at=at/> }.into_any(),
                None => "None yet".into_any(),
            }}</td>
            <td data-label="Events today" class="number">{grouped(row.delivered_today)}</td>
            <td data-label="Failures today" class=failed>{grouped(row.failed_today)}</td>
        </tr>
    }
    .into_any()
}

/// The destination sends with its own token while its login is worth nothing any more: audiences wait for a person.
fn sign_in_again(row: &DestinationRow) -> Option<AnyView> {
    let problem = row.login_problem.clone().filter(|_| row.enabled && !row.state.is_broken())?;
    let label = format!("Sign in again to sync audiences of {}", row.name);
    let to = format!("/destinations/{}/configuration", row.id);
    Some(
        view! { <a class="sign-in-again" href=to title=problem aria-label=label>"Sign in again to sync audiences"</a> }
            .into_any(),
    )
}

/// The tile of a destination type: its initial in its own colour, and its name unless that stands beside it.
#[component]
pub fn TypeTile(name: String, #[prop(optional)] bare: bool) -> impl IntoView {
    let class = format!("type-tile type-{}", name.to_lowercase());
    let initial: String = name.chars().take(1).collect();
    let name = (!bare).then_some(name);
    view! { <span class="type"><span class=class aria-hidden="true">{initial}</span> {name}</span> }
}

fn enabled_form(row: &DestinationRow, switch: FormAction<SetDestinationEnabled>) -> AnyView {
    let (word, verb) = if row.enabled { ("On", "Disable") } else { ("Off", "Enable") };
    let id = row.id.to_string();
    let enabled = (!row.enabled).to_string();
    let label = format!("{verb} {}", row.name);
    view! {
        <PostForm action=switch attr:class="inline-form">
            <span>{word}</span>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="enabled" value=enabled/>
            <input type="hidden" name="from_list" value="true"/>
            <button type="submit" class="button plain small" aria-label=label>{verb}</button>
        </PostForm>
    }
    .into_any()
}
