//! Virtual cards through a real pcscd: every kind, every way to read, every fault.
//!
//! libpcsclite reads its socket's path once per process, so each case runs in a process of its
//! own, several at a time, with its own daemon.

#![allow(
    clippy::unwrap_used,
    reason = "a test; without the harness clippy cannot tell"
)]

mod cases;
mod rig;

use drivers::id_card::monitor::{Event, ReaderCondition, Reading};
use drivers::id_card::sdt;
use drivers::virtual_card::{Faults, VirtualReader, pcscd, samples};
use rig::{Rig, card, one_of_each};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

type Case = (&'static str, fn(&Path));

const CASES: &[Case] = &[
    (
        "every_sample_is_read_over_every_interface",
        every_sample_is_read_over_every_interface,
    ),
    (
        "every_failure_of_the_module_is_named",
        every_failure_of_the_module_is_named,
    ),
    ("broken_frames_are_named", broken_frames_are_named),
    (
        "a_card_pulled_in_the_middle_is_removed",
        a_card_pulled_in_the_middle_is_removed,
    ),
    (
        "no_security_module_is_said_as_such",
        no_security_module_is_said_as_such,
    ),
    ("a_card_without_photo_is_read", a_card_without_photo_is_read),
    (
        "a_slow_card_holds_up_no_other_reader",
        a_slow_card_holds_up_no_other_reader,
    ),
    (
        "a_swapped_card_is_another_card",
        a_swapped_card_is_another_card,
    ),
];

/// Names the case to be run by this very process.
const CASE: &str = "YIZHAN_CARD_CASE";
/// Cases at a time. They wait for pcscd's polling nearly all the time.
const AT_ONCE: usize = 6;

fn main() -> ExitCode {
    let lists = [
        CASES,
        cases::social::CASES,
        cases::desk::CASES,
        cases::fields::CASES,
        cases::service::CASES,
        cases::ghosts::CASES,
    ];
    let all = lists.concat();
    if let Some(wanted) = std::env::var_os(CASE) {
        let (_, case) = all.iter().find(|(name, _)| wanted == *name).unwrap();
        let folder = tempfile::tempdir().unwrap();
        // SAFETY: no other thread runs yet, and nothing has read the variable.
        unsafe { std::env::set_var("PCSCLITE_CSOCK_NAME", pcscd::socket_in(folder.path())) };
        case(folder.path());
        return ExitCode::SUCCESS;
    }
    if std::env::args().any(|arg| arg == "--list") {
        all.iter().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let chosen = |name: &str| {
        filter
            .as_ref()
            .is_none_or(|part| name.contains(part.as_str()))
    };
    let left = all
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| chosen(name));
    let (left, failed) = (Mutex::new(left), AtomicUsize::new(0));
    let driver = rig::driver();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(name) = left.lock().unwrap().next() else {
                        return;
                    };
                    if !run(name, &driver) {
                        failed.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    match failed.into_inner() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Runs a case in its process and tells what came of it.
fn run(name: &str, driver: &Path) -> bool {
    let started = Instant::now();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.env(CASE, name).env(rig::DRIVER, driver);
    let output = child.output().unwrap();
    let (word, took) = (output.status.success(), started.elapsed().as_millis());
    let told = String::from_utf8_lossy(&output.stdout);
    let verdict = if word { "ok" } else { "FAILED" };
    print!("test {name} ... {verdict} ({took} ms)\n{told}");
    if !word {
        eprintln!("{name}:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    word
}

/// The way the story calls a tap, in words.
fn every_sample_is_read_over_every_interface(folder: &Path) {
    let rig = Rig::start(folder, &one_of_each());
    let mut exchanges_ms = Vec::new();
    for sample in samples::all() {
        // All four at once: the readings must not get mixed up.
        for tray in &rig.trays {
            tray.insert(card(sample.key));
        }
        let mut left: Vec<_> = rig
            .readers
            .iter()
            .map(VirtualReader::friendly_name)
            .collect();
        while !left.is_empty() {
            let reading = rig.wait("four readings", |event| match event {
                Event::Card {
                    reading: Reading::Identity(reading),
                    ..
                } => Some(reading),
                Event::Failed { reader, error } => panic!("{reader} {}: {error}", sample.key),
                _ => None,
            });
            exchanges_ms.push(reading.exchange_ms);
            let at = left
                .iter()
                .position(|name| reading.reader.starts_with(name))
                .unwrap();
            let file = left.remove(at).contains("Read Binary");
            let mut want = sample.card.clone();
            want.raw.clone_from(&reading.card.raw);
            if file {
                want.appended_address = None;
            }
            assert!(reading.card == want, "{} on {}", sample.key, reading.reader);
            assert_eq!(
                reading.photo.as_ref().map(|p| (p.len(), p[..2].to_vec())),
                Some((1024, b"WL".to_vec()))
            );
            assert_eq!((reading.raw.len(), reading.card.raw.len()), (1284, 256));
            assert_eq!(reading.sam_id.is_none(), file);
        }
        rig.trays
            .iter()
            .for_each(drivers::virtual_card::Tray::remove);
        for _ in &rig.readers {
            rig.wait("a removal", |event| {
                matches!(event, Event::Removed { .. }).then_some(())
            });
        }
    }
    exchanges_ms.sort_unstable();
    let (median, last) = (exchanges_ms[exchanges_ms.len() / 2], exchanges_ms.last());
    println!(
        "  exchanges: {} median_ms={median} max_ms={last:?}",
        exchanges_ms.len()
    );
}

fn every_failure_of_the_module_is_named(folder: &Path) {
    let rig = Rig::start(folder, &one_of_each());
    for (at, sw3) in sdt::FAILURES.into_iter().enumerate() {
        // Absent means: there is no appended address. Unknown there means: an old module.
        if sw3 == sdt::ABSENT {
            continue;
        }
        // The three ways take turns; READ BINARY readers do not pass SW3 on.
        let reader = 1 + at % 3;
        let code = rig.failure_of(
            reader,
            Faults {
                sw3: Some(sw3),
                ..Faults::default()
            },
        );
        assert_eq!(code, sdt::error_of(sw3).code(), "SW3 {sw3:02X}");
    }
    let absent = Faults {
        sw3: Some(sdt::ABSENT),
        ..Faults::default()
    };
    rig.trays[1].insert(card("moved").with(absent));
    assert_eq!(rig.wait_card(1).card.appended_address, None);
    let any = Faults {
        sw3: Some(0x41),
        ..Faults::default()
    };
    assert_eq!(rig.failure_of(0, any), "card.read_failed");
}

fn broken_frames_are_named(folder: &Path) {
    let rig = Rig::start(folder, &one_of_each());
    for reader in 0..4 {
        let short = Faults {
            short_frame: true,
            ..Faults::default()
        };
        assert_eq!(
            rig.failure_of(reader, short),
            "card.frame_truncated",
            "reader {reader}"
        );
    }
    for reader in 1..4 {
        let sum = Faults {
            bad_checksum: true,
            ..Faults::default()
        };
        assert_eq!(
            rig.failure_of(reader, sum),
            "card.frame_checksum",
            "reader {reader}"
        );
    }
}

fn a_card_pulled_in_the_middle_is_removed(folder: &Path) {
    let rig = Rig::start(folder, &one_of_each());
    for reader in 0..4 {
        let torn = Faults {
            torn: true,
            ..Faults::default()
        };
        assert_eq!(
            rig.failure_of(reader, torn),
            "card.removed",
            "reader {reader}"
        );
        rig.trays[reader].insert(card("citizen"));
        rig.wait_card(reader);
    }
}

fn no_security_module_is_said_as_such(folder: &Path) {
    let rig = Rig::start(folder, &one_of_each());
    for (reader, plain_atr) in [(0, true), (0, false), (1, false), (2, false), (3, false)] {
        let faults = Faults {
            no_sam: true,
            plain_atr,
            ..Faults::default()
        };
        assert_eq!(
            rig.failure_of(reader, faults),
            "card.no_security_module",
            "{reader}"
        );
    }
}

fn a_card_without_photo_is_read(folder: &Path) {
    let rig = Rig::start(folder, &one_of_each());
    for reader in 0..4 {
        let faults = Faults {
            no_photo: true,
            ..Faults::default()
        };
        rig.trays[reader].insert(card("citizen").with(faults));
        let reading = rig.wait_card(reader);
        assert_eq!(
            (reading.photo, reading.raw.len()),
            (None, 260),
            "reader {reader}"
        );
    }
}

/// While a slow card is being read, the card on another reader is swapped: the new one is read at
/// once and does not wait for the slow one.
fn a_slow_card_holds_up_no_other_reader(folder: &Path) {
    let rig = Rig::start(folder, &one_of_each());
    rig.trays[0].insert(card("citizen"));
    let first = rig.wait_card(0);
    let slow = Faults {
        delay: Duration::from_millis(3000),
        ..Faults::default()
    };
    rig.trays[1].insert(card("woman").with(slow));
    rig.wait_condition(1, ReaderCondition::Reading);
    let begun = Instant::now();
    rig.trays[0].swap(card("hui"));
    rig.wait_removed(0);
    let second = rig.wait_card(0);
    let waited = begun.elapsed();
    assert_ne!(first.card.id_number, second.card.id_number);
    assert!(waited < Duration::from_millis(2500), "{waited:?}");
    assert!(rig.wait_card(1).exchange_ms >= 3000);
    println!("  beside a card of 3 s: swapped and read in {waited:?}");
}

/// Ten cards one after the other, no pause but the one pcscd needs; each read exactly once.
fn a_swapped_card_is_another_card(folder: &Path) {
    let rig = Rig::start(folder, &one_of_each());
    for (at, sample) in samples::all().iter().cycle().take(10).enumerate() {
        rig.trays[2].swap(card(sample.key));
        if at > 0 {
            rig.wait_removed(2);
        }
        assert_eq!(rig.wait_card(2).card.id_number, sample.card.id_number);
    }
    rig.trays[2].remove();
    rig.wait_removed(2);
    // No ghost: nothing more is read or removed.
    let quiet = Instant::now() + Duration::from_millis(1500);
    while let Ok(event) = rig
        .events
        .recv_timeout(quiet.saturating_duration_since(Instant::now()))
    {
        assert!(matches!(event, Event::Readers(_)), "{event:?}");
    }
}
