//! Scans with SANE's own virtual scanner (`test`), as the distribution ships it.

use std::sync::atomic::{AtomicUsize, Ordering};

use drivers::document::Mode;

use super::*;

/// A SANE that knows its virtual scanner only, and the folder of its configuration.
fn virtual_scanner() -> (tempfile::TempDir, Sane) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dll.conf"), "test\n").unwrap();
    std::fs::write(folder.path().join("test.conf"), "").unwrap();
    let sane = Sane::with_config(folder.path().to_owned());
    (folder, sane)
}

fn settings(options: &[(&str, &str)]) -> Settings {
    let option = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Settings {
        mode: Mode::Gray,
        dpi: 50,
        options: options.iter().map(option).collect(),
        ..Settings::default()
    }
}

#[test]
fn a_page_comes_as_a_picture_and_its_progress_is_told() {
    let (_folder, sane) = virtual_scanner();
    let told = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&told);
    let scanner = Scanner::new(
        sane,
        Arc::new(move |news| {
            if matches!(news, News::Scan { .. }) {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        }),
    );
    let page = scanner.scan(&settings(&[])).unwrap();
    let info = file::check(&page).unwrap();
    assert_eq!(info.format, drivers::document::Format::Jpeg);
    assert!(info.width > 50 && info.height > 50);
    assert!(told.load(Ordering::SeqCst) > 0);
    assert_eq!(scanner.status().reason.code, "scanner.ready");
    assert!(scanner.status().name.is_some());
}

#[test]
fn a_jam_is_reported_as_a_jam_and_shows_until_a_page_comes() {
    let (_folder, sane) = virtual_scanner();
    let scanner = Scanner::new(sane, Arc::new(|_| {}));
    let jam = settings(&[("read-return-value", "SANE_STATUS_JAMMED")]);
    assert_eq!(scanner.scan(&jam).unwrap_err().code(), "scan.jam");
    assert_eq!(scanner.status().reason.code, "scan.jam");
    scanner.scan(&settings(&[])).unwrap();
    assert_eq!(scanner.status().reason.code, "scanner.ready");
}

#[test]
fn a_scan_that_is_cancelled_ends_as_cancelled_and_a_second_one_is_refused_meanwhile() {
    let (_folder, sane) = virtual_scanner();
    let scanner = Scanner::new(sane, Arc::new(|_| {}));
    // A buffer every 200 ms: alive, but it takes minutes.
    let slow = Settings {
        dpi: 1200,
        ..settings(&[
            ("read-limit", "yes"),
            ("read-limit-size", "4096"),
            ("read-delay", "yes"),
            ("read-delay-duration", "200000"),
        ])
    };
    std::thread::scope(|scope| {
        let running = scope.spawn(|| scanner.scan(&slow));
        while scanner.shared.state().scanning.is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(scanner.scan(&slow).unwrap_err().code(), "scan.busy");
        std::thread::sleep(Duration::from_millis(300));
        scanner.cancel();
        assert_eq!(
            running.join().unwrap().unwrap_err().code(),
            "scan.cancelled"
        );
    });
    assert_eq!(scanner.status().reason.code, "scanner.ready");
}

#[test]
fn without_a_scanner_the_status_says_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dll.conf"), "\n").unwrap();
    let scanner = Scanner::new(
        Sane::with_config(folder.path().to_owned()),
        Arc::new(|_| {}),
    );
    assert_eq!(
        scanner.scan(&settings(&[])).unwrap_err().code(),
        "scan.no_scanner"
    );
    assert_eq!(scanner.status().reason.code, "scanner.none");
}
