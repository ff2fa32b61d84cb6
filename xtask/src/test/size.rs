//! The stage that holds the first view of each page under its limit.

use anyhow::{Result, ensure};

use super::Passed;
use crate::{build::size, workspace::Workspace};

/// Weighs what was built.
pub fn run(workspace: &Workspace) -> Result<Passed> {
    let view = size::of(&workspace.dist().join("site"))?;
    println!("{view}");
    let over = view.over();
    let told = over.iter().map(|(page, weight)| format!("{page}: {weight} bytes"));
    let told = told.collect::<Vec<_>>().join("; ");
    ensure!(over.is_empty(), "the code of a first view weighs more than {} bytes: {told}", size::LIMIT);
    Ok(Passed::Ran)
}
