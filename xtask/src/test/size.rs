//! The stage that holds the first view under its limit.

use anyhow::{Result, ensure};

use super::Passed;
use crate::{build::size, workspace::Workspace};

/// Weighs what was built.
pub fn run(workspace: &Workspace) -> Result<Passed> {
    let view = size::of(&workspace.dist().join("site"))?;
    println!("{view}");
    ensure!(view.code() < size::LIMIT, "wasm and script weigh {} bytes, the limit is {}", view.code(), size::LIMIT);
    Ok(Passed::Ran)
}
