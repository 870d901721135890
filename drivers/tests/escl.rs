//! Our eSCL client against the virtual scanner, fault by fault.

#![allow(
    clippy::unwrap_used,
    reason = "a test; clippy does not count its own functions in"
)]

#[path = "escl/hostile.rs"]
mod hostile;
mod pull;
#[path = "escl/secure.rs"]
mod secure;
#[path = "escl/stopping.rs"]
mod stopping;

use drivers::ScanFault;
use drivers::document::escl::Escl;
use drivers::document::escl::pin::MemoryPins;
use drivers::document::{Event, PaperSource, Settings, Source};
use drivers::virtual_scanner::{Behaviour, Fault, Location, VirtualScanner};
use pull::{numbers, page, scan};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn settings(source: PaperSource) -> Settings {
    Settings {
        source,
        dpi: 75,
        start_limit: Duration::from_secs(3),
        stall_limit: Duration::from_secs(1),
        ..Settings::default()
    }
}

fn client(scanner: &VirtualScanner) -> Escl {
    Escl::at(&scanner.url(), Arc::new(MemoryPins::default())).unwrap()
}

fn named(model: &str) -> Behaviour {
    Behaviour {
        model: format!("Yizhan Virtual {model}"),
        ..Behaviour::default()
    }
}

/// Scans three sheets from the feeder of a scanner that behaves like this: the numbers of the
/// sheets that came, and the fault's code.
fn three_sheets(behaviour: Behaviour) -> (Vec<u32>, Option<&'static str>) {
    let scanner = VirtualScanner::start(behaviour).unwrap();
    scanner.load(3);
    let (pages, code) = scan(&mut client(&scanner), &settings(PaperSource::Feeder));
    (numbers(&pages), code)
}

#[test]
fn a_page_from_the_glass_and_pages_from_the_feeder_come_whole_and_in_order() {
    let scanner = VirtualScanner::start(Behaviour::default()).unwrap();
    let mut client = client(&scanner);
    let caps = client.caps().unwrap();
    let sources: Vec<_> = caps.sources.iter().map(|(source, _)| *source).collect();
    assert_eq!(sources, [PaperSource::Flatbed, PaperSource::Feeder]);
    assert_eq!(client.model(), Some("Yizhan Virtual Scanner"));
    let (pages, code) = scan(&mut client, &settings(PaperSource::Flatbed));
    assert_eq!((pages.len(), code), (1, None));
    assert_eq!((pages[0].dpi, pages[0].seq), (75, 1));
    scanner.load(12);
    let (pages, code) = scan(&mut client, &settings(PaperSource::Feeder));
    assert_eq!((numbers(&pages), code), ((1..=12).collect(), None));
    assert_eq!(scanner.open_jobs(), 0);
    let deletes = |line: &&String| line.starts_with("DELETE");
    assert_eq!(scanner.log().iter().filter(deletes).count(), 2);
}

#[test]
fn a_page_is_asked_for_only_when_it_is_pulled() {
    let scanner = VirtualScanner::start(Behaviour::default()).unwrap();
    scanner.load(3);
    let mut job = client(&scanner)
        .start(&settings(PaperSource::Feeder))
        .unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert!(scanner.log().iter().all(|line| !line.starts_with("POST")));
    for left in [2, 1, 0] {
        page(&mut *job);
        std::thread::sleep(Duration::from_millis(200));
        assert_eq!(scanner.sheets(), left);
    }
    let end = job.next(Instant::now() + Duration::from_secs(5));
    assert_eq!(end, Ok(Event::End { pages: 3 }));
}

#[test]
fn a_jam_keeps_the_pages_before_it_and_the_next_job_goes_on_with_the_rest() {
    let scanner = VirtualScanner::start(Behaviour {
        fault: Some((12, Fault::Feeder("ScannerAdfJam"))),
        ..Behaviour::default()
    })
    .unwrap();
    scanner.load(15);
    let mut client = client(&scanner);
    let (pages, code) = scan(&mut client, &settings(PaperSource::Feeder));
    assert_eq!(
        (numbers(&pages), code),
        ((1..=11).collect(), Some("scan.jam"))
    );
    scanner.clear();
    let (pages, code) = scan(&mut client, &settings(PaperSource::Feeder));
    assert_eq!((numbers(&pages), code), ((12..=15).collect(), None));
}

#[test]
fn every_fault_in_the_middle_of_a_stack_has_its_code_and_keeps_what_came() {
    let cases = [
        ("", Fault::NotReady(2), 3, None),
        ("slow", Fault::NotReady(99), 1, Some("scan.not_ready")),
        ("", Fault::NotYet404(2), 3, None),
        ("hasty", Fault::NotYet404(3), 3, None),
        ("hasty", Fault::NotYet410(3), 3, None),
        ("", Fault::NotYet410(1), 1, Some("scan.job_gone")),
        ("", Fault::Gone, 1, Some("scan.job_gone")),
        ("", Fault::Feeder("ScannerAdfJam"), 1, Some("scan.jam")),
        (
            "",
            Fault::Feeder("ScannerAdfHatchOpen"),
            1,
            Some("scan.cover_open"),
        ),
        (
            "",
            Fault::Feeder("ScannerAdfMispick"),
            1,
            Some("scan.mispick"),
        ),
        (
            "",
            Fault::Feeder("ScannerAdfInputTrayFailed"),
            1,
            Some("scan.tray_failed"),
        ),
        (
            "",
            Fault::FeederUnready("ScannerAdfMultipickDetected"),
            1,
            Some("scan.multipick"),
        ),
        (
            "",
            Fault::FeederUnready("ScannerAdfInputTrayOverloaded"),
            1,
            Some("scan.tray_overloaded"),
        ),
        (
            "",
            Fault::FeederUnready("ScannerAdfDuplexPageTooLong"),
            1,
            Some("scan.page_length"),
        ),
        ("", Fault::Conflict, 1, Some("scan.conflict")),
        ("", Fault::Stopped, 1, Some("scan.stopped")),
        ("", Fault::Slow(100), 3, None),
        ("", Fault::Stall, 1, Some("scan.hung")),
        ("", Fault::Silent, 1, Some("scan.hung")),
        ("", Fault::Cut, 1, Some("scan.cut")),
        ("", Fault::Drop, 1, Some("scan.broken_off")),
        ("", Fault::Refuse, 1, Some("scan.broken_off")),
        ("", Fault::Html, 1, Some("scan.page_form")),
        ("", Fault::Pdf, 1, Some("scan.page_form")),
        ("", Fault::Nothing, 1, Some("scan.cut")),
        ("", Fault::Huge, 1, Some("scan.too_large")),
        ("", Fault::Code(500), 1, Some("scan.transfer")),
        ("", Fault::Code(403), 1, Some("scan.login_required")),
        ("", Fault::Code(418), 1, Some("scan.protocol")),
    ];
    let run = |(model, fault, pages, code): (&str, Fault, u32, Option<&str>)| {
        let behaviour = Behaviour {
            fault: Some((2, fault)),
            ..named(model)
        };
        let started = Instant::now();
        let got = three_sheets(behaviour);
        assert_eq!(got, ((1..=pages).collect(), code), "{model} {fault:?}");
        assert!(started.elapsed() < Duration::from_secs(15), "{fault:?}");
    };
    // A few at a time: most of them wait for something.
    let left = Mutex::new(cases.into_iter());
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let next = || left.lock().unwrap().next();
                while let Some(case) = next() {
                    run(case);
                }
            });
        }
    });
}

#[test]
fn the_end_of_the_stack_is_understood_in_every_form() {
    for (model, end) in [("", 404), ("", 409), ("", 410), ("forgetful", 410)] {
        let behaviour = Behaviour {
            end,
            ..named(model)
        };
        assert_eq!(
            three_sheets(behaviour),
            (vec![1, 2, 3], None),
            "{model} {end}"
        );
    }
}

#[test]
fn a_feeder_that_always_says_empty_is_not_believed() {
    let behaviour = Behaviour {
        always_empty: true,
        fault: Some((2, Fault::NotReady(1))),
        ..named("liar")
    };
    assert_eq!(three_sheets(behaviour), (vec![1, 2, 3], None));
    let behaviour = Behaviour {
        always_empty: true,
        ..named("honest")
    };
    assert_eq!(three_sheets(behaviour), (vec![], Some("scan.empty")));
}

#[test]
fn an_empty_feeder_is_said_to_be_empty() {
    for end in [404, 409] {
        let behaviour = Behaviour {
            end,
            ..Behaviour::default()
        };
        let scanner = VirtualScanner::start(behaviour).unwrap();
        let (pages, code) = scan(&mut client(&scanner), &settings(PaperSource::Feeder));
        assert_eq!((pages.len(), code), (0, Some("scan.empty")));
    }
}

#[test]
fn a_status_that_cannot_be_read_decides_nothing() {
    let behaviour = Behaviour {
        status_is_html: true,
        fault: Some((2, Fault::NotReady(1))),
        ..Behaviour::default()
    };
    assert_eq!(three_sheets(behaviour), (vec![1, 2, 3], None));
}

#[test]
fn every_way_to_tell_the_jobs_address_is_followed() {
    for location in [
        Location::Whole,
        Location::Slash,
        Location::Path,
        Location::Bare,
        Location::Relative,
        Location::WrongHost,
        Location::BrokenV6,
    ] {
        let behaviour = Behaviour {
            location,
            ..Behaviour::default()
        };
        assert_eq!(
            three_sheets(behaviour),
            (vec![1, 2, 3], None),
            "{location:?}"
        );
    }
    for location in [Location::Empty, Location::Missing] {
        let behaviour = Behaviour {
            location,
            ..Behaviour::default()
        };
        let got = three_sheets(behaviour);
        assert_eq!(got, (vec![], Some("scan.no_job_address")), "{location:?}");
    }
}

#[test]
fn a_job_that_is_not_taken_is_put_off_or_said_why() {
    for (refuse_jobs, pages, code) in [
        ((503, 2), 3, None),
        ((409, 1), 0, Some("scan.conflict")),
        ((400, 1), 0, Some("scan.invalid_setting")),
        ((401, 1), 0, Some("scan.login_required")),
        ((500, 1), 0, Some("scan.transfer")),
        ((404, 1), 0, Some("scan.not_escl")),
    ] {
        let behaviour = Behaviour {
            refuse_jobs,
            ..Behaviour::default()
        };
        let got = three_sheets(behaviour);
        assert_eq!(got, ((1..=pages).collect(), code), "{refuse_jobs:?}");
    }
}

#[test]
fn what_is_no_scanner_is_said_to_be_none() {
    let page = "<html><body>router</body></html>".to_string();
    for (capabilities, code) in [
        ((200, page.clone()), "scan.not_escl"),
        (
            (200, "<scan:ScannerCapabilities>".to_string()),
            "scan.not_escl",
        ),
        ((404, page.clone()), "scan.not_escl"),
        ((302, "/login.html".to_string()), "scan.not_escl"),
        ((401, page.clone()), "scan.login_required"),
        ((503, page.clone()), "scan.busy"),
    ] {
        let behaviour = Behaviour {
            capabilities: Some(capabilities.clone()),
            ..Behaviour::default()
        };
        let scanner = VirtualScanner::start(behaviour).unwrap();
        let fault = client(&scanner).caps().unwrap_err();
        assert_eq!(fault.code(), code, "{capabilities:?}");
    }
    let gone = VirtualScanner::start(Behaviour::default()).unwrap().url();
    let mut nobody = Escl::at(&gone, Arc::new(MemoryPins::default())).unwrap();
    assert_eq!(nobody.caps(), Err(ScanFault::Unreachable));
    let none = Escl::at("http://", Arc::new(MemoryPins::default())).err();
    assert_eq!(none, Some(ScanFault::BadAddress));
}

#[test]
fn a_scanner_with_a_feeder_only_has_no_glass_and_one_that_minds_its_host_is_served() {
    let behaviour = Behaviour {
        platen: false,
        ..Behaviour::default()
    };
    let scanner = VirtualScanner::start(behaviour).unwrap();
    scanner.load(1);
    let mut feeder_only = client(&scanner);
    let (_, code) = scan(&mut feeder_only, &settings(PaperSource::Flatbed));
    assert_eq!(code, Some("scan.unsupported"));
    let (pages, code) = scan(&mut feeder_only, &settings(PaperSource::Feeder));
    assert_eq!((pages.len(), code), (1, None));
    for model in ["", "local"] {
        let behaviour = Behaviour {
            host: Some("localhost".to_string()),
            ..named(model)
        };
        assert_eq!(three_sheets(behaviour), (vec![1, 2, 3], None), "{model}");
    }
}

#[test]
fn waiting_is_told_at_the_deadline_and_progress_while_a_page_comes() {
    let behaviour = Behaviour {
        page_time: Duration::from_millis(600),
        fault: Some((1, Fault::Slow(20))),
        ..Behaviour::default()
    };
    let scanner = VirtualScanner::start(behaviour).unwrap();
    let mut job = client(&scanner)
        .start(&settings(PaperSource::Flatbed))
        .unwrap();
    let asked = Instant::now();
    let told = job.next(asked + Duration::from_millis(200));
    assert_eq!(told, Ok(Event::Waiting));
    assert!(asked.elapsed() < Duration::from_millis(500));
    let mut percents = Vec::new();
    let page = loop {
        match job.next(Instant::now() + Duration::from_secs(5)).unwrap() {
            Event::Progress(percent) => percents.push(percent),
            Event::Page(page) => break page,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(page.seq, 1);
    assert!(percents.len() > 5 && percents.is_sorted(), "{percents:?}");
    assert_eq!(percents.last(), Some(&100.0));
}
