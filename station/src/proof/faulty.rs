//! R1 and R3 for a sync that fails: it is never told as saved, what is tried again is, and nothing that was
//! promised is lost.

use super::count::{self, Row};
use super::model::{Faults, ModelDisk, Mount};
use super::work::{Fate, Promise, Smooth, Work, broken};
use super::*;
use crate::error::Error;

/// Acts may fail, as what cannot be written.
#[derive(Default)]
struct Faulty {
    failures: u64,
    wrong: Vec<String>,
}

impl Fate for Faulty {
    fn failed(&mut self, error: &Error, _: &Mount, _: &[Promise]) {
        self.failures += 1;
        if error.code() != "store.unwritable" {
            self.wrong
                .push(format!("it says {}: {error}", error.code()));
        }
    }
}

fn day(work: &mut Work) {
    work.found();
    let desk = work.open();
    work.serve(&desk, 1, true);
    work.rest(&desk);
    work.serve(&desk, 2, false);
    work.back_up(&desk);
    drop(desk);
    let desk = work.open();
    work.serve(&desk, 3, true);
}

#[test]
fn a_sync_that_fails_is_told_and_costs_nothing() {
    let Some(row) = Row::begin("R1", "any sync fails once") else {
        return;
    };
    let syncs = {
        let mount = Mount::new(ModelDisk::new());
        let mut smooth = Smooth;
        day(&mut Work::at(&mount, &mut smooth));
        mount.disk.syncs()
    };
    let places = count::of(30, syncs);
    let (mut failures, mut lost) = (0, Vec::new());
    for place in 0..places {
        let at = 1 + place * syncs / places;
        let mount = Mount::new(ModelDisk::new());
        let failing = Faults {
            failing_sync: Some(at),
            ..Faults::default()
        };
        mount.disk.set_faults(failing, at);
        let mut faulty = Faulty::default();
        let mut work = Work::at(&mount, &mut faulty);
        day(&mut work);
        let promises = work.promises;
        let mut wrong = faulty.wrong;
        failures += faulty.failures;
        match unlock(&mount.desk(), LOGIN, PASSWORD, &shelf(), now()) {
            Ok(desk) => wrong.extend(broken(&desk, &promises)),
            Err(error) => wrong.push(format!("it does not open: {error}")),
        }
        if !wrong.is_empty() {
            lost.push(format!("sync {at} fails: {}", wrong.join("; ")));
        }
    }
    row.end(places, failures, &lost);
}

/// A rotten journal has to be set aside, and the stick that it lies on takes nothing any more.
#[test]
fn a_journal_that_takes_nothing_any_more_keeps_nobody_from_work() {
    let mount = Mount::new(ModelDisk::new());
    let mut smooth = Smooth;
    let mut work = Work::at(&mount, &mut smooth);
    work.found();
    let desk = work.open();
    work.serve(&desk, 1, true);
    drop(desk);
    let mut files = mount.disk.files().into_iter();
    let (path, mut bytes) = files
        .find(|(path, _)| path.to_string_lossy().ends_with(".journal"))
        .unwrap();
    bytes[40] ^= 1;
    mount.disk.put(&path, bytes);
    let failing = Faults {
        failing: Some("desk-journal"),
        ..Faults::default()
    };
    mount.disk.set_faults(failing, 0);
    let desk = work.open();
    assert!(desk.store.journal_state().trouble.is_some());
    work.serve(&desk, 2, true);
    drop(desk);
    mount.disk.set_faults(Faults::default(), 0);
    let desk = work.open();
    let state = desk.store.journal_state();
    assert_eq!((state.last, state.trouble), (2, None));
    assert_eq!(broken(&desk, &work.promises), Vec::<String>::new());
}
