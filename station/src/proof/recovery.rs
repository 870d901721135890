//! What R1 cuts besides work: a damaged database that is made again, and a station of which only a backup
//! and the journal are left. Also R3 for it: without room nothing poorer takes the database's place.

use std::sync::OnceLock;

use super::count::{self, Row};
use super::model::{Faults, ModelDisk, Mount};
use super::work::{Promise, Smooth, Work, broken};
use super::*;
use crate::backup;
use crate::door::{keys_of, open_keys_for, regain};
use crate::error::{Error, Result};
use crate::recovery::Regained;
use crate::storage::{self, Base, Rebuilt};

/// Somebody makes the database again.
pub(crate) fn make_again(folder: &Path) -> Result<()> {
    rebuild(folder).map(drop)
}

fn rebuild(folder: &Path) -> Result<Rebuilt> {
    let keys = open_keys_for(folder, LOGIN, PASSWORD, None)?;
    storage::rebuild(folder, None, &keys, shelf().catalog.clone(), now(), &|_| {})
}

/// Somebody restores the newest backup.
pub(crate) fn restore(mount: &Mount) -> Result<()> {
    let backups = mount.root().join("desk-backups");
    let found = backup::list_unproved(&backups).into_iter().next();
    let found = found.ok_or_else(|| Error::coded("backup.damaged"))?;
    let (desk, file) = (mount.desk(), keys_of(&found.folder)?);
    let Regained { file, opened, .. } = regain(&desk, file, LOGIN, PASSWORD, None)?;
    let keys = file.hold(opened.current)?.keys();
    let catalog = shelf().catalog.clone();
    let restored = backup::restore(&found.folder, &desk, &keys, &file, catalog, now(), &|_| {});
    restored.map(drop)
}

/// A day with a backup in its middle, and what was promised in it.
fn day() -> (ModelDisk, Vec<Promise>) {
    let mount = Mount::new(ModelDisk::new());
    let mut smooth = Smooth;
    let mut work = Work::at(&mount, &mut smooth);
    work.found();
    let desk = work.open();
    work.serve(&desk, 1, true);
    work.serve(&desk, 2, false);
    work.back_up(&desk);
    work.serve(&desk, 3, true);
    work.serve(&desk, 4, false);
    desk.store.fold().unwrap();
    let promises = work.promises;
    (mount.disk.copy(), promises)
}

/// The same, of which those promises are left that recovering it keeps when nothing goes wrong.
fn kept(disk: ModelDisk, promises: Vec<Promise>, recover: fn(&Mount)) -> (ModelDisk, Vec<Promise>) {
    let mount = Mount::new(disk.copy());
    recover(&mount);
    let desk = open(&mount.desk());
    let kept = |one: &Promise| broken(&desk, std::slice::from_ref(one)).is_empty();
    (disk, promises.into_iter().filter(kept).collect())
}

/// A bit has turned in a page of the database that holds no form.
pub(crate) fn damaged_disk() -> (ModelDisk, Vec<Promise>) {
    static DAMAGED: OnceLock<(ModelDisk, Vec<Promise>)> = OnceLock::new();
    let (disk, promises) = DAMAGED.get_or_init(|| {
        let (whole, promises) = day();
        let typed = |promises: &[Promise]| {
            let typed = |one: &&Promise| matches!(one, Promise::Typed { .. });
            promises.iter().filter(typed).count()
        };
        let pages = database(&whole).len() / 4096;
        let turned = (1..pages).rev().map(|page| {
            let disk = whole.copy();
            let mut bytes = database(&disk);
            bytes[page * 4096 + 1000] ^= 32;
            disk.put(Path::new("desk/station.db"), bytes);
            kept(disk, promises.clone(), |mount| {
                make_again(&mount.desk()).unwrap()
            })
        });
        let all = typed(&promises);
        turned
            .into_iter()
            .find(|(_, left)| typed(left) == all)
            .unwrap()
    });
    (disk.copy(), promises.clone())
}

fn database(disk: &ModelDisk) -> Vec<u8> {
    let mut files = disk.files().into_iter();
    files
        .find(|(path, _)| path == Path::new("desk/station.db"))
        .unwrap()
        .1
}

/// Of the station's own folder the secret of the machine is left, and the pages that the backup lacks.
pub(crate) fn emptied_disk() -> (ModelDisk, Vec<Promise>) {
    static EMPTIED: OnceLock<(ModelDisk, Vec<Promise>)> = OnceLock::new();
    let (disk, promises) = EMPTIED.get_or_init(|| {
        let (disk, promises) = day();
        let files = disk.files();
        let backed_up = |path: &Path| {
            let within = path.strip_prefix("desk").unwrap();
            let mut others = files
                .iter()
                .filter(|(other, _)| other.starts_with("desk-backups"));
            others.any(|(other, _)| other.ends_with(within))
        };
        for (path, _) in &files {
            let kept = path.ends_with("machine.secret")
                || path.starts_with("desk/blobs") && !backed_up(path);
            if path.starts_with("desk") && !kept {
                disk.lose(path);
            }
        }
        kept(disk, promises, |mount| restore(mount).unwrap())
    });
    (disk.copy(), promises.clone())
}

/// The disk is full from a write of the rebuild on: it says so and leaves the database, or it comes to
/// what it comes to with room.
#[test]
fn a_rebuild_without_room_puts_nothing_poorer_in_place() {
    let Some(row) = Row::begin("R3", "the disk is full at any write of a rebuild") else {
        return;
    };
    let (damaged, promises) = damaged_disk();
    let (writes, whole) = {
        let mount = Mount::new(damaged.copy());
        mount.disk.set_faults(Faults::default(), 0);
        let rebuilt = rebuild(&mount.desk()).unwrap();
        (mount.disk.writes(), rebuilt)
    };
    assert!(matches!(whole.base, Base::Backup(_)) && whole.forms > 0);
    let places = count::of(20, writes);
    let (mut refused, mut lost) = (0, Vec::new());
    for place in 0..places {
        let at = 1 + place * writes / places;
        let mount = Mount::new(damaged.copy());
        let full = Faults {
            full_from: Some(at),
            full_for: u64::MAX,
            ..Faults::default()
        };
        mount.disk.set_faults(full, at);
        let mut wrong = Vec::new();
        let outcome = rebuild(&mount.desk());
        mount.disk.make_room();
        let rebuilt = match outcome {
            Err(error) => {
                refused += 1;
                if error.code() != "store.disk_full" {
                    wrong.push(format!("it says {}: {error}", error.code()));
                }
                rebuild(&mount.desk()).unwrap()
            }
            Ok(rebuilt) => rebuilt,
        };
        if (&rebuilt.base, rebuilt.forms) != (&whole.base, whole.forms) {
            wrong.push(format!("{rebuilt:?}, and with room {whole:?}"));
        }
        wrong.extend(broken(&open(&mount.desk()), &promises));
        if !wrong.is_empty() {
            lost.push(format!("full at write {at}: {}", wrong.join("; ")));
        }
    }
    assert!(refused > places / 2, "the disk was full {refused} times");
    row.end(places, refused, &lost);
}

/// Sectors that are given back no more cost what is in them and nothing else.
#[test]
fn a_sector_that_cannot_be_read_is_told_as_damage_and_costs_nothing_that_is_elsewhere() {
    let Some(row) = Row::begin("R4", "a sector that cannot be read costs nothing else") else {
        return;
    };
    let (whole, promises) = day();
    let pages = database(&whole).len() / 4096;
    let places = count::of(8, pages as u64) as usize;
    let (mut told, mut lost) = (0, Vec::new());
    for place in 0..places {
        let page = place * pages / places;
        let mount = Mount::new(whole.copy());
        let bad = Faults {
            unreadable: Some(("desk/station.db", page * 4096..(page + 1) * 4096)),
            ..Faults::default()
        };
        mount.disk.set_faults(bad, 0);
        let mut wrong = Vec::new();
        let folder = mount.desk();
        match unlock(&folder, LOGIN, PASSWORD, &shelf(), now()) {
            Err(error) if error.code() == "store.unreadable" => told += 1,
            Err(error) => wrong.push(format!("it says {}: {error}", error.code())),
            // Met only where it is read: the deep check looks everywhere.
            Ok(desk) => {
                let stop = std::sync::atomic::AtomicBool::new(false);
                match desk.store.check(&desk.keys, &stop) {
                    Ok(Some(found)) if !found.is_empty() => told += 1,
                    other => wrong.push(format!("the deep check says {other:?}")),
                }
                desk.store.condemn();
            }
        }
        if let Err(error) = make_again(&folder) {
            wrong.push(format!("it is not made again: {error}"));
        }
        mount.disk.set_faults(Faults::default(), 0);
        let saved = promises
            .iter()
            .filter(|one| !matches!(one, Promise::Typed { .. }));
        let saved: Vec<_> = saved.cloned().collect();
        match unlock(&folder, LOGIN, PASSWORD, &shelf(), now()) {
            Ok(desk) => wrong.extend(broken(&desk, &saved)),
            Err(error) => wrong.push(format!("it does not open: {error}")),
        }
        if !wrong.is_empty() {
            lost.push(format!("page {page} of {pages}: {}", wrong.join("; ")));
        }
    }
    row.end(places as u64, told, &lost);
}
