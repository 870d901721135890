//! Finding sheets in made-up camera pictures: in each family of scenes how many were right, abstained and
//! wrong, how exact and how fast; no quad that covers no sheet, be there a sheet or none.

use xtask::{Result, process};

use crate::checkout;

/// Scenes of each family.
const SCENES: &str = "40";

/// The example prints the table and fails on any wrong quad, and when the required share is missed.
pub fn run() -> Result<()> {
    let mut cargo = checkout::cargo();
    cargo.args([
        "run",
        "--release",
        "--package",
        "drivers",
        "--example",
        "find_sheets",
        "--",
        "made",
        SCENES,
    ]);
    process::run("finding sheets", &mut cargo)
}
