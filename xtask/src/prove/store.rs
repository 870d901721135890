//! What the station keeps, by promise: power cuts, kills, full disks, turned bits, lost databases,
//! restores, canaries, hostile files, lost keys. Each proof prints a line; here they become a table.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use xtask::{Doing, Error, Result};

use crate::checkout;

/// One line of the table.
struct Row {
    promise: String,
    about: String,
    count: String,
    found: String,
    lost: String,
    seconds: String,
    holds: bool,
}

/// Tests of one package that are proofs.
struct Proofs {
    /// Which of the workspace's tests: built as the test command builds them.
    target: &'static [&'static str],
    /// The modules they stand in.
    modules: &'static [&'static str],
}

const PROOFS: [Proofs; 3] = [
    Proofs {
        target: &["--lib"],
        modules: &[
            "proof::power",
            "proof::keys_cut",
            "proof::killed",
            "proof::no_room",
            "proof::hostile_files",
            "proof::hostile_snapshots",
            "proof::catalogues",
            "proof::ferried",
            "proof::rot",
            "proof::drill",
        ],
    },
    Proofs {
        target: &["--test", "tampering"],
        modules: &["tamper"],
    },
    Proofs {
        target: &["--test", "tests"],
        modules: &["at_rest", "lost_keys"],
    },
];

/// All of them, or with `--only R1` one promise's; `--seed N` shows one case of R1 again.
pub fn run(options: &[&str]) -> Result<()> {
    let (mut only, mut seed) = (None, None);
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        let value = rest.next().copied();
        match (*option, value) {
            ("--only", Some(promise)) => only = Some(promise),
            ("--seed", Some(number)) => seed = Some(number),
            _ => return Err(Error::Failed(format!("`prove store` knows no {option}"))),
        }
    }
    // A part of R16 happens in the real window.
    if only.is_none_or(|only| only == "R16") {
        checkout::build_pages_if_stale()?;
        checkout::build_crates(false)?;
    }
    let (mut rows, mut failed) = (Vec::new(), false);
    for proofs in &PROOFS {
        failed |= !prove(proofs, only, seed, &mut rows)?;
    }
    println!("\n{}", table(&rows));
    match failed || rows.is_empty() || rows.iter().any(|row| !row.holds) {
        false => Ok(()),
        true => Err(Error::Failed("a promise does not hold".to_owned())),
    }
}

/// Whether the tests passed; their lines are added to the table.
fn prove(
    proofs: &Proofs,
    only: Option<&str>,
    seed: Option<&str>,
    rows: &mut Vec<Row>,
) -> Result<bool> {
    let mut cargo = checkout::cargo();
    cargo
        .args(["test", "--workspace"])
        .args(checkout::FEATURES)
        .args(proofs.target)
        .args(["--", "--nocapture", "--test-threads", "1"])
        .args(proofs.modules)
        .env("YIZHAN_PROOF", "full");
    if let Some(promise) = only {
        cargo.env("YIZHAN_PROOF_ONLY", promise);
    }
    if let Some(seed) = seed {
        cargo.env("YIZHAN_PROOF_SEED", seed);
    }
    let started = cargo.stdout(Stdio::piped()).spawn();
    let mut child = started.doing(|| "start cargo test".to_owned())?;
    let said = child.stdout.take().into_iter();
    for line in said.flat_map(|out| BufReader::new(out).lines()) {
        let line = line.doing(|| "read what the proofs say".to_owned())?;
        println!("{line}");
        rows.extend(row(&line));
    }
    let ended = child.wait().doing(|| "wait for the proofs".to_owned())?;
    Ok(ended.success())
}

/// A line of a proof; the test's name may stand before it.
fn row(line: &str) -> Option<Row> {
    let mut parts = line.split("proof\t").nth(1)?.split('\t').map(str::to_owned);
    let mut next = || parts.next();
    Some(Row {
        promise: next()?,
        about: next()?,
        count: next()?,
        found: next()?,
        lost: next()?,
        seconds: next()?,
        holds: next()? == "holds",
    })
}

fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.about.chars().count()).max();
    let width = width.unwrap_or(0).max("promise".len());
    let line = |promise: &str, about: &str, figures: [&str; 4], end: &str| {
        let pad = " ".repeat(width.saturating_sub(about.chars().count()));
        let [count, found, lost, seconds] = figures;
        format!("{promise:<4} {about}{pad} {count:>8} {found:>8} {lost:>6} {seconds:>8}  {end}")
    };
    let head = line("", "promise", ["count", "found", "lost", "seconds"], "");
    let mut sorted: Vec<&Row> = rows.iter().collect();
    sorted.sort_by_key(|row| row.promise[1..].parse::<u32>().unwrap_or(u32::MAX));
    let lines = sorted.into_iter().map(|row| {
        let figures = [&row.count, &row.found, &row.lost, &row.seconds].map(String::as_str);
        line(
            &row.promise,
            &row.about,
            figures,
            if row.holds { "" } else { "FAILS" },
        )
    });
    std::iter::once(head)
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_proof_becomes_a_row_and_others_do_not() {
        let line = "test x ... proof\tR1\tsaved work\t100\t99\t1\t2.5\tFAILS";
        let found = row(line).expect("a row");
        assert_eq!((found.promise.as_str(), found.lost.as_str()), ("R1", "1"));
        assert!(!found.holds);
        assert!(row("test proof::power ... ok").is_none());
        assert!(table(&[found]).contains("FAILS"));
    }
}
