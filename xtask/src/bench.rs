//! `bench`: runs one measurement with the optimised build.

use xtask::{Result, process};

use crate::checkout;

pub fn run(options: &[&str]) -> Result<()> {
    let mut cargo = checkout::cargo();
    cargo
        .args(["run", "--release", "--quiet", "--package", "bench", "--"])
        .args(options);
    process::run("bench", &mut cargo)
}
