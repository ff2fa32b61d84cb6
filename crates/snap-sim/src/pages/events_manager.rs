//! Events Manager: what arrived, newest first.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::html::{escape, page as frame, table, time};
use crate::events::dedup::By;
use crate::events::log::{Received, Side};
use crate::sim::{Sim, World};

/// Rows on the page.
const ROWS: usize = 100;

/// What the page is narrowed to; an empty choice means all.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    pixel: String,
    side: String,
    event: String,
}

impl Filter {
    fn takes(&self, received: &Received) -> bool {
        let event = &received.event;
        let open = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        open(&self.pixel, &event.asset) && open(&self.side, event.side.name()) && open(&self.event, event.name)
    }
}

/// `GET /` and `GET /events-manager`
pub async fn page(State(sim): State<Arc<Sim>>, Query(filter): Query<Filter>) -> Html<String> {
    let world = sim.world();
    let main = format!(
        "{}<div id=\"live\">{}{}{}</div>",
        filter_form(&sim, &filter),
        summary(&world),
        counts(&sim, &world, &filter),
        events(&sim, &world, &filter)
    );
    Html(frame("Events Manager", "/events-manager", true, &main))
}

fn filter_form(sim: &Sim, filter: &Filter) -> String {
    let option = |value: &str, name: &str, chosen: &str| {
        let mark = if value == chosen { " selected" } else { "" };
        format!("<option value=\"{}\"{mark}>{}</option>", escape(value), escape(name))
    };
    let assets: String =
        sim.directory.assets.iter().map(|asset| option(&asset.id, &asset.name, &filter.pixel)).collect();
    let sides: String =
        [("api", "API"), ("pixel", "Pixel")].iter().map(|(id, name)| option(id, name, &filter.side)).collect();
    let names: String = crate::capi::names::EVENTS.iter().map(|name| option(name, name, &filter.event)).collect();
    let select = |id: &str, label: &str, options: &str| {
        format!("<label>{label} <select name=\"{id}\"><option value=\"\">All</option>{options}</select></label>")
    };
    format!(
        "<form class=\"filter\" method=\"get\" action=\"/events-manager\">{}{}{}<button>Show</button></form>",
        select("pixel", "Pixel or app", &assets),
        select("side", "Side", &sides),
        select("event", "Event", &names)
    )
}

fn summary(world: &World) -> String {
    let events = &world.events;
    format!("<p>{} events received, {} of them repetitions of an earlier one.</p>", events.total, events.duplicates)
}

fn counts(sim: &Sim, world: &World, filter: &Filter) -> String {
    let asset = Some(filter.pixel.as_str()).filter(|id| !id.is_empty());
    let rows: String = world
        .events
        .tallies(asset)
        .into_iter()
        .map(|(key, tally)| {
            format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td>{}</td></tr>",
                asset_name(sim, &key.asset),
                key.name,
                side(key.side),
                tally.events,
                tally.duplicates,
                time(tally.last_at)
            )
        })
        .collect();
    table(
        "Events by kind",
        &["Pixel or app", "Event", "Side", "#Received", "#Deduplicated", "Last"],
        &rows,
        "Nothing arrived yet.",
    )
}

fn events(sim: &Sim, world: &World, filter: &Filter) -> String {
    let newest = world.events.kept.iter().rev().filter(|received| filter.takes(received)).take(ROWS);
    let rows: String = newest.map(|received| row(sim, received)).collect();
    let columns = ["#No.", "Received", "Event", "Side", "Pixel or app", "Event id", "Identifiers", "Status"];
    table("Received events, newest first", &columns, &rows, "Nothing arrived yet. Send an event and it will show here.")
}

fn row(sim: &Sim, received: &Received) -> String {
    let event = &received.event;
    let status = match received.duplicate {
        _ if event.test => "Test".to_owned(),
        None => "Accepted".to_owned(),
        Some((number, By::EventId)) => format!("Deduplicated: same event id as no. {number}"),
        Some((number, By::OrderId)) => format!("Deduplicated: same order id as no. {number}"),
    };
    format!(
        "<tr><td class=\"number\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td><code>{}</code></td><td>{}</td><td>{status}</td></tr>",
        received.number,
        time(received.received_at),
        event.name,
        side(event.side),
        asset_name(sim, &event.asset),
        escape(event.event_id.as_deref().unwrap_or("none")),
        event.keys.names().collect::<Vec<_>>().join(", "),
    )
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Api => "<span class=\"chip api\">API</span>",
        Side::Pixel => "<span class=\"chip pixel\">Pixel</span>",
    }
}

fn asset_name(sim: &Sim, id: &str) -> String {
    sim.directory.asset(id).map(|asset| escape(&asset.name)).unwrap_or_default()
}
