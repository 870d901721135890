//! R3: the disk is full at any write. Every failure says so, nothing promised is lost, what failed
//! works once there is room, and the store opens afterwards – while it is still full, too.

use super::count::{self, Row};
use super::model::{Faults, ModelDisk, Mount};
use super::work::{Fate, Promise, Smooth, Work, broken};
use super::{keys_cut, *};
use crate::door::{change, enter, enter_again, keys_of};
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

const COLLEAGUE: &str = "wang";

/// Two people, and somebody's case.
fn with_a_colleague() -> (ModelDisk, Vec<Promise>) {
    let mount = Mount::new(ModelDisk::new());
    let mut smooth = Smooth;
    let mut work = Work::at(&mount, &mut smooth);
    work.found();
    let desk = work.open();
    work.serve(&desk, 1, true);
    drop(desk);
    keys_cut::admit(&mount.desk(), COLLEAGUE, "another password");
    let promises = work.promises;
    (mount.disk.copy(), promises)
}

/// The colleague leaves, as the desk does it; whoever did it is at the desk again.
fn leave(folder: &Path) -> Result<(), Error> {
    let entered = enter(folder, LOGIN, PASSWORD, None, &shelf(), now())?;
    let mut file = keys_of(folder)?;
    let next = change::dismiss(folder, &mut file, &entered.held, COLLEAGUE)?;
    let old = entered.held.key.clone();
    drop(entered);
    let changed = change::finish(folder, &mut file, &old, &next);
    let key = if changed.is_ok() { next } else { old };
    drop(enter_again(folder, LOGIN, None, key, &shelf(), now())?);
    changed
}

/// With no room from write `at` on, for `long` writes, somebody leaves, and people log in.
fn leaving_without_room(at: u64, long: u64, lost: &mut Vec<String>) -> u64 {
    let (disk, promises) = with_a_colleague();
    let mount = Mount::new(disk);
    let full = Faults {
        full_from: Some(at),
        full_for: long,
        ..Faults::default()
    };
    mount.disk.set_faults(full, at);
    let folder = mount.desk();
    let mut wrong = Vec::new();
    let log_in = || enter(&folder, LOGIN, PASSWORD, None, &shelf(), now());
    let outcomes = [leave(&folder), log_in().map(drop), log_in().map(drop)];
    let refused = mount.disk.refused();
    for error in outcomes.into_iter().filter_map(Result::err) {
        if error.code() != "store.disk_full" {
            wrong.push(format!("it says {}: {error}", error.code()));
        }
    }
    mount.disk.make_room();
    for _ in 0..2 {
        match log_in() {
            Ok(entered) => wrong.extend(broken(&entered.desk, &promises)),
            Err(error) => wrong.push(format!("it does not open: {error}")),
        }
    }
    if !wrong.is_empty() {
        let wrong = wrong.join("; ");
        lost.push(format!("full at write {at} for {long}: {wrong}"));
    }
    u64::from(refused > 0)
}

#[test]
fn whoever_stays_is_kept_out_by_no_lack_of_room_while_somebody_leaves() {
    let Some(row) = Row::begin("R3", "the disk is full while somebody leaves") else {
        return;
    };
    let writes = {
        let mount = Mount::new(with_a_colleague().0);
        leave(&mount.desk()).unwrap();
        mount.disk.writes()
    };
    let places = count::of(30, writes);
    let (mut refused, mut lost) = (0, Vec::new());
    for place in 0..places {
        // A page is refused, and the small key file has room again.
        for long in [1, u64::MAX] {
            refused += leaving_without_room(1 + place * writes / places, long, &mut lost);
        }
    }
    row.end(2 * places, refused, &lost);
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

/// The ballast alone makes room for the case on screen, its page first; nobody takes anything away.
#[test]
fn with_the_disk_full_the_case_on_screen_is_saved_in_the_room_of_the_ballast() {
    let mount = Mount::new(ModelDisk::new());
    let mut smooth = Smooth;
    Work::at(&mount, &mut smooth).found();
    let places = Places {
        ballast_bytes: 2 << 20,
        ..Places::default()
    };
    places.save(&mount.desk()).unwrap();
    let desk = open(&mount.desk());
    let who = identity("李样本", 3);
    let draft = desk.open_draft(HARDSHIP, card(&who), now()).unwrap().draft;
    let ballast = desk.store.ballast().unwrap();
    ballast.restore().unwrap();
    assert!(ballast.is_there());
    mount.disk.fill();
    desk.add_page(draft, "household_book", picture(9), now())
        .unwrap();
    desk.save_answers(draft, hardship_answers(), now()).unwrap();
    let filed = desk.submit(draft, now()).unwrap();
    assert!(!ballast.is_there());
    let full = (100..900).find_map(|order| {
        let who = identity("王示范", order);
        desk.open_draft(HARDSHIP, card(&who), now()).err()
    });
    assert_eq!(
        full.unwrap().code(),
        "store.disk_full",
        "it is full for good"
    );
    drop(desk);
    assert!(open(&mount.desk()).get_case(filed.case, now()).is_ok());
}
