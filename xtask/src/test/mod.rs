//! `cargo xtask test`: what CI runs, in stages, each with a header and its duration.

mod arrows;
mod browser;
mod rust;
mod size;
mod tag;

use std::time::Instant;

use anyhow::{Result, bail};

use crate::{build, process::readable, workspace::Workspace};

/// Which stages to run.
#[derive(clap::Args)]
pub struct Args {
    /// Run this stage only; `--list` names them
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Print the stages and what each is about
    #[arg(long)]
    list: bool,
}

/// How a stage ended, if it did not fail.
pub enum Passed {
    /// It ran and found nothing wrong.
    Ran,
    /// There was nothing for it to do, for this reason.
    Skipped(&'static str),
}

struct Stage {
    name: &'static str,
    about: &'static str,
    /// Whether it looks at `target/dist/`, which is then built first.
    needs_build: bool,
    run: fn(&Workspace) -> Result<Passed>,
}

const STAGES: [Stage; 8] = [
    Stage { name: "fmt", about: "the sources are formatted", needs_build: false, run: rust::format },
    Stage {
        name: "arrows",
        about: "no package depends on one that it must not know",
        needs_build: false,
        run: arrows::run,
    },
    Stage {
        name: "clippy",
        about: "no warning, server and browser each for itself",
        needs_build: false,
        run: rust::clippy,
    },
    Stage { name: "unit", about: "unit, contract and integration tests", needs_build: false, run: rust::unit },
    Stage { name: "build", about: "what `cargo xtask build` makes", needs_build: false, run: build_dist },
    Stage {
        name: "size",
        about: "the first view of each page stays under its limit",
        needs_build: true,
        run: size::run,
    },
    Stage {
        name: "tag",
        about: "the browser tag passes its tests, and the checked-in file is what its sources build",
        needs_build: false,
        run: tag::run,
    },
    Stage { name: "browser", about: "the journeys in Chromium", needs_build: true, run: browser::run },
];

/// Runs the stages in order, all of them even after a failure, and fails if one did.
pub fn run(workspace: &Workspace, args: &Args) -> Result<()> {
    if args.list {
        STAGES.iter().for_each(|stage| println!("{:<8} {}", stage.name, stage.about));
        return Ok(());
    }
    let chosen: Vec<&Stage> =
        STAGES.iter().filter(|stage| args.only.as_deref().is_none_or(|name| name == stage.name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
        bail!("no stage has the name {:?}; there are {}", args.only.as_deref().unwrap_or_default(), names.join(", "));
    }
    if args.only.is_some() && chosen.iter().any(|stage| stage.needs_build) {
        build_dist(workspace)?;
    }
    run_all(workspace, &chosen)
}

fn run_all(workspace: &Workspace, stages: &[&Stage]) -> Result<()> {
    let started = Instant::now();
    let (mut failed, mut skipped, mut built) = (Vec::new(), 0, true);
    for stage in stages {
        println!("\n=== {}: {}", stage.name, stage.about);
        let began = Instant::now();
        let result = if stage.needs_build && !built {
            Err(anyhow::anyhow!("needs the build, which failed"))
        } else {
            (stage.run)(workspace)
        };
        let took = readable(began.elapsed());
        match result {
            Ok(Passed::Ran) => println!("--- {}: passed in {took}", stage.name),
            Ok(Passed::Skipped(why)) => {
                skipped += 1;
                println!("--- {}: skipped, {why}", stage.name);
            }
            Err(error) => {
                built &= stage.name != "build";
                failed.push(stage.name);
                println!("--- {}: FAILED in {took}: {error:#}", stage.name);
            }
        }
    }
    println!("\nstages took {}", readable(started.elapsed()));
    if !failed.is_empty() {
        println!("failed: {}", failed.join(", "));
    }
    let passed = stages.len() - failed.len() - skipped;
    let tail = if skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
    println!("{passed} passed, {} failed{tail}", failed.len());
    if failed.is_empty() { Ok(()) } else { std::process::exit(1) }
}

fn build_dist(workspace: &Workspace) -> Result<Passed> {
    build::run(workspace, &build::Args::default())?;
    Ok(Passed::Ran)
}
