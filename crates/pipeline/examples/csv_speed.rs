//! Imports a file of people into a static audience and tells how long it took: `csv_speed FOLDER ROWS`. The last line is JSON.

use std::{
    fmt::Write,
    fs,
    path::Path,
    sync::Arc,
    time::{Instant, SystemTime},
};

use domain::{
    Actor, Clock, Role, Timestamp, UploadId, UserId, WorkspaceId,
    view_uploads::{UploadTarget, UploadView},
};
use pipeline::{Parts, Switchyard, uploads};
use store::{Keys, NewUser, Store};
use uuid::Uuid;

type Failure = Box<dyn std::error::Error>;

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
    let (switchyard, actor) = set_up(Path::new(&folder)).await?;
    let began = Instant::now();
    let (id, bytes) = receive(&switchyard, &actor, rows).await?;
    let received = began.elapsed();
    switchyard.start_upload(&actor, id, UploadTarget::NewAudience("Everybody".into())).await?;
    let began = Instant::now();
    // As beside ingestion: the write-ahead log is folded in while it grows.
    let checkpoints = tokio::spawn({
        let store = switchyard.store().clone();
        async move {
            loop {
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                if let Err(error) = store.checkpoint().await {
                    eprintln!("{error}");
                }
            }
        }
    });
    uploads::run_until_idle(&switchyard).await?;
    let imported = began.elapsed();
    checkpoints.abort();
    let done: UploadView = switchyard.upload(&actor, id).await?;
    println!(
        "{}",
        serde_json::json!({
            "rows": rows,
            "bytes": bytes,
            "taken": done.counts.taken,
            "new_people": done.counts.new_people,
            "receive_seconds": received.as_secs_f64(),
            "import_seconds": imported.as_secs_f64(),
            "peak_mb": peak_memory()? / 1e6,
        })
    );
    switchyard.store().close().await;
    Ok(())
}

async fn set_up(folder: &Path) -> Result<(Switchyard, Actor), Failure> {
    let path = folder.join("csv.db");
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

fn peak_memory() -> Result<f64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM")).ok_or("the kernel tells no memory")?;
    Ok(line.split_whitespace().nth(1).unwrap_or_default().parse::<f64>()? * 1_024.0)
}
