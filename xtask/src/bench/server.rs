//! A fresh release server for each benchmark, on the disk of the target folder.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use super::{Row, load::Latencies};
use crate::{child::Child, http::Connection, process, workspace::Workspace};

/// What all benchmarks share.
pub struct Bench {
    /// Where the databases are.
    pub folder: PathBuf,
    /// How long load is sent.
    pub lasts: Duration,
    program: PathBuf,
    setup: PathBuf,
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
    pub fn new(workspace: &Workspace, lasts: Duration) -> Result<Self> {
        let folder = workspace.cache().join("bench");
        fs::create_dir_all(&folder)?;
        let program = workspace.dist().join("switchyard");
        ensure!(program.exists(), "switchyard is not built yet; leave out --no-build");
        Ok(Self { folder, lasts, program, setup: workspace.path("xtask/bench/bench.toml") })
    }

    /// Starts pages and ingestion on an empty database, with a destination that wants the events.
    pub fn server(&self) -> Result<Server> {
        for entry in fs::read_dir(&self.folder)? {
            fs::remove_file(entry?.path())?;
        }
        let address = free_address()?;
        process::capture(self.switchyard(address).arg("apply").arg(&self.setup))?;
        self.serve(address)
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

    fn switchyard(&self, address: SocketAddr) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env("SWITCHYARD_ADDR", address.to_string())
            .env("SWITCHYARD_DATABASE_URL", format!("sqlite://{}", self.folder.join("bench.db").display()))
            .env("SWITCHYARD_METRICS_ADDR", "127.0.0.1:0")
            .env("SWITCHYARD_LOG", "warn");
        command
    }
}

impl Server {
    /// Resident memory, as the kernel counts it.
    pub fn memory(&self) -> Result<Row> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS")).context("the kernel tells no memory")?;
        let kib: f64 = line.split_whitespace().nth(1).unwrap_or_default().parse()?;
        Ok(Row::new("resident memory", format!("{:.0} MB", kib * 1_024.0 / 1e6)))
    }
}

/// Starts the server several times on one database.
pub fn start(bench: &Bench) -> Result<Vec<Row>> {
    let mut server = bench.server()?;
    let memory = server.memory()?;
    let mut latencies = Latencies::default();
    for _ in 0..10 {
        let address = server.address;
        drop(server);
        server = bench.serve(address)?;
        latencies.add(server.ready_after);
    }
    Ok(vec![Row::new("from start to ready", latencies.summary()), memory])
}

/// An address that nobody listens on at this moment.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?.local_addr()?)
}
