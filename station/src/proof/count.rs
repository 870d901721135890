//! How much a proof does, and the line it ends with. The test command runs small counts;
//! `cargo xtask prove store` runs the full ones and makes a table of the lines.

use std::time::Instant;

/// Set to `full` by `prove store`.
const COUNT: &str = "YIZHAN_PROOF";
/// One seed, to see one failure again.
const SEED: &str = "YIZHAN_PROOF_SEED";
/// One promise, where not all are to be proved.
const ONLY: &str = "YIZHAN_PROOF_ONLY";
/// Losses that are shown one by one.
const SHOWN: usize = 5;

/// `small` in the test command, `full` in `prove store`.
pub(crate) fn of(small: u64, full: u64) -> u64 {
    match std::env::var(COUNT).as_deref() {
        Ok("full") => full,
        Ok(number) => number.parse().unwrap_or(small),
        Err(_) => small,
    }
}

/// The one seed to run.
pub(crate) fn seed() -> Option<u64> {
    std::env::var(SEED).ok()?.parse().ok()
}

/// One line of the table, while its proof runs.
pub(crate) struct Row {
    promise: &'static str,
    about: String,
    began: Instant,
}

impl Row {
    /// None where another promise alone is to be proved.
    pub(crate) fn begin(promise: &'static str, about: &str) -> Option<Row> {
        if std::env::var(ONLY).is_ok_and(|only| only != promise) {
            return None;
        }
        Some(Row {
            promise,
            about: about.to_owned(),
            began: Instant::now(),
        })
    }

    /// Ends it: `lost` must be empty.
    pub(crate) fn end(self, count: u64, found: u64, lost: &[String]) {
        let (promise, about) = (self.promise, self.about.clone());
        self.say(count, found, lost.len(), lost.is_empty());
        let shown = lost.iter().take(SHOWN).cloned().collect::<Vec<_>>();
        assert!(
            lost.is_empty(),
            "{promise}, {about}: {} lost, among them\n  {}",
            lost.len(),
            shown.join("\n  ")
        );
    }

    /// Ends one in which the harness must find losses.
    pub(crate) fn end_wanting_losses(self, count: u64, lost: &[String]) {
        let about = self.about.clone();
        if seed().is_some() {
            lost.iter().for_each(|what| eprintln!("{what}"));
            return;
        }
        self.say(count, lost.len() as u64, lost.len(), !lost.is_empty());
        assert!(
            !lost.is_empty(),
            "{about}: {count} cuts and nothing was lost"
        );
    }

    fn say(self, count: u64, found: u64, lost: usize, holds: bool) {
        println!(
            "proof\t{}\t{}\t{count}\t{found}\t{lost}\t{:.1}\t{}",
            self.promise,
            self.about,
            self.began.elapsed().as_secs_f64(),
            if holds { "holds" } else { "FAILS" }
        );
    }
}
