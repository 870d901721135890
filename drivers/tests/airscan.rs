//! The virtual scanner against a client that we did not write, `sane-airscan`; and with both, what
//! the SANE source does when a feeder jams in the middle of a stack.

#![allow(
    clippy::unwrap_used,
    reason = "a test; clippy does not count its own functions in"
)]

mod pull;

use drivers::document::sane::Sane;
use drivers::document::{PaperSource, Settings, Source};
use drivers::virtual_scanner::{Behaviour, Fault, Location, VirtualScanner};
use pull::{numbers, page, scan};
use tempfile::TempDir;

/// SANE with `sane-airscan` and one scanner, the virtual one.
fn airscan(scanner: &VirtualScanner) -> (TempDir, Sane) {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[devices]\n\"T\" = {}, eSCL\n[options]\ndiscovery = disable\n",
        scanner.url()
    );
    std::fs::write(folder.path().join("dll.conf"), "airscan\n").unwrap();
    std::fs::write(folder.path().join("airscan.conf"), config).unwrap();
    let sane = Sane::with_config(folder.path().to_path_buf());
    (folder, sane)
}

fn settings(source: PaperSource) -> Settings {
    Settings {
        source,
        dpi: 75,
        ..Settings::default()
    }
}

fn three_sheets(behaviour: Behaviour) -> (Vec<u32>, Option<&'static str>) {
    let scanner = VirtualScanner::start(behaviour).unwrap();
    scanner.load(3);
    let (_folder, sane) = airscan(&scanner);
    let mut source = sane.scanner("airscan:e0:T");
    let (pages, code) = scan(&mut source, &settings(PaperSource::Feeder));
    // After a fault the program is ended, whether its client has tidied up or not.
    assert!(code.is_some() || scanner.open_jobs() == 0);
    (numbers(&pages), code)
}

#[test]
fn an_independent_client_lists_the_virtual_scanner_and_scans_from_glass_and_feeder() {
    let scanner = VirtualScanner::start(Behaviour::default()).unwrap();
    let (_folder, sane) = airscan(&scanner);
    let mut source = sane.scanner("airscan:e0:T");
    let caps = source.caps().unwrap();
    let sources: Vec<_> = caps.sources.iter().map(|(source, _)| *source).collect();
    assert_eq!(sources, [PaperSource::Flatbed, PaperSource::Feeder]);
    assert_eq!(caps.resolutions.nearest(290), Some(300));
    let (pages, code) = scan(&mut source, &settings(PaperSource::Flatbed));
    assert_eq!((numbers(&pages), code), (vec![1], None));
    scanner.load(10);
    let (pages, code) = scan(&mut source, &settings(PaperSource::Feeder));
    assert_eq!((numbers(&pages), code), ((1..=10).collect(), None));
}

#[test]
fn an_independent_client_agrees_on_what_is_odd_and_what_is_a_fault() {
    let three: Vec<u32> = vec![1, 2, 3];
    for (behaviour, pages, code) in [
        (Behaviour::default(), &three[..], None),
        (
            Behaviour {
                location: Location::Path,
                ..Behaviour::default()
            },
            &three[..],
            None,
        ),
        (
            Behaviour {
                location: Location::Slash,
                ..Behaviour::default()
            },
            &three[..],
            None,
        ),
        (
            Behaviour {
                fault: Some((2, Fault::NotReady(2))),
                ..Behaviour::default()
            },
            &three[..],
            None,
        ),
        (
            Behaviour {
                fault: Some((3, Fault::Feeder("ScannerAdfJam"))),
                ..Behaviour::default()
            },
            &three[..2],
            Some("scan.jam"),
        ),
        (
            Behaviour {
                platen: false,
                ..Behaviour::default()
            },
            &three[..],
            None,
        ),
    ] {
        let told = format!("{behaviour:?}");
        assert_eq!(three_sheets(behaviour), (pages.to_vec(), code), "{told}");
    }
}

#[test]
fn a_jam_in_a_stack_through_sane_keeps_what_came_and_the_next_job_goes_on_with_the_rest() {
    let scanner = VirtualScanner::start(Behaviour {
        fault: Some((4, Fault::Feeder("ScannerAdfJam"))),
        ..Behaviour::default()
    })
    .unwrap();
    scanner.load(6);
    let (_folder, sane) = airscan(&scanner);
    let mut source = sane.scanner("airscan:e0:T");
    let mut job = source.start(&settings(PaperSource::Feeder)).unwrap();
    // Each page is in hand before the fault behind it is met.
    let kept = [page(&mut *job), page(&mut *job), page(&mut *job)];
    assert_eq!(numbers(&kept), [1, 2, 3]);
    assert_eq!(pull::run(&mut *job).1.map(|f| f.code()), Some("scan.jam"));
    drop(job);
    scanner.clear();
    let (pages, code) = scan(&mut source, &settings(PaperSource::Feeder));
    assert_eq!((numbers(&pages), code), (vec![4, 5, 6], None));
}
