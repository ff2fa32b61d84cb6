//! The project's own commands: build, demo, test, bench. `cargo xtask --help` lists them.
#![allow(
    clippy::disallowed_methods,
    reason = "a development tool has no clock to hand in; nothing of it runs in the product"
)]

mod bench;
mod build;
mod child;
mod demo;
mod http;
mod process;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Builds, runs, tests and measures Switchyard.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds `target/dist/`: the binaries `switchyard` and `snap-sim`, and `site/` beside them
    Build(build::Args),
    /// Runs everything on this machine: the Snapchat simulator, the server, a demo workspace and a trickle of shop events
    Demo(demo::Args),
    /// Measures the built server on this machine and prints a table
    Bench(bench::Args),
    /// Runs everything that CI runs, stage by stage
    Test(test::Args),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let workspace = Workspace::load()?;
    match command {
        Command::Build(args) => build::run(&workspace, &args),
        Command::Bench(args) => bench::run(&workspace, &args),
        Command::Demo(args) => demo::run(&workspace, &args),
        Command::Test(args) => test::run(&workspace, &args),
    }
}
