//! `apply`, `export`, `check`, `replay`: results on standard output, mistakes on standard error.

use std::{path::Path, process::ExitCode};

use anyhow::Context;
use domain::Timestamp;
use pipeline::{Switchyard, apply, books, export, replay};

use crate::{
    assemble,
    cli::{Command, DatabaseArgs, SnapchatArgs},
    settings::SnapchatSettings,
};

/// Runs a command other than `serve`.
pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(_) => unreachable!("main runs it"),
        Command::Apply { file, database } => run_apply(&file, &database).await,
        Command::Export { workspace, database } => {
            let switchyard = open_existing(&database).await?;
            print!("{}", export::export(&switchyard, workspace.as_deref()).await?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Check { json, database } => run_check(json, &database).await,
        Command::Replay { destination, workspace, since, until, event, dry_run, database } => {
            let filter = replay::ReplayFilter {
                workspace,
                destination,
                since: since.as_deref().map(|text| time("--since", text)).transpose()?,
                until: until.as_deref().map(|text| time("--until", text)).transpose()?,
                event,
            };
            let count = replay::replay(&open_existing(&database).await?, &filter, dry_run).await?;
            let verb = if dry_run { "would go" } else { "went" };
            println!("{count} dead deliveries {verb} back to waiting");
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn run_apply(file: &Path, database: &DatabaseArgs) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))?;
    let switchyard = open(database).await?;
    let env = |variable: &str| std::env::var(variable).ok();
    let changes = apply::apply(&switchyard, &text, &file.display().to_string(), &env).await?;
    if changes.is_empty() {
        println!("nothing to change");
    }
    for change in changes {
        println!("{change}");
    }
    Ok(ExitCode::SUCCESS)
}

async fn run_check(json: bool, database: &DatabaseArgs) -> anyhow::Result<ExitCode> {
    let books = books::books(&open_existing(database).await?).await?;
    if json {
        println!("{}", serde_json::to_string_pretty(&books)?);
    } else {
        print!("{books}");
    }
    Ok(if books.balanced() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn open_existing(database: &DatabaseArgs) -> anyhow::Result<Switchyard> {
    assemble::expect_database(database)?;
    open(database).await
}

async fn open(database: &DatabaseArgs) -> anyhow::Result<Switchyard> {
    let destination = assemble::snapchat(&SnapchatSettings::new(&SnapchatArgs::default())?)?;
    assemble::switchyard(database, destination, String::new()).await
}

fn time(flag: &str, text: &str) -> anyhow::Result<Timestamp> {
    Timestamp::parse_iso(text)
        .with_context(|| format!("{flag} is {text:?}, but a time such as 2026-11-25T10:00:00Z is expected"))
}
