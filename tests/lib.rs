//! What the tests share: a city of their own each, desks in it, and one hand for both pages.

pub mod browser;
pub mod city;
pub mod console;
pub mod desk;

use std::time::{Duration, Instant};

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
