//! A point in time: exact UTC from the server, in the viewer's zone once the page is alive.

use domain::{Timestamp, time};
use leptos::prelude::*;

use super::effect;
use crate::browser;

/// How often "3 min ago" is looked at again.
const TICK: std::time::Duration = std::time::Duration::from_secs(15);

#[derive(Clone, Copy)]
struct Now(RwSignal<Option<Timestamp>>);

/// Makes the browser's clock available to [`Time`]. `None` on the server and until the page is alive, so that both agree. Its effect
/// must not start before the page's code is there, so it belongs to what is drawn together with the page.
pub(super) fn provide_now() {
    let now = RwSignal::new(None);
    provide_context(Now(now));
    effect(move || {
        now.set(browser::now());
        if let Ok(interval) = set_interval_with_handle(move || now.set(browser::now()), TICK) {
            on_cleanup(move || interval.clear());
        }
    });
}

/// The browser's time; `None` on the server and until the page is alive.
#[must_use]
pub fn use_now() -> Signal<Option<Timestamp>> {
    use_context::<Now>().map_or_else(|| Signal::stored(None), |now| now.0.into())
}

/// A time: relative within the last hour, the exact UTC time when pointed at.
#[component]
pub fn Time(
    /// When.
    at: Timestamp,
) -> impl IntoView {
    let now = use_now();
    let text = move || now.get().map_or_else(|| utc_short(at), |now| browser::local_time(at, now));
    view! { <time datetime=at.to_iso() title=utc_full(at)>{text}</time> }.into_any()
}

/// `25 Nov 2026 14:05 UTC`.
#[must_use]
pub fn utc_short(at: Timestamp) -> String {
    let iso = at.to_iso();
    let part = |from: usize, to: usize| iso.get(from..to).unwrap_or_default();
    let month = month_name(part(5, 7).parse().unwrap_or(1));
    format!("{} {month} {} {} UTC", part(8, 10).trim_start_matches('0'), part(0, 4), part(11, 16))
}

/// `2026-11-25 14:05:09.123 UTC`.
#[must_use]
pub fn utc_full(at: Timestamp) -> String {
    at.to_iso().replace('T', " ").replace('Z', " UTC")
}

/// `1` is `Jan`.
#[must_use]
pub fn month_name(month: i64) -> &'static str {
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    usize::try_from(month - 1).ok().and_then(|index| NAMES.get(index)).copied().unwrap_or("")
}

/// `14:00 UTC`, the hour that `at` begins or lies in.
#[must_use]
pub(super) fn utc_hour(at: Timestamp) -> String {
    format!("{:02}:00 UTC", at.0.rem_euclid(time::DAY) / time::HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_words() {
        let at = Timestamp(1_767_261_600_123);
        assert_eq!(utc_short(at), "1 Jan 2026 10:00 UTC");
        assert_eq!(utc_full(at), "2026-01-01 10:00:00.123 UTC");
        assert_eq!(utc_hour(at), "10:00 UTC");
    }
}
