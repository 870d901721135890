//! R14: a restore drill. Backups are made while somebody files case after case; each is opened on a
//! new computer with nothing but the officers' key: no key of the open desk, no password and no secret of
//! the old computer. It is looked at page by page, and every row that it says it has is equal to the one
//! that was filed. Somebody then logs in there with a password of their own.

use std::sync::atomic::{AtomicBool, Ordering};

use crypto::{BoxKey, Suite};
use domain::sync::recovery_purpose;

use super::count::{self, Row};
use super::*;
use crate::backup::{self, Found};
use crate::door::{enter, keys_of};
use crate::keys::{DataKey, Opened, PublicPart};
use crate::recovery::Regained;
use crate::restore;
use crate::storage::Places;

const NEW: &str = "a password of the new computer";

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
        let officers = BoxKey::random(Suite::default());
        let desk = sealed_to(&officers, folder.path());
        let found = backed_up_during_writes(&desk, folder.path());
        match restored(&desk, &found, &officers) {
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

/// The open desk, whose data key the officers can open from now on.
fn sealed_to(officers: &BoxKey, folder: &Path) -> Desk {
    let entered = enter(folder, LOGIN, PASSWORD, None, &shelf(), now()).unwrap();
    let mut file = keys_of(folder).unwrap();
    let installation = entered.desk.installation.id;
    file.set_escrow(&officers.public(), installation, &entered.held)
        .unwrap();
    file.save(folder).unwrap();
    entered.desk
}

/// What the officers' key opens in a backup, for a successor whom the backup does not know.
fn by_officers(backup: &Path, officers: &BoxKey) -> Regained {
    let file = keys_of(backup).unwrap();
    let whose = PublicPart::load(backup).unwrap().id;
    let sealed = file.current.recovery.clone().unwrap().sealed;
    let plain = officers.open(&recovery_purpose(whose), &hex::decode(sealed).unwrap());
    Regained {
        opened: Opened {
            current: DataKey::recovered(&plain.unwrap()).unwrap(),
            next: None,
        },
        file,
        login: "successor".into(),
        staff: staff(),
    }
}

/// How many rows are equal; or what is not.
fn restored(desk: &Desk, found: &Found, officers: &BoxKey) -> Result<u64, String> {
    let said = |error: crate::error::Error| error.to_string();
    let new = tempfile::tempdir().unwrap();
    let station = new.path().join("station");
    let regained = by_officers(&found.folder, officers);
    let catalog = shelf().catalog.clone();
    restore::lay(
        &station,
        &found.folder,
        regained,
        Some(NEW),
        catalog,
        now(),
        &|_| {},
    )
    .map_err(said)?;
    let opened = enter(&station, "successor", NEW, None, &shelf(), now()).map_err(said)?;
    let opened = opened.desk;
    if enter(&station, LOGIN, PASSWORD, None, &shelf(), now()).is_ok() {
        return Err("a password of the old computer opens it here".into());
    }
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
