//! Changing the data key, cut off between any two steps, and the first layout's way into today's.

use std::path::Path;

use tempfile::TempDir;
use zeroize::Zeroizing;

use super::*;
use crate::door::{enter, keys_of, unlock};
use crate::keys::machine::{InFile, Keeps, Kept};
use crate::keys::{Cost, Wrap, machine};
use crate::proof::{
    HARDSHIP, LOGIN, PASSWORD, code, founded, hardship_draft, identity, now, shelf, staff,
};

const OTHER: &str = "li";
const OTHERS_PASSWORD: &str = "another password";

/// A station with a draft, one page, and a colleague.
fn with_a_colleague() -> TempDir {
    let folder = founded();
    let entered = enter(folder.path(), LOGIN, PASSWORD, None, &shelf(), now()).unwrap();
    hardship_draft(&entered.desk, &identity("王示范", 1));
    let mut file = keys_of(folder.path()).unwrap();
    let machine = machine::fetch(&file.machine, folder.path()).unwrap();
    let (cost, suite) = (Cost::CHEAP, entered.held.suite);
    let wrap = Wrap::new(OTHER, staff(), OTHERS_PASSWORD, &machine, None, cost, suite);
    file.admit(wrap, &entered.held).unwrap();
    file.save(folder.path()).unwrap();
    folder
}

fn copy(from: &Path) -> TempDir {
    fn into(from: &Path, to: &Path) {
        for entry in std::fs::read_dir(from).unwrap() {
            let (path, name) = entry.map(|e| (e.path(), e.file_name())).unwrap();
            if path.is_dir() {
                std::fs::create_dir(to.join(&name)).unwrap();
                into(&path, &to.join(name));
            } else {
                std::fs::copy(&path, to.join(name)).unwrap();
            }
        }
    }
    let to = tempfile::tempdir().unwrap();
    into(from, to.path());
    to
}

/// The draft, its page and the data key are there for the one who stays.
fn whole(folder: &Path) -> Held {
    let entered = enter(folder, LOGIN, PASSWORD, None, &shelf(), now()).unwrap();
    let drafts = entered.desk.get_worklist().unwrap().drafts;
    assert_eq!(drafts.len(), 1);
    let draft = entered.desk.get_draft(drafts[0].draft, now()).unwrap();
    assert_eq!(draft.business, HARDSHIP);
    assert_eq!(draft.pages.len(), 1);
    let page = &draft.pages[0].manifest.sha256;
    assert!(!entered.desk.blobs.get(page).unwrap().is_empty());
    entered.held
}

fn held_by_zhang(folder: &Path) -> (KeyFile, Held) {
    let entered = enter(folder, LOGIN, PASSWORD, None, &shelf(), now()).unwrap();
    (keys_of(folder).unwrap(), entered.held)
}

fn other(folder: &Path) -> Result<()> {
    unlock(folder, OTHER, OTHERS_PASSWORD, &shelf(), now()).map(drop)
}

#[test]
fn who_left_opens_nothing_any_more_not_even_with_the_files_they_took_along() {
    let folder = with_a_colleague();
    other(folder.path()).unwrap();
    let taken = copy(folder.path());
    let (mut file, held) = held_by_zhang(folder.path());
    let next = dismiss(folder.path(), &mut file, &held, OTHER).unwrap();
    finish(folder.path(), &mut file, &held.key, &next).unwrap();
    assert_eq!(code(other(folder.path())), "auth.unknown");
    let now_held = whole(folder.path());
    assert!(now_held.ring == held.ring && now_held.key.database() != held.key.database());
    // Their old keys beside today's database.
    for name in ["keys.json", "keys.json.copy", "machine.secret"] {
        std::fs::copy(taken.path().join(name), folder.path().join(name)).unwrap();
    }
    assert_eq!(code(other(folder.path())), "store.unreadable");
}

/// The power goes after each durable step; then everybody who stays logs in.
#[test]
fn a_change_cut_off_after_any_step_is_finished_by_the_next_log_in() {
    let folder = with_a_colleague();
    let path = folder.path();
    let (mut file, held) = held_by_zhang(path);
    let before = std::fs::read(path.join("keys.json")).unwrap();
    let next = dismiss(path, &mut file, &held, OTHER).unwrap();
    let between = std::fs::read(path.join("keys.json")).unwrap();

    // The copy is written before the file: with the old file, nothing has happened yet.
    let only_the_copy = copy(path);
    std::fs::write(only_the_copy.path().join("keys.json"), &before).unwrap();
    whole(only_the_copy.path());
    other(only_the_copy.path()).unwrap();

    let prepared = copy(path);
    assert_eq!(code(other(prepared.path())), "auth.unknown");
    assert!(whole(prepared.path()).key.database() == next.database());
    assert!(keys_of(prepared.path()).unwrap().next.is_none());
    whole(prepared.path());

    let database = path.join(STORE);
    rekey::rekey(&database, &held.key.database(), &next.database()).unwrap();
    let rekeyed = copy(path);
    assert!(whole(rekeyed.path()).key.database() == next.database());
    assert!(keys_of(rekeyed.path()).unwrap().next.is_none());

    finish(path, &mut file, &held.key, &next).unwrap();
    let only_the_copy = copy(path);
    std::fs::write(only_the_copy.path().join("keys.json"), &between).unwrap();
    whole(only_the_copy.path());
    whole(path);
}

#[test]
fn a_key_file_of_another_database_changes_nothing_and_says_so() {
    let (folder, foreign) = (with_a_colleague(), founded());
    let (mut file, held) = held_by_zhang(folder.path());
    dismiss(folder.path(), &mut file, &held, OTHER).unwrap();
    let database = folder.path().join(STORE);
    std::fs::copy(foreign.path().join(STORE), &database).unwrap();
    let _ = std::fs::remove_file(folder.path().join("station.db-wal"));
    let bytes = std::fs::read(&database).unwrap();
    let outcome = enter(folder.path(), LOGIN, PASSWORD, None, &shelf(), now());
    assert_eq!(code(outcome), "store.unreadable");
    assert_eq!(std::fs::read(&database).unwrap(), bytes);
    assert!(keys_of(folder.path()).unwrap().next.is_some());
}

#[test]
fn a_station_of_the_first_layout_opens_and_is_rewritten_at_the_first_log_in() {
    use crate::keys::{DataKey, Ring};
    let folder = tempfile::tempdir().unwrap();
    let (key, machine) = (DataKey::random(), Zeroizing::new([4; 32]));
    crate::proof::found_by_the_first_layout(folder.path(), &key, &machine);
    assert_eq!(
        InFile::new(folder.path()).fetch(&Kept::File).unwrap(),
        machine
    );
    assert_eq!(
        code(unlock(folder.path(), LOGIN, "wrong horse", &shelf(), now())),
        "auth.wrong_password"
    );
    let entered = enter(folder.path(), LOGIN, PASSWORD, None, &shelf(), now()).unwrap();
    assert!(entered.held.ring == Ring::derived(&key));
    drop(entered);
    let file = keys_of(folder.path()).unwrap();
    assert_eq!((file.version, file.wraps.len()), (2, 1));
    drop(enter(folder.path(), LOGIN, PASSWORD, None, &shelf(), now()).unwrap());
}
