//! How well sheets are found: in a folder of pictures with known corners, or in made-up scenes.
//!
//! ```text
//! cargo run --release -p drivers --example find_sheets -- FOLDER     pictures and truth in FOLDER
//! cargo run --release -p drivers --example find_sheets -- made N [FIRST]   N scenes of each family, by their seeds
//! cargo run --release -p drivers --example find_sheets -- draw DIR   one of each as PNG, with quads
//! ```
//!
//! The truth is one JSON file, `{"NAME.jpg": {"scene": "FAMILY", "quads": [[[x, y] × 4], …]}}` (corners
//! clockwise; `optional` lists quads that may be found too), or one CSV file of lines
//! `NAME.jpg,x0,y0,…,x3,y3` (several lines for several sheets; the name alone for none).
//! Pictures are reduced by a whole number to about 1040 pixels. The truth counts as far as it lies in
//! the picture. Exits with 1 when a made-up scene gets a wrong quad, or too few are right.

#[path = "../tests/scenes/mod.rs"]
mod scenes;

#[path = "find_sheets/folder.rs"]
mod folder;
#[path = "find_sheets/made.rs"]
mod made;

use std::error::Error;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("find_sheets: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<(), Box<dyn Error>> {
    match *words {
        ["made"] => made::evaluate(0, 40),
        ["made", count] => made::evaluate(0, count.parse()?),
        ["made", count, first] => made::evaluate(first.parse()?, count.parse()?),
        ["draw", to] => made::draw(to.as_ref()),
        [path] => folder::evaluate(path.as_ref()),
        _ => Err("say a folder, or made or draw: see the head of the example".into()),
    }
}

/// Process CPU so far; the detector runs in one thread, and so does this program.
fn cpu_ms() -> f64 {
    use rustix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}
