//! The database is gone or damaged: it is made again to the last save, and the damaged file is kept.

use super::*;
use crate::backup;
use crate::error::Error;
use crate::keys::Keys;
use crate::storage::{self, Base, Places, Rebuilt};

fn keys(folder: &Path) -> Keys {
    open(folder).keys.clone()
}

fn rebuild(folder: &Path, keys: &Keys) -> Result<Rebuilt, Error> {
    let catalog = shelf().catalog.clone();
    storage::rebuild(folder, None, keys, catalog, now(), &|_| {})
}

fn database(folder: &Path) -> std::path::PathBuf {
    folder.join("station.db")
}

fn garble(folder: &Path) -> Vec<u8> {
    let noise: Vec<u8> = (0..40_000u32).map(|at| (at * 7 % 251) as u8).collect();
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.join(format!("station.db{end}")));
    }
    std::fs::write(database(folder), &noise).unwrap();
    noise
}

fn back_up(desk: &Desk, folder: &Path) -> backup::Found {
    let source = backup::Source {
        folder,
        store: &desk.store,
        blobs: &desk.blobs,
        installation: &desk.installation,
        keys: &desk.keys,
    };
    let places = Places::load(folder);
    backup::make(&source, &places.backups_of(folder), &places, now()).unwrap()
}

#[test]
fn a_garbled_database_without_a_backup_is_made_again_from_the_journal_to_the_last_save() {
    let folder = founded();
    let keys = keys(folder.path());
    let desk = open(folder.path());
    let mut cases = Vec::new();
    for order in 1..8 {
        cases.push(register(&desk, &identity("王示范", order)));
    }
    let filed = desk.submit(hardship_draft(&desk, &identity("李样本", 9)).draft, now());
    cases.push(filed.unwrap());
    drop(desk);
    let noise = garble(folder.path());
    let outcome = unlock(folder.path(), LOGIN, PASSWORD, &shelf(), now());
    assert_eq!(code(outcome), "store.unreadable");
    let rebuilt = rebuild(folder.path(), &keys).unwrap();
    assert_eq!(rebuilt.base, Base::Nothing);
    assert_eq!((rebuilt.log_last, rebuilt.brought_back), (8, 8));
    assert!(rebuilt.is_complete);
    let kept = std::fs::read(rebuilt.kept.unwrap()).unwrap();
    assert_eq!(kept, noise, "the damaged file is kept as it was");
    let desk = open(folder.path());
    for case in &cases {
        let shown = desk.get_case(case.case, now()).unwrap();
        assert_eq!(shown.row.serial, case.serial);
    }
    assert_eq!(desk.store.unsent().unwrap().commands, 8);
    let page = desk.store.pages_to_send(9).unwrap().remove(0);
    assert_eq!(desk.blobs.get(&page.sha256).unwrap(), picture(9));
    assert_eq!(desk.store.restored_last().unwrap(), None);
}

#[test]
fn a_missing_database_is_made_again_from_the_newest_good_backup_and_the_journal() {
    let folder = founded();
    let desk = open(folder.path());
    let keys = desk.keys.clone();
    register(&desk, &identity("王示范", 1));
    let draft = hardship_draft(&desk, &identity("李样本", 3));
    let good = back_up(&desk, folder.path());
    let second = register(&desk, &identity("赵示范", 5));
    drop(desk);
    std::fs::remove_file(database(folder.path())).unwrap();
    // A younger backup that was cut off in the middle counts for nothing.
    let young = good.folder.with_file_name("yizhan-younger");
    std::fs::create_dir(&young).unwrap();
    std::fs::copy(good.folder.join("backup.json"), young.join("backup.json")).unwrap();
    let rebuilt = rebuild(folder.path(), &keys).unwrap();
    assert_eq!(rebuilt.base, Base::Backup(now()));
    assert_eq!((rebuilt.log_last, rebuilt.brought_back), (2, 1));
    assert_eq!(rebuilt.kept, None);
    let desk = open(folder.path());
    assert!(desk.get_case(second.case, now()).is_ok());
    assert_eq!(
        desk.get_draft(draft.draft, now()).unwrap().answers,
        draft.answers
    );
}

#[test]
fn one_flipped_bit_costs_neither_a_save_nor_a_form() {
    let folder = founded();
    let desk = open(folder.path());
    let keys = desk.keys.clone();
    back_up(&desk, folder.path());
    let mut cases = Vec::new();
    for order in 1..30 {
        cases.push(register(&desk, &identity("王示范", order)).case);
    }
    let draft = hardship_draft(&desk, &identity("李样本", 99));
    desk.store.fold().unwrap();
    drop(desk);
    let mut bytes = std::fs::read(database(folder.path())).unwrap();
    // The root page of a table of the middle of the file.
    let at = 4096 * (bytes.len() / 4096 / 2) + 1000;
    bytes[at] ^= 32;
    std::fs::write(database(folder.path()), &bytes).unwrap();
    let rebuilt = rebuild(folder.path(), &keys).unwrap();
    assert!(
        matches!(rebuilt.base, Base::Backup(_)),
        "{:?}",
        rebuilt.base
    );
    assert_eq!((rebuilt.log_last, rebuilt.is_complete), (29, true));
    assert_eq!(std::fs::read(rebuilt.kept.unwrap()).unwrap(), bytes);
    let desk = open(folder.path());
    assert!(cases.iter().all(|case| desk.get_case(*case, now()).is_ok()));
    if rebuilt.forms > 0 {
        let kept = desk.get_draft(draft.draft, now()).unwrap();
        assert_eq!(kept.answers, draft.answers);
    }
}

#[test]
fn a_rotten_log_is_noticed_and_what_is_before_the_rot_is_kept() {
    let folder = founded();
    let desk = open(folder.path());
    let keys = desk.keys.clone();
    let draft = hardship_draft(&desk, &identity("李样本", 99));
    desk.store.fold().unwrap();
    for order in 1..5 {
        register(&desk, &identity("王示范", order));
    }
    // As after a power cut: the log is still there.
    let wal = std::fs::read(folder.path().join("station.db-wal")).unwrap();
    let main = std::fs::read(database(folder.path())).unwrap();
    drop(desk);
    let mut rotten = wal.clone();
    let middle = wal.len() / 2;
    rotten[middle] ^= 1;
    std::fs::write(folder.path().join("station.db-wal"), &rotten).unwrap();
    std::fs::write(database(folder.path()), &main).unwrap();
    let outcome = unlock(folder.path(), LOGIN, PASSWORD, &shelf(), now());
    assert_eq!(code(outcome), "store.unreadable");
    let rebuilt = rebuild(folder.path(), &keys).unwrap();
    assert_eq!((rebuilt.base, rebuilt.log_last), (Base::Own, 4));
    assert!(rebuilt.brought_back > 0 && rebuilt.is_complete);
    let desk = open(folder.path());
    assert!(desk.get_draft(draft.draft, now()).is_ok());
}

#[test]
fn with_nothing_left_nothing_is_made() {
    let folder = founded();
    let keys = keys(folder.path());
    std::fs::remove_dir_all(folder.path().join("journal")).unwrap();
    let noise = garble(folder.path());
    assert_eq!(code(rebuild(folder.path(), &keys)), "store.nothing_left");
    assert_eq!(std::fs::read(database(folder.path())).unwrap(), noise);
    assert!(!folder.path().join("station.db.rebuilt").exists());
}

#[test]
fn damage_that_is_met_ends_all_writing() {
    let folder = founded();
    let desk = open(folder.path());
    for order in 1..30 {
        register(&desk, &identity("王示范", order));
    }
    desk.store.fold().unwrap();
    desk.store.condemn();
    let refused = desk.open_draft(HARDSHIP, card(&identity("李样本", 99)), now());
    assert_eq!(code(refused), "store.unreadable");
    assert!(desk.get_worklist().is_ok(), "what can be read is shown");
    let before = std::fs::read(database(folder.path())).unwrap();
    drop(desk);
    assert_eq!(std::fs::read(database(folder.path())).unwrap(), before);
}
