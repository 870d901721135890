//! Finding sheets in made-up camera pictures: the share found in each family of scenes, and no quad
//! where there is nothing to find.

use xtask::{Result, process};

use crate::checkout;

/// Scenes of each family.
const SCENES: &str = "40";

/// The example prints the table and fails when the required share is missed.
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
