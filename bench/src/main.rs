//! Measurements: `cargo run --release -p bench -- <scenario>`. Each prints one line of `key=value`
//! pairs, units in the keys; the limit is measured in the same run.

mod figures;
mod page;
mod place;
mod preview;
mod save;
mod tap;

use std::process::ExitCode;

/// Why a measurement did not finish.
type Failed = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let scenario = std::env::args().nth(1).unwrap_or_default();
    let outcome = match scenario.as_str() {
        "preview" => preview::run(),
        "save" => save::run(),
        "tap" => tap::run(),
        "page" => page::run(),
        "page-peak" => page::peak(),
        _ => Err("scenarios: page, preview, save, tap".into()),
    };
    match outcome {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
