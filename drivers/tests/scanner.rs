//! Scans through the distribution's `scanimage` and SANE's own test scanner.

#![allow(
    clippy::unwrap_used,
    reason = "a test; clippy does not count its own functions in"
)]

use drivers::ScanFault;
use drivers::document::sane::Sane;
use drivers::document::{Event, Format, Job, Mode, Page, PaperSource, Settings, Source, file};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// SANE with the test scanner and nothing else. The folder lives as long as the answer.
fn test_scanner() -> (TempDir, Sane) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dll.conf"), "test\n").unwrap();
    let sane = Sane::with_config(folder.path().to_path_buf());
    (folder, sane)
}

fn settings(options: &[(&str, &str)]) -> Settings {
    let own = |(name, value): &(&str, &str)| ((*name).to_string(), (*value).to_string());
    Settings {
        dpi: 50,
        options: options.iter().map(own).collect(),
        ..Settings::default()
    }
}

/// Pulls a job to its end: pages, and the fault it ended with.
fn run(job: &mut dyn Job) -> (Vec<Page>, Option<ScanFault>) {
    let mut pages = Vec::new();
    loop {
        match job.next(Instant::now() + Duration::from_secs(10)) {
            Ok(Event::Page(page)) => pages.push(page),
            Ok(Event::End { pages: count }) => {
                assert_eq!(usize::try_from(count), Ok(pages.len()));
                return (pages, None);
            }
            Ok(Event::Progress(_) | Event::Waiting) => {}
            Err(fault) => return (pages, Some(fault)),
        }
    }
}

fn scan(settings: &Settings) -> (Vec<Page>, Option<ScanFault>) {
    let (_folder, sane) = test_scanner();
    let mut job = sane.scanner("test:0").start(settings).unwrap();
    run(&mut *job)
}

#[test]
fn the_test_scanner_is_listed_and_tells_what_it_can() {
    let (_folder, sane) = test_scanner();
    let list = sane.list().unwrap();
    assert_eq!(list[0].id, "test:0");
    let caps = sane.first().unwrap().caps().unwrap();
    let sources: Vec<_> = caps.sources.iter().map(|(source, _)| *source).collect();
    assert_eq!(sources, [PaperSource::Flatbed, PaperSource::Feeder]);
    assert!(caps.modes.iter().any(|(mode, _)| *mode == Mode::Color));
    assert_eq!(caps.resolutions.nearest(300), Some(300));
}

#[test]
fn no_scanner_is_said_as_such() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dll.conf"), "\n").unwrap();
    let sane = Sane::with_config(folder.path().to_path_buf());
    assert_eq!(sane.first().err(), Some(ScanFault::NoScanner));
}

#[test]
fn one_page_from_the_glass_is_whole_and_becomes_a_jpeg() {
    let settings = Settings {
        dpi: 300,
        ..settings(&[])
    };
    let (pages, fault) = scan(&settings);
    assert_eq!((pages.len(), fault), (1, None));
    assert_eq!(
        (pages[0].format, pages[0].dpi, pages[0].seq),
        (Format::Pnm, 300, 1)
    );
    let info = file::check(&pages[0].bytes).unwrap();
    assert!(info.width > 900 && info.height > 1100, "{info:?}");
    let jpeg = file::to_jpeg(pages[0].bytes.clone()).unwrap();
    assert_eq!(file::check(&jpeg).unwrap().width, info.width);
}

/// The scanning process of a configuration: its number and the folder it writes to.
fn process_of(config: &Path) -> Option<(i32, PathBuf)> {
    let wanted = format!("SANE_CONFIG_DIR={}", config.display());
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .find_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let environment = std::fs::read(entry.path().join("environ")).ok()?;
            let ours = environment
                .split(|byte| *byte == 0)
                .any(|one| one == wanted.as_bytes());
            let line = String::from_utf8(std::fs::read(entry.path().join("cmdline")).ok()?).ok()?;
            let batch = line
                .split('\0')
                .find_map(|word| word.strip_prefix("--batch="))?;
            ours.then(|| (pid, Path::new(batch).parent().unwrap().to_path_buf()))
        })
}

#[test]
fn ten_pages_come_from_the_feeder_each_before_the_next_is_drawn() {
    let (config, sane) = test_scanner();
    let settings = Settings {
        source: PaperSource::Feeder,
        ..settings(&[])
    };
    let mut job = sane.scanner("test:0").start(&settings).unwrap();
    let (_, spool) = process_of(config.path()).unwrap();
    let mut seen = Vec::new();
    let end = loop {
        match job.next(Instant::now() + Duration::from_secs(10)).unwrap() {
            Event::Page(page) => {
                seen.push(page.seq);
                // Not asked for, so not drawn, however long the page before it takes to keep.
                std::thread::sleep(Duration::from_millis(100));
                assert_eq!(std::fs::read_dir(&spool).unwrap().count(), 0);
            }
            Event::Progress(_) | Event::Waiting => {}
            end @ Event::End { .. } => break end,
        }
    };
    assert_eq!(seen, (1..=10).collect::<Vec<u32>>());
    assert_eq!(end, Event::End { pages: 10 });
    assert_eq!(job.next(Instant::now()), Ok(end));
    drop(job);
    assert!(!spool.exists());
}

/// A buffer every 200 ms: alive, but it takes minutes.
const CRAWL: [(&str, &str); 4] = [
    ("read-limit", "yes"),
    ("read-limit-size", "4096"),
    ("read-delay", "yes"),
    ("read-delay-duration", "200000"),
];

fn crawling() -> Settings {
    Settings {
        dpi: 1200,
        ..settings(&CRAWL)
    }
}

#[test]
fn a_scanner_that_makes_no_progress_is_hung() {
    let settings = Settings {
        stall_limit: Duration::from_millis(60),
        ..crawling()
    };
    let started = Instant::now();
    let (pages, fault) = scan(&settings);
    assert_eq!((pages.len(), fault), (0, Some(ScanFault::Hung)));
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn a_frozen_process_is_hung_and_then_gone_with_its_pages() {
    let (config, sane) = test_scanner();
    let settings = Settings {
        stall_limit: Duration::from_secs(1),
        ..crawling()
    };
    let mut job = sane.scanner("test:0").start(&settings).unwrap();
    while !matches!(
        job.next(Instant::now() + Duration::from_secs(10)),
        Ok(Event::Progress(_))
    ) {}
    let (pid, spool) = process_of(config.path()).unwrap();
    let stop = std::process::Command::new("kill")
        .args(["-STOP", &pid.to_string()])
        .status();
    assert!(stop.unwrap().success());
    let frozen = Instant::now();
    assert_eq!(run(&mut *job).1, Some(ScanFault::Hung));
    assert!(
        frozen.elapsed() < Duration::from_secs(4),
        "{:?}",
        frozen.elapsed()
    );
    assert_eq!(process_of(config.path()), None);
    drop(job);
    assert!(!spool.exists());
}

#[test]
fn a_cancelled_scan_ends_within_a_second_and_is_cancelled() {
    let (_folder, sane) = test_scanner();
    let mut job = sane.scanner("test:0").start(&crawling()).unwrap();
    let canceller = job.canceller();
    let thread = std::thread::spawn(move || {
        let result = run(&mut *job);
        (result, Instant::now(), job)
    });
    std::thread::sleep(Duration::from_millis(500));
    let asked = Instant::now();
    canceller.cancel();
    let ((pages, fault), ended, mut job) = thread.join().unwrap();
    assert_eq!((pages.len(), fault), (0, Some(ScanFault::Cancelled)));
    assert!(ended.duration_since(asked) < Duration::from_secs(1));
    assert_eq!(job.next(Instant::now()), Err(ScanFault::Cancelled));
}

#[test]
fn a_scanner_that_is_not_there_cannot_be_opened_and_one_that_left_is_unplugged() {
    let (folder, sane) = test_scanner();
    let missing = sane.scanner("nosuch:0").start(&settings(&[])).err();
    assert_eq!(missing, Some(ScanFault::CannotOpen));
    let mut scanner = sane.first().unwrap();
    std::fs::write(folder.path().join("dll.conf"), "\n").unwrap();
    // dll finds a backend by name even when it is not listed, so the fault comes from a read.
    let settings = settings(&[("read-return-value", "SANE_STATUS_IO_ERROR")]);
    let fault = scanner.start(&settings).map(|mut job| run(&mut *job).1);
    assert_eq!(fault.unwrap_or_else(Some), Some(ScanFault::Unplugged));
}

#[test]
fn an_option_the_scanner_does_not_know_is_an_invalid_setting() {
    let (pages, fault) = scan(&settings(&[("no-such-option", "1")]));
    assert_eq!((pages.len(), fault), (0, Some(ScanFault::InvalidSetting)));
}
