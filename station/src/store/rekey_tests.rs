//! Changing the database's key, cut off at every frame of its log.

use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::keys::{DataKey, Keys};
use crate::proof::shelf;
use crate::store::Store;

const VALUES: usize = 60;
const FRAME_HEADER: usize = 24;
const LOG_HEADER: usize = 32;
const PAGE: usize = 4096;

/// A database with some hundred pages, closed.
fn store() -> (TempDir, PathBuf, Keys) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    let keys = DataKey::random().derive();
    let store = Store::create(&path, &keys, shelf().catalog).unwrap();
    for at in 0..VALUES {
        store
            .set_meta(&format!("value {at}"), &"x".repeat(3_000))
            .unwrap();
    }
    drop(store);
    (folder, path, keys)
}

fn with_database(keys: &Keys, database: &Secret) -> Keys {
    Keys {
        database: database.clone(),
        ..keys.clone()
    }
}

fn whole(path: &Path, keys: &Keys) {
    let store = Store::open(path, keys, shelf().catalog).unwrap();
    for at in 0..VALUES {
        let value = store.meta(&format!("value {at}")).unwrap().unwrap();
        assert_eq!(value.len(), 3_000);
    }
}

#[test]
fn after_a_rekey_the_new_key_opens_and_the_old_one_does_not() {
    let (_folder, path, keys) = store();
    let new = crypto::random_secret();
    rekey(&path, &keys.database, &new).unwrap();
    assert!(fits(&path, &new).unwrap());
    assert!(!fits(&path, &keys.database).unwrap());
    whole(&path, &with_database(&keys, &new));
}

#[test]
fn no_page_stays_under_the_old_key() {
    let (_folder, path, keys) = store();
    let before = std::fs::read(&path).unwrap();
    rekey(&path, &keys.database, &crypto::random_secret()).unwrap();
    let log = std::fs::metadata(path.with_extension("db-wal"));
    assert!(
        log.is_ok_and(|log| log.len() == 0),
        "nothing is left in the log"
    );
    let after = std::fs::read(&path).unwrap();
    assert_eq!(before[..16], after[..16], "the salt stays");
    assert_eq!(before.len(), after.len());
    let same = (16..before.len()).step_by(PAGE).filter(|at| {
        let end = (at + PAGE - 32).min(before.len());
        before[*at..end] == after[*at..end]
    });
    assert_eq!(same.count(), 0);
}

#[test]
fn a_store_that_is_open_is_not_rekeyed() {
    let (_folder, path, keys) = store();
    let open = Store::open(&path, &keys, shelf().catalog).unwrap();
    let outcome = rekey(&path, &keys.database, &crypto::random_secret());
    assert_eq!(outcome.unwrap_err().code(), "store.busy");
    assert_eq!(open.meta("value 3").unwrap().unwrap().len(), 3_000);
    drop(open);
    whole(&path, &keys);
}

/// Every state that the disk can have when the power goes while the log is written: each whole
/// number of frames, and torn ones. The file itself is not touched before the log is complete.
#[test]
fn a_rekey_cut_off_at_every_frame_leaves_the_old_key_or_the_new_one_and_all_values() {
    let (folder, path, keys) = store();
    let new = crypto::random_secret();
    let file = std::fs::read(&path).unwrap();
    let log = log_of_rekey(&path, &keys.database, &new);
    let frames = (log.len() - LOG_HEADER) / (FRAME_HEADER + PAGE);
    assert_eq!(frames, file.len() / PAGE, "every page is in the log once");
    let mut cuts: Vec<usize> = (0..=frames)
        .map(|n| LOG_HEADER + n * (FRAME_HEADER + PAGE))
        .collect();
    cuts.extend(cuts.clone().iter().map(|cut| cut + 1_000));
    cuts.extend([0, 10]);
    let (mut old, mut newer) = (0, 0);
    for cut in cuts.into_iter().filter(|cut| *cut <= log.len()) {
        let place = folder.path().join(format!("cut-{cut}.db"));
        std::fs::write(&place, &file).unwrap();
        std::fs::write(place.with_extension("db-wal"), &log[..cut]).unwrap();
        let is_new = fits(&place, &new).unwrap();
        assert_ne!(
            is_new,
            fits(&place, &keys.database).unwrap(),
            "cut at {cut}: exactly one opens"
        );
        match is_new {
            true => newer += 1,
            false => old += 1,
        }
        whole(
            &place,
            &if is_new {
                with_database(&keys, &new)
            } else {
                keys.clone()
            },
        );
    }
    assert_eq!(newer, 1, "only the whole log has the new key");
    assert!(old > frames);
}

/// Then the log is folded into the file, page by page, while it still lies there whole.
#[test]
fn a_fold_cut_off_at_any_page_after_a_rekey_leaves_the_new_key_and_all_values() {
    let (folder, path, keys) = store();
    let new = crypto::random_secret();
    let before = std::fs::read(&path).unwrap();
    let log = log_of_rekey(&path, &keys.database, &new);
    let after = {
        rekey(&path, &keys.database, &new).unwrap();
        std::fs::read(&path).unwrap()
    };
    for folded in (0..=before.len() / PAGE).step_by(5) {
        let place = folder.path().join(format!("folded-{folded}.db"));
        let cut = folded * PAGE;
        // In a rekey of its own each page has another initialisation vector: the log's is what counts.
        let mixed = [&after[..cut], &before[cut..]].concat();
        std::fs::write(&place, mixed).unwrap();
        std::fs::write(place.with_extension("db-wal"), &log).unwrap();
        assert!(fits(&place, &new).unwrap(), "{folded} pages folded");
        whole(&place, &with_database(&keys, &new));
    }
}

/// The log of a rekey of a copy of this database, as it is on the disk before it is folded.
fn log_of_rekey(path: &Path, old: &Secret, new: &Secret) -> Vec<u8> {
    let copy = path.with_extension("copy.db");
    std::fs::copy(path, &copy).unwrap();
    let connection = connect_by(&copy, old, WRITE).unwrap();
    connection
        .query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))
        .unwrap();
    connection
        .pragma_update(None, "wal_autocheckpoint", 0)
        .unwrap();
    set_key(&connection, "rekey", new, b"").unwrap();
    std::fs::read(copy.with_extension("db-wal")).unwrap()
}
