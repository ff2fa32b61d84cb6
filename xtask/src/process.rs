//! Running other programs so that a reader sees what was run and what it said.

use std::{process::Command, time::Duration};

use anyhow::{Context, Result};

/// Runs a command with its output streamed, and fails if it does.
pub fn run(command: &mut Command) -> Result<()> {
    let line = line(command);
    println!("$ {line}");
    let status = command.status().with_context(|| format!("{line}: cannot be started"))?;
    anyhow::ensure!(status.success(), "{line}: {status}");
    Ok(())
}

/// Runs a command silently and returns its standard output; on failure the error carries what it printed.
pub fn capture(command: &mut Command) -> Result<String> {
    let line = line(command);
    let output = command.output().with_context(|| format!("{line}: cannot be started"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    anyhow::ensure!(
        output.status.success(),
        "{line}: {}\n{said}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim_end()
    );
    Ok(said)
}

/// A duration as a reader wants it: `0.4 s`, `12 s`, `3 min 05 s`.
pub fn readable(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        seconds @ 10..100 => format!("{seconds} s"),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

fn line(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let name = program.rsplit('/').next().unwrap_or(&program).to_owned();
    command.get_args().fold(name, |line, argument| line + " " + &argument.to_string_lossy())
}
