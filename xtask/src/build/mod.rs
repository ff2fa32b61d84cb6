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
    // The end of the pages' compilation keeps one core busy, and so does compressing them: the programs are compiled meanwhile.
    thread::scope(|scope| {
        let programs = scope.spawn(|| binaries::build(workspace, args.release));
        let site = code::compile(workspace).and_then(|wasm| site::assemble(workspace, &wasm));
        let programs = programs.join().unwrap_or_else(|_| Err(anyhow::anyhow!("the programs could not be built")));
        site.and(programs)
    })?;
    println!("{}", size::of(&workspace.dist().join("site"))?);
    println!("built {} in {}", workspace.dist().display(), readable(started.elapsed()));
    Ok(())
}
