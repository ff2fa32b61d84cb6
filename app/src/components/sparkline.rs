//! A small line of counts, drawn on the server.

use leptos::prelude::*;

const WIDTH: usize = 96;
const HEIGHT: usize = 24;

/// Counts over time in the width of a table's column.
#[component]
pub fn Sparkline(
    /// Oldest first.
    values: Vec<u64>,
    /// What it shows, for readers.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let points = points(&values);
    view! {
        <svg class="sparkline" viewBox="0 0 96 24" width="96" height="24" role="img" aria-label=label>
            <polyline points=points fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round"/>
        </svg>
    }
    .into_any()
}

fn points(values: &[u64]) -> String {
    let top = values.iter().copied().max().unwrap_or(0).max(1);
    let steps = values.len().saturating_sub(1).max(1);
    let coordinates: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let x = 1 + index * (WIDTH - 2) / steps;
            let rise = u64::try_from(HEIGHT - 4).unwrap_or(0) * value / top;
            format!("{x},{}", u64::try_from(HEIGHT - 2).unwrap_or(0) - rise)
        })
        .collect();
    coordinates.join(" ")
}

#[cfg(test)]
mod tests {
    use super::points;

    #[test]
    fn stays_inside() {
        assert_eq!(points(&[0, 5, 10]), "1,22 48,12 95,2");
        assert_eq!(points(&[0, 0]), "1,22 95,22");
        assert_eq!(points(&[]), "");
    }
}
