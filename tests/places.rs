//! Where a run of the tests puts things: a folder that the next run removes, ports that stay free.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Before a run's process number, in the names of the runs' folders.
const RUNS: &str = "yizhan-tests-";

/// The folder of this run. Nothing static is dropped at the end of a run: each removes what earlier
/// ones left.
pub fn folder_of_this_run() -> PathBuf {
    let all = std::env::temp_dir();
    let listed = std::fs::read_dir(&all).expect("the folder for temporary files");
    for entry in listed.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let run = name
            .strip_prefix(RUNS)
            .and_then(|pid| pid.parse::<u32>().ok());
        if run.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            // Another run may be doing the same.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    let own = all.join(format!("{RUNS}{}", std::process::id()));
    std::fs::create_dir_all(&own).expect("a folder");
    own
}

/// A port below those that the system gives to clients: nobody takes it before the centre does, or
/// while the centre is stopped.
pub fn free_port() -> u16 {
    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    loop {
        let next = std::process::id() as usize * 101 + TAKEN.fetch_add(1, Ordering::SeqCst);
        let port = 16_000 + (next % 16_000) as u16;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
