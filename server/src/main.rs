//! The binary `switchyard`: the only place that knows all parts.

mod assemble;
mod cli;
mod clock;
mod commands;
mod http;
mod logging;
mod secret_key;
mod serve;
mod settings;

use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Command, DatabaseArgs};

/// Events are many small values that live for one batch: mimalloc hands them out faster than the system does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match start(cli.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("switchyard: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn start(command: Command) -> anyhow::Result<ExitCode> {
    let database: &DatabaseArgs = match &command {
        Command::Serve(args) => &args.database,
        Command::Apply { database, .. }
        | Command::Export { database, .. }
        | Command::Check { database, .. }
        | Command::Replay { database, .. } => database,
    };
    logging::init(database)?;
    // reqwest comes without a TLS provider of its own.
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("a TLS provider is installed already"))?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        match command {
            Command::Serve(args) => serve::run(&args).await.map(|()| ExitCode::SUCCESS),
            command => commands::run(command).await,
        }
    })
}
