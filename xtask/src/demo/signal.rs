//! Ctrl-C and a polite kill, as a flag to look at. Without it we would end at once, and the prompt
//! would come back before the children have left.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on the three signals only set the flag; a second one ends us at once (the children
/// still leave, see `xtask::process`).
pub fn watch() {
    for number in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        let handler = note as extern "C" fn(libc::c_int) as libc::sighandler_t;
        // SAFETY: the handler stores an atomic and resets the disposition, both of which are
        // allowed in a signal handler.
        unsafe { libc::signal(number, handler) };
    }
}

/// Whether one of them has come.
pub fn asked_to_end() -> bool {
    ASKED.load(Ordering::SeqCst)
}

extern "C" fn note(number: libc::c_int) {
    ASKED.store(true, Ordering::SeqCst);
    // SAFETY: `signal` is async-signal-safe.
    unsafe { libc::signal(number, libc::SIG_DFL) };
}
