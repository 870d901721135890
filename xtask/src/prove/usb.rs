//! Identity card readers on USB, on a real kernel: software readers plugged into its virtual USB
//! controller (`vhci_hcd`) in a guest, read through usbfs.

use std::time::Duration;

use xtask::{Result, process};

use super::guest::Guest;
use crate::checkout;

const PROGRAM: &str = "usb_reader";

pub fn run() -> Result<()> {
    let mut cargo = checkout::cargo();
    cargo.args(["build", "--package", "drivers", "--example", PROGRAM]);
    process::run("the proof's program", &mut cargo)?;
    let program = checkout::target()?.join("debug/examples").join(PROGRAM);
    let said = Guest {
        name: "usb",
        modules: &["vhci-hcd"],
        programs: &[program],
        script: PROGRAM,
        limit: Duration::from_secs(300),
    }
    .run()?;
    // The kernel's own lines stand between.
    let ours = said.lines().filter(|line| line.starts_with("usb"));
    ours.for_each(|line| println!("{line}"));
    Ok(())
}
