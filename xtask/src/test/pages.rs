//! The steps that call the scripts of `ui/package.json`.

use std::fs;

use serde_json::Value;
use xtask::{Doing, Error, Result};

use super::Tally;
use crate::checkout;

pub fn script(name: &str) -> Result<()> {
    checkout::npm_script(name, &[])
}

pub fn build() -> Result<()> {
    checkout::build_pages()
}

/// The pages' own tests; vitest writes its counts to a file beside what it shows.
pub fn unit(tally: &mut Tally) -> Result<()> {
    let folder = checkout::target()?.join("xtask");
    let file = folder.join("vitest.json");
    fs::create_dir_all(&folder).doing(|| format!("make {}", folder.display()))?;
    if file.exists() {
        fs::remove_file(&file).doing(|| format!("delete {}", file.display()))?;
    }
    let output = format!("--outputFile.json={}", file.display());
    let reporters = ["--reporter=default", "--reporter=json", &output];
    let ran = checkout::npm_script("test:unit", &reporters);
    let report = fs::read(&file).doing(|| format!("read {}", file.display()));
    match (&ran, report) {
        (_, Ok(report)) => count(&report, tally)?,
        (Ok(()), Err(error)) => return Err(error),
        // It failed before it could count: its own error says more.
        (Err(_), Err(_)) => {}
    }
    ran
}

fn count(report: &[u8], tally: &mut Tally) -> Result<()> {
    let report: Value = serde_json::from_slice(report)
        .map_err(|e| Error::Failed(format!("vitest's report: {e}")))?;
    let field = |name: &str| {
        report[name]
            .as_u64()
            .ok_or_else(|| Error::Failed(format!("vitest's report lacks {name}")))
    };
    tally.passed += field("numPassedTests")?;
    tally.failed += field("numFailedTests")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_come_from_the_report_and_a_report_without_them_is_an_error() {
        let mut tally = Tally::default();
        count(br#"{"numPassedTests": 7, "numFailedTests": 1}"#, &mut tally).unwrap();
        assert_eq!((tally.passed, tally.failed), (7, 1));
        assert!(count(b"{}", &mut tally).is_err());
    }
}
