//! Jobs that are stopped, dropped, or not to be deleted.

use super::{client, named, settings, three_sheets};
use crate::pull::{page, run, scan};
use drivers::ScanFault;
use drivers::document::{PaperSource, Source};
use drivers::virtual_scanner::{Behaviour, Fault, VirtualScanner};
use std::time::{Duration, Instant};

/// Cancels a job in a moment of its life; answers how long it took to end.
fn cancel_after(scanner: &VirtualScanner, moment: Duration) -> Duration {
    let mut job = client(scanner)
        .start(&settings(PaperSource::Feeder))
        .unwrap();
    let canceller = job.canceller();
    let thread = std::thread::spawn(move || {
        let (_, fault) = run(&mut *job);
        (fault, Instant::now(), job)
    });
    std::thread::sleep(moment);
    let asked = Instant::now();
    canceller.cancel();
    let (fault, ended, mut job) = thread.join().unwrap();
    assert_eq!(fault, Some(ScanFault::Cancelled));
    assert_eq!(job.next(Instant::now()), Err(ScanFault::Cancelled));
    ended.duration_since(asked)
}

#[test]
fn a_cancelled_job_ends_within_a_second_and_is_deleted() {
    for fault in [
        Fault::Stall,
        Fault::Silent,
        Fault::Slow(500),
        Fault::NotReady(9),
    ] {
        let behaviour = Behaviour {
            fault: Some((1, fault)),
            ..Behaviour::default()
        };
        let scanner = VirtualScanner::start(behaviour).unwrap();
        scanner.load(3);
        let took = cancel_after(&scanner, Duration::from_millis(600));
        assert!(took < Duration::from_secs(1), "{fault:?}: {took:?}");
        let log = scanner.log();
        assert!(
            log.iter().any(|line| line.starts_with("DELETE")),
            "{fault:?}: {log:?}"
        );
        assert_eq!(scanner.open_jobs(), 0);
    }
}

#[test]
fn a_job_that_is_dropped_is_deleted_and_one_that_was_never_pulled_is_never_made() {
    let scanner = VirtualScanner::start(Behaviour::default()).unwrap();
    scanner.load(3);
    let mut job = client(&scanner)
        .start(&settings(PaperSource::Feeder))
        .unwrap();
    page(&mut *job);
    assert_eq!(scanner.open_jobs(), 1);
    drop(job);
    assert_eq!((scanner.open_jobs(), scanner.sheets()), (0, 2));
    drop(
        client(&scanner)
            .start(&settings(PaperSource::Feeder))
            .unwrap(),
    );
    let posts = |line: &&String| line.starts_with("POST");
    assert_eq!(scanner.log().iter().filter(posts).count(), 1);
}

#[test]
fn a_scanner_that_cannot_delete_jobs_or_is_not_to_is_left_alone() {
    let behaviour = Behaviour {
        keeps_jobs: true,
        ..Behaviour::default()
    };
    assert_eq!(three_sheets(behaviour), (vec![1, 2, 3], None));
    let scanner = VirtualScanner::start(named("forgetful")).unwrap();
    scanner.load(1);
    scan(&mut client(&scanner), &settings(PaperSource::Feeder));
    assert!(scanner.log().iter().all(|line| !line.starts_with("DELETE")));
}
