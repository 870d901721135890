//! Stations, both processes of a centre and PostgreSQL, killed under load for ten minutes.

use xtask::{Result, process};

use crate::checkout;

/// How long it storms.
const SECONDS: &str = "600";

/// The test of that name, for longer.
pub fn run() -> Result<()> {
    let mut cargo = checkout::cargo();
    cargo
        .args(["test", "--workspace", "--test", "tests"])
        .args(checkout::FEATURES)
        .args(["--", "--nocapture", "killed_in_a_storm"])
        .env("YIZHAN_STORM_S", SECONDS);
    process::run("the storm", &mut cargo)
}
