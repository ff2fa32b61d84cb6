//! Reading: the caller, organisations, ad accounts, pixels, apps.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::caller::Caller;
use super::paging::Page;
use super::{Answer, element, envelope, objects};
use crate::chance;
use crate::directory::{AssetEntry, AssetKind};
use crate::origin::base_url;
use crate::sim::Sim;

/// `GET /v1/me`
pub async fn me(caller: Caller) -> Json<Value> {
    Json(json!({"request_status": "SUCCESS", "request_id": chance::request_id(), "me": objects::me(caller.user())}))
}

/// `GET /v1/me/organizations`
pub async fn my_organizations(
    State(sim): State<Arc<Sim>>,
    caller: Caller,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Answer {
    let page = Page::read(&uri, &headers, &sim.world().settings)?;
    let with_accounts = query.get("with_ad_accounts").is_some_and(|value| value == "true");
    Ok(Json(page.answer("organizations", caller.organizations(), |organization| {
        let mut entity = objects::organization(organization, caller.user());
        if with_accounts {
            let accounts = caller.ad_accounts(organization);
            let shown = accounts.map(|(_, account)| objects::ad_account(organization, account, caller.user()));
            entity["ad_accounts"] = shown.collect();
        }
        element("organization", entity)
    })))
}

/// `GET /v1/organizations/{id}`
pub async fn organization(caller: Caller, Path(id): Path<String>) -> Answer {
    let organization = caller.organization(&id)?;
    let entity = objects::organization(organization, caller.user());
    Ok(Json(envelope("organizations", vec![element("organization", entity)])))
}

/// `GET /v1/organizations/{id}/adaccounts`
pub async fn ad_accounts(
    State(sim): State<Arc<Sim>>,
    caller: Caller,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Answer {
    let organization = caller.organization(&id)?;
    let page = Page::read(&uri, &headers, &sim.world().settings)?;
    Ok(Json(page.answer("adaccounts", caller.ad_accounts(organization), |account| {
        element("adaccount", objects::ad_account(organization, account, caller.user()))
    })))
}

/// `GET /v1/adaccounts/{id}`
pub async fn ad_account(caller: Caller, Path(id): Path<String>) -> Answer {
    let (organization, account) = caller.ad_account(&id)?;
    let entity = objects::ad_account(organization, account, caller.user());
    Ok(Json(envelope("adaccounts", vec![element("adaccount", entity)])))
}

/// `GET /v1/adaccounts/{id}/pixels`
pub async fn pixels(
    State(sim): State<Arc<Sim>>,
    caller: Caller,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Answer {
    let (owner, account) = caller.ad_account(&id)?;
    let of_account = |pixel: &AssetEntry| {
        pixel.ad_account.is_some_and(|index| sim.directory.owner(pixel).ad_account[index].id == account.id)
    };
    assets(&sim, &uri, &headers, |asset| sim.directory.owner(asset).id == owner.id && of_account(asset))
}

/// `GET /v1/organizations/{id}/pixels`
pub async fn organization_pixels(
    State(sim): State<Arc<Sim>>,
    caller: Caller,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Answer {
    let owner = caller.organization(&id)?;
    let seen = |asset: &AssetEntry| caller.pixel(&asset.id).is_ok();
    assets(&sim, &uri, &headers, |asset| sim.directory.owner(asset).id == owner.id && seen(asset))
}

/// `GET /v1/organizations/{id}/mobile_apps`
pub async fn mobile_apps(
    State(sim): State<Arc<Sim>>,
    caller: Caller,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Answer {
    let owner = caller.organization(&id)?;
    let page = Page::read(&uri, &headers, &sim.world().settings)?;
    let all = (1..).zip(&sim.directory.assets);
    let apps = all.filter(|(_, asset)| asset.kind == AssetKind::App && sim.directory.owner(asset).id == owner.id);
    Ok(Json(page.answer("mobile_apps", apps, |app| element("mobile_app", objects::mobile_app(&sim.directory, app)))))
}

/// `GET /v1/pixels/{id}`
pub async fn pixel(State(sim): State<Arc<Sim>>, caller: Caller, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let script = script_url(&sim, &headers);
    let entity = objects::pixel(&sim.directory, caller.pixel(&id)?, &script);
    Ok(Json(envelope("pixels", vec![element("pixel", entity)])))
}

fn assets(sim: &Sim, uri: &axum::http::Uri, headers: &HeaderMap, wanted: impl Fn(&AssetEntry) -> bool) -> Answer {
    let page = Page::read(uri, headers, &sim.world().settings)?;
    let script = script_url(sim, headers);
    let all = (1..).zip(&sim.directory.assets);
    let pixels = all.filter(|(_, asset)| asset.kind == AssetKind::Pixel && wanted(asset));
    Ok(Json(page.answer("pixels", pixels, |pixel| element("pixel", objects::pixel(&sim.directory, pixel, &script)))))
}

fn script_url(sim: &Sim, headers: &HeaderMap) -> String {
    format!("{}/scevent.min.js", base_url(headers, sim.world().settings.public_url.as_deref()))
}
