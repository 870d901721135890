//! R1: the power goes at any operation, and what was answered as saved is there. The same harness
//! must lose work when commits do not wait for the disk, and when a sync that we ask for is not
//! done; else it proves nothing.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::model::{Faults, Image, ModelDisk, Mount};
use super::work::{Promise, Smooth, Work, broken, try_found};
use super::{recovery, *};
use crate::view::Door;

use super::count::{self, Row};

/// Cuts in one run of the work.
const CUTS_A_RUN: u64 = 25;
/// One in so many cuts is followed by another one while the station recovers from it.
const AGAIN_IN: u32 = 3;

/// A stretch of work, and the disk that it begins on.
struct Stretch {
    name: &'static str,
    before: fn() -> (ModelDisk, Vec<Promise>),
    act: fn(&mut Work, careless: bool),
    /// What people do where it does not open after a cut; nothing where it has to.
    mend: Option<Mend>,
}

type Mend = fn(&Mount) -> crate::error::Result<()>;

const STRETCHES: [Stretch; 7] = [
    Stretch {
        name: "first run",
        before: || (ModelDisk::new(), Vec::new()),
        act: |work, careless| {
            work.found();
            let desk = opened(work, careless);
            work.serve(&desk, 1, true);
        },
        mend: None,
    },
    Stretch {
        name: "saving",
        before: founded_disk,
        act: |work, careless| {
            let desk = opened(work, careless);
            for order in 11..15 {
                work.serve(&desk, order, order != 13);
            }
        },
        mend: None,
    },
    Stretch {
        name: "checkpoints",
        before: founded_disk,
        act: |work, careless| {
            for order in [21, 22] {
                let desk = opened(work, careless);
                work.serve(&desk, order, true);
                work.rest(&desk);
                work.serve(&desk, order + 10, true);
                work.rest(&desk);
            }
        },
        mend: None,
    },
    Stretch {
        name: "migration",
        before: older_disk,
        act: |work, careless| {
            let desk = opened(work, careless);
            work.serve(&desk, 41, true);
        },
        mend: None,
    },
    Stretch {
        name: "backup",
        before: founded_disk,
        act: |work, careless| {
            let desk = opened(work, careless);
            work.serve(&desk, 51, true);
            work.back_up(&desk);
            work.serve(&desk, 52, true);
            work.back_up(&desk);
        },
        mend: None,
    },
    Stretch {
        name: "recovery",
        before: recovery::damaged_disk,
        act: |work, careless| {
            recovery::make_again(&work.mount().desk()).unwrap();
            let desk = opened(work, careless);
            work.serve(&desk, 61, true);
        },
        mend: Some(|mount| recovery::make_again(&mount.desk())),
    },
    Stretch {
        name: "restoring",
        before: recovery::emptied_disk,
        act: |work, careless| {
            recovery::restore(work.mount()).unwrap();
            let desk = opened(work, careless);
            work.serve(&desk, 71, true);
        },
        mend: Some(recovery::restore),
    },
];

fn opened(work: &mut Work, careless: bool) -> Desk {
    let desk = work.open();
    if careless {
        desk.store.pretend_careless();
    }
    desk
}

fn founded_disk() -> (ModelDisk, Vec<Promise>) {
    let mount = Mount::new(ModelDisk::new());
    let mut smooth = Smooth;
    let mut work = Work::at(&mount, &mut smooth);
    work.found();
    (mount.disk.copy(), vec![Promise::Founded])
}

/// As the first version of the program left it, with somebody's case and somebody's form.
fn older_disk() -> (ModelDisk, Vec<Promise>) {
    let mount = Mount::new(ModelDisk::new());
    let mut smooth = Smooth;
    let mut work = Work::at(&mount, &mut smooth);
    work.found();
    let desk = work.open();
    work.serve(&desk, 1, true);
    work.serve(&desk, 2, false);
    desk.store.pretend_first_version();
    drop(desk);
    let promises = work.promises;
    (mount.disk.copy(), promises)
}

/// What the cuts of some runs came to.
#[derive(Default)]
struct Tally {
    cuts: u64,
    kept: u64,
    lost: Vec<String>,
}

/// One run of a stretch with cuts at random operations, and every image of it recovered.
fn run(stretch: &Stretch, seed: u64, faults: &Faults, careless: bool, tally: &mut Tally) {
    let mut chance = StdRng::seed_from_u64(seed);
    let (base, before) = (stretch.before)();
    let length = {
        let mount = Mount::new(base.copy());
        let mut smooth = Smooth;
        (stretch.act)(&mut Work::at(&mount, &mut smooth), careless);
        mount.disk.operations()
    };
    let cuts: BTreeSet<u64> = (0..CUTS_A_RUN)
        .map(|_| chance.gen_range(1..=length))
        .collect();
    let mount = Mount::new(base);
    let cutting = Faults {
        cuts,
        ..faults.clone()
    };
    mount.disk.set_faults(cutting, seed);
    let mut smooth = Smooth;
    let mut work = Work::at(&mount, &mut smooth);
    (stretch.act)(&mut work, careless);
    for image in mount.disk.take_images() {
        let told = format!(
            "seed {seed}, {}, cut at operation {} ({})",
            stretch.name, image.at, image.doing
        );
        let promised = [&before[..], &work.promises[..image.promised]].concat();
        let again = chance
            .gen_ratio(1, AGAIN_IN)
            .then(|| chance.gen_range(1..60));
        tally.cuts += 1;
        let mut lost = Vec::new();
        let lying = image.disk.files();
        recover(image, stretch.mend, &promised, again, seed, &mut lost);
        match lost.is_empty() {
            true => tally.kept += promised.len() as u64,
            false => {
                let lie = |(path, bytes): &(std::path::PathBuf, Vec<u8>)| {
                    format!("{} {}", path.display(), bytes.len())
                };
                let lying: Vec<_> = lying.iter().map(lie).collect();
                let (lost, lying) = (lost.join("; "), lying.join(", "));
                tally
                    .lost
                    .push(format!("{told}: {lost}; there was {lying}"));
            }
        }
    }
}

/// Starts the station on what the cut left. What is missing is said in `lost`.
fn recover(
    image: Image,
    mend: Option<Mend>,
    promised: &[Promise],
    again: Option<u64>,
    seed: u64,
    lost: &mut Vec<String>,
) {
    let mount = Mount::new(image.disk);
    let cuts = BTreeSet::from_iter(again);
    let second = Faults {
        cuts,
        ..Faults::default()
    };
    mount.disk.set_faults(second, seed ^ image.at);
    match started(&mount, promised, mend) {
        Ok(desk) => {
            lost.extend(broken(&desk, promised));
            if lost.is_empty() {
                goes_on(&desk, lost);
            }
        }
        Err(what) => lost.push(what),
    }
    for next in mount.disk.take_images() {
        let mut then = Vec::new();
        let doing = format!("then at operation {} ({})", next.at, next.doing);
        recover(next, mend, promised, None, seed, &mut then);
        lost.extend(then.into_iter().map(|what| format!("{doing}: {what}")));
    }
}

/// The station as people get it going again: founded where nothing was told yet, and mended where that is
/// what was cut off.
fn started(mount: &Mount, promised: &[Promise], mend: Option<Mend>) -> Result<Desk, String> {
    let folder = mount.desk();
    let founded = promised.iter().any(|p| matches!(p, Promise::Founded));
    let door = crate::door::look(&folder);
    let begun = match (&door, mend) {
        (Door::Login { .. }, _) => Ok(()),
        (Door::Enrol, _) if !founded => {
            crate::disk::make_folder(&folder).and_then(|()| try_found(&folder))
        }
        (_, Some(mend)) => mend(mount),
        _ => return Err(format!("the door is {door:?}")),
    };
    begun.map_err(|error| format!("behind the door {door:?}: {error}"))?;
    let open = || unlock(&folder, LOGIN, PASSWORD, &shelf(), now());
    let opened = match (open(), mend) {
        (Err(error), Some(mend)) if error.code() == "store.unreadable" => {
            mend(mount).and_then(|()| open())
        }
        // What the deep check finds in an idle moment.
        (Ok(desk), Some(mend)) if desk.store.looks_whole().is_err() => {
            desk.store.condemn();
            drop(desk);
            mend(mount).and_then(|()| open())
        }
        (opened, _) => opened,
    };
    opened.map_err(|error| format!("it does not open: {error}"))
}

/// Work goes on after the cut.
fn goes_on(desk: &Desk, lost: &mut Vec<String>) {
    let who = identity("李样本", 900);
    let saved = desk
        .open_draft(REGISTRATION, card(&who), now())
        .and_then(|form| {
            desk.save_answers(form.draft, registration_answers(), now())?;
            desk.submit(form.draft, now())
        });
    if let Err(error) = saved {
        lost.push(format!("work does not go on: {error}"));
    }
}

fn cut(count: u64, faults: &Faults, careless: bool, stretches: &[Stretch]) -> Tally {
    let mut tally = Tally::default();
    let first = count::seed().unwrap_or(1);
    for seed in first.. {
        let stretch = &stretches[seed as usize % stretches.len()];
        run(stretch, seed, faults, careless, &mut tally);
        if tally.cuts >= count || count::seed().is_some() {
            break;
        }
    }
    tally
}

#[test]
fn nothing_promised_is_lost_to_a_power_cut() {
    let Some(row) = Row::begin("R1", "saved work outlives a power cut") else {
        return;
    };
    let tally = cut(count::of(100, 5_000), &Faults::default(), false, &STRETCHES);
    row.end(tally.cuts, tally.kept, &tally.lost);
}

/// How many of some cuts lose work when the disk or we are careless.
fn must_lose(about: &str, faults: &Faults, careless: bool, stretches: &[Stretch]) {
    let Some(row) = Row::begin("R1", about) else {
        return;
    };
    let tally = cut(count::of(100, 1_000), faults, careless, stretches);
    row.end_wanting_losses(tally.cuts, &tally.lost);
}

#[test]
fn the_harness_loses_work_when_commits_do_not_wait_for_the_disk() {
    must_lose(
        "must lose: synchronous=NORMAL",
        &Faults::default(),
        true,
        &STRETCHES[1..3],
    );
}

#[test]
fn the_harness_loses_work_when_the_log_is_not_synced() {
    let deaf = Faults {
        deaf_files: Some("-wal"),
        ..Faults::default()
    };
    must_lose(
        "must lose: the log's sync does nothing",
        &deaf,
        false,
        &STRETCHES[1..3],
    );
}

#[test]
fn the_harness_loses_work_when_names_are_not_synced() {
    let deaf = Faults {
        deaf_folders: true,
        ..Faults::default()
    };
    must_lose(
        "must lose: the folder's sync does nothing",
        &deaf,
        false,
        &STRETCHES[..2],
    );
}

/// The first sector of page 1 is noise, as a fold that was cut off may leave it; the log is whole.
#[test]
fn a_torn_first_page_is_made_good_from_the_log() {
    let (older, promises) = older_disk();
    let mount = Mount::new(older);
    let desk = unlock(&mount.desk(), LOGIN, PASSWORD, &shelf(), now()).unwrap();
    let torn = Mount::new(mount.disk.copy());
    drop(desk);
    let path = torn.desk().join("station.db");
    let mut bytes = crate::disk::read(&path).unwrap();
    bytes[..512].iter_mut().for_each(|byte| *byte ^= 0x5A);
    torn.disk.put(Path::new("desk/station.db"), bytes);
    let desk = unlock(&torn.desk(), LOGIN, PASSWORD, &shelf(), now()).unwrap();
    assert_eq!(broken(&desk, &promises), Vec::<String>::new());
}
