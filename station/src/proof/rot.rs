//! R4 and R5: one bit turns in the database, its log, the journal, a page or a backup; or the database
//! is garbled or gone. It is noticed, the bad file is kept, and everything filed comes back.
//!
//! Two things this cannot show, since nobody could see them: a bit in the last transaction of the
//! database's log looks like the torn end that a power cut leaves (what was filed in it comes back
//! from the journal; a keystroke does not), and forms are not in the journal, so that those typed
//! since the last backup come back only as far as the damaged file still gives them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::count::{self, Row};
use super::model::{ModelDisk, Mount};
use super::work::{Promise, Smooth, Work, broken};
use super::*;
use crate::backup;
use crate::disk;
use crate::error::Result;
use crate::keys::{FILES, Found, Keys};
use crate::storage::{self, Opened, Places, Rebuilt};
use crate::store::wal;

/// A station as it lies on its disk, with what it promised.
struct Lying {
    disk: ModelDisk,
    promises: Vec<Promise>,
    keys: Keys,
}

/// Which files of a station a bit turns in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Database,
    Log,
    Journal,
    Page,
    Backup,
    Keys,
}

const KINDS: [Kind; 6] = [
    Kind::Database,
    Kind::Log,
    Kind::Journal,
    Kind::Page,
    Kind::Backup,
    Kind::Keys,
];

impl Kind {
    fn has(self, path: &str) -> bool {
        match self {
            Kind::Database => path == "desk/station.db",
            Kind::Log => path == "desk/station.db-wal",
            Kind::Journal => path.ends_with(".journal"),
            Kind::Page => path.starts_with("desk/blobs/"),
            Kind::Backup => path.starts_with("desk-backups/"),
            Kind::Keys => path.starts_with("desk/keys.json"),
        }
    }
}

/// A day with a backup in its middle. The database's log is folded into it, or lies beside it as a
/// power cut leaves it.
fn day(folded: bool) -> Lying {
    let mount = Mount::new(ModelDisk::new());
    let mut smooth = Smooth;
    let mut work = Work::at(&mount, &mut smooth);
    work.found();
    let desk = work.open();
    work.serve(&desk, 1, true);
    work.serve(&desk, 2, false);
    let places = Places::load(&mount.desk());
    let source = backup::Source {
        folder: &mount.desk(),
        store: &desk.store,
        blobs: &desk.blobs,
        installation: &desk.installation,
        keys: &desk.keys,
    };
    let made = backup::make(&source, &places.backups_of(&mount.desk()), &places, now()).unwrap();
    backup::check(&made.folder, &desk.keys).unwrap();
    work.serve(&desk, 3, true);
    work.serve(&desk, 4, true);
    let promises = work.promises;
    if folded {
        desk.store.fold().unwrap();
    }
    let keys = desk.keys.clone();
    let disk = mount.disk.copy();
    Lying {
        disk,
        promises,
        keys,
    }
}

fn lying(kind: Kind) -> &'static Lying {
    static FOLDED: OnceLock<Lying> = OnceLock::new();
    static BESIDE: OnceLock<Lying> = OnceLock::new();
    match kind {
        Kind::Log => BESIDE.get_or_init(|| day(false)),
        _ => FOLDED.get_or_init(|| day(true)),
    }
}

/// One turned bit: where, and the disk with it.
fn turn(kind: Kind, chance: &mut StdRng) -> (Mount, PathBuf, String) {
    let mount = Mount::new(lying(kind).disk.copy());
    let files = mount.disk.files().into_iter();
    let of_kind =
        files.filter(|(path, bytes)| kind.has(&path.to_string_lossy()) && !bytes.is_empty());
    let of_kind: Vec<_> = of_kind.collect();
    let (path, mut bytes) = of_kind[chance.gen_range(0..of_kind.len())].clone();
    let used = match kind {
        // Behind that lie frames of an earlier round, and room that was taken beforehand.
        Kind::Log => {
            wal::look(&mount.desk().join("station.db"))
                .unwrap()
                .sound_bytes
        }
        Kind::Journal => bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1,
        _ => bytes.len(),
    };
    let (at, bit) = (chance.gen_range(0..used), chance.gen_range(0..8));
    bytes[at] ^= 1 << bit;
    let told = format!(
        "{kind:?}: bit {bit} of byte {at} of {used} in {}",
        path.display()
    );
    mount.disk.put(&path, bytes);
    (mount, path, told)
}

fn start(mount: &Mount, keys: &Keys) -> Result<Opened> {
    storage::open(&mount.desk(), keys, shelf().catalog.clone(), now())
}

fn rebuild(mount: &Mount, keys: &Keys) -> Result<Rebuilt> {
    let catalog = shelf().catalog.clone();
    let made = storage::rebuild(&mount.desk(), None, keys, catalog, now(), &|_| {});
    if count::seed().is_some() {
        println!("{made:?}");
    }
    made
}

/// Whether it was noticed; what a person then does is done.
fn noticed(kind: Kind, mount: &Mount, keys: &Keys, wrong: &mut Vec<String>) -> bool {
    match kind {
        Kind::Backup => {
            let found = backup::list(&mount.root().join("desk-backups"), &keys.backup);
            let good = |found: &backup::Found| backup::check(&found.folder, keys).is_ok();
            !found.first().is_some_and(good)
        }
        // Either of the two files is taken for whole, or the other one is taken.
        Kind::Keys => FILES.iter().any(|name| {
            let bytes = disk::read(&mount.desk().join(name)).unwrap();
            Found::read(&bytes).is_err()
        }),
        Kind::Page => {
            let opened = start(mount, keys).unwrap();
            let named = opened.store.pages_only_here().unwrap();
            named.iter().any(|sha256| opened.blobs.get(sha256).is_err())
        }
        Kind::Journal | Kind::Log => match start(mount, keys) {
            Ok(opened) => {
                let agreed = opened.agreed;
                agreed.set_aside.is_some() || agreed.brought_back + agreed.completed > 0
            }
            Err(error) => made_again(&error, mount, keys, wrong),
        },
        Kind::Database => match start(mount, keys) {
            Ok(opened) => {
                let found = opened.store.check(keys, &AtomicBool::new(false)).unwrap();
                let found = found.is_some_and(|findings| !findings.is_empty());
                opened.store.condemn();
                drop(opened);
                let made = rebuild(mount, keys);
                wrong.extend(made.err().map(|error| format!("not made again: {error}")));
                found
            }
            Err(error) => made_again(&error, mount, keys, wrong),
        },
    }
}

/// What of a rotten page is wrong once it has been looked at: it came back from the backup where it is in
/// there, and else it is marked, and no other with it.
fn not_mended(desk: &Desk, mount: &Mount) -> Vec<String> {
    let folder = mount.desk();
    let mut wrong = Vec::new();
    let mut marked = Vec::new();
    for sha256 in desk.store.pages_referred_to().unwrap() {
        storage::pages::mind(desk, &folder, &sha256, now()).unwrap();
        if desk.blobs.get(&sha256).is_err() {
            marked.push(sha256);
        }
    }
    let mut lost = desk.store.pages_lost().unwrap();
    lost.sort();
    if lost != marked {
        wrong.push(format!("{marked:?} do not open, and {lost:?} are marked"));
    }
    let files = mount.disk.files();
    for sha256 in marked {
        let path = desk.blobs.path(&sha256);
        let name = path.file_name().unwrap();
        let in_backup = |path: &Path| path.starts_with("desk-backups") && path.ends_with(name);
        if files.iter().any(|(path, _)| in_backup(path)) {
            wrong.push(format!("{sha256} is in the backup"));
        }
    }
    wrong
}

fn made_again(
    error: &crate::error::Error,
    mount: &Mount,
    keys: &Keys,
    wrong: &mut Vec<String>,
) -> bool {
    if let Err(error) = rebuild(mount, keys) {
        wrong.push(format!("not made again: {error}"));
    }
    error.code() == "store.unreadable"
}

#[test]
fn every_turned_bit_is_noticed_and_costs_nothing() {
    let Some(row) = Row::begin("R4", "a turned bit is noticed and costs nothing") else {
        return;
    };
    let bits = count::of(24, 300);
    let first = count::seed().unwrap_or(1);
    let (mut found, mut lost) = (0, Vec::new());
    let mut by_kind: BTreeMap<Kind, (u64, u64)> = BTreeMap::new();
    for seed in first..first + bits {
        let kind = KINDS[seed as usize % KINDS.len()];
        let mut chance = StdRng::seed_from_u64(seed);
        let (mount, path, told) = turn(kind, &mut chance);
        let before = mount
            .disk
            .files()
            .into_iter()
            .find(|(name, _)| *name == path);
        let Lying { promises, keys, .. } = lying(kind);
        let mut wrong = Vec::new();
        let seen = noticed(kind, &mount, keys, &mut wrong);
        if !seen {
            wrong.push("it was not noticed".into());
        }
        found += u64::from(seen);
        let tally = by_kind.entry(kind).or_default();
        *tally = (tally.0 + u64::from(seen), tally.1 + 1);
        let kept = mount
            .disk
            .files()
            .into_iter()
            .any(|(_, bytes)| before.as_ref().is_some_and(|(_, before)| bytes == *before));
        if kind == Kind::Database && !kept {
            wrong.push("the bad database was written to".into());
        }
        match unlock(&mount.desk(), LOGIN, PASSWORD, &shelf(), now()) {
            Ok(desk) if kind == Kind::Page => wrong.extend(not_mended(&desk, &mount)),
            Ok(desk) => wrong.extend(broken(&desk, promises)),
            Err(error) => wrong.push(format!("it does not open: {error}")),
        }
        if !wrong.is_empty() {
            lost.push(format!("seed {seed}, {told}: {}", wrong.join("; ")));
        }
        if count::seed().is_some() {
            break;
        }
    }
    println!("noticed by kind: {by_kind:?}");
    row.end(bits, found, &lost);
}

/// What happens to the whole database.
#[derive(Clone, Copy, Debug)]
enum Blow {
    Gone,
    Emptied,
    Noise,
    HalfOfIt,
}

#[test]
fn a_database_that_is_garbled_or_gone_is_made_again_to_the_last_save() {
    let Some(row) = Row::begin("R5", "database gone or garbled after k saves: k come back") else {
        return;
    };
    let most = count::of(3, 40) as u32;
    let blows = [Blow::Gone, Blow::Emptied, Blow::Noise, Blow::HalfOfIt];
    let (mut tried, mut back, mut lost) = (0, 0, Vec::new());
    for saves in 1..=most {
        for (at, blow) in blows.into_iter().enumerate() {
            let (mount, promises, keys) = after(saves, at % 2 == 0);
            strike(&mount, blow);
            tried += u64::from(saves);
            let told = format!("{saves} saves, then {blow:?}");
            if let Err(error) = rebuild(&mount, &keys) {
                lost.push(format!("{told}: {error}"));
                continue;
            }
            match unlock(&mount.desk(), LOGIN, PASSWORD, &shelf(), now()) {
                Ok(desk) => {
                    let gone = broken(&desk, &promises);
                    back += desk.store.log_at().unwrap().last;
                    lost.extend(gone.into_iter().map(|what| format!("{told}: {what}")));
                }
                Err(error) => lost.push(format!("{told}: {error}")),
            }
        }
    }
    assert_eq!(back, tried, "{lost:#?}");
    row.end(tried, back, &lost);
}

/// So many saves, with the log folded in or not, and no backup.
fn after(saves: u32, folded: bool) -> (Mount, Vec<Promise>, Keys) {
    let mount = Mount::new(ModelDisk::new());
    let mut smooth = Smooth;
    let mut work = Work::at(&mount, &mut smooth);
    work.found();
    let desk = work.open();
    for order in 1..=saves {
        work.serve(&desk, order, true);
    }
    if folded {
        desk.store.fold().unwrap();
    }
    let keys = desk.keys.clone();
    let promises = work.promises;
    drop(desk);
    (Mount::new(mount.disk.copy()), promises, keys)
}

fn strike(mount: &Mount, blow: Blow) {
    let path = Path::new("desk/station.db");
    let bytes = disk::read(&mount.desk().join("station.db")).unwrap();
    mount.disk.lose(Path::new("desk/station.db-wal"));
    match blow {
        Blow::Gone => mount.disk.lose(path),
        Blow::Emptied => mount.disk.put(path, Vec::new()),
        Blow::Noise => {
            let noise = bytes
                .iter()
                .zip((0_u8..=255).cycle())
                .map(|(byte, at)| byte ^ at.wrapping_mul(91));
            mount.disk.put(path, noise.collect());
        }
        Blow::HalfOfIt => mount.disk.put(path, bytes[..bytes.len() / 2].to_vec()),
    }
}
