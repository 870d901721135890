//! What the tests share: a city of their own each, desks in it, and one hand for both pages.

pub mod browser;
pub mod canary;
pub mod city;
pub mod console;
pub mod counter;
pub mod desk;
pub mod places;
pub mod speaker;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;
use std::time::{Duration, Instant};

/// Today as the desks and the city count days.
pub fn today() -> chrono::NaiveDate {
    station::clock::business_day(chrono::Utc::now())
}

/// Asks until the answer is Some, for at most twenty seconds.
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    within(Duration::from_secs(20), what, &mut ask)
}

/// Asks until the answer is Some, for at most `limit`.
pub fn within<T>(limit: Duration, what: &str, ask: &mut impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(began.elapsed() < limit, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(15));
    }
}

/// The built driver of the virtual reader, `libifd.so`.
pub fn reader_driver() -> PathBuf {
    static BUILT: Once = Once::new();
    let test = std::env::current_exe().expect("this binary");
    let folder = test.parent().and_then(Path::parent).expect("debug/deps");
    let target = folder.parent().expect("the target folder");
    BUILT.call_once(|| {
        // Cargo builds no library for a test of another package, and an old one may lie there.
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let built = Command::new(cargo)
            .args(["build", "--quiet", "-p", "ifd"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("CARGO_TARGET_DIR", target)
            .status();
        assert!(
            built.is_ok_and(|status| status.success()),
            "the reader driver is built"
        );
    });
    folder.join("libifd.so")
}
