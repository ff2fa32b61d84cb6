//! How fast identifiers become digests, and how fast an audience comes into its list at a look-alike of Snapchat:
//! `list_speed FOLDER PEOPLE`, each with an address and a number. `cargo xtask bench audiences` runs this; the last line is JSON.

use std::{collections::HashMap, fmt::Write, fs, path::Path, sync::Arc, time::Instant};

use domain::{
    Actor, AudienceId, Clock, DestinationId, Role, Timestamp, UserId, WorkspaceId,
    destination::{IdentifierKind, Secret},
    view::audience::{AudienceForm, AudienceState},
    view_uploads::UploadTarget,
    workflow::EventSetting,
};
use pipeline::{
    Parts, Switchyard,
    connections::OAuthReturn,
    profiles,
    sync::{self, SyncOptions},
    uploads,
};
use serde_json::{Value, json};
use snapchat::{Snapchat, audiences::digest};
use store::{Keys, NewUser, Store};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const BUSINESS: &str = "c1b0a9f8-5f6e-4a3b-9c2d-1e0f9a8b7c6d";
const AD_ACCOUNT: &str = "7d0a5c1e-20b4-4e55-9d0a-3a6a1c0a9b11";
const PIXEL: &str = "9f3c2d1e-4b5a-4c6d-8e7f-0a1b2c3d4e5f";
const SESSION: &str = "bench";
/// The name of the thread of Snapchat's look-alike.
const LOOK_ALIKE: &str = "look-alike";

struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "a program of its own needs the system's time")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, people] = arguments.as_slice() else { return Err("list_speed FOLDER PEOPLE".into()) };
    let people: u64 = people.parse()?;
    let hashed = hash(people)?;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let world = World::open(Path::new(folder), &look_alike()?).await?;
    world.connect().await?;
    let audience = world.import(people).await?;

    let watch = Watch::start()?;
    profiles::run_until_idle(&world.switchyard).await?;
    let planned = watch.stop()?;
    let watch = Watch::start()?;
    let options = SyncOptions { requests_per_second: Some(1_000_000), ..SyncOptions::default() };
    sync::run_until_idle(&world.switchyard, &options).await?;
    let sent = watch.stop()?;
    let receipts = world.switchyard.audience_sync(&world.actor, audience).await?;
    let synced = receipts.links.first().map_or(0, |link| link.counts.synced);
    if synced != 2 * people {
        return Err(format!("{synced} of {} identifiers are in the list", 2 * people).into());
    }
    let watch = Watch::start()?;
    world.switchyard.audience_sync(&world.actor, audience).await?;
    let page = watch.stop()?;
    let sizes = database_bytes(Path::new(folder))?;
    println!(
        "{}",
        json!({"identifiers": synced, "hash": hashed, "plan": planned, "send": sent, "page": page, "bytes": sizes})
    );
    world.switchyard.store().close().await;
    Ok(())
}

/// The look-alike, on a thread of its own: so that its share can be told from ours. Its address.
fn look_alike() -> Result<String, Failure> {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::Builder::new().name(LOOK_ALIKE.to_owned()).spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            if let Ok(sim) = snap_sim::start(snap_sim::Options::local()).await
                && tell.send(sim.url()).is_ok()
            {
                std::future::pending::<()>().await;
            }
        });
    })?;
    Ok(told.recv()?)
}

/// Digests alone, on one core.
fn hash(people: u64) -> Result<Value, Failure> {
    let raw: Vec<(IdentifierKind, String)> =
        (0..people).flat_map(|no| [(IdentifierKind::Email, email(no)), (IdentifierKind::Phone, phone(no))]).collect();
    let watch = Watch::start()?;
    let bytes: usize = raw.iter().filter_map(|(kind, raw)| digest(*kind, raw, Some("US"))).map(|it| it.len()).sum();
    let took = watch.stop()?;
    if bytes == raw.len() * 64 { Ok(took) } else { Err("some identifiers have no digest".into()) }
}

fn email(no: u64) -> String {
    format!("Person.{no}@Example.com")
}

fn phone(no: u64) -> String {
    format!("+1 415 2{:02} {:04}", no / 10_000 % 100, no % 10_000)
}

struct World {
    switchyard: Switchyard,
    actor: Actor,
}

impl World {
    async fn open(folder: &Path, sim: &str) -> Result<Self, Failure> {
        let path = folder.join("list.db");
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{end}", path.display()));
        }
        let actor =
            Actor { user: UserId(Uuid::from_u128(1)), workspace: WorkspaceId(Uuid::from_u128(2)), role: Role::Admin };
        let store = Store::open(&format!("sqlite://{}", path.display()), Keys::new(&[7; 32])).await?;
        let (name, email) = ("Bench".to_owned(), "bench@n.example".to_owned());
        let user = NewUser { id: actor.user, name, email, password_hash: "x".into() };
        store.set_up(actor.workspace, "Bench", &user, SystemClock.now()).await?;
        let settings = snapchat::Settings {
            accounts_url: sim.to_owned(),
            ads_api_url: format!("{sim}/v1"),
            capi_url: sim.to_owned(),
            client_id: Some("switchyard-demo".to_owned()),
            client_secret: Some(Secret("switchyard-demo-secret".to_owned())),
        };
        let switchyard = Switchyard::new(Parts {
            store,
            clock: Arc::new(SystemClock),
            dice: || 0.5,
            destinations: vec![Arc::new(Snapchat::new(settings, Arc::new(SystemClock))?)],
            public_url: "http://localhost".into(),
        });
        Ok(Self { switchyard, actor })
    }

    /// A destination that is signed in, with the switch of audiences on.
    async fn connect(&self) -> Result<(), Failure> {
        let (switchyard, actor) = (&self.switchyard, &self.actor);
        let destination = switchyard.create_destination(actor, "snapchat", "Snapchat US").await?;
        let address = switchyard.start_oauth(actor, destination, SESSION).await?;
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        let form = HashMap::from([("username", "dana"), ("password", "snap-demo"), ("action", "continue")]);
        let answer = http.post(address).form(&form).send().await?;
        let back = answer.headers()["location"].to_str()?.to_owned();
        let part = |name: &str| {
            let (_, rest) = back.split_once(&format!("{name}="))?;
            rest.split('&').next().map(str::to_owned)
        };
        let returned = OAuthReturn { code: part("code"), state: part("state"), error: None, error_description: None };
        let outcome = switchyard.finish_oauth(Some(actor), SESSION, returned).await;
        if let Some(problem) = outcome.problem {
            return Err(format!("signing in at the look-alike: {problem:?}").into());
        }
        switchyard.choose_assets(actor, destination, BUSINESS, AD_ACCOUNT, PIXEL).await?;
        let version = switchyard.workflow(actor, destination).await?.version;
        let added = EventSetting {
            event: "added_to_segment".into(),
            snap_event: String::new(),
            server: true,
            client: false,
            fields: std::collections::BTreeMap::default(),
        };
        switchyard.save_workflow(actor, destination, version, vec![added]).await?;
        Ok(())
    }

    /// Everybody in a static audience that goes to the destination.
    async fn import(&self, people: u64) -> Result<AudienceId, Failure> {
        let form = AudienceForm {
            name: "Everybody".into(),
            description: String::new(),
            // Nobody is in it by the rule: the file puts them in.
            rule: serde_json::from_value(json!({"conditions": [{"trait": "nobody", "exists": true}]}))?,
            dynamic: false,
            destinations: self.destinations().await?,
        };
        let audience = self.switchyard.create_audience(&self.actor, &form, AudienceState::Active).await?;
        let mut file = self.switchyard.begin_upload(&self.actor, "everybody.csv").await?;
        let mut text = "email,phone\n".to_owned();
        for no in 0..people {
            writeln!(text, "{},{}", email(no), phone(no))?;
        }
        file.write(text.into()).await.map_err(|refusal| format!("{refusal:?}"))?;
        let id = file.finish().await.map_err(|refusal| format!("{refusal:?}"))?;
        self.switchyard.start_upload(&self.actor, id, UploadTarget::Audience(audience)).await?;
        uploads::run_until_idle(&self.switchyard).await?;
        Ok(audience)
    }

    async fn destinations(&self) -> Result<Vec<DestinationId>, Failure> {
        Ok(self.switchyard.destinations(&self.actor).await?.into_iter().map(|it| it.id).collect())
    }
}

/// Bytes of the database and its log.
fn database_bytes(folder: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for end in ["", "-wal"] {
        bytes += fs::metadata(folder.join(format!("list.db{end}")))?.len();
    }
    Ok(bytes)
}

/// Starts to measure: the time, and the seconds of the processor that this process and the look-alike in it have taken.
struct Watch(Instant, f64, f64);

impl Watch {
    fn start() -> Result<Self, Failure> {
        Ok(Self(Instant::now(), cpu_seconds("/proc/self/stat")?, look_alike_seconds()?))
    }

    /// Seconds of the clock, and of the processor: ours, and the look-alike's.
    fn stop(self) -> Result<Value, Failure> {
        let seconds = self.0.elapsed().as_secs_f64();
        let (all, look_alike) = (cpu_seconds("/proc/self/stat")? - self.1, look_alike_seconds()? - self.2);
        Ok(json!({"seconds": seconds, "cpu_seconds": all - look_alike, "look_alike_cpu_seconds": look_alike}))
    }
}

/// What the look-alike's thread has taken; nothing before it was started.
fn look_alike_seconds() -> Result<f64, Failure> {
    for task in fs::read_dir("/proc/self/task")? {
        let folder = task?.path();
        // A thread may end meanwhile.
        let Ok(name) = fs::read_to_string(folder.join("comm")) else { continue };
        if name.trim() == LOOK_ALIKE {
            return cpu_seconds(folder.join("stat"));
        }
    }
    Ok(0.0)
}

/// The kernel counts in hundredths of a second.
fn cpu_seconds(of: impl AsRef<Path>) -> Result<f64, Failure> {
    let stat = fs::read_to_string(of)?;
    let fields = stat.rsplit_once(')').ok_or("the kernel tells no time")?.1;
    let ticks: f64 = fields.split_whitespace().skip(11).take(2).filter_map(|it| it.parse::<f64>().ok()).sum();
    Ok(ticks / 100.0)
}
