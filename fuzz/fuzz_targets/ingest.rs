//! Bodies of the tracking API: the first byte chooses the call, the rest is the body. Each is read or refused with a
//! sentence, nothing panics, and what is understood keeps its promises.

#![no_main]

use domain::{
    Timestamp, profile,
    reading::{self, Arrival, Call, Reading, privacy},
    time::HOUR,
    workflow::is_reserved,
};
use libfuzzer_sys::fuzz_target;

const CALLS: [Call; 7] =
    [Call::Track, Call::Identify, Call::Page, Call::Screen, Call::Group, Call::Alias, Call::Batch];
const NOW: Timestamp = Timestamp(1_795_600_000_000);

fuzz_target!(|data: &[u8]| {
    if let Some((call, body)) = data.split_first() {
        read_all(CALLS[usize::from(*call) % CALLS.len()], body);
    }
});

fn read_all(call: Call, body: &[u8]) {
    let envelope = match reading::open(call, body) {
        Ok(envelope) => envelope,
        Err(error) => return assert!(!error.code().is_empty() && !error.to_string().is_empty()),
    };
    let from_browser = body.len().is_multiple_of(2);
    let arrival = Arrival {
        received_at: NOW,
        ip: Some("203.0.113.9".into()),
        user_agent: Some("Mozilla/5.0".into()),
        from_browser,
    };
    for text in &envelope.events {
        match reading::read(call, text, &envelope, &arrival, || "made-up".to_owned()) {
            Ok(reading) => holds(reading),
            Err(refused) => assert!(!refused.code.is_empty() && !refused.message.is_empty()),
        }
    }
}

fn holds(reading: Reading) {
    let event = reading.event;
    assert!(!event.name.trim().is_empty() && !is_reserved(&event.name), "{:?}", event.name);
    assert!((1..=200).contains(&event.message_id.chars().count()), "{:?}", event.message_id);
    assert!(event.occurred_at <= NOW.plus(HOUR), "{:?}", event.occurred_at);
    // What is personal is split off and comes back where it was.
    let mut masked = event.body.clone();
    let split = privacy::split(&mut masked);
    assert_eq!(privacy::join(masked, &split.originals), event.body);
    let sighting = profile::sighting(&event, &split.originals);
    assert!(sighting.identifiers.iter().all(|identifier| !identifier.folded.is_empty()));
    let _ = (reading::order_id(&event), reading::marketing_consent(&event), reading::setting_key(&event.name));
}
