//! How many events one core maps, normalises, hashes and writes as JSON in a second of its time.
//!
//! `map_speed FILE SECONDS`: events as they were posted, one JSON object a line. `cargo xtask bench map` makes the file and runs this.

use std::{collections::BTreeMap, env, fs, process::ExitCode, time::Duration};

use domain::{
    Timestamp,
    destination::MapContext,
    event::{EventKind, TrackedEvent},
    workflow::event_key,
};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use snapchat::{map::map, spec::SPEC};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Events that are read, and then mapped: as many as the worker takes at a time for a request.
const ROUND: usize = 2_000;

/// What each event of the file becomes at Snapchat.
const NAMES: [(&str, &str); 8] = [
    ("Page View", "PAGE_VIEW"),
    ("Product Viewed", "VIEW_CONTENT"),
    ("Product List Viewed", "LIST_VIEW"),
    ("Product Added", "ADD_CART"),
    ("Products Searched", "SEARCH"),
    ("Checkout Started", "START_CHECKOUT"),
    ("Order Completed", "PURCHASE"),
    ("Signed Up", "SIGN_UP"),
];

/// What came of a run.
#[derive(Default)]
struct Total {
    events: usize,
    filtered: usize,
    bytes: usize,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [file, seconds] = arguments.as_slice() else {
        eprintln!("map_speed FILE SECONDS");
        return ExitCode::FAILURE;
    };
    let lasts = Duration::from_secs(seconds.parse().unwrap_or(5));
    let Ok(lines) = fs::read_to_string(file) else {
        eprintln!("{file} can't be read");
        return ExitCode::FAILURE;
    };
    let contexts: BTreeMap<String, MapContext> =
        NAMES.iter().map(|(name, snap)| (event_key(name), context(snap))).collect();
    let lines: Vec<&str> = lines.lines().filter(|line| is_known(line, &contexts)).collect();
    if lines.is_empty() {
        eprintln!("{file} holds no event");
        return ExitCode::FAILURE;
    }
    run(&lines, &contexts, lasts / 10);
    let (total, took) = run(&lines, &contexts, lasts);
    let result = json!({
        "events": total.events, "filtered": total.filtered, "bytes": total.bytes, "cpu_seconds": took.as_secs_f64(),
    });
    println!("{result}");
    ExitCode::SUCCESS
}

fn context(snap: &str) -> MapContext {
    debug_assert!(SPEC.event_names.contains(&snap));
    MapContext { event_name: snap.to_owned(), default_country: Some("US".into()), ..MapContext::default() }
}

fn read(line: &str) -> Option<TrackedEvent> {
    let Value::Object(body) = serde_json::from_str(line).ok()? else { return None };
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let kind = EventKind::parse(text("type")?)?;
    let name = if kind == EventKind::Track { text("event")? } else { kind.default_name() };
    let at = Timestamp::parse_iso(text("timestamp")?)?;
    let (name, message_id) = (name.to_owned(), text("messageId")?.to_owned());
    Some(TrackedEvent { kind, name, message_id, occurred_at: at, received_at: at, body })
}

fn is_known(line: &str, contexts: &BTreeMap<String, MapContext>) -> bool {
    read(line).is_some_and(|event| contexts.contains_key(&event_key(&event.name)))
}

/// Reads and maps events, over and over, until mapping has used up so much time of the processor. Reading isn't counted.
fn run(lines: &[&str], contexts: &BTreeMap<String, MapContext>, lasts: Duration) -> (Total, Duration) {
    let mut all = lines.iter().cycle();
    let (mut total, mut took) = (Total::default(), Duration::ZERO);
    let mut body = Vec::with_capacity(4 << 20);
    while took < lasts {
        let events: Vec<TrackedEvent> = all.by_ref().take(ROUND).filter_map(|line| read(line)).collect();
        let context = |event: &TrackedEvent| contexts.get(&event_key(&event.name));
        let round: Vec<(&TrackedEvent, &MapContext)> =
            events.iter().filter_map(|event| Some((event, context(event)?))).collect();
        body.clear();
        let began = processor_time();
        for (event, context) in &round {
            match map(event, context) {
                Ok(mapped) => serde_json::to_writer(&mut body, &mapped.item).unwrap_or_default(),
                Err(_) => total.filtered += 1,
            }
        }
        took += processor_time().saturating_sub(began);
        total.events += round.len();
        total.bytes += body.len();
    }
    (total, took)
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
