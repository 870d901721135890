//! `yizhan-audit verify PATH…`: verifies exported audit files. Of a folder, every file that ends in
//! `.yzaudit`. Heads that one file witnessed of another are compared, so the centre's export and a
//! station's verify each other.
//!
//! Prints one line a file; the exit status is 0 when all are whole, 1 when one is not, 2 when
//! something could not be read.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use audit::file::{self, Chain};
use audit::{Witness, verify};

const USAGE: &str = "yizhan-audit verify FILE|FOLDER…";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let places = match words.split_first() {
        Some((verb, places)) if verb == "verify" && !places.is_empty() => places,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(places) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

/// Verifies all files named; whether all are whole.
fn run(places: &[String]) -> Result<bool, String> {
    let mut texts = Vec::new();
    for path in files(places)? {
        let text = std::fs::read_to_string(&path).map_err(|error| told(&path, &error))?;
        texts.push((path, text));
    }
    let mut chains = Vec::new();
    let mut whole = true;
    for (path, text) in &texts {
        match file::read(text) {
            Ok(chain) => chains.push((path, chain)),
            Err(why) => {
                println!("{}: BAD {why}", path.display());
                whole = false;
            }
        }
    }
    let witnesses: Vec<Witness> = chains
        .iter()
        .flat_map(|(_, chain)| chain.witnesses.clone())
        .collect();
    for (path, chain) in &chains {
        whole &= verify_one(path, chain, &witnesses);
    }
    Ok(whole)
}

fn verify_one(path: &Path, chain: &Chain, witnesses: &[Witness]) -> bool {
    let seen = witnesses
        .iter()
        .filter(|w| w.origin == chain.origin)
        .count();
    let place = format!("{}: {}", path.display(), chain.origin);
    match verify::chain(chain, witnesses) {
        Ok(head) => {
            let hash = hex::encode(head.hash);
            println!(
                "{place}: whole, {} records, {seen} witnesses, head {hash}",
                head.n
            );
            true
        }
        Err(fault) => {
            println!("{place}: BAD {fault}");
            false
        }
    }
}

fn files(places: &[String]) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for place in places.iter().map(PathBuf::from) {
        if !place.is_dir() {
            found.push(place);
            continue;
        }
        let entries = std::fs::read_dir(&place).map_err(|error| told(&place, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| told(&place, &error))?.path();
            if path
                .extension()
                .is_some_and(|ending| ending == file::ENDING)
            {
                found.push(path);
            }
        }
    }
    found.sort();
    match found.is_empty() {
        true => Err(format!("no file ends in .{}", file::ENDING)),
        false => Ok(found),
    }
}

fn told(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
