//! The chart of a day: two series of bars drawn on the server, and a table behind it.

use domain::view::HourCount;
use leptos::prelude::*;

use super::{grouped, time::utc_hour, use_now};
use crate::browser;

const HEIGHT: u64 = 120;
const BAR: usize = 20;
const STEP: usize = 24;

/// Delivered and dead per hour.
#[component]
pub fn HourChart(
    /// The hours, oldest first.
    hours: Vec<HourCount>,
) -> impl IntoView {
    let top = hours.iter().map(|hour| hour.delivered + hour.dead).max().unwrap_or(0).max(1);
    let width = hours.len() * STEP;
    let bars: Vec<AnyView> = hours.iter().enumerate().map(|(index, hour)| bar(index, *hour, top)).collect();
    let rows: Vec<AnyView> = hours.iter().map(|hour| row(*hour)).collect();
    let ends: Vec<AnyView> = [0, hours.len() / 2, hours.len().saturating_sub(1)]
        .into_iter()
        .filter_map(|index| hours.get(index))
        .map(|hour| view! { <span><Hour hour=*hour/></span> }.into_any())
        .collect();
    view! {
        <figure class="chart">
            <figcaption class="legend">
                <span class="legend-delivered">"Delivered"</span>
                <span class="legend-dead">"Dead"</span>
                <span class="legend-top">{format!("highest hour: {}", grouped(top))}</span>
            </figcaption>
            <svg
                class="chart-bars"
                viewBox=format!("0 0 {width} {HEIGHT}")
                preserveAspectRatio="none"
                role="img"
                aria-label="Deliveries per hour in the last 24 hours; the table below holds the numbers"
            >
                <path class="grid" d=format!("M0 .5H{width}M0 {}H{width}M0 {}H{width}", HEIGHT / 2, HEIGHT - 1)/>
                {bars}
            </svg>
            <div class="chart-axis" aria-hidden="true">{ends}</div>
            <details class="chart-table">
                <summary>"Show as a table"</summary>
                <div class="table-region" tabindex="0" role="region" aria-label="Deliveries per hour">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">"Hour"</th>
                                <th scope="col" class="number">"Delivered"</th>
                                <th scope="col" class="number">"Dead"</th>
                                <th scope="col" class="number">"Filtered"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </details>
        </figure>
    }
    .into_any()
}

fn bar(index: usize, hour: HourCount, top: u64) -> AnyView {
    // What happened at all is seen, however little of the whole it is.
    let height = |count: u64| if count == 0 { 0 } else { (count * (HEIGHT - 4) / top).max(2) };
    let (delivered, dead) = (height(hour.delivered), height(hour.dead));
    let x = (index * STEP + (STEP - BAR) / 2).to_string();
    let tooltip = format!(
        "{}: {} delivered, {} dead, {} filtered",
        utc_hour(hour.hour),
        grouped(hour.delivered),
        grouped(hour.dead),
        grouped(hour.filtered)
    );
    view! {
        <g class="bar">
            <title>{tooltip}</title>
            <rect class="reach" x=x.clone() y="0" width=BAR.to_string() height=HEIGHT.to_string()/>
            <rect class="delivered" x=x.clone() y=(HEIGHT - 1 - delivered).to_string() width=BAR.to_string() height=delivered.to_string()/>
            <rect class="dead" x=x y=HEIGHT.saturating_sub(1 + delivered + dead).to_string() width=BAR.to_string() height=dead.to_string()/>
        </g>
    }
    .into_any()
}

fn row(hour: HourCount) -> AnyView {
    view! {
        <tr>
            <th scope="row"><Hour hour=hour/></th>
            <td class="number">{grouped(hour.delivered)}</td>
            <td class="number">{grouped(hour.dead)}</td>
            <td class="number">{grouped(hour.filtered)}</td>
        </tr>
    }
    .into_any()
}

#[component]
fn Hour(hour: HourCount) -> impl IntoView {
    let now = use_now();
    let text = move || now.get().and_then(|_| browser::local_hour(hour.hour)).unwrap_or_else(|| utc_hour(hour.hour));
    view! { <time datetime=hour.hour.to_iso()>{text}</time> }.into_any()
}
