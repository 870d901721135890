//! Measurements: `cargo run --release -p bench -- <scenario>`. Each prints one line of `key=value`
//! pairs, units in the keys; the limit is measured in the same run.

mod audit;
mod city;
mod figures;
mod herd;
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
        "centre" => city::serve(),
        "herd" => herd::run(),
        "open" => open::run(),
        "pull" => pull::run(),
        "push" => push::run(),
        "save" => save::run(),
        "search" => search::run(),
        "tap" => tap::run(),
        "page" => page::run(),
        "page-peak" => page::peak(),
        _ => Err(
            "scenarios: audit, herd, open, page, peers, preview, pull, push, save, search, tap"
                .into(),
        ),
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
