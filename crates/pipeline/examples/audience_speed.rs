//! Works audiences out on the database that `fill_people` makes, and follows people who change: `audience_speed FOLDER CHANGED`.
//! `cargo xtask bench audiences` runs both; the last line is JSON.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    path::Path,
    sync::Arc,
    time::{Instant, SystemTime},
};

use bytes::Bytes;
use domain::{
    Actor, AudienceId, Clock, Role, Timestamp, UserId, WorkspaceId,
    view::audience::{AudienceForm, AudienceState},
};
use pipeline::{
    Parts, Switchyard,
    ingest::{Call, Ingest, IngestLimits, PeerInfo},
    profiles,
};
use serde_json::{Value, json};
use store::{Keys, Store};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Events of one request.
const BATCH: u64 = 1_000;

struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "a program of its own needs the system's time")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, changed] = arguments.as_slice() else { return Err("audience_speed FOLDER CHANGED".into()) };
    let changed: u64 = changed.parse()?;
    let (switchyard, actor) = open(Path::new(folder)).await?;
    profiles::run_until_idle(&switchyard).await?;
    let counted = json!({"match": "all", "conditions": [
        {"event": "Order Completed", "at_least": 2, "within_days": 90},
        {"event": "Product Viewed", "within_days": 30},
        {"trait": "country", "in": ["country-1", "country-2", "country-3"]},
    ]});
    let summed = json!({"match": "all", "conditions": [
        {"event": "Order Completed", "sum": "value", "at_least": 500, "within_days": 180},
        {"event": "Page View", "at_most": 0, "within_days": 7},
        {"trait": "plan", "is_not": "plan-0"},
    ]});
    let (counted, counted_again) = evaluate(&switchyard, &actor, "Counted", counted).await?;
    let (summed, summed_again) = evaluate(&switchyard, &actor, "Summed", summed).await?;
    let follow = follow(&switchyard, &actor, changed).await?;
    let mut result = json!({"peak_mb": peak_memory()? / 1e6});
    for (name, of) in [
        ("counted", counted),
        ("counted_again", counted_again),
        ("summed", summed),
        ("summed_again", summed_again),
        ("follow_new", follow.0),
        ("follow_known", follow.1),
    ] {
        result[name] = json!({"people": of.people, "seconds": of.seconds, "cpu_seconds": of.cpu_seconds});
    }
    println!("{result}");
    switchyard.store().close().await;
    Ok(())
}

async fn open(folder: &Path) -> Result<(Switchyard, Actor), Failure> {
    let actor =
        Actor { user: UserId(Uuid::from_u128(1)), workspace: WorkspaceId(Uuid::from_u128(2)), role: Role::Admin };
    let url = format!("sqlite://{}", folder.join("people.db").display());
    let parts = Parts {
        store: Store::open(&url, Keys::new(&[7; 32])).await?,
        clock: Arc::new(SystemClock),
        dice: || 0.5,
        destinations: Vec::new(),
        public_url: "http://localhost".into(),
    };
    Ok((Switchyard::new(parts), actor))
}

/// How long something took for how many people.
struct Took {
    people: u64,
    seconds: f64,
    cpu_seconds: f64,
}

/// Starts to measure.
struct Watch(Instant, f64);

impl Watch {
    fn start() -> Result<Self, Failure> {
        Ok(Self(Instant::now(), cpu_seconds()?))
    }

    fn stop(self, people: u64) -> Result<Took, Failure> {
        Ok(Took { people, seconds: self.0.elapsed().as_secs_f64(), cpu_seconds: cpu_seconds()? - self.1 })
    }
}

/// From saving an audience until it stands with all its members; then everybody once more, with nobody who changes.
async fn evaluate(switchyard: &Switchyard, actor: &Actor, name: &str, rule: Value) -> Result<(Took, Took), Failure> {
    let form = AudienceForm {
        name: name.into(),
        description: String::new(),
        rule: serde_json::from_value(rule)?,
        dynamic: true,
        destinations: Vec::new(),
    };
    let watch = Watch::start()?;
    let id = switchyard.create_audience(actor, &form, AudienceState::Active).await?;
    profiles::run_until_idle(switchyard).await?;
    let first = watch.stop(size(switchyard, actor, id).await?)?;
    let watch = Watch::start()?;
    let whole = switchyard.store().whole_evaluation(id, switchyard.now()).await?.ok_or("the audience is gone")?;
    let again = watch.stop(first.people)?;
    if whole.people.len() as u64 > first.people / 100 {
        return Err(format!("{} of {} people changed within seconds", whole.people.len(), first.people).into());
    }
    Ok((first, again))
}

async fn size(switchyard: &Switchyard, actor: &Actor, id: AudienceId) -> Result<u64, Failure> {
    let audience = switchyard.audience(actor, id).await?;
    if audience.size == 0 || audience.progress.is_some() {
        return Err(
            format!("the audience “{}” has {} members and isn't ready", audience.form.name, audience.size).into()
        );
    }
    Ok(audience.size)
}

/// People who come with their first purchase, and the same people with their second.
async fn follow(switchyard: &Switchyard, actor: &Actor, people: u64) -> Result<(Took, Took), Failure> {
    switchyard.add_source(actor, "Web shop", Some("US")).await?;
    let key = switchyard.sources(actor).await?.remove(0).write_key;
    let limits = IngestLimits { events_per_second: u32::MAX, ..IngestLimits::default() };
    let ingest = Ingest::start(switchyard, limits);
    let mut took = Vec::new();
    for round in 0..2 {
        for first in (0..people).step_by(usize::try_from(BATCH)?) {
            let events: Vec<Value> = (first..people.min(first + BATCH)).map(|no| purchase(no, round)).collect();
            let body = Bytes::from(json!({ "batch": events }).to_string());
            let answer = ingest.accept(Some(&key), Call::Batch, body, peer()).await;
            if answer.status != 200 {
                return Err(format!("{}: {}", answer.status, answer.body).into());
            }
        }
        let watch = Watch::start()?;
        profiles::run_until_idle(switchyard).await?;
        took.push(watch.stop(people)?);
    }
    let second = took.pop().ok_or("nothing was measured")?;
    Ok((took.pop().ok_or("nothing was measured")?, second))
}

fn purchase(no: u64, round: u32) -> Value {
    json!({
        "type": "track", "event": "Order Completed", "messageId": format!("m-{round}-{no}"), "userId": format!("u-{no}"),
        "properties": {"value": 40 + no % 500, "currency": "USD", "order_id": format!("o-{round}-{no}")},
        "context": {"traits": {"email": format!("person.{no}@example.com"), "country": format!("country-{}", no % 20)}},
    })
}

fn peer() -> PeerInfo {
    PeerInfo { ip: IpAddr::V4(Ipv4Addr::LOCALHOST), user_agent: None, from_browser: false }
}

/// The kernel counts in hundredths of a second.
fn cpu_seconds() -> Result<f64, Failure> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit_once(')').ok_or("the kernel tells no time")?.1;
    let ticks: f64 = fields.split_whitespace().skip(11).take(2).filter_map(|it| it.parse::<f64>().ok()).sum();
    Ok(ticks / 100.0)
}

fn peak_memory() -> Result<f64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM")).ok_or("the kernel tells no memory")?;
    Ok(line.split_whitespace().nth(1).unwrap_or_default().parse::<f64>()? * 1_024.0)
}
