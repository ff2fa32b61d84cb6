//! Business Details: organisations, what they own, and their CAPI tokens.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::html::{escape, page as frame, table, time};
use crate::chance;
use crate::directory::AssetKind;
use crate::seed::Organization;
use crate::sim::{Sim, World};

/// `GET /business`
pub async fn page(State(sim): State<Arc<Sim>>) -> Html<String> {
    render(&sim, None)
}

/// The organisation that a new token is for.
#[derive(Deserialize)]
pub struct Generate {
    organization: String,
}

/// `POST /business/capi-tokens`: the token is shown this once
pub async fn generate(State(sim): State<Arc<Sim>>, Form(form): Form<Generate>) -> Response {
    let Some(organization) = sim.directory.organization(&form.organization) else {
        return (StatusCode::NOT_FOUND, "There is no such organization").into_response();
    };
    let now = sim.clock.now_ms();
    let token = chance::capi_token(now);
    sim.world().capi_tokens.add(token.clone(), &organization.id, now);
    render(&sim, Some((organization, &token))).into_response()
}

/// The token to delete: its last characters, which is all that the page knows.
#[derive(Deserialize)]
pub struct Delete {
    organization: String,
    ending: String,
}

/// `POST /business/capi-tokens/delete`
pub async fn delete(State(sim): State<Arc<Sim>>, Form(form): Form<Delete>) -> Redirect {
    if form.ending.len() == ENDING {
        sim.world()
            .capi_tokens
            .delete(|token| token.organization_id == form.organization && token.token.ends_with(&form.ending));
    }
    Redirect::to("/business")
}

/// Characters of a token that stay visible.
const ENDING: usize = 8;

fn ending(token: &str) -> &str {
    token.get(token.len().saturating_sub(ENDING)..).unwrap_or(token)
}

fn render(sim: &Sim, made: Option<(&Organization, &str)>) -> Html<String> {
    let notice = made.map(|(organization, token)| {
        format!(
            "<div class=\"notice\" role=\"status\"><p>A CAPI token for {} was made. Copy it now; it is shown this once.</p>\
             <label for=\"token\">Conversion API Token</label><textarea id=\"token\" readonly rows=\"4\">{}</textarea></div>",
            escape(&organization.name),
            escape(token)
        )
    });
    let world = sim.world();
    let sections: String =
        sim.directory.organizations.iter().map(|organization| section(sim, &world, organization)).collect();
    let apps: String = sim
        .directory
        .clients
        .iter()
        .map(|client| format!("<tr><td>{}</td><td><code>{}</code></td></tr>", escape(&client.name), escape(&client.id)))
        .collect();
    let apps = table("OAuth apps", &["Name", "Client id"], &apps, "None.");
    Html(frame("Business Details", "/business", false, &format!("{}{sections}{apps}", notice.unwrap_or_default())))
}

fn section(sim: &Sim, world: &World, organization: &Organization) -> String {
    let name = escape(&organization.name);
    let id = escape(&organization.id);
    let tokens: String = world
        .capi_tokens
        .of(&organization.id)
        .map(|token| {
            let ending = escape(ending(&token.token));
            format!(
                "<tr><td><code>…{ending}</code></td><td>{}</td><td><form method=\"post\" action=\"/business/capi-tokens/delete\">\
                 <input type=\"hidden\" name=\"organization\" value=\"{id}\"><input type=\"hidden\" name=\"ending\" value=\"{ending}\">\
                 <button aria-label=\"Delete the token ending in {ending}\">Delete</button></form></td></tr>",
                time(token.created_at)
            )
        })
        .collect();
    let assets: String = sim
        .directory
        .assets
        .iter()
        .filter(|asset| sim.directory.owner(asset).id == organization.id)
        .map(|asset| {
            let kind = if asset.kind == AssetKind::Pixel { "Pixel" } else { "App" };
            let account = asset.ad_account.map_or("", |index| &organization.ad_account[index].name);
            format!(
                "<tr><td>{}</td><td>{kind}</td><td>{}</td><td><code>{}</code></td></tr>",
                escape(&asset.name),
                escape(account),
                escape(&asset.id)
            )
        })
        .collect();
    format!(
        "<section aria-label=\"{name}\"><h2>{name}</h2><p><code>{id}</code></p>{}\
         <form method=\"post\" action=\"/business/capi-tokens\"><input type=\"hidden\" name=\"organization\" value=\"{id}\">\
         <button class=\"yellow\">Generate CAPI Token</button></form>{}</section>",
        table(&format!("Pixels and apps of {name}"), &["Name", "Kind", "Ad account", "Id"], &assets, "None."),
        table(&format!("CAPI tokens of {name}"), &["Token", "Made", "Action"], &tokens, "None yet."),
    )
}
