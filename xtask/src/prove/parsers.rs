//! Every parser of a device's bytes against hostile input.

use xtask::{Result, process};

use crate::checkout;

/// Inputs of each kind for each parser.
const INPUTS: &str = "10000";

/// The tests are those of `drivers` with `hostile` in their name.
pub fn run() -> Result<()> {
    let mut cargo = checkout::cargo();
    cargo
        .args([
            "test",
            "--release",
            "--package",
            "drivers",
            "--lib",
            "hostile",
        ])
        .env("YIZHAN_HOSTILE_INPUTS", INPUTS);
    process::run("hostile input", &mut cargo)
}
