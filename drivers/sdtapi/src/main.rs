//! `sdtapi PORT`: serves the vendors' library on standard input and output. Built for 32-bit
//! Windows (`cargo build --release --target i686-pc-windows-msvc -p sdtapi`) and installed beside
//! `sdtapi.dll`; elsewhere it says so and ends.

use std::process::ExitCode;

/// Exit status for a wrong command line or a missing library.
const UNUSABLE: u8 = 2;

fn main() -> ExitCode {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok());
    match port {
        Some(port) => run(port),
        None => {
            eprintln!("sdtapi PORT (1 to 16 serial, 1001 to 1016 USB)");
            ExitCode::from(UNUSABLE)
        }
    }
}

#[cfg(windows)]
fn run(port: u16) -> ExitCode {
    let mut library = match sdtapi::dll::Library::load() {
        Ok(library) => library,
        Err(why) => {
            eprintln!("sdtapi: {why}");
            return ExitCode::from(UNUSABLE);
        }
    };
    let (from, to) = (std::io::stdin(), std::io::stdout());
    match sdtapi::serve(from.lock(), to.lock(), port, &mut library) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

#[cfg(not(windows))]
fn run(_port: u16) -> ExitCode {
    eprintln!("sdtapi: the vendors' library exists for Windows only");
    ExitCode::from(UNUSABLE)
}
