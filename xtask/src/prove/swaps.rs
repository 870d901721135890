//! A thousand cards swapped on virtual readers of a real pcscd; takes three minutes.

use xtask::{Result, process};

use crate::checkout;

/// Swaps, over all readers.
const SWAPS: &str = "1000";

/// The test is the one of `drivers` with that name.
pub fn run() -> Result<()> {
    let mut cargo = checkout::cargo();
    cargo
        .args(["test", "--package", "drivers", "--test", "swaps"])
        .env("YIZHAN_SWAPS", SWAPS);
    process::run("card swaps", &mut cargo)
}
