//! The smart card service and its readers come and go, and other programs use them too.

use crate::Case;
use crate::rig::{Rig, card, one_of_each};
use drivers::id_card::monitor::{ReaderCondition, ServiceState};
use drivers::id_card::profile::Profiles;
use drivers::virtual_card::{Faults, Interface, VirtualReader};
use pcsc::{Context, Disposition, Protocols, Scope, ShareMode};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

pub const CASES: &[Case] = &[
    (
        "the_service_stopped_and_started_is_found_again",
        the_service_stopped_and_started_is_found_again,
    ),
    (
        "a_killed_service_is_found_again",
        a_killed_service_is_found_again,
    ),
    (
        "a_reader_gone_and_back_is_told",
        a_reader_gone_and_back_is_told,
    ),
    (
        "a_card_held_by_another_program_is_in_use",
        a_card_held_by_another_program_is_in_use,
    ),
    ("stopping_is_quick", stopping_is_quick),
    (
        "a_hung_service_holds_up_neither_the_page_nor_the_end",
        a_hung_service_holds_up_neither_the_page_nor_the_end,
    ),
    (
        "a_card_that_another_program_keeps_is_told_and_can_be_laid_anew",
        a_card_that_another_program_keeps_is_told_and_can_be_laid_anew,
    ),
    (
        "a_reader_that_never_answers_is_told",
        a_reader_that_never_answers_is_told,
    ),
    (
        "a_service_that_freezes_is_told_and_found_again",
        a_service_that_freezes_is_told_and_found_again,
    ),
];

fn the_service_stopped_and_started_is_found_again(folder: &Path) {
    let mut rig = Rig::start(folder, &one_of_each());
    rig.trays[0].insert(card("citizen"));
    rig.wait_card(0);
    rig.pcscd.stop();
    rig.wait_removed(0);
    rig.wait_service(ServiceState::Down);
    let readers = rig.readers.clone();
    rig.pcscd.start_again(&readers).unwrap();
    let started = Instant::now();
    rig.wait_service(ServiceState::Up);
    rig.wait_card(0);
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    rig.trays[0].swap(card("woman"));
    rig.wait_removed(0);
    rig.wait_card(0);
}

fn a_killed_service_is_found_again(folder: &Path) {
    let mut rig = Rig::start(folder, &one_of_each());
    rig.trays[1].insert(card("citizen"));
    rig.wait_card(1);
    let slow = Faults {
        delay: Duration::from_millis(3000),
        ..Faults::default()
    };
    rig.trays[0].insert(card("woman").with(slow));
    rig.wait_condition(0, ReaderCondition::Reading);
    let killed = Instant::now();
    rig.pcscd.kill();
    // The read that was under way fails for this reason, and both cards are gone with it.
    assert_eq!(rig.wait_failure(0), "reader.service_down");
    let noticed = killed.elapsed();
    rig.wait_service(ServiceState::Down);
    let readers = rig.readers.clone();
    rig.pcscd.start_again(&readers).unwrap();
    let started = Instant::now();
    rig.wait_service(ServiceState::Up);
    let (_, same) = rig.wait_read(1);
    assert!(same, "the card lay there all the time");
    let back = started.elapsed();
    assert!(noticed < Duration::from_millis(500), "{noticed:?}");
    assert!(back < Duration::from_millis(2500), "{back:?}");
    println!("  killed: noticed in {noticed:?}; started again: card read after {back:?}");
}

fn a_reader_gone_and_back_is_told(folder: &Path) {
    let mut rig = Rig::start(folder, &one_of_each());
    rig.trays[3].insert(card("citizen"));
    rig.wait_card(3);
    let readers = rig.readers.clone();
    rig.pcscd.start_again(&readers[..1]).unwrap();
    rig.wait_removed(3);
    rig.wait_readers(1);
    rig.pcscd.start_again(&[]).unwrap();
    rig.wait_readers(0);
    rig.pcscd.start_again(&readers).unwrap();
    rig.wait_readers(4);
    rig.wait_card(3);
}

fn a_card_held_by_another_program_is_in_use(folder: &Path) {
    let rig = Rig::start(folder, &one_of_each());
    rig.trays[0].insert(card("citizen"));
    let reader = std::ffi::CString::new(rig.wait_card(0).reader).unwrap();
    let other = Context::establish(Scope::User).unwrap();
    let held = other
        .connect(&reader, ShareMode::Exclusive, Protocols::ANY)
        .unwrap();
    let atr = held.status2_owned().unwrap().atr().to_vec();
    let ours = Context::establish(Scope::User).unwrap();
    let read = || drivers::id_card::pcsc::read(&ours, &reader, &atr, &Profiles::embedded());
    assert_eq!(read().unwrap_err().code(), "reader.in_use");
    held.disconnect(Disposition::LeaveCard)
        .map_err(|(_, error)| error)
        .unwrap();
    assert!(read().is_ok());
    let elsewhere = std::ffi::CString::new("No Such Reader 00 00").unwrap();
    let gone = drivers::id_card::pcsc::read(&ours, &elsewhere, &atr, &Profiles::embedded());
    assert_eq!(gone.unwrap_err().code(), "reader.gone");
}

fn stopping_is_quick(folder: &Path) {
    for interface in Interface::ALL {
        let mut rig = Rig::start(folder, &[VirtualReader::new("Q", interface)]);
        let started = Instant::now();
        rig.stop_monitor();
        assert!(
            started.elapsed() < Duration::from_millis(500),
            "{:?}",
            started.elapsed()
        );
    }
}

/// What a program stopped or gone on with does to the service.
fn signal(rig: &Rig, what: &str) {
    let pid = rig.pcscd.pid().unwrap().to_string();
    let sent = Command::new("kill").args([what, &pid]).status();
    assert!(sent.unwrap().success());
}

fn a_hung_service_holds_up_neither_the_page_nor_the_end(folder: &Path) {
    let mut rig = Rig::start(folder, &one_of_each());
    let slow = Faults {
        delay: Duration::from_millis(1000),
        ..Faults::default()
    };
    rig.trays[0].insert(card("citizen").with(slow));
    rig.wait_condition(0, ReaderCondition::Reading);
    signal(&rig, "-STOP");
    let begun = Instant::now();
    assert_eq!(rig.monitor().cancel_read(), 1);
    let given_up = begun.elapsed();
    rig.stop_monitor();
    let stopped = begun.elapsed();
    signal(&rig, "-CONT");
    println!("  service hung: read given up in {given_up:?}, monitor stopped in {stopped:?}");
    assert!(given_up < Duration::from_millis(200), "{given_up:?}");
    assert!(stopped < Duration::from_millis(3500), "{stopped:?}");
}

fn a_card_that_another_program_keeps_is_told_and_can_be_laid_anew(folder: &Path) {
    let mut rig = Rig::start(folder, &one_of_each());
    rig.trays[0].insert(card("citizen"));
    let reader = std::ffi::CString::new(rig.wait_card(0).reader).unwrap();
    rig.stop_monitor();
    let other = Context::establish(Scope::User).unwrap();
    let mut card_of_other = other
        .connect(&reader, ShareMode::Shared, Protocols::ANY)
        .unwrap();
    let kept = card_of_other.transaction().unwrap();
    rig.start_monitor();
    rig.wait_condition(0, ReaderCondition::Reading);
    let begun = Instant::now();
    assert_eq!(rig.wait_failure(0), "reader.in_use");
    let told = begun.elapsed();
    println!("  kept by another program: told after {told:?}");
    assert!(told > Duration::from_secs(14), "{told:?}");
    rig.wait_condition(0, ReaderCondition::Card);
    drop(kept);
    rig.trays[0].swap(card("woman"));
    rig.wait_removed(0);
    rig.wait_card(0);
}

fn a_reader_that_never_answers_is_told(folder: &Path) {
    let rig = Rig::start(folder, &one_of_each());
    let silent = Faults {
        delay: Duration::from_secs(17),
        ..Faults::default()
    };
    rig.trays[1].insert(card("citizen").with(silent));
    rig.wait_condition(1, ReaderCondition::Reading);
    assert_eq!(rig.wait_failure(1), "reader.timeout");
    rig.trays[0].insert(card("woman"));
    rig.wait_card(0);
}

fn a_service_that_freezes_is_told_and_found_again(folder: &Path) {
    let rig = Rig::start(folder, &one_of_each());
    rig.trays[0].insert(card("citizen"));
    rig.wait_card(0);
    signal(&rig, "-STOP");
    let frozen = Instant::now();
    rig.wait_removed(0);
    rig.wait_service(ServiceState::Down);
    println!("  frozen: told after {:?}", frozen.elapsed());
    signal(&rig, "-CONT");
    let begun = Instant::now();
    rig.wait_service(ServiceState::Up);
    let (_, same) = rig.wait_read(0);
    assert!(same, "the card lay there all the time");
    println!("  gone on: card read after {:?}", begun.elapsed());
}
