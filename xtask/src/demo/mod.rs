//! `cargo xtask demo`: the whole product on this machine, with nothing to configure.

mod parts;
mod shop;
mod signals;
mod traffic;

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use self::{parts::Parts, signals::Wish};
use crate::{build, http::Connection, process::readable, workspace::Workspace};

/// Slower than the slowest first start seen, which waits for the disk.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// How often the children are looked after.
const LOOK: Duration = Duration::from_millis(200);

/// What `--help` says beside the flags.
const UNPLUGGING: &str = "\
Pages and ingestion (`switchyard serve --role web`) and delivery (`--role worker`) run as two processes on one SQLite file
in .demo/. Type w and Enter to stop the worker and again to start it: events that arrive meanwhile wait, and are delivered
when it is back. `kill -9` with the process id that is printed does the same the hard way.

To have Snapchat fail, give the simulator a rule, for instance three answers of 503:
  curl -d '[{\"path\":\"/v3/\",\"times\":3,\"status\":503}]' -H 'content-type: application/json' http://127.0.0.1:3001/_sim/faults";

/// How the demo is to run.
#[derive(clap::Args)]
#[command(after_help = UNPLUGGING)]
pub struct Args {
    /// The port of the pages; the Snapchat simulator takes the next one
    #[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u16).range(1..65535))]
    port: u16,
    /// Begin with a new database
    #[arg(long)]
    fresh: bool,
    /// Send no shop events
    #[arg(long)]
    no_traffic: bool,
    /// Run what was built last
    #[arg(long)]
    no_build: bool,
}

/// Where the demo's parts are.
pub struct Stage {
    dist: PathBuf,
    data: PathBuf,
    pages: SocketAddr,
    simulator: SocketAddr,
}

/// Builds, starts everything, and looks after it until someone says stop.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let address = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stage = Stage {
        dist: workspace.dist(),
        data: workspace.path(".demo"),
        pages: address(args.port),
        simulator: address(args.port + 1),
    };
    for address in [stage.pages, stage.simulator] {
        TcpListener::bind(address)
            .with_context(|| format!("port {} is taken; choose another with --port", address.port()))?;
    }
    if !args.no_build {
        build::run(workspace, &build::Args::default())?;
    }
    for program in ["switchyard", "snap-sim"] {
        ensure!(stage.dist.join(program).exists(), "{program} is not built yet; leave out --no-build");
    }
    if args.fresh && stage.data.exists() {
        fs::remove_dir_all(&stage.data).with_context(|| format!("{} cannot be removed", stage.data.display()))?;
    }
    fs::create_dir_all(&stage.data)?;
    let (wishes, hear) = mpsc::channel();
    signals::listen(wishes)?;
    let began = Instant::now();
    let mut parts = Parts::start(&stage, &workspace.path("xtask/demo/demo.toml"))?;
    wait_until_ready(&stage, &mut parts, &hear)?;
    println!("\nready in {}", readable(began.elapsed()));
    print_welcome(&stage, &parts, args, &capi_token(workspace)?);
    if !args.no_traffic {
        let pages = stage.pages;
        thread::spawn(move || traffic::run(pages));
    }
    look_after(parts, &hear)
}

/// Waits until the server takes events, which it does once its database is open.
fn wait_until_ready(stage: &Stage, parts: &mut Parts, hear: &mpsc::Receiver<Wish>) -> Result<()> {
    let deadline = Instant::now() + START_PATIENCE;
    for (address, path) in [(stage.simulator, "/_sim/stats"), (stage.pages, "/readyz")] {
        while !Connection::open(address).and_then(|mut open| open.get(path)).is_ok_and(|answer| answer.status == 200) {
            parts.check()?;
            if let Ok(Wish::Stop) = hear.recv_timeout(LOOK) {
                bail!("stopped before it was ready");
            }
            ensure!(Instant::now() < deadline, "http://{address}{path} is not ready after {START_PATIENCE:?}");
        }
    }
    Ok(())
}

fn look_after(mut parts: Parts, hear: &mpsc::Receiver<Wish>) -> Result<()> {
    loop {
        match hear.recv_timeout(LOOK) {
            Ok(Wish::Stop) | Err(RecvTimeoutError::Disconnected) => {
                println!("\nstopping");
                parts.stop();
                println!("stopped; the data stays in .demo/ (--fresh begins anew)");
                return Ok(());
            }
            Ok(Wish::ToggleWorker) => println!("{}", parts.toggle_worker()?),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Some(news) = parts.check()? {
            println!("{news}");
        }
    }
}

fn print_welcome(stage: &Stage, parts: &Parts, args: &Args, token: &str) {
    let worker = parts.worker_id().map_or_else(|| "not running".to_owned(), |id| format!("process {id}"));
    println!(
        "
  Switchyard          http://{pages}
    sign in           dana@northwind.example / switchyard-demo
    write key         wk_northwind_web{traffic}

  Snapchat simulator  http://{simulator}
    its login         dana@northwind.example / snap-demo
    CAPI token        {token}

  Connect it: Destinations → All Destinations → Snapchat, then \"Authenticate Snapchat\".
  Worker: {worker}; w + Enter stops and starts it. Logs: .demo/*.log
  Ctrl-C stops everything.
",
        pages = stage.pages,
        simulator = stage.simulator,
        traffic = if args.no_traffic { "" } else { " (shop events come in every second or two)" },
    );
}

/// The first Conversions API token that the simulator's built-in seed accepts.
fn capi_token(workspace: &Workspace) -> Result<String> {
    let path = workspace.path("crates/snap-sim/seed/northwind.toml");
    let seed = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let line =
        seed.lines().find(|line| line.starts_with("capi_tokens")).context("the simulator's seed has no CAPI token")?;
    Ok(line.split('"').nth(1).unwrap_or_default().to_owned())
}
