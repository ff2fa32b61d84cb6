//! Imports a file of people into a static audience and tells how long it took, and how long purchases waited that came
//! meanwhile: `csv_speed FOLDER ROWS`. `cargo xtask bench csv` runs this; the last line is JSON.

use std::{
    fmt::Write,
    fs,
    net::{IpAddr, Ipv4Addr},
    path::Path,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use domain::{
    Actor, Clock, Role, Timestamp, UploadId, UserId, WorkspaceId,
    view_uploads::{UploadTarget, UploadView},
};
use pipeline::{
    Parts, Switchyard,
    ingest::{Call, Ingest, IngestLimits, PeerInfo},
    uploads,
};
use serde_json::json;
use store::{Keys, NewUser, Store};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Between two purchases that arrive meanwhile.
const PURCHASE_EVERY: Duration = Duration::from_millis(100);

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
    let mut args = std::env::args().skip(1);
    let folder = args.next().ok_or("the folder of the database is missing")?;
    let rows: u64 = args.next().ok_or("the number of rows is missing")?.parse()?;
    let path = Path::new(&folder).join("csv.db");
    let (switchyard, actor) = set_up(&path).await?;
    let began = Instant::now();
    let (id, bytes) = receive(&switchyard, &actor, rows).await?;
    let received = began.elapsed();
    switchyard.start_upload(&actor, id, UploadTarget::NewAudience("Everybody".into())).await?;

    let stop = CancellationToken::new();
    let log = path.with_extension("db-wal");
    let buying = tokio::spawn(buy(switchyard.clone(), actor.clone(), log, stop.clone()));
    let (began, cpu) = (Instant::now(), cpu_seconds()?);
    uploads::run_until_idle(&switchyard).await?;
    let (imported, cpu) = (began.elapsed(), cpu_seconds()? - cpu);
    stop.cancel();
    let (mut waits, largest_log) = buying.await??;
    waits.sort_unstable();
    let ms = |wait: Option<&Duration>| wait.map_or(0.0, |wait| wait.as_secs_f64() * 1e3);

    let done: UploadView = switchyard.upload(&actor, id).await?;
    println!(
        "{}",
        json!({
            "rows": rows,
            "bytes": bytes,
            "taken": done.counts.taken,
            "new_people": done.counts.new_people,
            "receive_seconds": received.as_secs_f64(),
            "import_seconds": imported.as_secs_f64(),
            "import_cpu_seconds": cpu,
            "purchases": waits.len(),
            "purchase_p50_ms": ms(waits.get(waits.len() / 2)),
            "purchase_max_ms": ms(waits.last()),
            "log_mb": largest_log as f64 / 1e6,
            "peak_mb": peak_memory()? / 1e6,
        })
    );
    switchyard.store().close().await;
    Ok(())
}

async fn set_up(path: &Path) -> Result<(Switchyard, Actor), Failure> {
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", path.display()));
    }
    let actor =
        Actor { user: UserId(Uuid::from_u128(1)), workspace: WorkspaceId(Uuid::from_u128(2)), role: Role::Admin };
    let store = Store::open(&format!("sqlite://{}", path.display()), Keys::new(&[7; 32])).await?;
    let user =
        NewUser { id: actor.user, name: "Bench".into(), email: "bench@n.example".into(), password_hash: "x".into() };
    store.set_up(actor.workspace, "Bench", &user, SystemClock.now()).await?;
    let parts = Parts {
        store,
        clock: Arc::new(SystemClock),
        dice: || 0.5,
        destinations: Vec::new(),
        public_url: "http://localhost".into(),
    };
    Ok((Switchyard::new(parts), actor))
}

/// Each row has an address, a number, an id and three traits; one of a hundred is wrong.
async fn receive(switchyard: &Switchyard, actor: &Actor, rows: u64) -> Result<(UploadId, usize), Failure> {
    let mut file = switchyard.begin_upload(actor, "everybody.csv").await?;
    let (mut text, mut bytes) = ("email,phone,customer_id,first_name,plan,lifetime_value\n".to_owned(), 0);
    for row in 0..rows {
        let at = if row % 100 == 99 { "" } else { "@example.com" };
        writeln!(
            text,
            "person.{row}{at},+1415{:07},c-{row},Name{},plan-{},{}.50",
            row % 10_000_000,
            row % 977,
            row % 5,
            row % 900
        )?;
        if text.len() > 64 * 1024 || row + 1 == rows {
            bytes += text.len();
            let part = std::mem::take(&mut text);
            file.write(part.into()).await.map_err(|refusal| format!("{refusal:?}"))?;
        }
    }
    Ok((file.finish().await.map_err(|refusal| format!("{refusal:?}"))?, bytes))
}

/// Purchases until `stop`: how long each waited for its answer, and how large the write-ahead log was at its largest.
async fn buy(
    switchyard: Switchyard,
    actor: Actor,
    log: std::path::PathBuf,
    stop: CancellationToken,
) -> Result<(Vec<Duration>, u64), Failure> {
    switchyard.add_source(&actor, "Web shop", Some("US")).await?;
    let key = switchyard.sources(&actor).await?.remove(0).write_key;
    let ingest = Ingest::start(&switchyard, IngestLimits::default());
    let (mut waits, mut largest) = (Vec::new(), 0);
    while !stop.is_cancelled() {
        tokio::time::sleep(PURCHASE_EVERY).await;
        let no = waits.len();
        let purchase = json!({
            "type": "track", "event": "Order Completed", "messageId": format!("m-{no}"), "userId": format!("c-{no}"),
            "properties": {"value": 40, "currency": "USD", "order_id": format!("o-{no}")},
        });
        let peer = PeerInfo { ip: IpAddr::V4(Ipv4Addr::LOCALHOST), user_agent: None, from_browser: false };
        let began = Instant::now();
        let answer = ingest.accept(Some(&key), Call::Track, Bytes::from(purchase.to_string()), peer).await;
        waits.push(began.elapsed());
        if answer.status != 200 {
            return Err(format!("a purchase was answered {}: {}", answer.status, answer.body).into());
        }
        largest = largest.max(fs::metadata(&log).map_or(0, |log| log.len()));
    }
    Ok((waits, largest))
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
