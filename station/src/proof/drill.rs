//! R14: a restore drill. Backups are made while somebody files case after case; each is opened on a
//! new computer with the keys that recovery gives, looked at page by page, and every row that it says
//! it has is equal to the one that was filed.

use std::sync::atomic::{AtomicBool, Ordering};

use super::count::{self, Row};
use super::*;
use crate::backup::{self, Found};
use crate::storage::{self, Places};

/// Files cases until told to stop; at least so many.
const CASES: u32 = 3;

#[test]
fn a_backup_made_during_writes_becomes_the_same_station_on_a_new_computer() {
    let Some(row) = Row::begin("R14", "a backup made during writes, restored elsewhere") else {
        return;
    };
    let drills = count::of(1, 25);
    let (mut equal, mut lost) = (0, Vec::new());
    for drill in 0..drills {
        let folder = founded();
        let desk = open(folder.path());
        let found = backed_up_during_writes(&desk, folder.path());
        match restored(&desk, &found) {
            Ok(rows) => equal += rows,
            Err(what) => lost.push(format!("drill {drill}: {what}")),
        }
    }
    assert!(equal >= drills, "{equal} rows were compared");
    row.end(drills, equal, &lost);
}

fn backed_up_during_writes(desk: &Desk, folder: &Path) -> Found {
    let (begun, done) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for order in 1..999 {
                let draft = hardship_draft(desk, &identity("王示范", order)).draft;
                desk.submit(draft, now()).unwrap();
                register(desk, &identity("李样本", order));
                begun.store(order >= CASES, Ordering::SeqCst);
                if done.load(Ordering::SeqCst) && order >= CASES {
                    break;
                }
            }
        });
        while !begun.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        let source = backup::Source {
            folder,
            store: &desk.store,
            blobs: &desk.blobs,
            installation: &desk.installation,
            keys: &desk.keys,
        };
        let places = Places::load(folder);
        let made = backup::make(&source, &places.backups_of(folder), &places, now());
        done.store(true, Ordering::SeqCst);
        made.unwrap()
    })
}

/// How many rows are equal; or what is not.
fn restored(desk: &Desk, found: &Found) -> Result<u64, String> {
    let said = |error: crate::error::Error| error.to_string();
    let new = tempfile::tempdir().unwrap();
    let station = new.path().join("station");
    let wraps = crate::door::keys_of(&found.folder).map_err(said)?;
    let catalog = shelf().catalog.clone();
    backup::restore(
        &found.folder,
        &station,
        &desk.keys,
        &wraps,
        catalog.clone(),
        now(),
        &|_| {},
    )
    .map_err(said)?;
    let opened = storage::open(&station, &desk.keys, catalog, now()).map_err(said)?;
    let page = |store: &crate::store::Store| store.outbox_page(4_000, 64 << 20).unwrap();
    let (ours, theirs) = (page(&desk.store), page(&opened.store));
    if theirs.len() as u64 != found.manifest.log.last || theirs.is_empty() {
        let last = found.manifest.log.last;
        return Err(format!("{} rows, and it says {last}", theirs.len()));
    }
    if ours[..theirs.len()] != theirs[..] {
        return Err("rows differ".into());
    }
    for sha256 in opened.store.pages_only_here().map_err(said)? {
        opened.blobs.get(&sha256).map_err(said)?;
    }
    opened.store.looks_whole()?;
    Ok(theirs.len() as u64)
}
