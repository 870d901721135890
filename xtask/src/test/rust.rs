//! The steps that call cargo.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use xtask::{Doing, Error, Result, process};

use super::Tally;
use crate::checkout;

pub fn fmt() -> Result<()> {
    process::run(
        "cargo fmt",
        checkout::cargo().args(["fmt", "--all", "--", "--check"]),
    )
}

pub fn build() -> Result<()> {
    checkout::build_crates(false)
}

pub fn clippy() -> Result<()> {
    let mut cargo = checkout::cargo();
    cargo
        .args(["clippy", "--workspace", "--all-targets"])
        .args(checkout::FEATURES);
    process::run("cargo clippy", cargo.args(["--", "--deny", "warnings"]))
}

/// Broken links in the documentation are errors; nothing is kept of what is written.
pub fn docs() -> Result<()> {
    let mut cargo = checkout::cargo();
    cargo
        .args(["doc", "--workspace", "--no-deps", "--quiet"])
        .args(checkout::FEATURES);
    process::run("cargo doc", cargo.env("RUSTDOCFLAGS", "--deny warnings"))
}

/// Every test of the workspace; the counts are read from what cargo prints while it prints it.
pub fn test(tally: &mut Tally) -> Result<()> {
    let mut cargo = checkout::cargo();
    cargo
        .args(["test", "--workspace", "--no-fail-fast"])
        .args(checkout::FEATURES);
    let mut child = cargo
        .stdout(Stdio::piped())
        .spawn()
        .doing(|| "start cargo test".to_owned())?;
    for line in child
        .stdout
        .take()
        .into_iter()
        .flat_map(|out| BufReader::new(out).lines())
    {
        let line = line.doing(|| "read what cargo test says".to_owned())?;
        println!("{line}");
        if let Some((passed, failed)) = counts(&line) {
            tally.passed += passed;
            tally.failed += failed;
        }
    }
    let status = child.wait().doing(|| "wait for cargo test".to_owned())?;
    match status.success() {
        true => Ok(()),
        false => Err(Error::Failed(format!("cargo test failed ({status})"))),
    }
}

/// Passed and failed of a line `test result: ok. 3 passed; 0 failed; …`.
fn counts(line: &str) -> Option<(u64, u64)> {
    let (_, rest) = line
        .trim_start()
        .strip_prefix("test result: ")?
        .split_once(". ")?;
    let mut parts = rest.split("; ");
    let mut count = |word: &str| parts.next()?.strip_suffix(word)?.trim().parse().ok();
    Some((count("passed")?, count("failed")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_counted_and_other_lines_are_not() {
        let good = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out";
        let bad = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!(counts(good), Some((12, 0)));
        assert_eq!(counts(bad), Some((3, 2)));
        assert_eq!(counts("test tests::the_test_result_is_shown ... ok"), None);
    }
}
