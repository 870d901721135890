//! R4 and R5 once the centre has said what is durable there: the journal begins behind an old backup, and
//! what it still has comes back all the same.

use std::path::PathBuf;

use super::*;
use crate::backup;
use crate::keys::Keys;
use crate::storage::{self, Base, Places, Rebuilt};
use crate::sync::hello::META_DURABLE;

/// Saves until a segment has grown enough to be left.
const OLD: u32 = 60;
const NEW: u32 = 3;

/// A station whose last backup has a form and one case, and whose journal begins long after it.
struct Trimmed {
    folder: TempDir,
    keys: Keys,
    backup: PathBuf,
    older: Vec<u8>,
    form: Draft,
}

fn trimmed() -> Trimmed {
    let folder = founded();
    let desk = open(folder.path());
    register(&desk, &identity("王示范", 1));
    let form = hardship_draft(&desk, &identity("李样本", 999));
    let source = backup::Source {
        folder: folder.path(),
        store: &desk.store,
        blobs: &desk.blobs,
        installation: &desk.installation,
        keys: &desk.keys,
    };
    let places = Places::load(folder.path());
    let made = backup::make(&source, &places.backups_of(folder.path()), &places, now()).unwrap();
    desk.store.set_acked(1).unwrap();
    desk.store.fold().unwrap();
    let older = std::fs::read(desk.store.path()).unwrap();
    for order in 2..=OLD {
        long_case(&desk, order);
    }
    let last = u64::from(OLD);
    desk.store.set_acked(last).unwrap();
    desk.store
        .set_meta(META_DURABLE, &last.to_string())
        .unwrap();
    desk.store.tidy_journal().unwrap();
    for order in OLD + 1..=OLD + NEW {
        long_case(&desk, order);
    }
    let keys = desk.keys.clone();
    Trimmed {
        keys,
        backup: made.folder,
        older,
        form,
        folder,
    }
}

fn long_case(desk: &Desk, order: u32) {
    let draft = hardship_draft(desk, &identity("王示范", order));
    let mut answers = draft.answers.clone();
    answers.insert("situation".into(), "说".repeat(990));
    answers.insert("visit_opinion".into(), "见".repeat(990));
    desk.save_answers(draft.draft, answers, now()).unwrap();
    desk.submit(draft.draft, now()).unwrap();
}

fn lose_database(folder: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.join(format!("station.db{end}")));
    }
}

fn rebuild(station: &Trimmed, from: Option<&Path>) -> Rebuilt {
    let (folder, catalog) = (station.folder.path(), shelf().catalog.clone());
    storage::rebuild(folder, from, &station.keys, catalog, now(), &|_| {}).unwrap()
}

/// Everything that the centre may not have yet is in the store, and its journal was left in peace.
fn has_all(station: &Trimmed, rebuilt: &Rebuilt) {
    let last = u64::from(OLD + NEW);
    assert_eq!((rebuilt.log_last, rebuilt.is_complete), (last, true));
    let folder = station.folder.path();
    let desk = open(folder);
    let entries = desk.store.outbox_page(99, 8 << 20).unwrap();
    let numbers: Vec<u64> = entries.iter().map(|entry| entry.n).collect();
    assert!(
        numbers.ends_with(&[last - 2, last - 1, last]),
        "{numbers:?}"
    );
    let form = desk.get_draft(station.form.draft, now()).unwrap();
    assert_eq!(form.answers, station.form.answers);
    drop(desk);
    let place = folder.join("journal").join(installation().id.to_string());
    let names = std::fs::read_dir(place).unwrap();
    let mut names = names.map(|name| name.unwrap().file_name());
    assert!(names.all(|name| name.to_string_lossy().ends_with(".journal")));
}

#[test]
fn a_backup_that_the_journal_no_longer_reaches_back_to_costs_none_of_what_is_unsent() {
    let station = trimmed();
    lose_database(station.folder.path());
    let rebuilt = rebuild(&station, None);
    assert_eq!(rebuilt.base, Base::Nothing);
    has_all(&station, &rebuilt);
}

#[test]
fn restored_by_hand_it_costs_none_either() {
    let station = trimmed();
    lose_database(station.folder.path());
    let rebuilt = rebuild(&station, Some(&station.backup));
    has_all(&station, &rebuilt);
}

#[test]
fn an_older_database_that_the_journal_no_longer_reaches_back_to_is_made_again() {
    let station = trimmed();
    let folder = station.folder.path();
    lose_database(folder);
    std::fs::write(folder.join("station.db"), &station.older).unwrap();
    let refused = unlock(folder, LOGIN, PASSWORD, &shelf(), now());
    assert_eq!(code(refused), "store.unreadable");
    has_all(&station, &rebuild(&station, None));
}
