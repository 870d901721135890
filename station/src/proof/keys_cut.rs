//! R1 for the key file: the power goes at any operation while somebody is let in, gets a new password, a
//! substitute sits down, and people leave. Whoever stays opens everything, and everybody else stands
//! where the last answered step left them, or the one that was being taken.

use std::collections::BTreeSet;

use domain::substitute::{Heard, Neighbour, SpokenCode, Word, tag};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::count::{self, Row};
use super::model::{Faults, Image, ModelDisk, Mount};
use super::work::{Smooth, Work, broken};
use super::*;
use crate::door::substitute::{Wanted, let_in, sweep};
use crate::door::{change, enter, keys_of};
use crate::keys::{LetInCode, Wrap, machine};

const COLLEAGUE: &str = "wang";
const SUBSTITUTE: &str = "li";
const FIRST: &str = "her first password";
const SECOND: &str = "her second password";
const HOURS: &str = "for these hours";
/// One in so many cuts is followed by another one while somebody logs in after it.
const AGAIN_IN: u32 = 3;

/// Which passwords open the station: the colleague's first and second, and the substitute's.
type Opens = [bool; 3];

/// After each answered step; the first stands for none.
const STEPS: [Opens; 6] = [
    [false, false, false],
    [true, false, false],
    [false, true, false],
    [false, true, true],
    [false, false, true],
    [false, false, false],
];

/// A founded station with somebody's case.
fn before() -> ModelDisk {
    let mount = Mount::new(ModelDisk::new());
    let mut smooth = Smooth;
    let mut work = Work::at(&mount, &mut smooth);
    work.found();
    let desk = work.open();
    work.serve(&desk, 1, true);
    drop(desk);
    mount.disk.copy()
}

/// Somebody gets a way in.
pub(crate) fn admit(folder: &Path, login: &str, password: &str) {
    let entered = enter(folder, LOGIN, PASSWORD, None, &shelf(), now()).unwrap();
    let mut file = keys_of(folder).unwrap();
    let secret = machine::fetch(&file.machine, folder).unwrap();
    let suite = entered.held.suite;
    let wrap = Wrap::new(login, staff(), password, &secret, None, Cost::CHEAP, suite);
    file.admit(wrap, &entered.held).unwrap();
    file.save(folder).unwrap();
}

/// A code for the substitute, as the exchange makes one and the centre gives it out.
fn code_for(folder: &Path) -> SpokenCode {
    let who = Neighbour {
        staff: Staff {
            id: Id(uuid::Uuid::from_u128(9)),
            ..staff()
        },
        login: SUBSTITUTE.into(),
    };
    let entered = enter(folder, LOGIN, PASSWORD, None, &shelf(), now()).unwrap();
    let mut file = keys_of(folder).unwrap();
    let secret = machine::fetch(&file.machine, folder).unwrap();
    let (id, suite) = (crate::desk::new_id(), entered.held.suite);
    let (code, told) = LetInCode::random(id, &secret, Cost::CHEAP, suite, now());
    file.add_code(code, &entered.held).unwrap();
    file.save(folder).unwrap();
    let spoken = SpokenCode {
        secret: told.secret.to_string(),
        tag: tag(&told.bind, who.staff.id),
    };
    let heard = Heard {
        people: vec![who],
        code: Some(id),
        confirmed: None,
    };
    let store = &entered.desk.store;
    store
        .heard_substitute(&Word::default(), &heard, now())
        .unwrap();
    spoken
}

fn act(mount: &Mount) {
    let folder = mount.desk();
    let promise = || mount.disk.promise();
    admit(&folder, COLLEAGUE, FIRST);
    promise();
    admit(&folder, COLLEAGUE, SECOND);
    promise();
    let code = code_for(&folder);
    let wanted = Wanted {
        name: SUBSTITUTE,
        code: &code,
        password: HOURS,
        card: None,
    };
    drop(let_in(&folder, &wanted, Cost::CHEAP, &shelf(), now()).unwrap());
    promise();
    let entered = enter(&folder, LOGIN, PASSWORD, None, &shelf(), now()).unwrap();
    let mut file = keys_of(&folder).unwrap();
    let next = change::dismiss(&folder, &mut file, &entered.held, COLLEAGUE).unwrap();
    promise();
    let old = entered.held.key.clone();
    drop(entered);
    change::finish(&folder, &mut file, &old, &next).unwrap();
    let entered = enter(&folder, LOGIN, PASSWORD, None, &shelf(), now()).unwrap();
    let mut file = keys_of(&folder).unwrap();
    assert!(sweep(&folder, &mut file, &entered.held, |_| false).unwrap());
    promise();
    drop(entered);
    drop(enter(&folder, LOGIN, PASSWORD, None, &shelf(), now()).unwrap());
}

/// What is wrong after a cut, in words.
fn looked_at(image: Image, again: Option<u64>, seed: u64) -> Vec<String> {
    let allowed = [image.promised, image.promised + 1].map(|at| STEPS.get(at));
    let mount = Mount::new(image.disk);
    let second = Faults {
        cuts: BTreeSet::from_iter(again),
        ..Faults::default()
    };
    mount.disk.set_faults(second, seed ^ image.at);
    let folder = mount.desk();
    let mut wrong = Vec::new();
    match unlock(&folder, LOGIN, PASSWORD, &shelf(), now()) {
        Ok(desk) => wrong.extend(broken(&desk, &[])),
        Err(error) => wrong.push(format!("who stays cannot open it: {error}")),
    }
    let opens = |login, password| enter(&folder, login, password, None, &shelf(), now()).is_ok();
    let found = [
        opens(COLLEAGUE, FIRST),
        opens(COLLEAGUE, SECOND),
        opens(SUBSTITUTE, HOURS),
    ];
    if !allowed.contains(&Some(&found)) {
        wrong.push(format!("{found:?} opens, and not one of {allowed:?}"));
    }
    for next in mount.disk.take_images() {
        let next = Image {
            promised: image.promised,
            ..next
        };
        let doing = format!("then at operation {} ({})", next.at, next.doing);
        let then = looked_at(next, None, seed);
        wrong.extend(then.into_iter().map(|what| format!("{doing}: {what}")));
    }
    wrong
}

/// Cuts at many operations of the story: how many, how many stood it, and what did not.
fn cut(wanted: u64, faults: &Faults) -> (u64, u64, Vec<String>) {
    let base = before();
    let length = {
        let mount = Mount::new(base.copy());
        act(&mount);
        mount.disk.operations()
    };
    let seed = count::seed().unwrap_or(1);
    let mut chance = StdRng::seed_from_u64(seed);
    let cuts: BTreeSet<u64> = match wanted >= length {
        true => (1..=length).collect(),
        false => (0..wanted).map(|_| chance.gen_range(1..=length)).collect(),
    };
    let mount = Mount::new(base);
    let faults = Faults {
        cuts,
        ..faults.clone()
    };
    mount.disk.set_faults(faults, seed);
    act(&mount);
    let (mut kept, mut lost) = (0, Vec::new());
    let images = mount.disk.take_images();
    let count = images.len() as u64;
    for image in images {
        let told = format!(
            "seed {seed}, cut at operation {} ({})",
            image.at, image.doing
        );
        let again = chance
            .gen_ratio(1, AGAIN_IN)
            .then(|| chance.gen_range(1..60));
        match looked_at(image, again, seed).join("; ") {
            nothing if nothing.is_empty() => kept += 1,
            wrong => lost.push(format!("{told}: {wrong}")),
        }
    }
    (count, kept, lost)
}

#[test]
fn whoever_stays_opens_a_station_whose_key_file_was_being_changed() {
    let Some(row) = Row::begin("R1", "changes of staff and keys outlive a power cut") else {
        return;
    };
    let (count, kept, lost) = cut(count::of(40, 2_000), &Faults::default());
    row.end(count, kept, &lost);
}

#[test]
fn the_harness_loses_changes_of_keys_when_names_are_not_synced() {
    let about = "must lose: keys, the folder's sync does nothing";
    let Some(row) = Row::begin("R1", about) else {
        return;
    };
    let deaf = Faults {
        deaf_folders: true,
        ..Faults::default()
    };
    let (count, _, lost) = cut(count::of(40, 300), &deaf);
    row.end_wanting_losses(count, &lost);
}
