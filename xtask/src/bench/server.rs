//! A fresh release server for each benchmark, on the disk of the target folder.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{load::Latencies, processor, table::Row};
use crate::{child::Child, http::Connection, process, workspace::Workspace};

/// What all benchmarks share.
pub struct Bench {
    /// Where the databases are.
    pub folder: PathBuf,
    /// How long each figure is measured.
    pub lasts: Duration,
    /// How many events are logged, or wait.
    pub rows: u64,
    /// How many are logged already before a backlog is measured.
    pub logged: u64,
    /// What the benchmarks bring: workspaces, the peer.
    pub sources: PathBuf,
    /// What is kept between runs.
    pub cache: PathBuf,
    program: PathBuf,
    examples: PathBuf,
}

/// A server with the benchmarks' workspace.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
    ready_after: Duration,
}

impl Bench {
    /// Makes the folder for the databases.
    pub fn new(workspace: &Workspace, lasts: Duration, rows: u64, logged: u64) -> Result<Self> {
        let folder = workspace.cache().join("bench");
        fs::create_dir_all(&folder)?;
        let program = workspace.dist().join("switchyard");
        let (sources, cache) = (workspace.path("xtask/bench"), workspace.cache());
        let examples = workspace.target.join("release/examples");
        Ok(Self { folder, lasts, rows, logged, sources, cache, program, examples })
    }

    /// A program that measures a single part.
    pub fn example(&self, name: &str) -> PathBuf {
        self.examples.join(name)
    }

    /// Starts pages and ingestion on an empty database, with a workspace whose destinations want the events.
    pub fn server(&self, workspace: &str) -> Result<Server> {
        self.server_with(workspace, |_| Ok(()))
    }

    /// The same on a database that was filled before.
    pub fn server_with(&self, workspace: &str, fill: impl FnOnce(&Path) -> Result<()>) -> Result<Server> {
        for entry in fs::read_dir(&self.folder)? {
            fs::remove_file(entry?.path())?;
        }
        ensure!(self.program.exists(), "switchyard is not built yet; leave out --no-build");
        let address = free_address()?;
        process::capture(self.switchyard(address).arg("apply").arg(self.sources.join(workspace)))?;
        fill(&self.database())?;
        self.serve(address)
    }

    /// Starts delivery on the database as it is, to a look-alike of Snapchat's Conversions API.
    pub fn worker(&self, sink: SocketAddr) -> Result<Child> {
        let mut command = self.switchyard(free_address()?);
        command.env("SNAPCHAT_CAPI_URL", format!("http://{sink}")).args(["serve", "--role", "worker"]);
        Child::spawn("worker", &mut command, &self.folder)
    }

    /// Stops a server and proves that each of its events is accounted for.
    pub fn check(&self, server: Server) -> Result<()> {
        drop(server);
        self.books().map(drop)
    }

    /// What became of all deliveries, proven to add up.
    pub fn books(&self) -> Result<Value> {
        let said = process::capture(self.switchyard(free_address()?).args(["check", "--json"]))?;
        serde_json::from_str(&said).context("the books are not JSON")
    }

    /// The size of the database's write-ahead log in megabytes: the largest that it had, since its file isn't cut while it is in use.
    pub fn log_size(&self) -> Result<f64> {
        Ok(fs::metadata(self.folder.join("bench.db-wal"))?.len() as f64 / 1e6)
    }

    fn serve(&self, address: SocketAddr) -> Result<Server> {
        let began = Instant::now();
        let mut process =
            Child::spawn("switchyard", self.switchyard(address).args(["serve", "--role", "web"]), &self.folder)?;
        let ready = || Connection::open(address).and_then(|mut it| it.get("/readyz")).is_ok_and(|it| it.status == 200);
        while !ready() {
            ensure!(process.ended()?.is_none(), "the server does not start:\n{}", process.last_words());
            ensure!(began.elapsed() < Duration::from_secs(30), "the server is not ready after 30 s");
            thread::sleep(Duration::from_millis(2));
        }
        Ok(Server { address, process, ready_after: began.elapsed() })
    }

    fn database(&self) -> PathBuf {
        self.folder.join("bench.db")
    }

    fn switchyard(&self, address: SocketAddr) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env("SWITCHYARD_ADDR", address.to_string())
            .env("SWITCHYARD_DATABASE_URL", format!("sqlite://{}", self.database().display()))
            .env("SWITCHYARD_METRICS_ADDR", "127.0.0.1:0")
            .env("SWITCHYARD_SOURCE_RATE", "1000000")
            .env("SWITCHYARD_LOG", "warn");
        command
    }
}

impl Server {
    /// The processor time that it has taken so far.
    pub fn processor_seconds(&self) -> Result<f64> {
        processor::seconds(self.process.id())
    }

    /// Resident memory, as the kernel counts it.
    pub fn memory(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS")).context("the kernel tells no memory")?;
        let kib: f64 = line.split_whitespace().nth(1).unwrap_or_default().parse()?;
        Ok(kib * 1_024.0 / 1e6)
    }
}

/// Starts the server several times on one database.
pub fn idle(bench: &Bench) -> Result<Vec<Row>> {
    let mut server = bench.server("bench.toml")?;
    let memory = server.memory()?;
    let mut latencies = Latencies::default();
    for _ in 0..10 {
        let address = server.address;
        drop(server);
        server = bench.serve(address)?;
        latencies.add(server.ready_after);
    }
    let ready = Row::at_most("from start to ready, slowest of ten", latencies.at(1.0), 500.0, " ms");
    Ok(vec![ready, Row::at_most("resident memory", memory, 60.0, " MB")])
}

/// An address that nobody listens on at this moment.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?.local_addr()?)
}
