//! Ads Manager: audiences with their sizes, states and members.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::html::{escape, page as frame, table, time};
use crate::ads::segments::{Schema, Segment};
use crate::settings::Settings;
use crate::sim::Sim;

/// Members shown of each kind; the rest is only counted.
const MEMBERS: usize = 200;

/// `GET /ads-manager`
pub async fn page(State(sim): State<Arc<Sim>>) -> Html<String> {
    let now = sim.clock.now_ms();
    let world = &mut *sim.world();
    let listed = world.segments.list(None, &world.settings, now);
    let rows: String = listed.into_iter().map(|segment| row(&sim, segment, &world.settings, now)).collect();
    let columns = [
        "Name",
        "Ad account",
        "Status",
        "Upload",
        "Targetable",
        "#Size",
        "#Emails",
        "#Phones",
        "#Mobile ad ids",
        "Changed",
    ];
    let table = table("Audiences", &columns, &rows, "There is no audience yet. Sync one and it will show here.");
    Html(frame("Ads Manager", "/ads-manager", true, &format!("<div id=\"live\">{table}</div>")))
}

fn row(sim: &Sim, segment: &Segment, settings: &Settings, now: i64) -> String {
    let report = segment.report(settings, now);
    let counts = segment.counts();
    let count = |schema| counts.get(&schema).copied().unwrap_or_default();
    format!(
        "<tr><td><a href=\"/ads-manager/segments/{}\">{}</a></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>\
         <td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td>{}</td></tr>",
        segment.id,
        escape(&segment.name),
        account_name(sim, segment),
        report.status,
        report.upload_status,
        report.targetable_status,
        report.approximate_number_users,
        count(Schema::Email),
        count(Schema::Phone),
        count(Schema::MobileAdId),
        time(segment.updated_at)
    )
}

/// `GET /ads-manager/segments/{id}`
pub async fn segment(State(sim): State<Arc<Sim>>, Path(id): Path<String>) -> Response {
    let now = sim.clock.now_ms();
    let world = &mut *sim.world();
    let Some(segment) = world.segments.get(&id, &world.settings, now) else {
        let page = frame(
            "Audience not found",
            "/ads-manager",
            false,
            "<p>There is no such audience. It may have been deleted.</p>",
        );
        return (StatusCode::NOT_FOUND, Html(page)).into_response();
    };
    let report = segment.report(&world.settings, now);
    let facts = [
        ("Id", segment.id.clone()),
        ("Ad account", account_name(&sim, segment)),
        ("Description", escape(&segment.description)),
        ("Status", report.status.into()),
        ("Upload status", report.upload_status.into()),
        ("Targetable status", report.targetable_status.into()),
        ("Approximate size", report.approximate_number_users.to_string()),
        ("Retention in days", segment.retention_in_days.to_string()),
    ];
    let facts: String = facts.iter().map(|(name, value)| format!("<dt>{name}</dt><dd>{value}</dd>")).collect();
    let members: String = segment.members().iter().map(|(schema, digests)| members(*schema, digests)).collect();
    let empty = if members.is_empty() { "<p>Nobody is in this audience.</p>" } else { "" };
    let delete = format!(
        "<form method=\"post\" action=\"/ads-manager/segments/{}/delete\"><button>Delete audience</button></form>",
        segment.id
    );
    let main = format!("{delete}<div id=\"live\"><dl>{facts}</dl>{members}{empty}</div>");
    Html(frame(&segment.name, "/ads-manager", true, &main)).into_response()
}

/// `POST /ads-manager/segments/{id}/delete`: someone deletes it by hand
pub async fn delete(State(sim): State<Arc<Sim>>, Path(id): Path<String>) -> Redirect {
    sim.world().segments.delete(&id);
    Redirect::to("/ads-manager")
}

fn members(schema: Schema, digests: &[String]) -> String {
    let name = match schema {
        Schema::Email => "EMAIL_SHA256",
        Schema::Phone => "PHONE_SHA256",
        Schema::MobileAdId => "MOBILE_AD_ID_SHA256",
    };
    let rows: String =
        digests.iter().take(MEMBERS).map(|digest| format!("<tr><td><code>{digest}</code></td></tr>")).collect();
    let shown = digests.len().min(MEMBERS);
    table(&format!("{name}: {} identifiers, {shown} shown", digests.len()), &["Hash"], &rows, "None.")
}

fn account_name(sim: &Sim, segment: &Segment) -> String {
    sim.directory.ad_account(&segment.ad_account_id).map(|(_, account)| escape(&account.name)).unwrap_or_default()
}
