//! The project's own tasks: `cargo xtask <task>`. One file per task; this one only chooses.

use std::process::ExitCode;

use xtask::{Error, Result};

mod bench;
mod checkout;
mod demo;
mod prove;
mod setup;
mod test;

const HELP: &str = "\
cargo xtask <task>

  setup                install missing Debian packages and the pages' npm packages
  demo                 a whole city on this machine: centre, station window, cards from a tray
       --headless      without a screen; screenshots in artefacts/
       --once          with --headless: end after the screenshots
       --fresh         start over (deletes .demo/)
       --release       optimised build
  test                 everything that must hold, step by step
       --only NAME     this step only (may be given again); `--only list` names them
       --keep-going    go on after a failed step
  prove [NAME …]       the slow proofs at their full count; a wrong name lists them
       store --only R1 --seed N  one promise; one seed of it again
       sync --seeds N, sync --seed N  so many runs; one of them again
  types                write ui/src/api/generated anew from the Rust types
  bench SCENARIO       run a measurement (cargo run --release -p bench -- SCENARIO)";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    match words {
        ["setup"] => setup::run(),
        ["demo", options @ ..] => demo::run(options),
        ["test", options @ ..] => test::run(options),
        ["prove", names @ ..] => prove::run(names),
        ["types"] => test::types::write(),
        ["bench", options @ ..] => bench::run(options),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        [other, ..] => Err(Error::Failed(format!("no task `{other}`\n\n{HELP}"))),
    }
}
