//! What a program that measures a single part prints of itself: one JSON object on its last line.

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// The object.
pub struct Printed(Value);

impl Printed {
    /// Runs the program.
    pub fn of(command: &mut Command) -> Result<Self> {
        let said = process::capture(command)?;
        let last = said.lines().last().unwrap_or_default();
        Ok(Self(serde_json::from_str(last).with_context(|| format!("no result: {said}"))?))
    }

    /// A number of it; `a.b` is the number `b` of what stands under `a`.
    pub fn number(&self, key: &str) -> Result<f64> {
        let found = key.split('.').fold(&self.0, |value, part| &value[part]);
        found.as_f64().with_context(|| format!("no {key} in {}", self.0))
    }

    /// How many there are of the one in a second of the other.
    pub fn per_second(&self, many: &str, seconds: &str) -> Result<f64> {
        Ok(self.number(many)? / self.number(seconds)?)
    }
}
