//! R3: the disk is full at any write. Every failure says so, nothing promised is lost, what failed
//! works once there is room, and the store opens afterwards – while it is still full, too.

use super::count::{self, Row};
use super::model::{Faults, ModelDisk, Mount};
use super::work::{Fate, Promise, Smooth, Work, broken};
use super::*;
use crate::error::Error;

/// The disk has no room for one act; then somebody makes room.
struct Tight {
    failures: u64,
    wrong: Vec<String>,
}

impl Fate for Tight {
    fn failed(&mut self, error: &Error, mount: &Mount, _: &[Promise]) {
        self.failures += 1;
        if error.code() != "store.disk_full" {
            self.wrong
                .push(format!("it says {}: {error}", error.code()));
        }
        mount.disk.make_room();
    }
}

fn day(work: &mut Work) {
    work.found();
    let desk = work.open();
    work.serve(&desk, 1, true);
    work.rest(&desk);
    work.serve(&desk, 2, false);
    drop(desk);
    let desk = work.open();
    work.serve(&desk, 3, true);
}

/// The whole day with one refusal, from write `at` on for `long` writes or until room is made.
fn full_at(at: u64, long: u64, lost: &mut Vec<String>) -> u64 {
    let mount = Mount::new(ModelDisk::new());
    let full = Faults {
        full_from: Some(at),
        full_for: long,
        ..Faults::default()
    };
    mount.disk.set_faults(full, at);
    let mut tight = Tight {
        failures: 0,
        wrong: Vec::new(),
    };
    let mut work = Work::at(&mount, &mut tight);
    day(&mut work);
    let promises = work.promises;
    let refused = mount.disk.refused();
    let mut wrong = tight.wrong;
    mount.disk.make_room();
    match unlock(&mount.desk(), LOGIN, PASSWORD, &shelf(), now()) {
        Ok(desk) => wrong.extend(broken(&desk, &promises)),
        Err(error) => wrong.push(format!("it does not open: {error}")),
    }
    wrong.extend(opens_without_room(&mount));
    if !wrong.is_empty() {
        lost.push(format!("full at write {at}: {}", wrong.join("; ")));
    }
    u64::from(refused > 0)
}

/// Started on a disk without room: it opens, or says why not.
fn opens_without_room(mount: &Mount) -> Option<String> {
    let full = Faults {
        full_from: Some(1),
        full_for: u64::MAX,
        ..Faults::default()
    };
    let mount = Mount::new(mount.disk.copy());
    mount.disk.set_faults(full, 0);
    let opened = unlock(&mount.desk(), LOGIN, PASSWORD, &shelf(), now());
    let error = opened.err()?;
    (error.code() != "store.disk_full").then(|| format!("opened while full: {error}"))
}

#[test]
fn a_disk_that_is_full_at_any_write_loses_nothing() {
    let Some(row) = Row::begin("R3", "the disk is full at any write") else {
        return;
    };
    let writes = {
        let mount = Mount::new(ModelDisk::new());
        let mut smooth = Smooth;
        day(&mut Work::at(&mount, &mut smooth));
        mount.disk.writes()
    };
    let places = count::of(30, writes);
    let (mut refused, mut tried, mut lost) = (0, 0, Vec::new());
    for place in 0..places {
        let at = 1 + place * writes / places;
        for long in [1, u64::MAX] {
            tried += 1;
            refused += full_at(at, long, &mut lost);
        }
    }
    assert!(refused > tried / 2, "the disk was full {refused} times");
    row.end(tried, refused, &lost);
}
