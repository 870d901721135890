//! The exchange with the centre in a simulated city, run after run; a failing seed is printed.

use xtask::{Error, Result, process};

use crate::checkout;

/// Runs, where nobody says how many.
const SEEDS: &str = "10000";

/// All of them, `--seeds N` as many, or `--seed S` that one again.
pub fn run(options: &[&str]) -> Result<()> {
    let (name, value) = match options {
        [] => ("YIZHAN_SEEDS", SEEDS),
        ["--seeds", count] => ("YIZHAN_SEEDS", *count),
        ["--seed", seed] => ("YIZHAN_SEED", *seed),
        _ => {
            let known = "`prove sync` knows --seeds N and --seed S";
            return Err(Error::Failed(known.to_owned()));
        }
    };
    if value.parse::<u64>().is_err() {
        return Err(Error::Failed(format!("{value} is no number")));
    }
    let mut cargo = checkout::cargo();
    cargo
        .args(["test", "--workspace", "--test", "tests"])
        .args(checkout::FEATURES)
        .args(["--", "--nocapture", "simulator::whatever"])
        .env(name, value);
    process::run("the simulated city", &mut cargo)
}
