//! What the person at the terminal wants, as messages.

use std::{io, sync::mpsc::Sender, thread};

use anyhow::{Context, Result};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

/// A wish of the person at the terminal.
pub enum Wish {
    /// Ctrl-C, a closed terminal or `kill`.
    Stop,
    /// `w` and Enter.
    ToggleWorker,
}

/// Listens to signals and to the terminal from now on.
pub fn listen(wishes: Sender<Wish>) -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("signals cannot be listened to")?;
    let typed = wishes.clone();
    thread::spawn(move || signals.forever().map_while(|_| wishes.send(Wish::Stop).ok()).for_each(drop));
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            match line.trim() {
                "w" if typed.send(Wish::ToggleWorker).is_err() => return,
                "" | "w" => {}
                _ => println!("w + Enter stops and starts the worker, Ctrl-C stops everything"),
            }
        }
    });
    Ok(())
}
