//! Card after card on fifteen readers at once, with no gap, a short one or a long one, in the
//! middle of a read and after it: no card is seen that does not lie there, none is read twice, and
//! each that lies still for a second after its reader was seen empty is read.
//!
//! Seen empty is what the service says. Some swaps without a gap stay hidden from it: pcscd powers
//! an idle card down, asks for presence before it does, and takes that answer for nothing. These
//! are counted apart; nothing above the service can know of them.
//!
//! `YIZHAN_SWAPS` says how many; `cargo xtask prove swaps` runs a thousand.

#![allow(
    clippy::unwrap_used,
    reason = "a test; without the harness clippy cannot tell"
)]

#[allow(dead_code, reason = "the cases of `cards` use all of it")]
mod rig;
mod swapping;

use drivers::virtual_card::pcscd;
use std::process::ExitCode;

/// Swaps where nobody says how many.
const SWAPS: usize = 45;

fn main() -> ExitCode {
    if std::env::args().any(|arg| arg == "--list") {
        println!("no_ghosts_and_no_card_missed: test");
        return ExitCode::SUCCESS;
    }
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    if filter.is_some_and(|part| !"no_ghosts_and_no_card_missed".contains(&part)) {
        return ExitCode::SUCCESS;
    }
    let swaps = std::env::var("YIZHAN_SWAPS").ok();
    let swaps = swaps.map_or(SWAPS, |swaps| swaps.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    // SAFETY: no other thread runs yet, and nothing has read the variable.
    unsafe { std::env::set_var("PCSCLITE_CSOCK_NAME", pcscd::socket_in(folder.path())) };
    swapping::run(folder.path(), swaps);
    println!("test no_ghosts_and_no_card_missed ... ok");
    ExitCode::SUCCESS
}
