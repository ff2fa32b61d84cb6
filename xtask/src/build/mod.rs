//! `cargo xtask build`: one folder with two binaries and the site, which runs wherever it is moved to.

mod binaries;
mod bundle;
mod cache;
mod code;
mod optimise;
mod publish;
mod site;
pub mod size;
mod split;
mod style;

use std::{thread, time::Instant};

use anyhow::Result;

use crate::{process::readable, tools, workspace::Workspace};

/// What can be asked of a build.
#[derive(clap::Args, Clone, Copy, Default)]
pub struct Args {
    /// Optimise the binaries (the pages always are)
    #[arg(long)]
    pub release: bool,
}

/// Builds everything into `target/dist/` and prints the size of the first view.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    let started = Instant::now();
    tools::wasm_target()?;
    let wasm = code::compile(workspace)?;
    // Optimising and compressing the pages keeps one core busy, the compiler the other.
    thread::scope(|scope| {
        let site = scope.spawn(|| site::assemble(workspace, &wasm));
        binaries::build(workspace, args.release)?;
        site.join().unwrap_or_else(|_| Err(anyhow::anyhow!("the site could not be assembled")))
    })?;
    println!("{}", size::of(&workspace.dist().join("site"))?);
    println!("built {} in {}", workspace.dist().display(), readable(started.elapsed()));
    Ok(())
}
