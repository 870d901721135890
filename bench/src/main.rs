//! Measurements: `cargo run --release -p bench -- <scenario>`. Each prints one line of `key=value`
//! pairs, units in the keys; the limit is measured in the same run. It fails where a required figure is
//! missed; a goal is printed only.

mod audit;
mod city;
mod figures;
mod herd;
mod measured;
mod open;
mod page;
mod peers;
mod place;
mod preview;
mod pull;
mod push;
mod residents;
mod save;
mod search;
mod tap;

use std::process::ExitCode;

use measured::Measured;

/// As in the programs that are measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Why a measurement did not finish.
type Failed = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let scenario = std::env::args().nth(1).unwrap_or_default();
    let outcome = match scenario.as_str() {
        "audit" => audit::run(),
        "peers" => peers::run(),
        "preview" => preview::run(),
        "centre" => city::serve().map(Measured::from),
        "herd" => herd::run(),
        "open" => open::run(),
        "pull" => pull::run(),
        "push" => push::run(),
        "save" => save::run(),
        "search" => search::run(),
        "tap" => tap::run(),
        "page" => page::run(),
        "page-peak" => page::peak().map(Measured::from),
        _ => Err(
            "scenarios: audit, herd, open, page, peers, preview, pull, push, save, search, tap"
                .into(),
        ),
    };
    match outcome {
        Ok(measured) => {
            println!("{}", measured.line);
            for missed in &measured.missed {
                eprintln!("bench: {missed}");
            }
            match measured.missed.is_empty() {
                true => ExitCode::SUCCESS,
                false => ExitCode::FAILURE,
            }
        }
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
