//! For support staff on site: lists every source of pages, takes pages from one, and says in words
//! what is wrong and what to do.
//!
//! ```text
//! cargo run -p drivers --example scan_page                       what there is
//! cargo run -p drivers --example scan_page -- sane               the first SANE scanner
//! cargo run -p drivers --example scan_page -- sane:NAME          one from the list
//! cargo run -p drivers --example scan_page -- camera             the first overhead camera
//! cargo run -p drivers --example scan_page -- escl:192.168.1.20  a network scanner
//! cargo run -p drivers --example scan_page -- folder:/path       what a vendor's program saves
//! cargo run -p drivers --example scan_page -- replay:/path       pictures of a folder
//! cargo run -p drivers --example scan_page -- virtual            the virtual scanner
//!    --feeder  --gray  --dpi 200  --out FOLDER  --pins FILE
//! ```
//!
//! Pages are written to the folder given, or not at all; nothing about their content is printed.

use drivers::document::camera;
use drivers::document::escl::pin::{MemoryPins, PinFile, Pins};
use drivers::document::escl::{Escl, discovery};
use drivers::document::folder::Folder;
use drivers::document::replay::Replay;
use drivers::document::sane::Sane;
use drivers::document::{Event, Format, Mode, Page, PaperSource, Settings, Source, file};
use drivers::virtual_scanner::{Behaviour, VirtualScanner};
use drivers::{Error, PageError, ScanFault};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Causes and cures of all failures.
const FAILURES: &str = include_str!("../../docs/failure-codes.md");
/// How long the device is listened to between two lines on the screen.
const TICK: Duration = Duration::from_secs(1);
/// Network scanners announce themselves within this.
const LISTEN: Duration = Duration::from_secs(3);
/// Sheets in the virtual scanner's feeder.
const VIRTUAL_SHEETS: u32 = 3;

struct Wish {
    source: String,
    settings: Settings,
    out: Option<PathBuf>,
    pins: Option<PathBuf>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match wish(&words) {
        None => {
            println!(
                "usage: scan_page [sane|sane:NAME|camera|escl:ADDRESS|folder:PATH|replay:PATH|virtual]"
            );
            println!("                 [--feeder] [--gray] [--dpi N] [--out FOLDER] [--pins FILE]");
            return ExitCode::from(2);
        }
        Some(wish) if wish.source.is_empty() => list(),
        Some(wish) => take(&wish),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            explain(&error);
            ExitCode::FAILURE
        }
    }
}

fn wish(words: &[String]) -> Option<Wish> {
    let mut wish = Wish {
        source: String::new(),
        settings: Settings::default(),
        out: None,
        pins: None,
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--feeder" => wish.settings.source = PaperSource::Feeder,
            "--gray" => wish.settings.mode = Mode::Gray,
            "--dpi" => wish.settings.dpi = words.next()?.parse().ok()?,
            "--out" => wish.out = Some(words.next()?.into()),
            "--pins" => wish.pins = Some(words.next()?.into()),
            source if wish.source.is_empty() && !source.starts_with('-') => {
                wish.source = source.to_string();
            }
            _ => return None,
        }
    }
    Some(wish)
}

/// Every source that can be found without being told where it is.
fn list() -> Result<(), Error> {
    println!("looking for SANE scanners (up to 20 s) …");
    match Sane::system().list() {
        Ok(devices) if devices.is_empty() => explain(&ScanFault::NoScanner.into()),
        Ok(devices) => {
            for device in devices {
                println!("  sane:{}   {} {}", device.id, device.vendor, device.model);
            }
        }
        Err(fault) => explain(&fault.into()),
    }
    println!("looking for cameras …");
    match camera::list() {
        Ok(devices) if devices.is_empty() => explain(&ScanFault::NoCamera.into()),
        Ok(devices) => {
            for device in devices {
                println!("  camera:{}   {}", device.path.display(), device.name);
            }
        }
        Err(fault) => explain(&fault.into()),
    }
    println!("listening for network scanners (3 s) …");
    match discovery::discover(LISTEN) {
        Ok(found) => {
            for scanner in found {
                println!("  escl:{}   {}", scanner.address, scanner.name);
            }
        }
        Err(fault) => explain(&fault.into()),
    }
    println!("sources that are named:");
    println!("  escl:ADDRESS   a network scanner; its address is on its own display");
    println!("  folder:PATH    the folder that the document camera's program saves into");
    println!("  replay:PATH    pictures of a folder, as a scanner");
    println!("  virtual        a scanner without paper, to see that this program works");
    Ok(())
}

fn take(wish: &Wish) -> Result<(), Error> {
    let (kind, rest) = wish.source.split_once(':').unwrap_or((&wish.source, ""));
    match kind {
        "sane" if rest.is_empty() => pull(&mut Sane::system().first()?, wish),
        "sane" => pull(&mut Sane::system().scanner(rest), wish),
        "camera" => {
            let device = camera::list()?.into_iter();
            let mut device = device.filter(|one| rest.is_empty() || one.path == Path::new(rest));
            let device = device.next().ok_or(ScanFault::NoCamera)?;
            let rotation = camera::Rotation::default();
            pull(&mut camera::Stills { device, rotation }, wish)
        }
        "escl" => network(rest, wish),
        "folder" => {
            println!("waiting for a file in {rest}; end with Ctrl-C");
            pull(&mut Folder::watch(Path::new(rest))?, wish)
        }
        "replay" => pull(&mut Replay::new(Path::new(rest), TICK), wish),
        "virtual" => {
            let scanner = VirtualScanner::start(Behaviour::default());
            let scanner = scanner.map_err(|_| ScanFault::Unreachable)?;
            scanner.load(VIRTUAL_SHEETS);
            network(&scanner.url(), wish)
        }
        _ => Err(ScanFault::BadAddress.into()),
    }
}

fn network(address: &str, wish: &Wish) -> Result<(), Error> {
    let pins: Arc<dyn Pins> = match &wish.pins {
        Some(file) => Arc::new(PinFile::new(file.clone())),
        None => Arc::new(MemoryPins::default()),
    };
    let mut scanner = Escl::at(address, pins)?;
    scanner.caps()?;
    let model = scanner.model().unwrap_or_default();
    println!("{} at {}", model, scanner.address());
    pull(&mut scanner, wish)
}

fn pull(source: &mut dyn Source, wish: &Wish) -> Result<(), Error> {
    let caps = source.caps()?;
    for (paper, word) in &caps.sources {
        println!("  paper from: {paper:?} ({word})");
    }
    for (mode, word) in &caps.modes {
        println!("  mode: {mode:?} ({word})");
    }
    println!("  resolutions: {:?}", caps.resolutions);
    let mut job = source.start(&wish.settings)?;
    let started = Instant::now();
    loop {
        match job.next(Instant::now() + TICK)? {
            Event::Waiting => println!("… {:.0} s", started.elapsed().as_secs_f32()),
            Event::Progress(percent) => println!("{percent:.0} %"),
            Event::Page(page) => told(&page, wish.out.as_deref())?,
            Event::End { pages } => {
                println!(
                    "done: {pages} page(s), {:.1} s",
                    started.elapsed().as_secs_f32()
                );
                return Ok(());
            }
        }
    }
}

fn told(page: &Page, out: Option<&Path>) -> Result<(), Error> {
    let about = file::check(&page.bytes)?;
    println!(
        "page {}: {:?}, {} × {} pixels, {} dpi, {} bytes",
        page.seq,
        about.format,
        about.width,
        about.height,
        page.dpi,
        page.bytes.len()
    );
    let Some(out) = out else { return Ok(()) };
    let ending = match page.format {
        Format::Jpeg => "jpg",
        Format::Png => "png",
        Format::Pnm => "pnm",
    };
    let path = out.join(format!("page-{}.{ending}", page.seq));
    let written = std::fs::create_dir_all(out).and_then(|()| std::fs::write(&path, &page.bytes));
    written.map_err(|_| PageError::Encode)?;
    println!("  written to {}", path.display());
    Ok(())
}

/// The cause and the cure, in both languages, from the published list.
fn explain(error: &Error) {
    let code = error.code();
    println!("\n{code}: {error}");
    let row = FAILURES
        .lines()
        .find(|line| line.starts_with(&format!("| `{code}` ")));
    let cells: Vec<&str> = row.unwrap_or_default().split('|').map(str::trim).collect();
    for (name, cell) in ["原因 cause", "办法 what to do"]
        .iter()
        .zip(cells.iter().skip(2))
    {
        for line in cell.split("<br>") {
            println!("  {name}: {line}");
        }
    }
}
